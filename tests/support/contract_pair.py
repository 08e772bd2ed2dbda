"""Two engines, asked the same: each call goes to both, and what they answer must be the same."""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from contract_answers import Names, alike
from contract_differences import allowed

TIMEOUT_S = 120
#: A real engine removes thousands of instances with their history one by one.
REMOVED_WITHIN_S = 900
#: A text that nobody wants to read in a report.
_LONG = re.compile("x{100,}")
SETTLED_WITHIN_S = 120
#: Keys by which what waits is named: a task is known by its activity.
KINDS = {"task": "taskDefinitionKey", "external-task": "activityId", "job": ""}


@dataclass(frozen=True)
class Call:
    """One request, with `<name>` for ids: `POST /task/<review#1>/complete`."""

    method: str
    path: str
    body: Any = None
    #: Names the `id` of the answer.
    gives: str | None = None
    #: Names the rows of the answer, which are of this one of KINDS.
    names: str | None = None
    #: Whether the answer's lists come in a promised order.
    ordered: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        body = "" if self.body is None else f" {json.dumps(self.body)}"
        return f"{self.method} {self.path}" + _LONG.sub("x…", body)


@dataclass(frozen=True)
class Answer:
    """What an engine said, with stable names."""

    status: int
    body: Any


class Different(AssertionError):
    """The engines answered differently."""


@dataclass
class Side:
    """One engine over one connection that is kept open."""

    url: str
    login: tuple[str, str]
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self._base = parts.path.rstrip("/")
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json, */*"}
        login = base64.b64encode(":".join(self.login).encode()).decode()
        self._headers["Authorization"] = f"Basic {login}"

    def send(self, call: Call) -> None:
        path = quote(self.names.fill(call.path), safe="/?=&,:%")
        body = call.body if isinstance(call.body, bytes) else None
        if call.body is not None and body is None:
            body = orjson.dumps(self.names.fill(call.body))
        self._connection.request(call.method, self._base + path, body, self._headers | dict(call.headers))

    def read(self) -> tuple[int, Any]:
        answer = self._connection.getresponse()
        data = answer.read()
        if data and "json" in answer.headers.get("content-type", ""):
            return answer.status, orjson.loads(data)
        return answer.status, data.decode(errors="replace") if data else None

    def ask(self, call: Call) -> tuple[int, Any]:
        self.send(call)
        return self.read()

    def wait_longer(self, timeout_s: float) -> None:
        """From now on an answer may take that long."""
        self._connection.timeout = timeout_s
        if self._connection.sock:
            self._connection.sock.settimeout(timeout_s)

    def close(self) -> None:
        self._connection.close()


class Pair:
    """The same story on both engines; `told` is what was asked and answered so far."""

    def __init__(self, ours: str, real: str, login: tuple[str, str]) -> None:
        self.sides = (Side(ours, login), Side(real, login))
        self.told: list[tuple[Call, Answer]] = []
        self.open: dict[str, list[dict[str, Any]]] = {}
        self._deployments: list[tuple[Side, str]] = []
        self._lasting = [Names(), Names()]

    def deploy(self, files: Mapping[str, bytes]) -> None:
        """Deploy the same on both; what it defines keeps its name in every story."""
        boundary = "contract-tests"
        parts = [_part(boundary, 'name="deployment-name"', b"contract")]
        parts += [_part(boundary, f'name="{name}"; filename="{name}"', data) for name, data in files.items()]
        header = (("Content-Type", f"multipart/form-data; boundary={boundary}"),)
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        for side in self.sides:
            status, made = side.ask(Call("POST", "/deployment/create", body, headers=header))
            assert status == 200, made
            self._deployments.append((side, made["id"]))
            side.names.give(made["id"], "deployment")
            for kind in ("Process", "Decision", "DecisionRequirements"):
                for definition in (made[f"deployed{kind}Definitions"] or {}).values():
                    side.names.give(definition["id"], definition["key"])
                    if kind == "Process":
                        _, found = side.ask(Call("GET", f"/job-definition?processDefinitionId={definition['id']}"))
                        for job in found:
                            side.names.give(
                                job["id"], f"{job['activityId']} {job['jobConfiguration'].partition(':')[0]}"
                            )
        self._lasting = [side.names.copy() for side in self.sides]

    def forget(self) -> None:
        """Begin a new story."""
        for side, names in zip(self.sides, self._lasting, strict=True):
            side.names = names.copy()
        self.told, self.open = [], {}

    def close(self) -> None:
        """Remove what was deployed, with all that runs on it."""
        for side, identifier in self._deployments:
            side.wait_longer(REMOVED_WITHIN_S)
            side.ask(Call("DELETE", f"/deployment/{identifier}?cascade=true&skipIoMappings=true"))
        for side in self.sides:
            side.close()

    def play(self, call: Call) -> Answer:
        """Ask both. Different where their answers differ and the list of allowed differences does not say so."""
        raw, now = self._ask(call), dt.datetime.now(dt.UTC)
        if call.names == "job":
            until = time.monotonic() + SETTLED_WITHIN_S
            while any(_is_due(job) for _, jobs in raw for job in jobs):
                assert time.monotonic() < until, f"jobs do not come to rest: {raw}"
                raw, now = self._ask(call), dt.datetime.now(dt.UTC)
        if call.gives and all(status == 200 for status, _ in raw):
            for side, (_, body) in zip(self.sides, raw, strict=True):
                side.names.give(_given_id(body), call.gives)
        if call.names:
            for side, (_, body) in zip(self.sides, raw, strict=True):
                _give_names(side.names, call.names, body)
        bodies = [_comparable(status, body) for status, body in raw]
        names = self.sides[0].names, self.sides[1].names
        ours, real = map(Answer, (raw[0][0], raw[1][0]), alike(*bodies, names, now, ordered=call.ordered))
        if not call.names:
            self.told.append((call, ours))
        if ours != real and not allowed(call, ours, real):
            self.differ(self._report(call, ours, real, raw))
        return ours

    def differ(self, report: str) -> None:
        raise Different(report)

    def _ask(self, call: Call) -> list[tuple[int, Any]]:
        """Both at the same time."""
        for side in self.sides:
            side.send(call)
        return [side.read() for side in self.sides]

    def each(self, calls: Sequence[Call]) -> list[Answer]:
        return [self.play(call) for call in calls]

    def look(self, key: str, kinds: Iterable[str] = KINDS) -> dict[str, list[dict[str, Any]]]:
        """What waits in the instances of one process, by name; the same on both. Jobs that are due have run."""
        # jobs first: what is due runs, and makes tasks
        for kind in sorted(kinds, key=lambda kind: kind != "job"):
            self.open[kind] = self.play(Call("GET", f"/{kind}?processDefinitionKey={key}", names=kind)).body
        return self.open

    def _report(self, call: Call, ours: Answer, real: Answer, raw: list[tuple[int, Any]]) -> str:
        story = "\n".join(f"  {call!r} -> {answer.status}" for call, answer in self.told)
        parts = "\n".join(f"  {place}: ours {one!r}, real {other!r}" for place, one, other in unlike(ours, real))
        words = [body.get("message", "")[:300] for _, body in raw if isinstance(body, dict)]
        return f"{call!r}\n{parts}\nmessages: {words}\nthe story:\n{story}"


def _give_names(names: Names, kind: str, rows: list[dict[str, Any]]) -> None:
    """What waits is named by its activity, in the order of the instances that it belongs to."""

    def noun(row: dict[str, Any]) -> str:
        return str(row[KINDS[kind]]) if kind != "job" else "job " + names.of[row["jobDefinitionId"]].partition("#")[0]

    for row in sorted(rows, key=lambda row: (names.of.get(row["processInstanceId"], ""), noun(row))):
        names.give(row["id"], noun(row))


def _part(boundary: str, disposition: str, data: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + data + b"\r\n"


def _given_id(body: Any) -> str:
    first = body[0] if isinstance(body, list) else body
    instance = first.get("processInstance") or first
    return str(instance["id"])


def _comparable(status: int, body: Any) -> Any:
    """Of an error: type and code, not the words."""
    if status >= 400:
        return {key: body.get(key) for key in ("type", "code")} if isinstance(body, dict) else "<text>"
    return body


def _is_due(job: dict[str, Any]) -> bool:
    """Whether the engine's own executor has still to run it."""
    if job["suspended"] or not job["retries"]:
        return False
    due = job["dueDate"]
    return due is None or dt.datetime.strptime(due, "%Y-%m-%dT%H:%M:%S.%f%z") <= dt.datetime.now(dt.UTC)


def unlike(ours: Any, real: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The places where two answers differ."""
    if isinstance(ours, Answer) and isinstance(real, Answer):
        yield from unlike(ours.status, real.status, "status")
        yield from unlike(ours.body, real.body, "body")
    elif isinstance(ours, dict) and isinstance(real, dict):
        for key in sorted({*ours, *real}):
            yield from unlike(ours.get(key, "<absent>"), real.get(key, "<absent>"), f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(real, list) and len(ours) == len(real):
        for index, (one, other) in enumerate(zip(ours, real, strict=True)):
            yield from unlike(one, other, f"{place}[{index}]")
    elif ours != real:
        yield place, ours, real
