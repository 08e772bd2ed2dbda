"""An engine that costs the client nothing and walks every case straight through `medication-invoice`.

The REST calls are those of a real engine: the start message, `fetchAndLock`, `complete`, the history's answer to "do
you know this business key", and the decision table, which always answers "low". Variables are kept as they are sent and
handed out as the topics ask for them. `GET /stock` tells what was started, handed out, completed and evaluated.
First line on stdout: the base URL.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import orjson
from stub_engine import NO_CONTENT, POLL_MS, TASK, Connection, Shelf

#: Topics in order; the letters' branches run side by side, as in the model.
CHECKS = ("check-client", "check-medication", "assess-risk", "settle", "check-decision")
#: External tasks of one case: the checks, and to write and to send two letters.
TASKS = len(CHECKS) + 4
DECISION = "medication_risk"
DECISION_ID = f"{DECISION}:1:1"
LOW = {"rule": "bench", "level": "low", "route": "straight", "reason": ""}
#: What the model's expression tasks set before `check-decision` and before the letters.
APPROVED = {"decision": "approve", "reason_code": "P801", "decided_in": "straight", "letter_kind": "approved"}
INSTANCE = {
    "links": [],
    "definitionId": "medication-invoice:1:1",
    "caseInstanceId": None,
    "ended": False,
    "suspended": False,
    "tenantId": None,
}

Variables = dict[str, dict[str, Any]]


def typed(values: dict[str, str]) -> Variables:
    return {name: {"value": value, "type": "String", "valueInfo": {}} for name, value in values.items()}


@dataclass
class Case:
    """A running process instance."""

    number: int
    business_key: str
    variables: Variables


class Process(Shelf):
    """All cases, and the tasks that wait for a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.open: deque[dict[str, Any]] = deque()
        self.given: dict[str, tuple[Case, str, str]] = {}

    def start(self, body: dict[str, Any]) -> bytes:
        self.counts["started"] += 1
        case = Case(self.counts["started"], body["businessKey"], body["processVariables"])
        self.put(case, CHECKS[0])
        instance = INSTANCE | {"id": f"instance-{case.number}", "businessKey": case.business_key}
        return orjson.dumps([{"resultType": "ProcessDefinition", "processInstance": instance, "execution": None}])

    def put(self, case: Case, topic: str, recipient: str = "") -> None:
        task_id = f"task-{case.number}-{topic}-{recipient}"
        self.given[task_id] = case, topic, recipient
        local = typed({"recipient": recipient, "kind": "approved"} if recipient else {})
        own = {"id": task_id, "topicName": topic, "activityId": topic, "activityInstanceId": f"activity-{task_id}"}
        belongs = {"processInstanceId": f"instance-{case.number}", "businessKey": case.business_key}
        self.open.append(TASK | own | belongs | {"variables": case.variables | local})
        self.wake()

    def wake(self) -> None:
        """Parked polls are answered with what there is."""
        for parked in self.waiting:
            if not parked.done():
                parked.set_result(None)

    def take(self, count: int, topics: dict[str, list[str] | None] | None = None) -> bytes:
        taken = []
        while self.open and len(taken) < count:
            task = self.open.popleft()
            names = (topics or {}).get(task["topicName"])
            if names is not None:
                task["variables"] = {name: task["variables"][name] for name in names if name in task["variables"]}
            taken.append(task)
        self.counts["fetched"] += len(taken)
        return orjson.dumps(taken)

    def complete(self, task_id: str, variables: Variables) -> None:
        case, topic, recipient = self.given.pop(task_id)
        self.counts["completed"] += 1
        case.variables |= variables
        if topic in CHECKS[:-1]:
            following = CHECKS[CHECKS.index(topic) + 1]
            if following == CHECKS[-1]:
                case.variables |= typed(APPROVED)
            self.put(case, following)
        elif topic == CHECKS[-1]:
            self.put(case, "write-letter", "client")
            self.put(case, "write-letter", "provider")
        elif topic == "write-letter":
            self.put(case, "send-letter", recipient)


class CaseConnection(Connection):
    """Routes a request; framing is the stub engine's."""

    shelf: Process

    def answer(self, line: bytes, body: bytes) -> None:
        path = line.split()[1].partition(b"?")[0].decode().removeprefix("/engine-rest")
        match path.split("/")[1:]:
            case ["external-task", "fetchAndLock"]:
                self.fetch(orjson.loads(body), body)
            case ["external-task", task_id, "complete"]:
                self.shelf.complete(task_id, orjson.loads(body).get("variables") or {})
                self.transport.write(NO_CONTENT)
            case ["external-task", *_]:
                self.transport.write(NO_CONTENT)
            case ["message"]:
                self.send(self.shelf.start(orjson.loads(body)))
            case ["decision-definition", *_, "evaluate"]:
                self.shelf.counts["evaluated"] += 1
                self.send(orjson.dumps([typed(LOW)]))
            case ["decision-definition", _, "xml"]:
                self.send(orjson.dumps({"id": DECISION_ID, "dmnXml": ""}))
            case ["decision-definition", *_]:
                self.send(orjson.dumps({"id": DECISION_ID, "key": DECISION, "version": 1, "versionTag": None}))
            case ["history", "process-instance"]:
                self.send(b"[]")
            case ["version"]:
                self.send(b'{"version": "7.24.0"}')
            case ["wake"]:
                self.shelf.wake()
                self.transport.write(NO_CONTENT)
            case _:
                parked = len(self.shelf.waiting)
                self.send(orjson.dumps({**self.shelf.counts, "connections": self.shelf.connections, "parked": parked}))

    def fetch(self, wanted: dict[str, Any], body: bytes) -> None:
        topics = {topic["topicName"]: topic.get("variables") for topic in wanted["topics"]}
        poll_ms = POLL_MS.search(body)
        if self.shelf.open or poll_ms is None:
            self.send(self.shelf.take(wanted["maxTasks"], topics))
            return
        task = asyncio.get_running_loop().create_task(self.wait(wanted["maxTasks"], topics, int(poll_ms[1]) / 1000))
        self.parked.add(task)
        task.add_done_callback(self.parked.discard)

    async def wait(self, count: int, topics: dict[str, list[str] | None], timeout_s: float) -> None:
        parked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shelf.waiting.add(parked)
        await asyncio.wait({parked}, timeout=timeout_s)
        self.shelf.waiting.discard(parked)
        self.send(self.shelf.take(count, topics))


async def serve() -> None:
    process = Process()
    make = functools.partial(CaseConnection, process)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/engine-rest", flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until whoever started it is gone
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
