// Reads a DMN file with the Camunda extensions: prints {warnings, decisions, drawn} as JSON.
import { readFileSync } from 'node:fs';
import { DmnModdle } from 'dmn-moddle';
import camunda from 'camunda-dmn-moddle/resources/camunda.json' with { type: 'json' };

const moddle = new DmnModdle({ camunda });
const { rootElement, warnings } = await moddle.fromXML(readFileSync(process.argv[2], 'utf8'), 'dmn:Definitions');
const drawn = rootElement.dmnDI.diagrams[0].diagramElements.map((element) => element.dmnElementRef?.id).filter(Boolean);
const elements = rootElement.drgElement.map((element) => element.id);
console.log(JSON.stringify({ warnings: warnings.map((w) => w.message), elements, drawn }));
