"""The words of the letters: Jinja templates, sandboxed, compiled once per process.

`templates/<language>/<kind>_<recipient>.txt` holds the blocks of one letter (`subject`, `explanation`, `next`),
`letter.txt` those that all share (`salutation`, `legal`, …). An insurer may put files of the same names into a folder
of their own, which is looked at first; `Texts.check` proves them before they are used. Templates are never built from
data: values only ever enter as variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from letters import plain
from letters.amounts import Bill, CostShare
from letters.facts import Facts
from letters.occasions import RECIPIENTS, Kind, Recipient
from pulse.base.errors import Misconfigured
from pulse.base.money import ZERO
from pulse.base.reasons import Language

Values = Mapping[str, str | None]
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
#: A block longer than this is no part of a letter.
_LONGEST_BLOCK = 20_000


class BadTemplate(Misconfigured):
    """A letter template cannot be used."""

    code = "bad_template"


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attributes of Python's own, no endless loops, and no arithmetic that fills the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        raise SecurityError(f"a letter's template does not reckon with {operator}")


class Texts:
    """All templates of one insurer. `folder`: the insurer's own, laid out like ours, or None."""

    def __init__(self, folder: Path | None = None) -> None:
        ours: BaseLoader = PackageLoader("letters", "templates")
        loader = ChoiceLoader([FileSystemLoader(folder), ours]) if folder else ours
        self._environment = _Sandbox(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=False,  # the PDF draws strings and knows no markup
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=_never_none,
        )
        self._template = cache(self._find)

    def block(self, name: str, facts: Facts, values: Values | None = None) -> tuple[str, ...]:
        """The paragraphs of one block, each one line. `values` takes the place of the facts' own values (`values_of`).

        Raises `BadTemplate`.
        """
        language = facts.wording_language
        context = {**_conditions(facts), **(values_of(facts) if values is None else values)}
        try:
            template = self._template(language, facts.kind, facts.recipient, name)
            return _paragraphs(_render(template, name, context))
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise BadTemplate(f"{type(error).__name__} in block {name}: {error}", language=language) from None

    def _find(self, language: Language, kind: Kind, recipient: Recipient, block: str) -> Template:
        """The letter's own file with this block, else the one that all letters share."""
        for file in (f"{kind}_{recipient}.txt", "letter.txt"):
            template = self._environment.get_template(f"{language}/{file}")
            if block in template.blocks:
                return template
        raise BadTemplate("A block is missing.", block=block, language=language)

    def line(self, name: str, facts: Facts) -> str:
        """A block of one line, such as the subject."""
        return " ".join(self.block(name, facts))

    def check(self, samples: tuple[Facts, ...]) -> None:
        """Words each sample once, every block. Raises `BadTemplate` at the first that fails."""
        for facts in samples:
            for name in (*LETTER_BLOCKS, *SHARED_BLOCKS):
                if (name != "payment" or facts.payee) and (name != "bill" or facts.bills):
                    self.block(name, facts)


LETTER_BLOCKS = ("subject", "explanation", "next")
SHARED_BLOCKS = (
    "salutation",
    "reasons",
    "missing",
    "comment",
    "payment",
    "refund",
    "account_wanted",
    "bill",
    "automated",
    "legal",
    "contact",
    "closing",
    "signature",
    "unsigned",
    "mail_subject",
    "mail_text",
    "file_name",
)


@cache
def default_texts() -> Texts:
    """Our own templates."""
    return Texts()


def letters_that_exist() -> tuple[tuple[Kind, Recipient], ...]:
    """Every kind with each of its recipients."""
    return tuple((kind, recipient) for kind in Kind for recipient in Recipient if recipient in RECIPIENTS[kind])


def values_of(facts: Facts) -> dict[str, str | None]:
    """What a template may print, cleaned and formatted; None where it is unknown."""
    language = facts.wording_language
    billed, approved = facts.billed_total, facts.approved_total
    reduced = None if billed is None or approved is None else billed - approved
    return {
        "invoice_number": _known(facts.invoice_number),
        "invoice_date": plain.long_date(facts.invoice_date, language) if facts.invoice_date else None,
        "biller": _known(facts.biller_name),
        "amount_billed": None if billed is None else plain.amount(billed),
        "amount_approved": None if approved is None else plain.amount(approved),
        "amount_reduced": None if reduced is None else plain.amount(reduced),
        "account": _known(facts.account),
        "payment_reference": plain.grouped_reference(facts.payment_reference) if facts.payment_reference else None,
        **_share_values(facts.cost_share),
        **_bill_values(facts.bills, language),
        "amount_refund": plain.amount(facts.refund) if facts.refund else None,
        "amount_withdrawn": plain.amount(facts.withdrawn) if facts.withdrawn else None,
        "addressee": plain.clean(facts.addressee.name),
        "reference": str(facts.case_id),
        "answer_by": plain.long_date(facts.answer_by, language) if facts.answer_by else None,
        "due_at": plain.moment(facts.due_at, language) if facts.due_at else None,
        "case_url": _known(facts.case_url),
        "insurer": plain.clean(facts.insurer.name),
        "insurer_phone": plain.clean(facts.insurer.phone),
        "insurer_email": plain.clean(facts.insurer.email),
        "data_protection": _known(facts.insurer.data_protection),
    }


def _share_values(share: CostShare | None) -> dict[str, str | None]:
    """Amounts of the cost share; None where they are nothing, and where no cost share is told."""
    amounts = {
        "amount_franchise": share and share.franchise,
        "amount_copayment": share and share.copayment,
        "amount_cost_share": share and share.borne,
        "amount_settled": share and share.settled,
        "amount_more": share and max(share.adjustment, ZERO),
        "amount_less": share and max(-share.adjustment, ZERO),
    }
    told = {name: plain.amount(amount) if amount else None for name, amount in amounts.items()}
    year = share.year if share else None
    return told | {
        "share_year": str(year) if year else None,
        "year_franchise": plain.amount(share.year_franchise) if share else None,
        "year_copayment": plain.amount(share.year_copayment) if share else None,
    }


def _bill_values(bills: Sequence[Bill], language: Language) -> dict[str, str | None]:
    """What all bills of a letter come to, what of it is paid back, and by when."""
    back = sum((one.amount for one in bills if one.purpose == "repayment"), ZERO)
    enclosed = bills and all(one.iban for one in bills)
    return {
        "bill_amount": plain.amount(sum((one.amount for one in bills), ZERO)) if bills else None,
        "bill_repayment": plain.amount(back) if back else None,
        "bill_due": plain.long_date(max(one.due_on for one in bills), language) if bills else None,
        "bill_enclosed": "enclosed" if enclosed else None,
    }


def _conditions(facts: Facts) -> dict[str, str | None]:
    """What a template may ask about but has no reason to print."""
    listed = "listed" if facts.positions else None
    shared = "shared" if facts.cost_share else None
    own = {"kind": facts.kind.value, "recipient": facts.recipient.value, "law": facts.law}
    wanted = "wanted" if facts.account_wanted else None
    return own | {"payee": facts.payee, "listed": listed, "shared": shared, "account_wanted": wanted}


def _known(text: str | None) -> str | None:
    return (plain.clean(text) or None) if text else None


def _never_none(value: object) -> object:
    if value is None:
        raise TypeError("a letter prints no unknown value")
    return value


def _render(template: Template, name: str, context: Mapping[str, str | None]) -> str:
    text = "".join(template.blocks[name](template.new_context(dict(context))))
    if len(text) > _LONGEST_BLOCK:
        raise ValueError("the block is too long")
    return text


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(paragraph for paragraph in (plain.clean(part) for part in _PARAGRAPHS.split(text)) if paragraph)
