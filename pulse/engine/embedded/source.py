"""One BPMN file while it is read: XML without DTD or entities, Camunda's namespaces, the mistakes found so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pulse.engine.embedded import juel
from pulse.engine.embedded.errors import ExpressionError, ModelProblem, RestProblem

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA: Final = ("http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn")

Element = etree._Element


class Source:
    """What the readers of a file share."""

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.problems: list[ModelProblem] = []
        self.messages: dict[str, str] = {}
        self.errors: dict[str, str | None] = {}

    def refuse(self, element: Element, message: str, blamed: str | None = None) -> None:
        """Note a mistake; the element's own id is blamed unless another is given."""
        self.problems.append(ModelProblem(message, line_of(element), 0, blamed or element.get("id")))

    def camunda(self, element: Element, name: str) -> str | None:
        """An attribute of Camunda's (or Operaton's) namespace."""
        return next((value for space in CAMUNDA if (value := element.get(f"{{{space}}}{name}")) is not None), None)

    def expression(self, text: str) -> juel.Expression:
        """A parsed expression. RestProblem 500 as the engine answers where the text does not parse."""
        try:
            return juel.parse(text)
        except ExpressionError as problem:
            raise RestProblem(500, "ProcessEngineException", f"{self.resource}: {problem.message}", 0) from None

    def optional(self, element: Element, name: str) -> juel.Expression | None:
        """The expression in an attribute, if it is there and not empty."""
        text = self.camunda(element, name)
        return self.expression(text) if text else None

    def check(self) -> None:
        """Raise RestProblem 400 ParseException with every mistake noted."""
        if not self.problems:
            return
        details = [
            {
                "message": problem.message,
                "line": problem.line,
                "column": problem.column,
                "mainElementId": problem.element_id,
                "elementIds": [problem.element_id] if problem.element_id else [],
            }
            for problem in self.problems
        ]
        told = "".join(f"\n* {p.message} | resource {self.resource} | line {p.line}" for p in self.problems)
        message = f"ENGINE-09005 Could not parse BPMN process. Errors: {told}"
        extra = {"details": {self.resource: {"errors": details, "warnings": []}}}
        raise RestProblem(400, "ParseException", message, 0, extra)


def line_of(element: Element) -> int:
    """Where an element begins."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def children(element: Element, *names: str) -> Iterator[Element]:
    """Child elements in the BPMN namespace, by name or all."""
    for child in element.iterchildren(f"{{{BPMN}}}*"):
        if not names or local(child) in names:
            yield child


def read(data: bytes, resource: str) -> Element:
    """The root element. RestProblem 500 where the XML is not well formed or brings a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        message = f"ENGINE-09003 Could not parse '{resource}'. {problem}"
        raise RestProblem(500, "ProcessEngineException", message, 0) from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        message = f"ENGINE-09003 Could not parse '{resource}'. DOCTYPE is disallowed"
        raise RestProblem(500, "ProcessEngineException", message, 0)
    return root
