"""What a letter says, as values: everything a letter states stands here, and nothing that it must not state.

A `Facts` checks itself, so that no caller can build a letter that tells a provider about the client's risk, or a
client about a denial that no person took. Where the rules come from:

- DSG Art. 6: only what the recipient needs; KVG Art. 84a, ATSG Art. 33: secrecy.
- DSG Art. 21: a decision taken by a machine alone is labelled; whatever is not full approval passes a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from letters.amounts import EXACT, Bill, CostShare, Exact, PositionFact
from letters.occasions import DECISIONS, QUESTIONS, RECIPIENTS, Kind, Recipient
from pulse.base.errors import InvalidInput
from pulse.base.identifiers import is_creditor_reference, is_qr_reference
from pulse.base.money import FIVE_CENTS, ZERO
from pulse.base.reasons import Language, Reason

SCHEMA_VERSION = 1
Payee = Literal["client", "provider"]
#: The law that the person is insured under for this invoice; VVG: supplementary insurance, by contract.
Law = Literal["KVG", "VVG", "UVG", "IVG", "MVG"]
LAWS: tuple[Law, ...] = ("KVG", "VVG", "UVG", "IVG", "MVG")


#: `CH93 … 2957`
_MASKED = re.compile(r"[A-Z]{2}\d{2} … \w{4}")


class InvalidFacts(InvalidInput):
    """These facts do not make a letter that may be sent."""

    code = "invalid_facts"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a letter goes, as it stands in the envelope's window."""

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    name: str
    street: str = ""
    zip: str = ""
    city: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that hold something: name, street, postal code and town."""
        town = f"{self.zip} {self.city}".strip()
        return tuple(line for line in (self.name, self.street, town) if line)


@dataclass(frozen=True, kw_only=True)
class Insurer:
    """Who writes: letterhead and contact; `data_protection` is the mail address for questions about personal data."""

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    name: str
    street: str
    zip: str
    city: str
    phone: str
    email: str
    gln: str | None = None
    website: str | None = None
    data_protection: str | None = None

    @property
    def address(self) -> Address:
        return Address(name=self.name, street=self.street, zip=self.zip, city=self.city)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that one letter says.

    `billed_total` and `approved_total` in CHF, before the client's cost share. `cost_share` stands in the client's
    letter alone; without it the share is settled with the client's account. `account` is the payee's own, masked by
    `mask_iban`, in the payee's own letter. `invoice_guid` is the biller's own id of the invoice, `payment_reference`
    the QR or creditor reference that our payment carries: by these a provider finds both again. `missing_fields` are
    paths of the invoice such as `invoice_number` or `positions.0.code`. `questions` are what the provider is asked, in
    the person's own words; `answer_by` is the last day for an answer. `automated`: no person took part in the decision.

    `bills` are what the recipient owes us through this decision; `refund` (CHF) is what is transferred to the client
    for other cases because of it; `withdrawn` (CHF) is what earlier bills came to that nobody need pay any more;
    `account_wanted`: the recipient is to be paid, and no account that we can pay to is registered.

    Raises `InvalidFacts` where the values break a rule of their kind or recipient.
    """

    __pydantic_config__: ClassVar[ConfigDict] = EXACT

    kind: Kind
    recipient: Recipient
    language: Language
    case_id: int
    letter_date: dt.date
    insurer: Insurer
    addressee: Address
    law: Law = "KVG"
    patient_name: str | None = None
    insurance_number: str | None = None
    invoice_number: str | None = None
    invoice_date: dt.date | None = None
    invoice_guid: str | None = None
    treatment_begin: dt.date | None = None
    treatment_end: dt.date | None = None
    biller_name: str | None = None
    positions: tuple[PositionFact, ...] = ()
    billed_total: Exact | None = None
    approved_total: Exact | None = None
    payee: Payee | None = None
    account: str | None = None
    payment_reference: str | None = None
    cost_share: CostShare | None = None
    bills: tuple[Bill, ...] = ()
    refund: Exact | None = None
    withdrawn: Exact | None = None
    account_wanted: bool = False
    reasons: tuple[Reason, ...] = ()
    missing_fields: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    answer_by: dt.date | None = None
    comment: str | None = None
    case_url: str | None = None
    due_at: dt.datetime | None = None
    automated: bool = False

    def __post_init__(self) -> None:
        for rule in _RULES:
            rule(self)

    @property
    def wording_language(self) -> Language:
        """The language in which the letter is written: the recipient's."""
        return self.language

    @property
    def all_reasons(self) -> tuple[Reason, ...]:
        """The case's reasons and those of its positions, each once, in that order."""
        positions = (reason for position in self.positions for reason in position.reasons)
        return tuple(dict.fromkeys((*self.reasons, *positions)))

    def to_json(self) -> dict[str, Any]:
        """JSON-able data: amounts as text, dates as ISO 8601, with the schema's version."""
        data: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return {"schema_version": SCHEMA_VERSION, **data}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Facts:
        """The facts that `to_json` wrote. Raises `InvalidFacts`."""
        values = dict(data)
        version = values.pop("schema_version", None)
        if version != SCHEMA_VERSION:
            raise InvalidFacts("The facts have an unknown schema version.", version=version)
        try:
            return _adapter().validate_json(json.dumps(values), strict=True)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()})
            raise InvalidFacts("The facts do not fit their schema.", places=places) from None

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON: equal facts, equal digest."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@cache
def _adapter() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


def _demand(holds: bool, message: str, facts: Facts) -> None:
    if not holds:
        raise InvalidFacts(message, kind=str(facts.kind), recipient=str(facts.recipient))


def _known_combination(facts: Facts) -> None:
    _demand(facts.recipient in RECIPIENTS[facts.kind], "No such letter goes to this recipient.", facts)
    _demand(bool(facts.addressee.name.strip()), "A letter needs an addressee.", facts)


def _amounts_make_sense(facts: Facts) -> None:
    pairs = [(facts.billed_total, facts.approved_total), *((p.billed, p.approved) for p in facts.positions)]
    for billed, approved in pairs:
        for amount in (billed, approved):
            _demand(_is_exact(amount), "An amount is a finite Decimal.", facts)
        if approved is not None:
            _demand(approved >= ZERO, "An approved amount is not negative.", facts)
            # A cancellation repeats amounts with a minus; nothing of it is approved.
            within = billed is not None and approved <= max(billed, ZERO)
            _demand(within, "No more is approved than was billed.", facts)


def _is_exact(amount: object) -> bool:
    return amount is None or (isinstance(amount, Decimal) and amount.is_finite())


def _decision_fits_amounts(facts: Facts) -> None:
    billed, approved = facts.billed_total, facts.approved_total
    match facts.kind:
        case Kind.APPROVED:
            _demand(approved is not None and approved > ZERO, "An approval needs its amount.", facts)
            _demand(approved == billed, "Approved means in full; less is partly_approved.", facts)
        case Kind.PARTLY_APPROVED:
            less = billed is not None and approved is not None and ZERO < approved < billed
            _demand(less, "Partly approved means more than nothing and less than billed.", facts)
        case Kind.DENIED:
            _demand(approved in (None, ZERO), "A denial approves nothing.", facts)
            _demand(not any(position.approved for position in facts.positions), "A denial approves nothing.", facts)
        case _:
            nothing = approved is None and all(position.approved is None for position in facts.positions)
            _demand(nothing, "Only a decision tells approved amounts.", facts)
    pays = facts.kind in (Kind.APPROVED, Kind.PARTLY_APPROVED)
    _demand((facts.payee is not None) == pays, "A payee is named exactly where something is paid.", facts)


def _positions_add_up(facts: Facts) -> None:
    parts = [position.approved for position in facts.positions if position.approved is not None]
    if facts.approved_total is None or not parts or len(parts) < len(facts.positions):
        return
    difference = abs(sum(parts, ZERO) - facts.approved_total)
    _demand(difference <= FIVE_CENTS, "The positions do not add up to the approved total.", facts)


def _an_account_is_masked_and_the_readers_own(facts: Facts) -> None:
    if facts.account is None:
        return
    _demand(bool(_MASKED.fullmatch(facts.account)), "An account is masked.", facts)
    _demand(facts.payee == facts.recipient.value, "Nobody reads of another's account.", facts)


def _a_provider_alone_learns_by_what_to_match(facts: Facts) -> None:
    own = facts.recipient is Recipient.PROVIDER
    _demand(facts.invoice_guid is None or own, "Only the provider needs the invoice's own id.", facts)
    reference = facts.payment_reference
    if reference is None:
        return
    _demand(own and facts.payee == "provider", "A payment's reference is told to whom it is paid.", facts)
    known = is_qr_reference(reference) or is_creditor_reference(reference)
    _demand(known, "A payment's reference is a QR or a creditor reference.", facts)


def _the_cost_share_is_the_clients_own(facts: Facts) -> None:
    share = facts.cost_share
    if share is None:
        return
    _demand(facts.recipient is Recipient.CLIENT, "Only the insured person learns of the cost share.", facts)
    approved = facts.approved_total
    if approved is None or facts.payee is None:
        raise InvalidFacts("A cost share belongs to an approved amount.", kind=str(facts.kind))
    fits = share.franchise >= ZERO and share.copayment >= ZERO and share.borne <= approved
    _demand(fits, "The cost share is a part of the approved amount.", facts)
    exact = approved - share.borne if facts.payee == "client" else share.borne
    _demand(abs(share.settled - exact) < FIVE_CENTS, "What is settled is the cost share or what it leaves.", facts)


def _money_between_us_follows_a_decision(facts: Facts) -> None:
    bills, refund = facts.bills, facts.refund
    if not bills and refund is None and facts.withdrawn is None and not facts.account_wanted:
        return
    _demand(facts.kind in DECISIONS, "Only a decision leads to a bill or a payment.", facts)
    positive = all(one.amount > ZERO for one in bills) and (refund is None or refund > ZERO)
    _demand(positive, "A bill or a refund is above zero.", facts)
    _demand(facts.withdrawn is None or facts.withdrawn > ZERO, "A bill that is withdrawn was above zero.", facts)
    _demand(all((one.iban is None) == (one.reference is None) for one in bills), "A bill names its reference.", facts)
    told_to_client = refund is None or facts.recipient is Recipient.CLIENT
    own_share = facts.recipient is Recipient.CLIENT or all(one.purpose == "repayment" for one in bills)
    _demand(own_share, "Only the insured person is billed a cost share.", facts)
    _demand(told_to_client, "Only the insured person learns of their refund.", facts)
    wants = not facts.account_wanted or refund is not None or facts.payee == facts.recipient.value
    _demand(wants, "Only who is paid is asked for an account.", facts)


def _negative_decisions_have_reasons_and_a_person(facts: Facts) -> None:
    if facts.kind in (Kind.DENIED, Kind.PARTLY_APPROVED):
        _demand(bool(facts.all_reasons), "A denial, whole or in part, needs reasons.", facts)
        _demand(not facts.automated, "A denial, whole or in part, needs a person's decision.", facts)
    if facts.kind is Kind.RETURNED:
        _demand(bool(facts.all_reasons or facts.missing_fields or facts.comment), "Say why it is returned.", facts)
    if facts.kind is Kind.NOTICE:
        _demand(bool(facts.reasons or facts.comment), "A notice needs something to tell.", facts)
    _demand(not facts.missing_fields or facts.kind is Kind.RETURNED, "Only a return asks for missing fields.", facts)


def _a_question_asks(facts: Facts) -> None:
    if facts.kind in QUESTIONS:
        _demand(any(one.strip() for one in facts.questions), "A question needs something to ask.", facts)
        _demand(facts.answer_by is not None, "A question says until when we wait.", facts)
    may_ask = facts.kind in QUESTIONS or facts.kind is Kind.RETURNED
    _demand(may_ask or not (facts.questions or facts.answer_by), "Only a question asks, or what came of none.", facts)


def _outsiders_learn_no_risk(facts: Facts) -> None:
    if facts.recipient is Recipient.CONTROLLER:
        return
    internal = [reason for reason in facts.all_reasons if reason.startswith(("P7", "P9"))]
    _demand(not internal, "Risk and technical reasons stay inside the house.", facts)
    _demand(facts.case_url is None and facts.due_at is None, "Case links and due dates stay inside the house.", facts)


def _not_insured_discloses_nothing(facts: Facts) -> None:
    if facts.kind is not Kind.NOT_INSURED:
        return
    _demand(facts.reasons in ((), (Reason.NOT_INSURED,)), "The only reason is that we do not insure them.", facts)
    beyond = (facts.insurance_number, facts.treatment_begin, facts.treatment_end, facts.comment, *facts.positions)
    _demand(not any(beyond), "Not insured with us: nothing else is told.", facts)


def _controllers_get_a_link(facts: Facts) -> None:
    if facts.recipient is not Recipient.CONTROLLER:
        return
    _demand(bool(facts.case_url) and facts.due_at is not None, "A controller needs the link and the due date.", facts)
    _demand(facts.due_at is None or facts.due_at.tzinfo is not None, "The due date needs a time zone.", facts)
    person = (facts.patient_name, facts.insurance_number, facts.comment, *facts.positions)
    _demand(not any(person), "Details wait behind the link, not in the mail.", facts)


_RULES = (
    _known_combination,
    _amounts_make_sense,
    _decision_fits_amounts,
    _positions_add_up,
    _an_account_is_masked_and_the_readers_own,
    _a_provider_alone_learns_by_what_to_match,
    _the_cost_share_is_the_clients_own,
    _money_between_us_follows_a_decision,
    _negative_decisions_have_reasons_and_a_person,
    _a_question_asks,
    _outsiders_learn_no_risk,
    _not_insured_discloses_nothing,
    _controllers_get_a_link,
)
