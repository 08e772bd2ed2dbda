"""An invoice through Pulse's own rooms: intake, reader in its child, claims, worker with its threads, letters, SMTP.

Everything is what `pulse mail` and `pulse worker` run, put together as `pulse.wiring` does; only the IMAP server and
the engine behind the client are left out. Stages are told apart by wrapping the seams between the rooms.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import cpu
import stub_process
from chain_world import INBOX, SENT, World

from db.database import Database
from db.documents import DocumentStore
from letters.writer import TemplateWriter
from mail_gateway.connection.account import Account
from mail_gateway.connection.mailbox import Head
from mail_gateway.intake import Incoming, Intake
from mail_gateway.ledger import Ledger
from mail_gateway.outgoing.smtp import SmtpMailOut
from mail_gateway.steps.order import steps
from pulse.claims.office import Office
from pulse.claims.receive import Received, receive_document
from pulse.claims.relay import relay_once
from pulse.engine.client import EngineClient
from pulse.engine.worker import Counters, Topic, Worker
from pulse.invoices.model import Invoice
from pulse.invoices.reading import Limits, warm_up
from pulse.wiring import SandboxedReader
from workers import handlers

_PATIENCE_S = 60.0
_TOPIC_STAGES = {
    "check-client": "claims",
    "check-medication": "claims",
    "assess-risk": "claims",
    "settle": "claims",
    "check-decision": "claims",
    "write-letter": "letters",
    "send-letter": "mail out",
}


class _Reader(SandboxedReader):
    """Counts what the reading process and its children spend, too."""

    def __init__(self, meter: cpu.Meter) -> None:
        super().__init__(Limits())
        self._meter = meter
        warm_up()
        self.server = cpu.child_of(os.getpid(), "pulse.invoices.sandbox.fork_server")

    def read(self, data: bytes) -> Invoice:
        before = cpu.of_process_and_children(self.server)
        with self._meter.stage("reading"):
            invoice = super().read(data)
        self._meter.add("reading", cpu.of_process_and_children(self.server) - before)
        return invoice


class _Engine(EngineClient):
    def __init__(self, url: str, meter: cpu.Meter) -> None:
        super().__init__(url)
        self._meter = meter

    def call(self, request: Any) -> Any:
        with self._meter.stage("engine"):
            return super().call(request)

    def raw(self, *arguments: Any, **options: Any) -> Any:
        with self._meter.stage("engine"):
            return super().raw(*arguments, **options)


class _Ledger(Ledger):
    def __init__(self, office: Office, account: Account, meter: cpu.Meter) -> None:
        super().__init__(office, account)
        self._meter = meter

    def see(self, uid_validity: int, sizes: Mapping[int, int]) -> Any:
        with self._meter.stage("store"):
            return super().see(uid_validity, sizes)

    def identify(self, *arguments: Any, **options: Any) -> Any:
        with self._meter.stage("store"):
            return super().identify(*arguments, **options)

    def settle(self, *arguments: Any, **options: Any) -> None:
        with self._meter.stage("store"):
            super().settle(*arguments, **options)


class _Ends(Counters):
    """Hands over how each task ended."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: queue.SimpleQueue[str] = queue.SimpleQueue()

    def count(self, event: str, topic: str) -> None:
        super().count(event, topic)
        if event != "fetched":
            self.queue.put(f"{event} {topic}")


class Ours:
    """One side: `handle` takes a mail all the way to its two letters."""

    name = "pulse"

    def __init__(self, world: World) -> None:
        self.meter = cpu.Meter()
        self.world = world
        self.database = Database(world.database_url)
        self._reader = _Reader(self.meter)
        self._mail_out = SmtpMailOut(
            "127.0.0.1", world.smtp_port, tls="none", mail_from=world.policy.mail_from, sent_copy_to=SENT,
            clock=world.clock,
        )  # fmt: skip
        self._office = Office(
            database=self.database,
            documents=DocumentStore(str(world.documents)),
            engine=_Engine(world.engine_url, self.meter),
            mail_out=self._mail_out,
            sent=_NoSentMailbox(),
            reader=self._reader,
            writer=TemplateWriter(),
            policy=world.policy,
            clock=world.clock,
        )
        account = Account(host="bench", port=0, user=INBOX, password="")
        self._ledger = _Ledger(self._office, account, self.meter)
        met = steps(self._office, account, self._ledger, receive=self._receive)
        self._intake = Intake(office=self._office, account=account, ledger=self._ledger, steps=met)
        self._ends = _Ends()
        topics = [self._metered(topic) for topic in handlers(self._office)]
        self._worker = Worker(engine_url=world.engine_url, topics=topics, poll_ms=20_000, metrics=self._ends)
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()
        self._uid = 0

    def handle(self, content: bytes) -> float:
        """CPU seconds of this process (all threads), of the reading process and of its child."""
        self._uid += 1
        began = self._spent()
        staged = sum(self.meter.spent.values())
        with self.meter.stage("mail in"):
            (row,) = self._ledger.see(1, {self._uid: len(content)})
            head = Head(size=len(content), block=content[: content.index(b"\r\n\r\n")])
            self._intake.take(Incoming(row=row, attempt=1, head=head, fetch=lambda: content))
        with self.meter.stage("store"):
            relay_once(self._office)
        self._wait_for_the_end()
        total = self._spent() - began
        # What no seam sees is the worker's: polls, locks, reports.
        self.meter.add("engine", total - (sum(self.meter.spent.values()) - staged))
        return total

    def close(self) -> None:
        self._worker.stop()
        self._office.engine.transport.request("POST", f"{self.world.engine_url}/wake")
        self._thread.join()
        self._office.engine.close()
        self._mail_out.close()
        self.database.close()

    def _spent(self) -> float:
        return time.process_time() + cpu.of_process_and_children(self._reader.server)

    def _wait_for_the_end(self) -> None:
        for _ in range(stub_process.TASKS):
            event = self._ends.queue.get(timeout=_PATIENCE_S)
            if not event.startswith("completed"):
                raise RuntimeError(f"a task ended otherwise: {event}")
        # The worker's next poll belongs to this invoice; it is on its way within this time.
        time.sleep(0.005)

    def _receive(self, office: Office, data: bytes, **options: Any) -> Received:
        with self.meter.stage("store"):
            return receive_document(office, data, **options)

    def _metered(self, topic: Topic) -> Topic:
        stage = _TOPIC_STAGES.get(topic.name, "claims")

        def handler(task: Any) -> Any:
            with self.meter.stage(stage):
                return topic.handler(task)

        return dataclasses.replace(topic, handler=handler)


class _NoSentMailbox:
    def holds(self, message_id: str) -> bool:
        raise RuntimeError(f"nothing is unknown here, but {message_id} was looked for")


@contextlib.contextmanager
def ours(world: World) -> Iterator[Ours]:
    side = Ours(world)
    try:
        yield side
    finally:
        side.close()
