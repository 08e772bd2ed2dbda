// camunda-external-task-client-js, configured for speed: a line on stdin starts a round, a line on stdout ends it.
import { createInterface } from "node:readline";

import { BasicAuthInterceptor, Client } from "camunda-external-task-client-js";

function round({ url, auth, tasks, topic, slots, lockMs, pollMs }) {
  return new Promise((resolve) => {
    const began = performance.now();
    const cpu = process.cpuUsage();
    let left = tasks;
    let measured;
    const client = new Client({
      baseUrl: url,
      workerId: "js",
      maxTasks: slots,
      maxParallelExecutions: slots,
      interval: 0,
      lockDuration: lockMs,
      asyncResponseTimeout: pollMs,
      ...(auth && { interceptors: new BasicAuthInterceptor({ username: auth[0], password: auth[1] }) }),
    });
    client.subscribe(topic, ({ task, taskService }) => taskService.complete(task));
    client.on("complete:success", () => {
      left -= 1;
      if (left === 0) {
        const { user, system } = process.cpuUsage(cpu);
        measured = { wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
        client.stop();
        // The poll that is still parked at the engine must not take the next round's tasks.
        setTimeout(() => resolve(measured), pollMs + 100);
      }
    });
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await round(JSON.parse(line))));
}
