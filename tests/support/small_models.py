"""Models small enough to see what a call did: an external task with an error path, user tasks, a message, a table."""

from __future__ import annotations

CASE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
             id="definitions" targetNamespace="pulse-tests">
  <message id="arrived" name="CaseArrived"/>
  <message id="answered" name="CaseAnswered"/>
  <error id="unclear" name="unclear" errorCode="unclear"/>
  <process id="case" name="Case" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="start"><messageEventDefinition messageRef="arrived"/></startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
    <serviceTask id="work" name="Work" camunda:type="external" camunda:topic="work"/>
    <boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="unclear"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="caught" targetRef="clarify"/>
    <userTask id="clarify" name="Clarify" camunda:candidateGroups="assistants"/>
    <sequenceFlow id="f3" sourceRef="clarify" targetRef="unclear_end"/>
    <endEvent id="unclear_end"/>
    <sequenceFlow id="f4" sourceRef="work" targetRef="review"/>
    <userTask id="review" name="Review" camunda:candidateGroups="controllers"/>
    <sequenceFlow id="f5" sourceRef="review" targetRef="wait"/>
    <receiveTask id="wait" name="Wait" messageRef="answered"/>
    <sequenceFlow id="f6" sourceRef="wait" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""

PLAIN = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
             id="definitions" targetNamespace="pulse-tests">
  <process id="plain" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
    <serviceTask id="work" camunda:type="external" camunda:topic="work"/>
    <sequenceFlow id="f2" sourceRef="work" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""

LATER = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
             xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="pulse-tests">
  <process id="later" isExecutable="true" camunda:historyTimeToLive="P30D">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="review"/>
    <userTask id="review" name="Review"/>
    <boundaryEvent id="late" attachedToRef="review">
      <timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT24H</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <sequenceFlow id="f2" sourceRef="review" targetRef="end"/>
    <sequenceFlow id="f3" sourceRef="late" targetRef="late_end"/>
    <endEvent id="end"/>
    <endEvent id="late_end"/>
  </process>
</definitions>
"""

RISK = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
             id="risks" name="risks" namespace="pulse-tests">
  <decision id="risk" name="Risk" camunda:historyTimeToLive="P30D">
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="in"><inputExpression id="ie" typeRef="double"><text>amount</text></inputExpression></input>
      <output id="out" name="level" typeRef="string"/>
      <rule id="r1"><inputEntry id="i1"><text>&lt; 100</text></inputEntry>
        <outputEntry id="o1"><text>"low"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="i2"><text>&gt;= 100</text></inputEntry>
        <outputEntry id="o2"><text>"high"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""

ALL = {"case.bpmn": CASE, "plain.bpmn": PLAIN, "later.bpmn": LATER, "risk.dmn": RISK}
