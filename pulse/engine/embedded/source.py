"""One BPMN file while it is read: XML without DTD or entities, Camunda's namespaces, the mistakes found so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pulse.engine.embedded import juel
from pulse.engine.embedded.errors import ExpressionError, ModelProblem, RestProblem

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA: Final = ("http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn")


class Source:
    """The file, and what its elements share: messages and errors by id, and the mistakes."""

    def __init__(self, data: bytes, resource: str) -> None:
        """Read the XML. RestProblem 500 where it is not well formed or brings a DTD."""
        self.resource = resource
        self.problems: list[ModelProblem] = []
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as problem:
            raise self._unreadable(f"ENGINE-09003 Could not parse '{resource}'. {problem}") from None
        if getattr(root.getroottree().docinfo, "doctype", ""):
            raise self._unreadable(f"ENGINE-09003 Could not parse '{resource}'. DOCTYPE is disallowed")
        self.root = Node(self, root)
        if root.tag != f"{{{BPMN}}}definitions":
            self.root.refuse(f"cvc-elt.1.a: Cannot find the declaration of element '{self.root.tag}'.")
        self.messages = {node.id: node.get("name") for node in self.root.children("message")}
        self.errors = {node.id: node.get("errorCode") for node in self.root.children("error")}

    def _unreadable(self, message: str) -> RestProblem:
        return RestProblem(500, "ProcessEngineException", message, 0)

    def expression(self, text: str) -> juel.Expression:
        """A parsed expression. RestProblem 500 as the engine answers where the text does not parse."""
        try:
            return juel.parse(text)
        except ExpressionError as problem:
            raise self._unreadable(f"{self.resource}: {problem.message}") from None

    def check(self) -> None:
        """Raise RestProblem 400 ParseException with every mistake noted."""
        if not self.problems:
            return
        details = [
            {"message": one.message, "line": one.line, "column": one.column, "mainElementId": one.element_id}
            | {"elementIds": [one.element_id] if one.element_id else []}
            for one in self.problems
        ]
        told = "".join(f"\n* {p.message} | resource {self.resource} | line {p.line}" for p in self.problems)
        message = f"ENGINE-09005 Could not parse BPMN process. Errors: {told}"
        extra = {"details": {self.resource: {"errors": details, "warnings": []}}}
        raise RestProblem(400, "ParseException", message, 0, extra)


class Node:
    """One element of a file: its attributes, the elements in it, and a place for what is wrong with it."""

    def __init__(self, source: Source, element: etree._Element) -> None:
        self.source = source
        self.tag = etree.QName(element).localname
        self.id = element.get("id") or ""
        self.text = element.text or ""
        self._element = element

    def refuse(self, message: str, *, blamed: str | None = "") -> None:
        """Note a mistake at this element; its own id is blamed unless another, or none, is given."""
        line: object = self._element.sourceline
        element_id = (self.id if blamed == "" else blamed) or None
        self.source.problems.append(ModelProblem(message, line if isinstance(line, int) else 0, 0, element_id))

    def get(self, name: str) -> str | None:
        """An attribute of BPMN."""
        return self._element.get(name)

    def camunda(self, name: str) -> str | None:
        """An attribute of Camunda's (or Operaton's) namespace."""
        given = (self._element.get(f"{{{space}}}{name}") for space in CAMUNDA)
        return next((value for value in given if value is not None), None)

    def camunda_names(self) -> Iterator[str]:
        """The attributes of Camunda's namespace that are there."""
        for name in map(etree.QName, self._element.attrib):
            if name.namespace in CAMUNDA:
                yield name.localname

    def around(self, tag: str) -> Node | None:
        """The nearest element of BPMN around this one that has a name."""
        found = next(self._element.iterancestors(f"{{{BPMN}}}{tag}"), None)
        return None if found is None else Node(self.source, found)

    def expression(self, name: str) -> juel.Expression | None:
        """The expression in an attribute of Camunda's namespace, if it is there and not empty."""
        text = self.camunda(name)
        return self.source.expression(text) if text else None

    def children(self, *names: str) -> Iterator[Node]:
        """Elements of BPMN in this one, by name or all."""
        return self._inner((BPMN,), names)

    def extensions(self, *names: str) -> Iterator[Node]:
        """Elements of Camunda's namespace in this one, by name or all."""
        return self._inner(CAMUNDA, names)

    def _inner(self, spaces: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Node]:
        for child in self._element.iterchildren(*(f"{{{space}}}*" for space in spaces)):
            if not names or etree.QName(child).localname in names:
                yield Node(self.source, child)
