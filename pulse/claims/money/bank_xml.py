"""Messages of the bank (ISO 20022): parsed without DTD, entities or network, and walked by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lxml import etree

from pulse.base.errors import InvalidInput

Element = etree._Element
MAX_BYTES = 16 * 1024 * 1024
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def parse(data: bytes, namespaces: Collection[str], refused: type[InvalidInput], *, what: str) -> Element:
    """The root of a message in one of these namespaces; raises `refused` for everything else. `what` names it."""
    if len(data) > MAX_BYTES:
        raise refused(f"The {what} is too large.")
    if any(mark in data for mark in _DOCTYPE):
        raise refused(f"A {what} with a DTD is not accepted.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(f"The {what} is not well-formed XML.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise refused(f"A {what} with a DTD is not accepted.")
    name = etree.QName(root)
    if name.localname != "Document" or name.namespace not in namespaces:
        raise refused
    return root


def children(parent: Element | None, name: str) -> Iterator[Element]:
    """The child elements of this name."""
    if parent is not None:
        yield from parent.iterchildren(f"{{{etree.QName(parent).namespace}}}{name}")


def child(parent: Element | None, *path: str) -> Element | None:
    """The first element at the end of this path, or None."""
    for name in path:
        parent = next(children(parent, name), None)
    return parent


def text(parent: Element | None, *path: str) -> str:
    """The text at the end of this path; empty where there is none."""
    found = child(parent, *path)
    return (found.text or "").strip() if found is not None else ""
