"""Are the list's conditions met, as far as an invoice can show it?"""

from __future__ import annotations

import re
from datetime import date

from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import quantity_of
from pulse.claims.rules.facts import Approval, Limitation, Pack, PositionFacts
from pulse.claims.rules.objection import Effect, Objection
from pulse.invoices.model import Position

_CODE = re.compile(r"(?<![\d.])\d{5}\.\d{2}(?![\d.])")


def approval_on_file(facts: PositionFacts) -> Objection | None:
    """Where the limitation asks for the insurer's approval in advance, it is a condition of payment (Art. 73 KVV): none
    valid on the day pays nothing until a person has looked; one for fewer packs pays those."""
    pack, day = facts.listed, facts.day
    if pack is None or day is None or not any(one.needs_approval for one in _concerned(pack, facts.position)):
        return None
    code = indication_code(facts.position, pack)
    valid = [one for one in facts.approvals if _covers(one, pack, code, day)]
    if not valid:
        return Objection(reason=Reason.APPROVAL_MISSING, effect="refuse")
    if any(one.packs is None for one in valid):
        return None
    left, quantity = sum((one.packs or ZERO for one in valid), ZERO), quantity_of(facts.position)
    if quantity <= left:
        return None
    covered = (facts.position.amount or ZERO) * left / quantity
    return Objection(reason=Reason.APPROVAL_USED_UP, effect="cut", payable=covered)


def conditions(facts: PositionFacts) -> Objection | None:
    """A limitation's clinical conditions (Art. 73 KVV) cannot be seen on an invoice: they are remarked."""
    if facts.listed is None or not facts.listed.limitations:
        return None
    return Objection(reason=Reason.LIMITATION_APPLIES, effect="note")


def packs_allowed(facts: PositionFacts) -> Objection | None:
    """A limitation may bound the packs (Art. 73 KVV). For which time it does stands in its words alone, so that a line
    above the bound is a person's to read."""
    if facts.listed is None:
        return None
    bounds = [one.packs for one in _concerned(facts.listed, facts.position) if one.packs is not None]
    if not bounds or quantity_of(facts.position) <= max(bounds):
        return None
    return Objection(reason=Reason.LIMITATION_PACKS, effect="doubt")


def indication_code_given(facts: PositionFacts) -> Objection | None:
    """The invoice states the Indikationscode of a price-model drug, and of one whose limitations have codes, for
    treatment from 2026-07-01; from 2027-01-01 it may be refused without (BAG, circular of 2026-02-19)."""
    pack, effect = facts.listed, _effect(facts)
    if pack is None or effect is None or not (pack.price_model or _codes(pack)):
        return None
    if indication_code(facts.position, pack) is not None:
        return None
    return Objection(reason=Reason.INDICATION_CODE_MISSING, effect=effect)


def indication_code_known(facts: PositionFacts) -> Objection | None:
    """A stated Indikationscode must be one that the list has for this pack on the day (same circular)."""
    pack, effect = facts.listed, _effect(facts)
    if pack is None or effect is None or not _codes(pack):
        return None
    code = indication_code(facts.position, pack)
    if code is None or code in _codes(pack):
        return None
    return Objection(reason=Reason.INDICATION_CODE_UNKNOWN, effect=effect)


def indication_code(position: Position, pack: Pack) -> str | None:
    """The code that the position states, in its own place or anywhere in its remark; of several the one that the list
    knows. The XML has no place of its own for it."""
    if position.indication_code:
        return position.indication_code.strip()
    stated: list[str] = _CODE.findall(position.remark or "")
    known = _codes(pack)
    return next((code for code in stated if code in known), stated[0] if stated else None)


def _effect(facts: PositionFacts) -> Effect | None:
    if facts.day is None or facts.day < facts.rules.indication_code_from:
        return None
    return "doubt" if facts.day < facts.rules.indication_code_refusable_from else "refuse"


def _codes(pack: Pack) -> frozenset[str]:
    return frozenset(code for limitation in pack.limitations for code in limitation.indication_codes)


def _concerned(pack: Pack, position: Position) -> tuple[Limitation, ...]:
    """The limitations of the stated indication; all where none is stated or known."""
    code = indication_code(position, pack)
    own = tuple(one for one in pack.limitations if code in one.indication_codes)
    return own or pack.limitations


def _covers(approval: Approval, pack: Pack, code: str | None, day: date) -> bool:
    same_use = approval.indication_code is None or code is None or approval.indication_code == code
    return same_use and approval.holds_on(day) and approval.is_for(pack.gtin, pack.atc)
