"""From a listed pack to what changes in its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.medication_lists import Kind, Row
from pulse.claims.reference.versions import Change, end, succeed
from pulse.reference.rows import ListedLimitation, ListedPack

_NAMING = ("gtin", "code", "valid_from", "valid_until")
TEXTS = {"de": "text_de", "fr": "text_fr", "it": "text_it"}


@dataclass(frozen=True, kw_only=True)
class Known:
    """The rows of one pack, each kind oldest first."""

    medication: Row | None
    terms: Sequence[Row]
    prices: Sequence[Row]
    limitations: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class Import:
    """The list that comes: its day, the day of the one before, the languages of its texts."""

    day: date
    previous_day: date | None
    languages: tuple[str, ...]


@dataclass
class Rows:
    """What is to be written, by kind of row."""

    begun: dict[Kind, list[Row]] = field(default_factory=dict)
    changed: dict[Kind, list[Row]] = field(default_factory=dict)
    removed: dict[Kind, list[Row]] = field(default_factory=dict)

    def take(self, kind: Kind, key: Mapping[str, object], history: Sequence[Row], change: Change) -> None:
        """A change of the row that `key` and the newest of `history` name."""
        if change.removed:
            self.removed.setdefault(kind, []).append(dict(history[-1]))
        elif change.changed is not None:
            first = {"valid_from": history[-1]["valid_from"]}
            self.changed.setdefault(kind, []).append({**key, **first, **change.changed})
        if change.begun is not None:
            self.begun.setdefault(kind, []).append({**key, **change.begun})


def pack_changes(pack: ListedPack, known: Known, new: Import, rows: Rows) -> set[str]:
    """Adds to `rows` what the list changes of a pack; tells what kinds of things: `new`, `terms`, `price`,
    `limitations`."""
    key = {"gtin": pack.gtin}
    what: set[str] = set()
    terms = _terms(pack, known.terms, new)
    if terms:
        what.add("terms" if known.terms else "new")
        rows.take("terms", key, known.terms, terms)
    _medication(pack, known, terms, new, rows)
    price = _price(pack, known.prices, new)
    if price:
        what.add("price")
        rows.take("prices", key, known.prices, price)
    if _limitations(pack, known.limitations, new, rows):
        what.add("limitations")
    return what


def text_changes(pack: ListedPack, known: Sequence[Row], new: Import, rows: Rows) -> bool:
    """Adds the texts of a list whose other language is in force already."""
    histories = _by_code(known)
    found = False
    for limitation in pack.limitations:
        history = histories.get(limitation.code)
        if not history:
            continue
        last = history[-1]
        fresh = {
            TEXTS[language]: text
            for language, text in limitation.texts.items()
            if language in new.languages and last[TEXTS[language]] != text
        }
        if not fresh:
            continue
        found = True
        values = {
            name: value for name, value in last.items() if name not in ("gtin", "code", "valid_from", "valid_until")
        }
        values |= fresh | {"needs_approval": last["needs_approval"] or limitation.needs_approval}
        key = {"gtin": pack.gtin, "code": limitation.code}
        if all(last[name] is None for name in fresh):
            rows.take("limitations", key, history, Change(changed={**values, "valid_until": last["valid_until"]}))
        else:
            change = succeed(history, values, day=new.day, previous_day=new.previous_day, until=last["valid_until"])
            rows.take("limitations", key, history, change)
    return found


def _terms(pack: ListedPack, history: Sequence[Row], new: Import) -> Change:
    values = {
        "cost_share_percent": pack.cost_share_percent,
        "price_model": pack.price_model,
        "category": pack.category,
    }
    days = {"since": pack.listed_from, "until": pack.listed_until}
    return succeed(history, values, day=new.day, previous_day=new.previous_day, **days)


def _price(pack: ListedPack, history: Sequence[Row], new: Import) -> Change:
    """A price holds from the day that the list gives it, unless that day had another one by an earlier list."""
    if pack.price is None:
        return end(history[-1], day=new.day) if history else Change()
    told = pack.price_from
    changes_on = told if told is not None and history and told > history[-1]["valid_from"] else None
    return succeed(
        history,
        {"public_price": pack.price},
        day=new.day,
        previous_day=new.previous_day,
        since=told,
        changes_on=changes_on,
    )


def _medication(pack: ListedPack, known: Known, terms: Change, new: Import, rows: Rows) -> None:
    values: dict[str, Any] = {
        "gtin": pack.gtin,
        "name": pack.name[:300],
        "substances": pack.substances,
        "manufacturer": pack.manufacturer[:200],
        "atc": pack.atc,
        "listed_until": pack.listed_until,
    }
    before = known.medication
    if before is None:
        begun = terms.begun or {}
        rows.begun.setdefault("medications", []).append(values | {"listed_from": begun.get("valid_from", new.day)})
        return
    if "de" not in new.languages:
        values["name"] = before["name"]
    again = terms.begun is not None and terms.changed is None
    values["listed_from"] = terms.begun["valid_from"] if again and terms.begun else before["listed_from"]
    if any(before[name] != value for name, value in values.items()):
        rows.changed.setdefault("medications", []).append(values)


def _limitations(pack: ListedPack, known: Sequence[Row], new: Import, rows: Rows) -> bool:
    histories = _by_code(known)
    found = False
    for limitation in pack.limitations:
        history = histories.pop(limitation.code, [])
        change = _limitation(limitation, history, new)
        found = found or bool(change)
        rows.take("limitations", {"gtin": pack.gtin, "code": limitation.code}, history, change)
    for code, history in histories.items():
        change = end(history[-1], day=new.day)
        found = found or bool(change)
        rows.take("limitations", {"gtin": pack.gtin, "code": code}, history, change)
    return found


def _limitation(limitation: ListedLimitation, history: Sequence[Row], new: Import) -> Change:
    values: dict[str, Any] = {
        "needs_approval": limitation.needs_approval,
        "indication_codes": " ".join(limitation.indication_codes),
        "packs": limitation.packs,
        "points": limitation.points,
    }
    texts = {TEXTS[language]: limitation.texts.get(language) for language in new.languages}
    # A text in a language that was not imported before is no change of the limitation.
    filled = {name: text for name, text in texts.items() if history and history[-1][name] is None and text}
    compared = values | {name: text for name, text in texts.items() if name not in filled}
    change = succeed(
        history,
        compared,
        day=new.day,
        previous_day=new.previous_day,
        since=limitation.valid_from,
        until=limitation.valid_until,
    )
    if change.begun is not None:
        nothing = dict.fromkeys(TEXTS.values())
        return Change(changed=change.changed, begun={**nothing, **change.begun, **texts})
    if filled and not change.removed:
        return Change(changed={**(change.changed or {}), **filled})
    return change


def _by_code(rows: Sequence[Row]) -> dict[str, list[Row]]:
    histories: dict[str, list[Row]] = {}
    for row in rows:
        histories.setdefault(row["code"], []).append(row)
    return histories
