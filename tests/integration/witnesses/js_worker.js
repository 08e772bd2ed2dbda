// A worker as users of camunda-external-task-client-js write it; the engine's URL is the argument.
import { writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client, File, Variables, logger } from "camunda-external-task-client-js";

const baseUrl = process.argv[2];
const client = new Client({ baseUrl, workerId: "js", use: logger, asyncResponseTimeout: 2000, interval: 20 });

client.subscribe("read", async ({ task, taskService }) => {
  const paper = await task.variables.get("paper").load();
  const saw = { ...task.variables.getAll(), paper: paper.content.toString(), paper_name: paper.filename };
  const localPath = join(mkdtempSync(join(tmpdir(), "witness-")), "answer.txt");
  writeFileSync(localPath, "answer");
  const answer = await new File({ localPath, mimetype: "text/plain" }).load();
  const variables = new Variables();
  variables.set("saw", JSON.stringify(saw));
  variables.set("out_text", "Grüezi zurück");
  variables.set("out_whole", 8);
  variables.set("out_big", 2 ** 41);
  variables.set("out_ratio", 0.25);
  variables.set("out_yes", false);
  variables.set("out_at", new Date("2026-06-11T08:00:00.500Z"));
  variables.set("out_nothing", null);
  variables.set("out_facts", { codes: [300] });
  variables.setTyped("out_raw", { type: "bytes", value: "AP8B", valueInfo: {} });
  variables.set("out_paper", answer);
  const local = new Variables().setTransient("only_here", 1);
  await taskService.complete(task, variables, local);
});

client.subscribe("fail", async ({ task, taskService }) => {
  await taskService.handleFailure(task, {
    errorMessage: `tried with ${task.retries}`,
    errorDetails: "where it happened",
    retries: task.retries === null ? 1 : task.retries - 1,
    retryTimeout: 0,
  });
});

client.subscribe("refuse", async ({ task, taskService }) => {
  await taskService.handleBpmnError(task, "refused", "too dear", new Variables().set("why", "too dear"));
});

client.subscribe("extend", { lockDuration: 20_000 }, async ({ task, taskService }) => {
  await taskService.extendLock(task, 600_000);
  const seen = await (await fetch(`${baseUrl}/external-task/${task.id}`)).json();
  const variables = new Variables();
  variables.set("locked_first", task.lockExpirationTime);
  variables.set("locked_then", seen.lockExpirationTime);
  await taskService.complete(task, variables);
});
