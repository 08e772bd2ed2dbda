"""A letter as an accessible web page (WCAG 2.2 AA): the parts of the PDF, in its order, with its values.

One heading of the first rank, lists and tables as such, the language told, colours with contrast, no script, nothing
fetched from elsewhere. Jinja escapes every value.
"""

from __future__ import annotations

import base64
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from letters import plain
from letters.content import Items, Part, Positions, Section, Signature, bill_entries, content_of
from letters.facts import Facts
from letters.letterhead import Letterhead, as_hex
from letters.payment_part import names_of
from letters.plain import grouped_iban, grouped_reference
from letters.texts import Texts, default_texts
from letters.writer import Wording

_SHAPES: dict[type[Part], str] = {Section: "section", Items: "items", Positions: "positions", Signature: "signature"}


def render_html(facts: Facts, wording: Wording, texts: Texts | None = None, look: Letterhead | None = None) -> str:
    """The whole page; the same text for the same facts, wording and look. Raises `BadTemplate`."""
    content, look = content_of(facts, wording, texts or default_texts()), look or Letterhead()
    language = content.language
    bills = [
        {"case_id": bill.case_id, "entries": bill_entries(bill, language), "account": grouped_iban(bill.iban or ""),
         "reference": grouped_reference(bill.reference) if bill.reference else ""}
        for bill in content.bills
    ]  # fmt: skip
    return _page().render(
        letter=content,
        parts=[(_SHAPES[type(part)], part) for part in content.parts],
        bills=bills,
        labels=plain.labels(language),
        names=names_of(language),
        language=plain.tag(language),
        accent=as_hex(look.accent),
        logo=Markup("data:image/png;base64,") + base64.b64encode(look.logo.png).decode("ascii") if look.logo else "",
        clean=plain.clean,
    )


@cache
def _page() -> Template:
    environment = Environment(
        loader=PackageLoader("letters", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("letter.html")
