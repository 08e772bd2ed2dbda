"""The account of cost sharing: a decision that pays is booked, and the year worked out anew in order of treatment.

Bookings stand in the transaction of the decision. An invoice that comes late but was treated earlier changes what later
treatments bear: their entries are reversed and booked anew, and the differences told. The children of a family share
their bounds, so the accounts of all of them are held and worked out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from db import accounts, audit, client_terms, clients, decisions, links
from db.accounts import Entry
from pulse.claims.money.parts import Part, parts_of
from pulse.claims.money.shares import NOTHING, Change, LineShare, Shares, YearSoFar
from pulse.claims.rules.cost_share import Cost, Share, Terms, is_child, shares, terms_of, together
from pulse.claims.steps import case_of


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """One year worked out: what is taken back, what is booked instead, and what is new."""

    client_id: int
    year: int
    withdrawn: list[Entry]
    changed: list[tuple[Entry, Share]]
    new: list[tuple[Part, Share]]

    def changes(self) -> Iterable[Change]:
        for entry in self.withdrawn:
            yield _change(entry, NOTHING)
        for entry, share in self.changed:
            yield _change(entry, share)


def book(connection: Connection, invoice_id: int, round_: int, *, at: datetime) -> Shares | None:
    """Books the decision of a round; None where it pays nothing. What an earlier round booked is taken back.

    Once a round: the second call tells what the first one booked. Two bookings for one client, or for children of one
    family, take turns.
    """
    known = booked(connection, invoice_id, round_)
    if known is not None:
        return known
    decision = decisions.of_round(connection, invoice_id, round_)
    client = _client_of(connection, invoice_id)
    if decision is None or client is None:
        return None
    review = decisions.review(connection, decision.review_id) if decision.review_id else None
    parts = parts_of(connection, invoice_id, client, decision, review)
    _restate(connection, client, invoice_id, round_, parts, cause_id=invoice_id, at=at)
    return booked(connection, invoice_id, round_)


def reverse(connection: Connection, invoice_id: int, *, cause_id: int, at: datetime) -> tuple[Change, ...]:
    """Takes back what stands of a case, because of another one (`cause_id`, such as its storno); what changed, of this
    case and of others. Once: nothing is taken back twice."""
    client = _client_of(connection, invoice_id)
    return () if client is None else _restate(connection, client, invoice_id, 0, [], cause_id=cause_id, at=at)


def reverse_cancelled(connection: Connection, invoice_id: int, *, at: datetime) -> None:
    """Takes back what stands of the cases that this one, a storno or refund, cancels."""
    for one in links.cancellations(connection, [invoice_id]):
        if one.invoice_id == invoice_id:
            reverse(connection, one.other_id, cause_id=invoice_id, at=at)


def foreseen(
    connection: Connection, invoice_id: int, decision: decisions.Decision, review: decisions.Review | None
) -> Shares | None:
    """What `book` would tell of a decision that is only proposed; nothing is stored."""
    client = _client_of(connection, invoice_id)
    if client is None:
        return None
    parts = parts_of(connection, invoice_id, client, decision, review)
    if not parts:
        return None
    plans = [_planned(connection, client, invoice_id, parts, year) for year in _years(connection, invoice_id, parts)]
    years = []
    for plan in plans:
        entries = accounts.of_account(connection, client.id, plan.year)
        changed = [one.share for one in plan.changes() if one.client_id == client.id]
        borne = [*(_share(entry) for entry in entries), *changed, *(share for _, share in plan.new)]
        years.append(_so_far(plan.year, borne))
    return Shares(
        client_id=client.id,
        lines=tuple(_line(part, share) for plan in plans for part, share in plan.new),
        changes=_by_case(change for plan in plans for change in plan.changes()),
        years=tuple(years),
    )


def booked(connection: Connection, invoice_id: int, round_: int) -> Shares | None:
    """What a round's booking told; the entries may have changed since. None where nothing was booked."""
    own = [
        entry for entry in accounts.of_invoice(connection, invoice_id) if entry.round == round_ and entry.revision == 1
    ]
    if not own:
        return None
    last, client_id = own[-1], own[0].client_id
    caused = [
        entry
        for entry in accounts.caused_by(connection, invoice_id)
        if entry.made_at == last.made_at and (entry.invoice_id, entry.round) != (invoice_id, round_)
    ]
    years = sorted({entry.year for entry in own})
    until_then = {
        year: [entry for entry in accounts.of_account(connection, client_id, year) if entry.id <= last.id]
        for year in years
    }
    return Shares(
        client_id=client_id,
        lines=tuple(_line(entry, _share(entry)) for entry in own),
        changes=_by_case(
            Change(invoice_id=entry.invoice_id, client_id=entry.client_id, share=_share(entry)) for entry in caused
        ),
        years=tuple(_so_far(year, [_share(entry) for entry in until_then[year]]) for year in years),
    )


def _restate(
    connection: Connection,
    client: clients.Client,
    invoice_id: int,
    round_: int,
    parts: Sequence[Part],
    *,
    cause_id: int,
    at: datetime,
) -> tuple[Change, ...]:
    """Books the parts in the place of what stands of the case, and works out its years anew."""
    years = _years(connection, invoice_id, parts)
    for year in years:
        accounts.lock(connection, list(_bounds(connection, client, year)[0]), year, at=at)
    plans = [_planned(connection, client, invoice_id, parts, year) for year in years]
    for plan in plans:
        rows = [_reversal(entry) for entry in plan.withdrawn]
        for entry, share in plan.changed:
            rows += [_reversal(entry), _again(entry, share)]
        rows += [_row(plan, part, share, invoice_id=invoice_id, round_=round_) for part, share in plan.new]
        accounts.add(connection, [row | {"cause_id": cause_id, "made_at": at} for row in rows])
    changes = _by_case(change for plan in plans for change in plan.changes())
    for change in changes:
        audit.note(
            connection,
            "claims:account:changed",
            actor="pulse",
            at=at,
            invoice_id=change.invoice_id,
            because_of=cause_id,
            franchise=format(change.share.franchise, "f"),
            copayment=format(change.share.copayment, "f"),
            paid=format(change.share.paid, "f"),
        )
    return changes


def _planned(
    connection: Connection, client: clients.Client, invoice_id: int, parts: Sequence[Part], year: int
) -> _Plan:
    bounds, joint = _bounds(connection, client, year)
    standing = accounts.standing(connection, list(bounds), year)
    others = [entry for entry in standing if entry.invoice_id != invoice_id]
    new = [part for part in parts if part.day.year == year]
    # By case and line, whichever was booked first: equal costs of one day bear the same whatever came in between.
    counting: list[tuple[tuple[int, int], Entry | Part, Cost]] = sorted(
        [
            *(((entry.invoice_id, entry.line), entry, _cost(entry, entry.client_id)) for entry in others),
            *(((invoice_id, part.line), part, _cost(part, client.id)) for part in new),
        ],
        key=lambda one: one[0],
    )
    found = shares([cost for _, _, cost in counting], bounds, joint)
    told = [(one, share) for (_, one, _), share in zip(counting, found, strict=True)]
    return _Plan(
        client_id=client.id,
        year=year,
        withdrawn=[entry for entry in standing if entry.invoice_id == invoice_id],
        changed=[(one, share) for one, share in told if isinstance(one, Entry) and share != _share(one)],
        new=[(one, share) for one, share in told if isinstance(one, Part)],
    )


def _bounds(connection: Connection, client: clients.Client, year: int) -> tuple[dict[int, Terms], Terms | None]:
    """The terms of everybody whose accounts hang together, by client id, and the joint bounds of a family's
    children."""
    born: Mapping[int, date | None] = {client.id: client.birth_date}
    if client.family_id and is_child(client.birth_date, year):
        family = accounts.family(connection, client.family_id)
        born = {one: birth_date for one, birth_date in family.items() if is_child(birth_date, year)}
    terms = {
        one: terms_of(birth_date, year, client_terms.franchise(connection, one, year))
        for one, birth_date in born.items()
    }
    return terms, together(list(terms.values()))


def _years(connection: Connection, invoice_id: int, parts: Sequence[Part]) -> list[int]:
    return sorted({part.day.year for part in parts} | {one.year for one in accounts.of_invoice(connection, invoice_id)})


def _client_of(connection: Connection, invoice_id: int) -> clients.Client | None:
    client_id = case_of(connection, invoice_id).client_id
    return clients.get(connection, client_id) if client_id is not None else None


def _cost(one: Entry | Part, client_id: int) -> Cost:
    return Cost(day=one.day, amount=one.amount, rate=Decimal(one.percent) / 100, person=client_id)


def _share(entry: Entry) -> Share:
    return Share(franchise=entry.franchise, copayment=entry.copayment, paid=entry.paid)


def _change(entry: Entry, share: Share) -> Change:
    return Change(invoice_id=entry.invoice_id, client_id=entry.client_id, share=share.less(_share(entry)))


def _by_case(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One a case, those that cancel out left away."""

    def case(change: Change) -> tuple[int, int]:
        return change.invoice_id, change.client_id

    summed = []
    for _, group in groupby(sorted(changes, key=case), key=case):
        first, *rest = group
        total = first.share
        for change in rest:
            total = total.plus(change.share)
        summed.append(replace(first, share=total))
    return tuple(change for change in summed if change.share != NOTHING)


def _so_far(year: int, borne: Iterable[Share]) -> YearSoFar:
    total = NOTHING
    for share in borne:
        total = total.plus(share)
    return YearSoFar(year=year, franchise=total.franchise, copayment=total.copayment)


def _line(one: Entry | Part, share: Share) -> LineShare:
    return LineShare(line=one.line, day=one.day, percent=one.percent, amount=one.amount, share=share)


_Row = dict[str, Any]
_KEPT = ("client_id", "year", "invoice_id", "round", "line", "day", "percent")


def _reversal(entry: Entry) -> _Row:
    amounts = {name: -getattr(entry, name) for name in ("amount", "franchise", "copayment", "paid")}
    return (
        {name: getattr(entry, name) for name in _KEPT}
        | amounts
        | {
            "revision": entry.revision + 1,
            "reverses": entry.id,
        }
    )


def _again(entry: Entry, share: Share) -> _Row:
    own = {name: getattr(entry, name) for name in _KEPT}
    return own | _amounts(entry.amount, share) | {"revision": entry.revision + 2}


def _row(plan: _Plan, part: Part, share: Share, *, invoice_id: int, round_: int) -> _Row:
    own = {"client_id": plan.client_id, "year": plan.year, "invoice_id": invoice_id, "round": round_, "revision": 1}
    return own | {"line": part.line, "day": part.day, "percent": part.percent} | _amounts(part.amount, share)


def _amounts(amount: Decimal, share: Share) -> _Row:
    return {"amount": amount, "franchise": share.franchise, "copayment": share.copayment, "paid": share.paid}
