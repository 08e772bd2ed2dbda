"""An engine that costs nothing: external tasks from a counter, so that only the client's own cost is measured.

It speaks just enough HTTP/1.1 and Camunda 7 REST for a worker: `fetchAndLock` hands out prepared tasks (8 variables
each), every command on a task answers 204. `POST /stock?n=300` puts tasks on the shelf; a fetch from an empty shelf is
parked until its `asyncResponseTimeout` or the next delivery. `GET /stock` answers what was handed out and completed,
and how many connections were opened since the delivery; `GET /stock/empty` does so when all is completed.
First line on stdout: the base URL.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Coroutine
from typing import Any

import orjson

VARIABLES = {
    "invoice_id": {"type": "Long", "value": 12345678, "valueInfo": {}},
    "insurance_number": {"type": "String", "value": "12345678", "valueInfo": {}},
    "total_amount": {"type": "String", "value": "80.35", "valueInfo": {}},
    "received_at": {"type": "Date", "value": "2026-06-10T08:00:00.000+0000", "valueInfo": {}},
    "client_found": {"type": "Boolean", "value": True, "valueInfo": {}},
    "risk": {"type": "String", "value": "low", "valueInfo": {}},
    "reasons": {"type": "String", "value": "R100 R210", "valueInfo": {}},
    "abuse_risk": {"type": "Long", "value": 0, "valueInfo": {}},
}
TASK = {
    "activityId": "check",
    "activityInstanceId": "check:1",
    "errorMessage": None,
    "errorDetails": None,
    "executionId": "execution-1",
    "id": "@ID@",
    "lockExpirationTime": "2026-06-10T08:00:30.000+0000",
    "createTime": "2026-06-10T08:00:00.000+0000",
    "processDefinitionId": "bench:1:1",
    "processDefinitionKey": "bench",
    "processDefinitionVersionTag": None,
    "processInstanceId": "instance-1",
    "retries": None,
    "suspended": False,
    "workerId": "bench",
    "topicName": "bench",
    "tenantId": None,
    "variables": VARIABLES,
    "priority": 0,
    "businessKey": "invoice-1",
    "extensionProperties": {},
}
BEFORE_ID, AFTER_ID = orjson.dumps(TASK).split(b"@ID@")
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
MAX_TASKS = re.compile(rb'"maxTasks": *(\d+)')
POLL_MS = re.compile(rb'"asyncResponseTimeout": *(\d+)')
STOCK = re.compile(rb"/stock\?n=(\d+)")


class Shelf:
    """What is left to hand out, and what came back."""

    def __init__(self) -> None:
        self.left = self.fetched = self.completed = self.connections = 0
        self.empty = asyncio.Event()
        self.waiting: set[asyncio.Future[None]] = set()

    def deliver(self, count: int) -> None:
        self.left, self.fetched, self.completed, self.connections = count, 0, 0, 0
        self.empty.clear()
        for parked in self.waiting:
            if not parked.done():
                parked.set_result(None)

    def complete(self) -> None:
        self.completed += 1
        if not self.left and self.completed == self.fetched:
            self.empty.set()

    def take(self, count: int) -> bytes:
        count = min(count, self.left)
        self.left -= count
        first = self.fetched
        self.fetched += count
        tasks = (BEFORE_ID + b"task-%d" % number + AFTER_ID for number in range(first, first + count))
        return b"[" + b",".join(tasks) + b"]"


class Connection(asyncio.Protocol):
    """One client's connection: requests one after the other."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.received = b""
        self.parked: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.shelf.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        for parked in self.parked:  # who has left gets no tasks
            parked.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(self.received, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self.received) < whole:
            return
        head, body, self.received = self.received[:end], self.received[end + 4 : whole], self.received[whole:]
        self.answer(head[: head.index(b"\r\n")], body)

    def answer(self, line: bytes, body: bytes) -> None:
        if b"/fetchAndLock" in line:
            wanted, poll_ms = MAX_TASKS.search(body), POLL_MS.search(body)
            count = int(wanted[1]) if wanted else 1
            if self.shelf.left or poll_ms is None:
                self.send(self.shelf.take(count))
            else:
                self.later(self.park(count, int(poll_ms[1]) / 1000))
        elif b"/complete" in line:
            self.shelf.complete()
            self.transport.write(NO_CONTENT)
        elif b"/external-task/" in line:
            self.transport.write(NO_CONTENT)
        elif stock := STOCK.search(line):
            self.shelf.deliver(int(stock[1]))
            self.transport.write(NO_CONTENT)
        elif b"/stock/empty" in line:
            self.later(self.tell_when_empty())
        else:
            self.tell()

    def later(self, answering: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(answering)
        self.parked.add(task)
        task.add_done_callback(self.parked.discard)

    def tell(self) -> None:
        names = ("fetched", "completed", "connections")
        self.send(orjson.dumps({name: getattr(self.shelf, name) for name in names}))

    async def tell_when_empty(self) -> None:
        await self.shelf.empty.wait()
        self.tell()

    async def park(self, count: int, timeout_s: float) -> None:
        parked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shelf.waiting.add(parked)
        try:
            await asyncio.wait({parked}, timeout=timeout_s)
        finally:
            self.shelf.waiting.discard(parked)
        self.send(self.shelf.take(count))

    def send(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def serve(port: int) -> None:
    shelf = Shelf()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(shelf), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/engine-rest", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An engine that costs nothing, for bench/worker.py")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
