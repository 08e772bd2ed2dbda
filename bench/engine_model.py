"""A process of the shape of our invoice process that the embedded engine, Operaton and SpiffWorkflow all execute.

The straight way of an approved invoice: nine steps of workers, four gateways with a default flow to a person, boundary
events for business errors, the two letters in parallel. A condition is both an expression of the engine and, between
its braces, one of Python.
"""

from __future__ import annotations

KEY = "invoice"
FACTS: dict[str, object] = {
    "invoice_id": 12345678,
    "insurance_number": "12345678",
    "total_amount": "80.35",
    "received_on": "2026-06-10",
    "language": "de",
    "reading": "complete",
}
#: What the worker of each topic sets.
RESULTS: dict[str, dict[str, object]] = {
    "check-client": {"client": "found", "client_id": 4711},
    "check-medication": {"positions": "listed", "listed": 3},
    "assess-risk": {"risk": "low", "reasons": "R100 R210", "abuse_risk": 0},
    "settle": {"outcome": "full", "payable": "71.55", "cost_share": "8.80"},
    "check-decision": {"decision": "approve", "letter_kind": "approved"},
    "write-letter": {"letter_id": 99},
    "send-letter": {"sent": True},
}
#: Topic of each step, by its element.
TOPICS = {topic.replace("-", "_"): topic for topic in list(RESULTS)[:5]} | {
    f"{what}_{whom}": f"{what}-letter" for what in ("write", "send") for whom in ("client", "provider")
}
STEPS = len(TOPICS)
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="bench">
<error id="business_error" errorCode="business-error"/>
"""


def model() -> bytes:
    """The BPMN file."""
    elements = ['<startEvent id="received"/>']
    at = "received"
    for gateway, condition, topic in (
        ("gateway_reading", "reading == 'complete'", "check-client"),
        ("gateway_client", "client == 'found'", "check-medication"),
        (None, None, "assess-risk"),
        (None, None, "settle"),
        ("gateway_route", "risk == 'low' and outcome == 'full'", "check-decision"),
    ):
        if gateway is not None:
            elements += [_flow(at, gateway), *_gateway(gateway)]
            elements.append(_flow(gateway, _id(topic), condition))
        else:
            elements.append(_flow(at, _id(topic)))
        elements += _work(_id(topic), topic)
        at = _id(topic)
    elements += [_flow(at, "gateway_decision"), *_gateway("gateway_decision")]
    elements += [_flow("gateway_decision", "fork", "decision == 'approve'"), '<parallelGateway id="fork"/>']
    for whom in ("client", "provider"):
        write, send, end = f"write_{whom}", f"send_{whom}", f"sent_{whom}"
        elements += [_flow("fork", write), *_work(write, "write-letter"), _flow(write, send)]
        elements += [*_work(send, "send-letter"), _flow(send, end), f'<endEvent id="{end}"/>']
    process = f'<process id="{KEY}" isExecutable="true" camunda:historyTimeToLive="P1D">'
    return "\n".join([_HEAD, process, *elements, "</process></definitions>"]).encode()


def _id(topic: str) -> str:
    return topic.replace("-", "_")


def _flow(source: str, target: str, condition: str | None = None) -> str:
    held = f"<conditionExpression xsi:type='tFormalExpression'>${{{condition}}}</conditionExpression>"
    inner = held if condition else ""
    return f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def _gateway(name: str) -> list[str]:
    person, done = f"{name}_person", f"{name}_done"
    return [
        f'<exclusiveGateway id="{name}" default="{name}_to_{person}"/>',
        _flow(name, person),
        f'<userTask id="{person}"/>',
        _flow(person, done),
        f'<endEvent id="{done}"/>',
    ]


def _work(name: str, topic: str) -> list[str]:
    error, person, done = f"{name}_error", f"{name}_person", f"{name}_done"
    return [
        f'<serviceTask id="{name}" camunda:type="external" camunda:topic="{topic}"/>',
        f'<boundaryEvent id="{error}" attachedToRef="{name}"><errorEventDefinition errorRef="business_error"/>',
        "</boundaryEvent>",
        _flow(error, person),
        f'<userTask id="{person}"/>',
        _flow(person, done),
        f'<endEvent id="{done}"/>',
    ]
