from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sl_list
from sqlalchemy import event, text

from db import audit, lists, medications
from db.database import Database
from db.medications import PackOnDay
from db.upgrade import downgrade, upgrade
from pulse.base.clock import ManualClock
from pulse.claims.reference.diff import against, between
from pulse.claims.reference.import_list import Imported, import_sl
from pulse.claims.reference.status import in_force
from pulse.reference.guards import Bounds, ListRefused
from pulse.reference.rows import BrokenList
from pulse.reference.sl import SlFile, recognised

MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))
LIMITED = sl_list.limitation("A.01", "Nach Kostengutsprache.", indication_code="20403.01")

Importing = Callable[..., Imported]


@pytest.fixture
def bring_in(database: Database, tmp_path: Path) -> Importing:
    def run(day: date, products: Iterable[dict[str, Any]], *, language: str = "de", **options: Any) -> Imported:
        path = sl_list.as_file(tmp_path / f"sl-{day:%Y%m%d}-{language}.ndjson", products)
        own: dict[str, Any] = {"source": path.name, "actor": "test", "bounds": Bounds(least=1, most_lost=1)}
        return import_sl(database, ManualClock(), recognised(path), **(own | options))

    return run


def on(database: Database, number: int, day: date) -> PackOnDay:
    pack = (sl_list.gtin(number), day)
    with database.read() as connection:
        return medications.facts_on(connection, [pack])[pack]


def test_prices_of_every_day_stay_known(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, price=20.0, changed_on="2025-12-01")])
    bring_in(JULY, [sl_list.bundle(1, price=18.5, changed_on="2026-07-01")])
    bring_in(AUGUST, [sl_list.bundle(1, price=19.0, changed_on="2026-07-15")])
    days = {"2025-12-01": "20.00", "2026-06-30": "20.00", "2026-07-01": "18.50", "2026-07-15": "19.00"}
    assert {day: str(on(database, 1, date.fromisoformat(day)).maximum_price) for day in days} == days


def test_a_price_of_before_is_not_rewritten_by_a_later_list(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, price=20.0, changed_on="2025-12-01")])
    bring_in(JULY, [sl_list.bundle(1, price=10.0, changed_on="2025-06-01")])
    assert on(database, 1, date(2026, 6, 30)).maximum_price == Decimal("20.00")
    assert on(database, 1, JULY).maximum_price == Decimal("10.00")


def test_a_day_before_the_first_known_price_gets_it_with_its_later_day(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, price=20.0, changed_on="2025-12-01")])
    pack = on(database, 1, date(2025, 3, 1))
    assert (pack.status, pack.maximum_price, pack.price_since) == ("listed", Decimal("20.00"), date(2025, 12, 1))


def test_a_price_that_the_list_no_longer_names_is_none_from_then_on(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, price=20.0)])
    bring_in(JULY, [sl_list.bundle(1, price=None)], overridden=["prices_missing"])
    assert on(database, 1, date(2026, 6, 30)).maximum_price == Decimal("20.00")
    assert on(database, 1, JULY).maximum_price is None


def test_a_pack_is_listed_in_its_periods_alone(database: Database, bring_in: Importing) -> None:
    one, two = sl_list.bundle(1), sl_list.bundle(2)
    bring_in(MAY, [one, two])
    bring_in(JUNE, [two])
    bring_in(JULY, [one, two])
    status = {
        day: on(database, 1, date.fromisoformat(day)).status for day in ("2018-01-01", "2019-03-01", "2026-05-31")
    }
    assert status == {"2018-01-01": "not_yet", "2019-03-01": "listed", "2026-05-31": "listed"}
    assert on(database, 1, JUNE).status == "delisted"
    assert on(database, 1, JULY).status == "listed"
    with database.read() as connection:
        known = medications.get(connection, sl_list.gtin(1))
    assert known is not None
    assert (known.listed_from, known.listed_until) == (JULY, None)


def test_a_pack_that_the_list_before_did_not_hold_was_not_listed_then(database: Database, bring_in: Importing) -> None:
    bring_in(MAY, [sl_list.bundle(1)])
    bring_in(JUNE, [sl_list.bundle(1), sl_list.bundle(2)])
    assert on(database, 2, MAY).status == "not_yet"
    assert on(database, 2, JUNE).status == "listed"


def test_a_period_that_ends_by_the_list_ends(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, listed=("2024-06-01", "2026-06-30", "2026-09-30"))])
    assert on(database, 1, date(2026, 9, 30)).status == "listed"
    assert on(database, 1, date(2026, 10, 1)).status == "delisted"


def test_the_cost_share_is_that_of_the_day(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, cost_share=10)])
    bring_in(JULY, [sl_list.bundle(1, cost_share=40)])
    assert on(database, 1, date(2026, 6, 30)).cost_share_percent == 10
    assert on(database, 1, JULY).cost_share_percent == 40


def test_limitations_are_those_of_the_day(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, limitations=[LIMITED])])
    other = sl_list.limitation("A.02", "Nur bei Kindern.", begins="2026-07-01")
    bring_in(JULY, [sl_list.bundle(1, limitations=[other])])
    [june], [july] = on(database, 1, JUNE).limitations, on(database, 1, JULY).limitations
    assert (june.code, june.needs_approval, june.indication_codes) == ("A.01", True, ("20403.01",))
    assert (july.code, july.needs_approval, july.texts) == ("A.02", False, {"de": "Nur bei Kindern."})


def test_a_limitation_with_another_text_is_another_version(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, limitations=[LIMITED])])
    bring_in(JULY, [sl_list.bundle(1, limitations=[sl_list.limitation("A.01", "Frei.")])])
    assert on(database, 1, date(2026, 6, 30)).limitations[0].needs_approval
    assert not on(database, 1, JULY).limitations[0].needs_approval


def test_the_second_language_of_a_day_adds_texts_alone(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1, limitations=[LIMITED])])
    french = sl_list.bundle(
        1, price=99.0, limitations=[sl_list.limitation("A.01", "Après garantie de prise en charge.")]
    )
    result = bring_in(JUNE, [french], language="fr")
    assert (result.status, result.counts["texts"]) == ("texts", 1)
    pack = on(database, 1, JUNE)
    assert pack.limitations[0].texts == {"de": "Nach Kostengutsprache.", "fr": "Après garantie de prise en charge."}
    assert pack.maximum_price == Decimal("20.00")


def test_the_next_months_languages_keep_what_did_not_change(database: Database, bring_in: Importing) -> None:
    german = [sl_list.bundle(1, limitations=[LIMITED])]
    french = [sl_list.bundle(1, limitations=[sl_list.limitation("A.01", "Après garantie de prise en charge.")])]
    for day in (JUNE, JULY):
        bring_in(day, german)
        bring_in(day, french, language="fr")
    assert on(database, 1, JULY).limitations[0].texts.keys() == {"de", "fr"}
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM medication_limitations")).scalar() == 1


def test_the_same_file_again_changes_nothing_and_leaves_no_record(database: Database, bring_in: Importing) -> None:
    assert bring_in(JUNE, [sl_list.bundle(1)]).status == "imported"
    assert bring_in(JUNE, [sl_list.bundle(1)]).status == "unchanged"
    with database.read() as connection:
        assert len(lists.imports_of(connection, "sl")) == 1


def test_an_older_list_is_refused(database: Database, bring_in: Importing) -> None:
    bring_in(JULY, [sl_list.bundle(1)])
    with pytest.raises(ListRefused) as refused:
        bring_in(JUNE, [sl_list.bundle(1)], overridden=["too_few", "shrunk", "prices_missing"])
    assert refused.value.reason == "list_older"


@pytest.mark.parametrize(
    ("products", "code"),
    [
        ([sl_list.bundle(number) for number in range(3)], "list_too_few"),
        ([sl_list.bundle(number) for number in range(8)], "list_shrunk"),
        ([sl_list.bundle(number, price=None if number < 2 else 9.0) for number in range(10)], "list_prices_missing"),
    ],
)
def test_a_refused_list_leaves_the_old_one_and_an_override_is_on_record(
    database: Database, bring_in: Importing, products: list[dict[str, Any]], code: str
) -> None:
    bounds = Bounds(least=5)
    bring_in(JUNE, [sl_list.bundle(number) for number in range(10)], bounds=bounds)
    with pytest.raises(ListRefused) as refused:
        bring_in(JULY, products, bounds=bounds, overridden=["shrunk"] if code == "list_too_few" else [])
    assert refused.value.reason == code
    assert [on(database, number, JULY).status for number in range(10)] == ["listed"] * 10
    guards = ["too_few", "shrunk", "prices_missing"]
    assert code.removeprefix("list_") in bring_in(JULY, products, bounds=bounds, overridden=guards).overridden
    with database.read() as connection:
        newest = lists.in_force(connection, "sl")
        noted = connection.execute(
            text("SELECT details FROM audit_events WHERE action = 'reference:list:imported'")
        ).all()
        assert audit.first_broken(connection) is None
    assert newest is not None
    assert code.removeprefix("list_") in newest.overridden
    assert len(noted) == 2


def test_a_broken_line_leaves_nothing_of_the_list(database: Database, bring_in: Importing, tmp_path: Path) -> None:
    bring_in(JUNE, [sl_list.bundle(1)])
    path = sl_list.as_file(tmp_path / "sl-20260701-de.ndjson", (sl_list.bundle(number) for number in range(1200)))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BrokenList, match="line 1200"):
        import_sl(database, ManualClock(), recognised(path), source="x", actor="test", bounds=Bounds(least=1))
    with database.read() as connection:
        assert [one.gtin for one in medications.everyone(connection)] == [sl_list.gtin(1)]


def test_a_pack_that_stands_there_twice_is_taken_once_or_refused_where_it_differs(bring_in: Importing) -> None:
    result = bring_in(JUNE, [sl_list.bundle(1), sl_list.bundle(2), sl_list.bundle(1)])
    assert (result.packs, result.counts["repeated"]) == (2, 1)
    with pytest.raises(BrokenList, match=r"line 3: .* stands in line 1 too"):
        bring_in(JULY, [sl_list.bundle(1), sl_list.bundle(2), sl_list.bundle(1, price=9.0)])


def test_packs_without_a_gtin_are_counted_and_left_out(bring_in: Importing) -> None:
    result = bring_in(JUNE, [sl_list.bundle(1), sl_list.bundle(2, code=None), sl_list.bundle(3, code="123")])
    assert (result.packs, result.left_out_lines) == (1, (2, 3))


def test_the_difference_of_two_days_names_what_changed(database: Database, bring_in: Importing, tmp_path: Path) -> None:
    bring_in(JUNE, [sl_list.bundle(1), sl_list.bundle(2), sl_list.bundle(3, limitations=[LIMITED])])
    july = [
        sl_list.bundle(2, price=18.0, changed_on="2026-07-01", cost_share=40),
        sl_list.bundle(3, limitations=[sl_list.limitation("A.02", "Neu.")]),
        sl_list.bundle(4, price=7.5),
    ]
    file = recognised(sl_list.as_file(tmp_path / "new-20260701-de.ndjson", july))
    with database.read() as connection:
        foreseen = against(connection, file)
    bring_in(JULY, july)
    with database.read() as connection:
        found = between(connection, JUNE, JULY)
        nothing = against(connection, file)
    for diff in (found, foreseen):
        assert [(one.gtin, one.price) for one in diff.new] == [(sl_list.gtin(4), Decimal("7.50"))]
        assert [one.gtin for one in diff.gone] == [sl_list.gtin(1)]
        [price], [share], [limitation] = diff.prices, diff.cost_shares, diff.limitations
        assert (price.gtin, price.old, price.new) == (sl_list.gtin(2), Decimal("20.00"), Decimal("18.00"))
        assert (share.gtin, share.old, share.new) == (sl_list.gtin(2), 10, 40)
        assert (limitation.added, limitation.removed, limitation.changed) == (("A.02",), ("A.01",), ())
    assert [nothing.new, nothing.gone, nothing.prices, nothing.cost_shares, nothing.limitations] == [[]] * 5


def test_the_facts_of_many_packs_take_as_many_questions_as_of_one(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(number, limited=True) for number in range(60)])
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _cu, statement, *_: asked.append(statement))
    counts = []
    with database.read() as connection:
        for many in (1, 60):
            asked.clear()
            facts = medications.facts_on(connection, [(sl_list.gtin(number), JUNE) for number in range(many)])
            assert len(facts) == many
            counts.append(len(asked))
        assert medications.facts_on(connection, [("7680999990013", JUNE)]) == {}
    assert counts[0] == counts[1] <= 5


def test_an_old_list_is_called_old(database: Database, bring_in: Importing) -> None:
    bring_in(JUNE, [sl_list.bundle(1)])
    with database.read() as connection:
        [fresh] = in_force(connection, date(2026, 7, 10))
        [old] = in_force(connection, date(2026, 7, 20))
    assert (fresh.age_days, fresh.is_old, old.is_old) == (39, False, True)
    assert fresh.imports[0].imported_by == "test"


def test_the_real_slice_goes_in_and_answers_by_day(database: Database, shared_folder: Path) -> None:
    path = shared_folder / "samples" / "sl_fhir" / "foph-sl-export-20260601_slice255.ndjson"
    file: SlFile = recognised(path)
    assert (file.list_date, file.languages) == (JUNE, ("de",))
    result = import_sl(database, ManualClock(), file, source="x", actor="test", bounds=Bounds(least=300))
    assert (result.packs, len(result.left_out_lines), result.counts["new"]) == (310, 11, 310)
    pack = ("7680536620137", JUNE)
    with database.read() as connection:
        facts = medications.facts_on(connection, [pack])[pack]
    assert (facts.maximum_price, facts.price_since) == (Decimal("191.90"), date(2025, 12, 1))
    assert (facts.status, facts.atc, facts.category) == ("listed", "J05AF05", "A")


def test_packs_that_were_known_before_there_were_dated_lists_stay_listed(database: Database) -> None:
    downgrade(database, "0002")
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO medications (gtin, name, listed_from, listed_until) VALUES"
                " ('7680562090041', 'Abilify', '2020-01-01', NULL),"
                " ('7680000000001', 'Alt', '2020-01-01', '2024-12-31')"
            )
        )
        connection.execute(text("INSERT INTO medication_prices VALUES ('7680562090041', '2020-01-01', '71.55')"))
    upgrade(database)
    with database.read() as connection:
        facts = medications.facts_on(connection, [("7680562090041", JUNE), ("7680000000001", JUNE)])
    assert {pack.status: pack.maximum_price for pack in facts.values()} == {
        "listed": Decimal("71.55"),
        "delisted": None,
    }
