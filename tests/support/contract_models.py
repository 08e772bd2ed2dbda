"""Small processes, each full of one thing: what the random sequences of calls are played on."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_engine import bpmn, external, flows

FAR = "2099-06-01T12:00:00"
_ERROR = '<error id="e" errorCode="wrong"/>'
_MESSAGES = "".join(
    f'<message id="m_{name}" name="Contract{name.title()}"/>'
    for name in ("arrived", "answered", "note", "cancelled", "caught")
)


def _io(inputs: str = "", outputs: str = "") -> str:
    """Parameters: `name=expression; name=expression`."""

    def parameters(kind: str, given: str) -> str:
        pairs = [pair.strip().partition("=") for pair in given.split(";") if pair.strip()]
        return "".join(
            f'<camunda:{kind}Parameter name="{name}">{value}</camunda:{kind}Parameter>' for name, _, value in pairs
        )

    inner = parameters("input", inputs) + parameters("output", outputs)
    return f"<extensionElements><camunda:inputOutput>{inner}</camunda:inputOutput></extensionElements>"


def _user(name: str, attributes: str = "", inner: str = "") -> str:
    return f'<userTask id="{name}" name="{name.title()}" {attributes}>{inner}</userTask>'


def _work(name: str, attributes: str = "", inner: str = "") -> str:
    """An external task whose topic is no other test's."""
    return external(name, inner, attributes).replace(f'camunda:topic="{name}"', f'camunda:topic="contract-{name}"')


def _boundary(name: str, host: str, event: str, *, interrupting: bool = True) -> str:
    cancel = "" if interrupting else ' cancelActivity="false"'
    return f'<boundaryEvent id="{name}" attachedToRef="{host}"{cancel}>{event}</boundaryEvent>'


def _ends(*names: str) -> str:
    return "".join(f'<endEvent id="{name}"/>' for name in names)


def _message(name: str) -> str:
    return f'<messageEventDefinition messageRef="m_{name}"/>'


def _date(text: str) -> str:
    return f"<timerEventDefinition><timeDate xsi:type='tFormalExpression'>{text}</timeDate></timerEventDefinition>"


_WRONG = '<errorEventDefinition errorRef="e"/>'
_ANY_ERROR = "<errorEventDefinition/>"
_START = '<startEvent id="s"/>'

WORKERS = bpmn(
    _START
    + _work("first", 'camunda:taskPriority="5"', _io(outputs="done=${true}"))
    + '<parallelGateway id="fork"/>'
    + _work("left", 'camunda:taskPriority="${10}"', _io("local=text; doubled=${x}", "out=${local}"))
    + _work("right")
    + _boundary("caught", "right", _WRONG)
    + _user("repair", 'camunda:candidateGroups="assistants"')
    + '<parallelGateway id="join"/>'
    + _work("last", "", "<extensionElements><camunda:properties><camunda:property name='p' value='1'/>"
            "</camunda:properties></extensionElements>")
    + _boundary("any", "last", _ANY_ERROR)
    + _ends("end", "given_up", "repaired")
    + flows("s-first", "first-fork", "fork-left", "fork-right", "left-join", "right-join", "join-last", "last-end")
    + flows("caught-repair", "repair-repaired", "any-given_up"),
    key="contract-workers", before=_ERROR, attributes='camunda:historyTimeToLive="P30D" camunda:versionTag="v1"',
)  # fmt: skip

PEOPLE = bpmn(
    _START
    + _user(
        "review",
        'camunda:candidateGroups="assistants,controllers" camunda:candidateUsers="mary" camunda:priority="70" '
        f'camunda:dueDate="{FAR}" camunda:followUpDate="${{follow}}" camunda:formKey="review-form"',
        "<documentation>look at it</documentation>" + _io("decision=${''}", "decision=${decision}"),
    )
    + _boundary("reminder", "review", _date(FAR), interrupting=False)
    + _work("remind")
    + _boundary("too_late", "review", _date("${late}"))
    + _user("late_review", 'camunda:assignee="${boss}"')
    + _boundary("refused", "review", _WRONG)
    + '<exclusiveGateway id="choice" default="choice_again"/>'
    + _user("again", 'camunda:candidateUsers="${boss}, peter"')
    + _ends("end", "reminded", "late_end", "refused_end", "again_end")
    + flows("s-review", "reminder-remind", "remind-reminded", "too_late-late_review", "late_review-late_end")
    + flows("refused-refused_end", "review-choice", "choice-end:${decision == 'yes'}", "choice-again")
    + flows("again-again_end"),
    key="contract-people", before=_ERROR,
)  # fmt: skip

MESSAGES = bpmn(
    f'<startEvent id="s">{_message("arrived")}</startEvent>'
    '<parallelGateway id="fork"/>'
    '<receiveTask id="wait" name="Wait" messageRef="m_answered"/>'
    + _boundary("note", "wait", _message("note"), interrupting=False)
    + _user("read_note")
    + _boundary("cancelled", "wait", _message("cancelled"))
    + _user("why")
    + f'<intermediateCatchEvent id="catch">{_message("caught")}</intermediateCatchEvent>'
    + _work("after")
    + _ends("end", "note_end", "why_end", "after_end")
    + flows("s-fork", "fork-wait", "fork-catch", "wait-end", "note-read_note", "read_note-note_end")
    + flows("cancelled-why", "why-why_end", "catch-after", "after-after_end"),
    key="contract-messages", before=_MESSAGES,
)  # fmt: skip

SCOPES = bpmn(
    _START
    + '<subProcess id="outer" name="Outer">'
    + _io("inner_x=${x}", "result=${found}")
    + '<startEvent id="os"/>'
    + _user("ask", "", _io("question=why", "found=${answer}"))
    + '<subProcess id="inner"><startEvent id="is"/>'
    + _work("dig")
    + '<exclusiveGateway id="enough" default="enough_ie"/>'
    + f'<endEvent id="ie"/><endEvent id="bad">{_WRONG}</endEvent>'
    + flows("is-dig", "dig-enough", "enough-bad:${bad}", "enough-ie")
    + "</subProcess>"
    + '<endEvent id="oe"/>'
    + flows("os-ask", "ask-inner", "inner-oe")
    + "</subProcess>"
    + _boundary("inner_wrong", "outer", _WRONG)
    + _boundary("stopped", "outer", _message("cancelled"))
    + _boundary("noted", "outer", _message("note"), interrupting=False)
    + _boundary("expired", "outer", _date(FAR))
    + _user("mend", 'camunda:assignee="demo"')
    + _work("log_note")
    + _ends("end", "mended", "stop_end", "note_end", "expired_end")
    + flows("s-outer", "outer-end", "inner_wrong-mend", "mend-mended", "stopped-stop_end", "noted-log_note")
    + flows("log_note-note_end", "expired-expired_end"),
    key="contract-scopes", before=_ERROR + _MESSAGES,
)  # fmt: skip

JOBS = bpmn(
    '<startEvent id="s" camunda:asyncAfter="true"/>'
    '<serviceTask id="compute" camunda:asyncBefore="true" camunda:expression="${x}" camunda:resultVariable="y"/>'
    + _work("apply", 'camunda:asyncAfter="true"')
    + _boundary("timed", "apply", _date(FAR))
    + '<exclusiveGateway id="choice"/>'
    + _user("low", 'camunda:asyncBefore="true" camunda:jobPriority="7"')
    + _user("high")
    + _ends("end", "timed_end")
    + flows("s-compute", "compute-apply", "apply-choice", "choice-low:${y &lt; 10}", "choice-high:${y >= 10}")
    + flows("low-end", "high-end", "timed-timed_end"),
    key="contract-jobs",
)  # fmt: skip

RULES = bpmn(
    _START
    + _user("fill", 'camunda:formRef="contract_form" camunda:formRefBinding="deployment"')
    + '<businessRuleTask id="judge" camunda:decisionRef="contract-level" camunda:resultVariable="level" '
    'camunda:mapDecisionResult="singleEntry"/>'
    + _work("handle", "", _io("all=${level}"))
    + _user("look")
    + _ends("end", "neither", "plain")
    + flows("s-fill", "fill-judge", "judge-handle:${level == 'high'}", "judge-look:${level != 'none'}")
    + flows("handle-end", "look-plain"),
    key="contract-rules",
)  # fmt: skip

TERMINATE = bpmn(
    _START
    + '<parallelGateway id="fork"/>'
    + _user("stay")
    + _work("run")
    + '<subProcess id="sub"><startEvent id="ss"/><parallelGateway id="sf"/>'
    + _user("one")
    + _user("two")
    + '<endEvent id="stop"><terminateEventDefinition/></endEvent><endEvent id="se"/>'
    + flows("ss-sf", "sf-one", "sf-two", "one-stop", "two-se")
    + "</subProcess>"
    + _user("behind")
    + '<endEvent id="kill"><terminateEventDefinition/></endEvent>'
    + _ends("end", "end2")
    + flows("s-fork", "fork-stay", "fork-run", "fork-sub", "stay-kill", "run-end", "sub-behind", "behind-end2"),
    key="contract-terminate",
)  # fmt: skip

DECISION = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
             id="contract-graph" name="graph" namespace="contract">
  <decision id="contract-level" name="Level" camunda:historyTimeToLive="P30D">
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="in"><inputExpression id="ie" typeRef="integer"><text>x</text></inputExpression></input>
      <output id="out" name="level" typeRef="string"/>
      <rule id="r1"><inputEntry id="i1"><text>&lt; 10</text></inputEntry>
        <outputEntry id="o1"><text>"low"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="i2"><text>&gt; 5</text></inputEntry>
        <outputEntry id="o2"><text>"high"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""
FORM = b'{"id": "contract_form", "type": "default", "schemaVersion": 16, "components": []}'


@dataclass(frozen=True)
class Model:
    """A process to play on, and which kinds of things wait in it."""

    key: str
    kinds: tuple[str, ...]
    topics: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    starts_by_message: bool = False
    activities: tuple[str, ...] = ()


MODELS = (
    Model("contract-workers", ("task", "external-task"), ("first", "left", "right", "last")),
    Model("contract-people", ("task", "external-task", "job"), ("remind",)),
    Model(
        "contract-messages", ("task", "external-task"), ("after",),
        ("Arrived", "Answered", "Note", "Cancelled", "Caught"), starts_by_message=True,
    ),
    Model("contract-scopes", ("task", "external-task", "job"), ("dig", "log_note"), ("Cancelled", "Note")),
    Model("contract-jobs", ("task", "external-task", "job"), ("apply",)),
    Model("contract-rules", ("task", "external-task"), ("handle",)),
    Model("contract-terminate", ("task", "external-task"), ("run",)),
)  # fmt: skip

FILES = {
    f"{name}.bpmn": text.encode()
    for name, text in {
        "workers": WORKERS, "people": PEOPLE, "messages": MESSAGES, "scopes": SCOPES, "jobs": JOBS, "rules": RULES,
        "terminate": TERMINATE,
    }.items()
} | {"level.dmn": DECISION, "contract.form": FORM}  # fmt: skip
