"""What the embedded engine does not execute is refused at deployment, each kind by id and line; nothing is ignored.

The kinds are the elements of BPMN 2.0 (its chapters 10 and 13) and Camunda's extension elements and attributes.
"""

from __future__ import annotations

from typing import Any

import pytest
from embedded_engine import Rest, bpmn, flows

from pulse.engine.embedded import bpmn as reader
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.server import EmbeddedServer

ENDS = '<startEvent id="start"/><endEvent id="end"/>'
DEFINITIONS = ("signal", "conditional", "escalation", "compensate", "cancel", "link", "timer")


def on(element: str, inner: str, attributes: str = "") -> str:
    return f'<{element} id="x" {attributes}>{inner}</{element}>'


def extended(inner: str, element: str = "userTask", attributes: str = "") -> str:
    return on(element, f"<extensionElements>{inner}</extensionElements>", attributes)


def with_parameter(inner: str) -> str:
    return extended(
        f'<camunda:inputOutput><camunda:inputParameter name="a">{inner}</camunda:inputParameter></camunda:inputOutput>'
    )


def event(element: str, definition: str, attributes: str = "") -> str:
    return on(element, f"<{definition}EventDefinition/>", attributes)


def with_field(inner: str) -> str:
    return extended(f"<camunda:formData>{inner}</camunda:formData>")


TASKS = {name: on(name, "") for name in ("task", "manualTask", "scriptTask", "sendTask", "callActivity", "robotTask")}
CHOREOGRAPHY = {name: on(name, "") for name in ("callChoreography", "choreographyTask", "subChoreography")}
GATEWAYS = {name: on(name, "") for name in ("inclusiveGateway", "complexGateway", "eventBasedGateway")}
EVENTS = {
    f"{definition} {element}": event(element, definition, 'attachedToRef="u"' if element == "boundaryEvent" else "")
    for element, definitions in {
        "startEvent": (*DEFINITIONS, "error"),
        "intermediateCatchEvent": DEFINITIONS,
        "intermediateThrowEvent": (*DEFINITIONS, "message"),
        "boundaryEvent": ("signal", "conditional", "escalation", "compensate", "cancel"),
        "endEvent": ("signal", "escalation", "compensate", "cancel", "message"),
    }.items()
    for definition in definitions
}
OTHER_EVENTS = {
    "none intermediate throw event": on("intermediateThrowEvent", ""),
    "none intermediate catch event": on("intermediateCatchEvent", ""),
    "event with two definitions": on("endEvent", "<terminateEventDefinition/><errorEventDefinition/>"),
    "parallel multiple event": on(
        "boundaryEvent", '<messageEventDefinition messageRef="m"/>', 'attachedToRef="u" parallelMultiple="true"'
    ),
    "event with a shared definition": on("endEvent", "<eventDefinitionRef>e</eventDefinitionRef>"),
    "timer cycle": on(
        "boundaryEvent",
        "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>",
        'attachedToRef="u" cancelActivity="false"',
    ),
    "timer without a time": on("boundaryEvent", "<timerEventDefinition/>", 'attachedToRef="u"'),
    "message event that throws by an expression": on(
        "boundaryEvent",
        '<messageEventDefinition messageRef="m" camunda:expression="${a}" camunda:asyncLocal="x"/>',
        'attachedToRef="u"',
    ),
    "error end without a code": event("endEvent", "error"),
}
SCOPES = {
    "event sub-process": on("subProcess", '<startEvent id="s"/>', 'triggeredByEvent="true"'),
    "transaction": on("transaction", '<startEvent id="s"/>'),
    "ad-hoc sub-process": on("adHocSubProcess", ""),
    "sub-process without a start": on("subProcess", ""),
    "sub-process with two starts": on("subProcess", '<startEvent id="s"/><startEvent id="t"/>'),
    "multi-instance": on("userTask", "<multiInstanceLoopCharacteristics/>"),
    "loop": on("userTask", "<standardLoopCharacteristics/>"),
    "compensation activity": on("userTask", "", 'isForCompensation="true"'),
    "several tokens to start": on("userTask", "", 'startQuantity="2"'),
    "several tokens at the end": on("userTask", "", 'completionQuantity="2"'),
}
IMPLEMENTATIONS = {
    "nothing to do": on("serviceTask", ""),
    "delegate class": on("serviceTask", "", 'camunda:class="A"'),
    "delegate expression": on("serviceTask", "", 'camunda:delegateExpression="${a}"'),
    "mail task": on("serviceTask", "", 'camunda:type="mail"'),
    "shell task": on("serviceTask", "", 'camunda:type="shell"'),
    "external task without a topic": on("serviceTask", "", 'camunda:type="external"'),
    "connector": extended("<camunda:connector/>", "serviceTask", 'camunda:expression="${1}"'),
    "field injection": extended('<camunda:field name="a"/>', "serviceTask", 'camunda:expression="${1}"'),
    "error mapping of an external task": extended(
        '<camunda:errorEventDefinition errorRef="e"/>', "serviceTask", 'camunda:type="external" camunda:topic="t"'
    ),
    "rule task without a decision": on("businessRuleTask", ""),
    "rule task with a class": on("businessRuleTask", "", 'camunda:class="A"'),
    "unknown mapping of a decision": on(
        "businessRuleTask", "", 'camunda:decisionRef="d" camunda:mapDecisionResult="first"'
    ),
    "decision bound by its version tag": on(
        "businessRuleTask", "", 'camunda:decisionRef="d" camunda:decisionRefBinding="versionTag"'
    ),
    "decision of a tenant": on("businessRuleTask", "", 'camunda:decisionRef="d" camunda:decisionRefTenantId="t"'),
    "message that is not there": on("receiveTask", "", 'messageRef="nowhere"'),
    "receive task that starts a process": on("receiveTask", "", 'messageRef="m" instantiate="true"'),
    "case or process call": extended('<camunda:in source="a" target="b"/>'),
}
PEOPLE = {
    "human performer": on("userTask", "<humanPerformer/>"),
    "potential owner": on("userTask", "<potentialOwner/>"),
    "form property": extended('<camunda:formProperty id="a"/>'),
    "form handler": on("userTask", "", 'camunda:formHandlerClass="A"'),
    "form binding that is not known": on("userTask", "", 'camunda:formRef="f" camunda:formRefBinding="tag"'),
    "form of a service task": extended("<camunda:formData/>", "serviceTask", 'camunda:expression="${1}"'),
    "form field without an id": with_field('<camunda:formField type="string"/>'),
    "form field of an unknown type": with_field('<camunda:formField id="a" type="color"/>'),
    "form field with a validator of its own": with_field(
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="validator" config="A"/></camunda:validation></camunda:formField>'
    ),
    "form field with a date pattern that is not known": with_field(
        '<camunda:formField id="a" type="date" datePattern="EEE d"/>'
    ),
}
LISTENERS_AND_MAPPINGS = {
    "task listener": extended('<camunda:taskListener event="create" class="A"/>'),
    "execution listener": extended('<camunda:executionListener event="start" class="A"/>'),
    "listener of a gateway": extended('<camunda:executionListener event="end"/>', "exclusiveGateway"),
    "listener of an event": extended('<camunda:executionListener event="end"/>', "endEvent"),
    "listener of a sub-process": on(
        "subProcess",
        '<extensionElements><camunda:executionListener event="end"/></extensionElements><startEvent id="s"/>',
    ),
    "script in a mapping": with_parameter('<camunda:script scriptFormat="js">1</camunda:script>'),
    "script in a list": with_parameter("<camunda:list><camunda:script>1</camunda:script></camunda:list>"),
    "list in a list": with_parameter("<camunda:list><camunda:list/></camunda:list>"),
    "script in a map": with_parameter(
        '<camunda:map><camunda:entry key="a"><camunda:script>1</camunda:script></camunda:entry></camunda:map>'
    ),
    "parameter without a name": extended("<camunda:inputOutput><camunda:outputParameter/></camunda:inputOutput>"),
    "mapping of a gateway": extended("<camunda:inputOutput/>", "exclusiveGateway"),
    "mapping of a start": on(
        "startEvent",
        '<extensionElements><camunda:inputOutput/></extensionElements><messageEventDefinition messageRef="m"/>',
    ),
    "validation of a mapping": extended("<camunda:validation/>"),
    "retries that are no number and interval": extended(
        "<camunda:failedJobRetryTimeCycle>PT5M,PT10M</camunda:failedJobRetryTimeCycle>"
    ),
    "job priority by an expression": on("userTask", "", 'camunda:jobPriority="${a}"'),
    "attribute that nobody knows": on("userTask", "", 'camunda:colour="red"'),
    "default flow that is not there": on("exclusiveGateway", "", 'default="nowhere"'),
}
FLOWS = {
    "flow with a listener": '<extensionElements><camunda:executionListener event="take"/></extensionElements>',
    "condition in a script language": '<conditionExpression language="javascript">true</conditionExpression>',
    "condition in a resource": '<conditionExpression camunda:resource="a.js">true</conditionExpression>',
}
PROCESSES = {
    "listener of a process": '<extensionElements><camunda:executionListener event="end"/></extensionElements>',
    "potential starter": "<extensionElements><camunda:potentialStarter/></extensionElements>",
}
BESIDE = {
    "choreography": '<choreography id="x"/>',
    "import": '<import id="x" importType="http://www.w3.org/2001/XMLSchema" location="a.xsd" namespace="a"/>',
    "error with a message": '<error id="x" errorCode="1" camunda:errorMessage="a"/>',
}
UNKNOWN_TO_BPMN = {"robotTask"}
"""As in the real engine, the flows of such an element are blamed, not the element."""


def mistakes(model: str) -> list[dict[str, Any]]:
    with pytest.raises(RestProblem) as raised:
        reader.parse(model.encode(), "m.bpmn")
    problem, details = raised.value, raised.value.extra["details"]
    assert (problem.status, problem.type) == (400, "ParseException")
    assert isinstance(details, dict)
    return list(details["m.bpmn"]["errors"])


def named(kinds: dict[str, str]) -> Any:
    return pytest.mark.parametrize(("kind", "given"), [pytest.param(*one, id=one[0]) for one in kinds.items()])


ELEMENTS = TASKS | CHOREOGRAPHY | GATEWAYS | EVENTS | OTHER_EVENTS | SCOPES | IMPLEMENTATIONS | PEOPLE
ELEMENTS |= LISTENERS_AND_MAPPINGS


@named(ELEMENTS)
def test_an_element_is_refused_by_its_id_and_line(kind: str, given: str) -> None:
    before = '<message id="m" name="m"/><error id="e" errorCode="1"/>'
    found = mistakes(bpmn(f"{ENDS}\n{given}\n" + '<userTask id="u"/>' + flows("start-end"), before=before))
    blamed = {None} if kind in UNKNOWN_TO_BPMN else {"x"}
    assert {one["mainElementId"] for one in found} == blamed
    assert 6 in {one["line"] for one in found}


@named(FLOWS)
def test_a_flow_is_refused_by_its_id_and_line(kind: str, given: str) -> None:
    flow = f'<sequenceFlow id="x" sourceRef="start" targetRef="end">{given}</sequenceFlow>'
    (found,) = mistakes(bpmn(f"{ENDS}\n{flow}"))
    assert (found["mainElementId"], found["line"]) == ("x", 6)


@named(PROCESSES)
def test_a_process_is_refused_by_its_id_and_line(kind: str, given: str) -> None:
    (found,) = mistakes(bpmn(given + ENDS + flows("start-end"), key="x"))
    assert (found["mainElementId"], found["line"]) == ("x", 4)


@named(BESIDE)
def test_what_stands_beside_a_process_is_refused_by_its_id_and_line(kind: str, given: str) -> None:
    (found,) = mistakes(bpmn(ENDS + flows("start-end"), before=given))
    assert (found["mainElementId"], found["line"]) == ("x", 4)


def test_nothing_of_a_deployment_with_a_refused_model_stays(tmp_path: Any) -> None:
    good, bad = bpmn(ENDS + flows("start-end")), bpmn(ENDS + on("callActivity", ""), key="q")
    with EmbeddedServer(f"sqlite:///{tmp_path / 'engine.db'}") as server:
        rest = Rest(server.url)
        told = rest.deploy(good, bad, status=400)
        assert told["details"]["m1.bpmn"]["errors"][0]["mainElementId"] == "x"
        assert rest.get("/deployment/count") == {"count": 0}
        assert rest.get("/process-definition/count") == {"count": 0}
        rest.close()


def test_what_only_draws_or_documents_is_read_past() -> None:
    around = (
        '<collaboration id="c"><participant id="a" processRef="p"/><participant id="b"/><group id="g"/>'
        '<messageFlow id="f" sourceRef="a" targetRef="b"/></collaboration><category id="k"/>'
    )
    inside = '<laneSet id="l"><lane id="one"/></laneSet><textAnnotation id="n"/><association id="s"/><group id="h"/>'
    inside += '<documentation>x</documentation><dataObject id="o"/><dataObjectReference id="r"/>'
    (process,) = reader.parse(bpmn(inside + ENDS + flows("start-end"), before=around).encode(), "m.bpmn")
    assert list(process.activities) == ["start", "end"]
