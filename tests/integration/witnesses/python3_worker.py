"""A worker as users of camunda-external-task-client-python3 write it; the engine's URL is the argument."""

from __future__ import annotations

import json
import sys

from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker

CONFIG = {
    "maxTasks": 1,
    "lockDuration": 20_000,
    "asyncResponseTimeout": 2_000,
    "deserializeValues": False,
    "sleepSeconds": 1,
}


def read(task: ExternalTask) -> TaskResult:
    paper = task.get_variable("paper", with_meta=True)
    saw = task.get_variables() | {"paper_name": paper["valueInfo"]["filename"]}
    return task.complete(
        {
            "saw": json.dumps(saw),
            "out_text": "Grüezi zurück",
            "out_whole": 8,
            "out_big": {"value": 2**41, "type": "Long"},
            "out_ratio": 0.25,
            "out_yes": False,
            "out_at": {"value": "2026-06-11T08:00:00.500+0000", "type": "Date"},
            "out_nothing": {"value": None},
            "out_facts": {"value": '{"codes":[300]}', "type": "Json"},
            "out_raw": {"value": "AP8B", "type": "Bytes"},
            "out_paper": {
                "value": "YW5zd2Vy",
                "type": "File",
                "valueInfo": {"filename": "answer.txt", "mimetype": "text/plain"},
            },
        },
        {"only_here": 1},
    )


def fail(task: ExternalTask) -> TaskResult:
    retries = task._context["retries"]
    return task.failure(f"tried with {json.dumps(retries)}", "where it happened", max_retries=1, retry_timeout=0)


def refuse(task: ExternalTask) -> TaskResult:
    return task.bpmn_error("refused", "too dear", {"why": "too dear"})


HANDLERS = {"read": read, "fail": fail, "refuse": refuse}


def handle(task: ExternalTask) -> TaskResult:
    return HANDLERS[task.get_topic_name()](task)


if __name__ == "__main__":
    ExternalTaskWorker(worker_id="python3", base_url=sys.argv[1], config=CONFIG).subscribe(list(HANDLERS), handle)
