// Reads a BPMN file with the Camunda extensions and lints it: prints {warnings, problems} as JSON.
import { readFileSync } from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';
import { Linter } from 'bpmnlint';
import NodeResolver from 'bpmnlint/lib/resolver/node-resolver.js';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json' with { type: 'json' };

const moddle = new BpmnModdle({ camunda });
const { rootElement, warnings } = await moddle.fromXML(readFileSync(process.argv[2], 'utf8'));
const linter = new Linter({ config: { extends: 'bpmnlint:recommended' }, resolver: new NodeResolver() });
const problems = await linter.lint(rootElement);

const unknown = [];
walk(rootElement, new Set());
console.log(JSON.stringify({ warnings: warnings.map((w) => w.message), problems, unknown }));

// An attribute or element that the schema does not know lands, untyped, beside the typed ones.
function walk(element, seen) {
  if (seen.has(element)) return;
  seen.add(element);
  for (const name of Object.keys(element.$attrs ?? {})) {
    if (!name.startsWith('xmlns') && name !== 'xsi:type') unknown.push(`${element.$type} ${element.id ?? ''} @${name}`);
  }
  for (const property of element.$descriptor?.properties ?? []) {
    if (property.isReference) continue;
    for (const child of [element.get(property.name)].flat()) {
      if (!child?.$type) continue;
      if (child.$instanceOf === undefined) unknown.push(`${child.$type} in ${element.id ?? element.$type}`);
      else walk(child, seen);
    }
  }
}
