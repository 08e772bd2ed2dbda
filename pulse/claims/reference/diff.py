"""What changed in the Spezialitätenliste between two days, or would change by a file that is not imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice

from sqlalchemy import Connection

from db import medication_lists, medications
from db.medications import LimitationOnDay, PackOnDay
from pulse.reference.rows import ListedLimitation, ListedPack
from pulse.reference.sl import SlFile

_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class PackLine:
    """A pack that is new or gone, with its maximum price in CHF."""

    gtin: str
    name: str
    price: Decimal | None


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """Another maximum price in CHF; None where the list names none."""

    gtin: str
    name: str
    old: Decimal | None
    new: Decimal | None
    since: date | None


@dataclass(frozen=True, kw_only=True)
class CostShareChange:
    """Another cost share, in percent."""

    gtin: str
    name: str
    old: int
    new: int


@dataclass(frozen=True, kw_only=True)
class LimitationChange:
    """Limitations by code: that are new, gone, or say something else."""

    gtin: str
    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(kw_only=True)
class ListDiff:
    """From one list to another."""

    old_day: date
    new_day: date
    new: list[PackLine] = field(default_factory=list)
    gone: list[PackLine] = field(default_factory=list)
    prices: list[PriceChange] = field(default_factory=list)
    cost_shares: list[CostShareChange] = field(default_factory=list)
    limitations: list[LimitationChange] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """With days as ISO text and amounts as decimals in text."""
        found = _plain(asdict(self))
        assert isinstance(found, dict)
        return {"from": found.pop("old_day"), "to": found.pop("new_day"), **found}


@dataclass(frozen=True, kw_only=True)
class _State:
    """A listed pack in what is compared."""

    gtin: str
    name: str
    price: Decimal | None
    price_since: date | None
    cost_share_percent: int
    limitations: Mapping[str, object]


def between(connection: Connection, old_day: date, new_day: date) -> ListDiff:
    """The list of `new_day` against that of `old_day`."""
    diff = ListDiff(old_day=old_day, new_day=new_day)
    for gtins in medication_lists.known(connection, chunk=_CHUNK):
        facts = medications.facts_on(connection, [(gtin, day) for gtin in gtins for day in (old_day, new_day)])
        for gtin in gtins:
            states = (_state(facts.get((gtin, day)), day, ()) for day in (old_day, new_day))
            _compare(diff, *states)
    return diff


def against(connection: Connection, file: SlFile) -> ListDiff:
    """A file against the list as it is known for the file's day. Raises what reading it raises."""
    diff = ListDiff(old_day=file.list_date, new_day=file.list_date)
    seen: set[str] = set()
    for packs in _chunks(file.packs()):
        gtins = [pack.gtin for pack in packs if pack.gtin and pack.gtin not in seen]
        seen.update(gtins)
        facts = medications.facts_on(connection, [(gtin, file.list_date) for gtin in gtins])
        for pack in {pack.gtin: pack for pack in packs if pack.gtin in set(gtins)}.values():
            known = _state(facts.get((str(pack.gtin), file.list_date)), file.list_date, file.languages)
            _compare(diff, known, _listed(pack, file))
    for gtins in medication_lists.known(connection, chunk=_CHUNK):
        missing = [gtin for gtin in gtins if gtin not in seen]
        facts = medications.facts_on(connection, [(gtin, file.list_date) for gtin in missing])
        for pack_on_day in facts.values():
            _compare(diff, _state(pack_on_day, file.list_date, file.languages), None)
    return diff


def _compare(diff: ListDiff, old: _State | None, new: _State | None) -> None:
    if old is None or new is None:
        for one, lines in ((new, diff.new), (old, diff.gone)):
            if one is not None:
                lines.append(PackLine(gtin=one.gtin, name=one.name, price=one.price))
        return
    named = {"gtin": new.gtin, "name": new.name}
    if old.price != new.price:
        diff.prices.append(PriceChange(**named, old=old.price, new=new.price, since=new.price_since))
    if old.cost_share_percent != new.cost_share_percent:
        diff.cost_shares.append(CostShareChange(**named, old=old.cost_share_percent, new=new.cost_share_percent))
    added = tuple(sorted(new.limitations.keys() - old.limitations.keys()))
    removed = tuple(sorted(old.limitations.keys() - new.limitations.keys()))
    kept = sorted(old.limitations.keys() & new.limitations.keys())
    changed = tuple(code for code in kept if old.limitations[code] != new.limitations[code])
    if added or removed or changed:
        diff.limitations.append(LimitationChange(**named, added=added, removed=removed, changed=changed))


def _state(pack: PackOnDay | None, day: date, languages: Iterable[str]) -> _State | None:
    """A pack as the tables have it; texts in `languages` alone, or all where none is named."""
    if pack is None or pack.status != "listed":
        return None
    known = pack.price_since is not None and pack.price_since <= day
    only = set(languages) or {"de", "fr", "it"}
    return _State(
        gtin=pack.gtin,
        name=pack.name,
        price=pack.maximum_price if known else None,
        price_since=pack.price_since,
        cost_share_percent=pack.cost_share_percent,
        limitations={one.code: _said(one, only) for one in pack.limitations},
    )


def _listed(pack: ListedPack, file: SlFile) -> _State | None:
    day = file.list_date
    if not _covers(pack.listed_from, pack.listed_until, day):
        return None
    return _State(
        gtin=str(pack.gtin),
        name=pack.name,
        price=pack.price if pack.price_from is None or pack.price_from <= day else None,
        price_since=pack.price_from,
        cost_share_percent=pack.cost_share_percent,
        limitations={
            one.code: _said(one, set(file.languages))
            for one in pack.limitations
            if _covers(one.valid_from, one.valid_until, day)
        },
    )


def _said(limitation: LimitationOnDay | ListedLimitation, languages: set[str]) -> object:
    texts = {language: text for language, text in limitation.texts.items() if language in languages}
    return (texts, limitation.needs_approval, limitation.indication_codes, limitation.packs, limitation.points)


def _covers(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


def _chunks(packs: Iterator[ListedPack]) -> Iterator[list[ListedPack]]:
    while chunk := list(islice(packs, _CHUNK)):
        yield chunk


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return format(value, ".2f") if isinstance(value, Decimal) else value
