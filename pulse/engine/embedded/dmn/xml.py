"""Reading the XML of a decision model, whatever its version and dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from pulse.engine.embedded import feel
from pulse.engine.embedded.errors import ModelProblem
from pulse.engine.embedded.feel import Node, Scope, Vocabulary

MODEL: Final = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}/(MODEL/|dmn\.xsd|dmn-11\.xsd)")
LARGEST: Final = 2_000_000

Element = etree._Element


def root(xml: bytes, *, any_namespace: bool = False) -> Element:
    """The definitions of a model, also in a namespace that is not DMN's if that is allowed. Else a ModelProblem."""
    if len(xml) > LARGEST:
        raise ModelProblem(f"The model is larger than {LARGEST} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        found = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as problem_found:
        line, column = getattr(problem_found, "position", (0, 0))
        raise ModelProblem(str(problem_found), int(line), int(column)) from None
    if getattr(found.getroottree().docinfo, "doctype", ""):
        raise ModelProblem("A model must not hold a document type declaration", 1)
    name = etree.QName(found)
    if name.localname != "definitions" or not (any_namespace or MODEL.fullmatch(name.namespace or "")):
        raise problem(found, "The root element is no DMN definitions")
    return found


def problem(element: Element, message: str) -> ModelProblem:
    line: object = element.sourceline
    return ModelProblem(message, line if isinstance(line, int) else 0, 0, element.get("id"))


def children(element: Element, name: str) -> Iterator[Element]:
    return element.iterchildren(f"{{*}}{name}")


def child(element: Element, name: str) -> Element | None:
    return next(children(element, name), None)


def text(element: Element | None) -> str:
    """The content of its child `text`."""
    holder = None if element is None else child(element, "text")
    return "" if holder is None else (holder.text or "").strip()


def lazy(expression: str, words: Vocabulary, read: Callable[[str, Vocabulary], Node] = feel.parse) -> Node:
    """An expression that is parsed when it is first asked for, as the engine does."""
    parsed: Node | None = None

    def run(scope: Scope) -> object:
        nonlocal parsed
        if parsed is None:
            parsed = read(expression, words)
        return parsed(scope)

    return run
