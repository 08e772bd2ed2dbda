"""What the witnesses work on: a process for each topic, which stops at a person's task so that its variables show."""

from __future__ import annotations

from datetime import UTC, datetime

from embedded_engine import HEAD

from pulse.engine.client import Typed

TOPICS = ("read", "fail", "refuse", "extend")
AT = datetime(2026, 6, 10, 8, 0, 0, 250_000, tzinfo=UTC)
ERROR = '<error id="refused" errorCode="refused"/>'
PROCESS = """<process id="{topic}" isExecutable="true" camunda:historyTimeToLive="P1D" camunda:versionTag="v1">
  <startEvent id="start"/>
  <sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
  <serviceTask id="work" name="Work" camunda:type="external" camunda:topic="{topic}"/>
  <sequenceFlow id="f2" sourceRef="work" targetRef="look"/>
  <userTask id="look" name="Look" camunda:candidateGroups="controllers" camunda:dueDate="2026-06-12T08:00:00"/>
  <boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="refused"/></boundaryEvent>
  <sequenceFlow id="f3" sourceRef="caught" targetRef="mend"/>
  <userTask id="mend" name="Mend"/>
</process>"""

#: Every kind of value that a client can meet, by the name it travels under.
GIVEN = {
    "text": "Grüezi",
    "whole": Typed("Integer", 7),
    "big": 2**40,
    "ratio": 0.5,
    "yes": True,
    "at": AT,
    "nothing": None,
    "facts": Typed("Json", '{"codes":[100,210]}'),
    "list": Typed(
        "Object", "[1,2]", {"objectTypeName": "java.util.ArrayList", "serializationDataFormat": "application/json"}
    ),
    "raw": b"\x00\xff",
    "paper": Typed("File", "aGVsbG8=", {"filename": "hello.txt", "mimetype": "text/plain"}),
}

#: What each client sets on completion, as our client reads it from the engine: type and value.
SET = {
    "out_text": ("String", "Grüezi zurück"),
    "out_whole": ("Integer", 8),
    "out_big": ("Long", 2**41),
    "out_ratio": ("Double", 0.25),
    "out_yes": ("Boolean", False),
    "out_at": ("Date", "2026-06-11T08:00:00.500+0000"),
    "out_nothing": ("Null", None),
    "out_facts": ("Json", '{"codes":[300]}'),
    "out_raw": ("Bytes", "AP8B"),
    "out_paper": ("File", None),
}


def models() -> dict[str, bytes]:
    """The files to deploy."""
    return {f"{topic}.bpmn": f"{HEAD}{ERROR}{PROCESS.format(topic=topic)}</definitions>".encode() for topic in TOPICS}
