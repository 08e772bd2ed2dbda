"""All that is known when one position is judged: gathered once, so that every check is a pure function of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from pulse.claims.rules.coverage import Cover
from pulse.claims.rules.identity import Match
from pulse.invoices.model import Invoice, Position

#: Whether the list in force on the day of treatment holds the pack. `unknown`: it never held it.
ListStatus = Literal["listed", "not_yet", "delisted", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Limitation:
    """A condition that the Spezialitätenliste sets on the payment of a pack (Art. 73 KVV), as in force that day.

    `needs_approval`: its text asks for the insurer's approval beforehand (Kostengutsprache). `indication_codes`: the
    codes XXXXX.NN that stand for it. `packs` is its bound where the list gives one as a number.
    """

    code: str
    texts: Mapping[str, str] = field(default_factory=dict)
    needs_approval: bool = False
    indication_codes: tuple[str, ...] = ()
    packs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What the lists say about a pack on the day of treatment.

    `maximum_price` in CHF with VAT (Art. 52 Abs. 3 KVG), None where the list names none; `price_since` is the day from
    which it holds, and lies after the day of treatment where only a later price is known. `cost_share_percent` is 10 or
    40 (Art. 38a KLV). `category` is Swissmedic's dispensing category, `narcotic_list` the letter a to d of the
    narcotics lists.
    """

    gtin: str
    name: str
    status: ListStatus
    maximum_price: Decimal | None = None
    price_since: date | None = None
    cost_share_percent: int = 10
    price_model: bool = False
    limitations: tuple[Limitation, ...] = ()
    atc: str | None = None
    category: str | None = None
    narcotic_list: str | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """An approval of costs on file (Kostengutsprache): for a pack or for a group by ATC; both days included. `packs`
    is how many it still covers, None where it sets no number."""

    gtin: str | None = None
    atc: str | None = None
    indication_code: str | None = None
    valid_from: date
    valid_until: date | None = None
    packs: Decimal | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is valid that day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def is_for(self, gtin: str, atc: str | None) -> bool:
        """Whether it covers this pack, by itself or by the start of its group's code."""
        return self.gtin == gtin or bool(self.atc and atc and atc.startswith(self.atc))


@dataclass(frozen=True, kw_only=True)
class Dispensed:
    """What the same person got before, by another case that still counts; `packs` as billed."""

    invoice_id: int
    line: int
    gtin: str
    atc: str | None
    day: date
    packs: Decimal
    biller: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The insurer's settings for the checks; the days are the law's unless an insurer is told otherwise.

    `tolerance` in CHF is what a printed line may differ by rounding. An Indikationscode is asked for from the first day
    on, and refused without from the second (circular of the BAG of 19 February 2026). A refill is early before
    `refill_share` of the last supply's days have passed, or before `soonest_refill_days` where nothing tells how long
    a pack lasts.
    """

    tolerance: Decimal = Decimal("0.05")
    indication_code_from: date = date(2026, 7, 1)
    indication_code_refusable_from: date = date(2027, 1, 1)
    #: More packs of one medication than this on one line are not paid without a person's look.
    most_packs: int = 100
    refill_share: Decimal = Decimal("0.75")
    soonest_refill_days: int = 7


@dataclass(frozen=True, kw_only=True)
class PositionFacts:
    """One position with its surroundings. `day` is the day of treatment; `pack` None where the code names no pack that
    the lists know. `match` tells whether the person named is the client; once somebody has said so, it is `found`.
    `history` reaches back 365 days and holds other cases alone, of the same day only those that came before.
    `beside_prescription`: another line of the invoice bills a listed pack of category A or B. `again`: another line of
    the invoice bills the same pack for the same day."""

    invoice: Invoice
    position: Position
    day: date | None
    cover: Cover
    gtin: str | None
    pack: Pack | None
    approvals: tuple[Approval, ...] = ()
    history: tuple[Dispensed, ...] = ()
    match: Match = "found"
    beside_prescription: bool = False
    again: bool = False
    rules: Rules = field(default_factory=Rules)

    @property
    def listed(self) -> Pack | None:
        """The pack where it stood on the list on the day."""
        return self.pack if self.pack is not None and self.pack.status == "listed" else None
