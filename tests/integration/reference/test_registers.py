from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fhir_persons import bundle, consent, coverage, patient
from register_files import ANNA, CLOCK, HEAD, OTHER, PACK, TODAY

from db import approvals, client_terms, clients, consents, lists, packages, pharmacodes, providers
from db.database import Database
from pulse.base.errors import Conflict, InvalidInput, NotFound
from pulse.claims import approvals as work
from pulse.claims.reference.import_register import How, Imported, import_register
from pulse.claims.reference.registers import RowsRefused
from pulse.reference.guards import ListRefused


def taken(database: Database, kind: str, file: Path, text: str, **how: object) -> Imported:
    file.write_text(text, encoding="utf-8")
    return import_register(database, CLOCK, kind, file, How(actor="test", **how), source=str(file))  # type: ignore[arg-type]


def counts(found: Imported) -> tuple[int, int, int, int, int]:
    return found.added, found.changed, found.unchanged, found.gone, len(found.refused)


def test_clients_go_in_with_terms_and_consents_and_a_second_time_change_nothing(
    database: Database, tmp_path: Path
) -> None:
    assert counts(taken(database, "clients", tmp_path / "c.csv", f"{HEAD}\n{ANNA}\n")) == (1, 0, 0, 0, 0)
    assert counts(taken(database, "clients", tmp_path / "c.csv", f"{HEAD}\n{ANNA}\n")) == (0, 0, 1, 0, 0)
    with database.read() as connection:
        client = clients.by_insurance_number(connection, "1001")
        assert client is not None
        assert client.ahv_number == "7569217076985"
        assert client_terms.franchise(connection, client.id, 2026) == Decimal("2500.00")
        assert client_terms.franchise(connection, client.id, 2025) is None
        assert consents.held(connection, client.id, "mail", on=TODAY)
        assert not consents.held(connection, client.id, "mail", on=TODAY - timedelta(days=1))
        assert not consents.held(connection, client.id, "data_use", on=TODAY)


def test_what_a_file_does_not_say_of_a_known_client_stays(database: Database, tmp_path: Path) -> None:
    taken(database, "clients", tmp_path / "c.csv", f"{HEAD}\n{ANNA}\n")
    short = "insurance_number,first_name,last_name,covered_from,consent_mail\n1001,Anna,Keller,2020-01-01,no\n"
    assert counts(taken(database, "clients", tmp_path / "c.csv", short)) == (0, 1, 0, 0, 0)
    with database.read() as connection:
        client = clients.by_insurance_number(connection, "1001")
        assert client is not None
        assert (client.last_name, client.email) == ("Keller", "anna@mail.example")
        assert not consents.held(connection, client.id, "mail", on=TODAY)


BAD = "\n".join(
    (
        HEAD,
        ANNA,
        "1002,B,B,2020-01-01,7561234567890,,,",
        "1003,C,C,2020-01-01,7569217076985,,,",
        "1004,D,D,2020-01-01,,,,",
    )
)


def test_a_bad_row_refuses_the_file_and_every_one_is_told_by_line_field_and_code(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(RowsRefused, match="2 bad rows, the first in line 3: ahv_number: is no AHV number") as error:
        taken(database, "clients", tmp_path / "c.csv", BAD)
    assert [(one.line, one.field, one.code) for one in error.value.refused] == [
        (3, "ahv_number", "invalid_value"),
        (4, "ahv_number", "number_taken"),
    ]
    with database.read() as connection:
        assert clients.everyone(connection) == []
        assert lists.imports_of(connection, "clients") == []


def test_bad_rows_that_are_to_be_skipped_leave_the_others(database: Database, tmp_path: Path) -> None:
    found = taken(database, "clients", tmp_path / "c.csv", BAD, skip_bad_rows=True)
    assert counts(found) == (2, 0, 0, 0, 2)
    with database.read() as connection:
        assert [one.insurance_number for one in clients.everyone(connection)] == ["1001", "1004"]
        assert lists.imports_of(connection, "clients")[0].details["refused"] == 2


def test_a_number_given_up_in_a_row_is_free_for_the_next(database: Database, tmp_path: Path) -> None:
    head, file = "insurance_number,first_name,last_name,covered_from,card_number", tmp_path / "c.csv"
    taken(database, "clients", file, f"{head}\n1,A,A,2020-01-01,C1\n2,B,B,2020-01-01,C2\n")
    moved = f"{head}\n1,A,A,2020-01-01,C3\n2,B,B,2020-01-01,C1\n3,C,C,2020-01-01,C2\n"
    assert counts(taken(database, "clients", file, moved)) == (1, 2, 0, 0, 0)
    swapped = f"{head}\n1,A,A,2020-01-01,C1\n2,B,B,2020-01-01,C3\n"
    with pytest.raises(RowsRefused, match="line 2: card_number: is another person's"):
        taken(database, "clients", file, swapped)
    with database.read() as connection:
        assert [one.card_number for one in clients.everyone(connection)] == ["C3", "C1", "C2"]


def test_a_person_named_twice_in_a_file_is_as_the_later_row_says(database: Database, tmp_path: Path) -> None:
    head = "insurance_number,first_name,last_name,covered_from,franchise_2026,consent_mail"
    rows = f"{head}\n1,A,Old,2020-01-01,300,no\n2,B,B,2020-01-01,,\n1,A,New,2020-01-01,2500,yes\n"
    assert counts(taken(database, "clients", tmp_path / "c.csv", rows)) == (2, 1, 0, 0, 0)
    with database.read() as connection:
        client = clients.by_insurance_number(connection, "1")
        assert client is not None
        assert client.last_name == "New"
        assert client_terms.franchise(connection, client.id, 2026) == Decimal("2500.00")
        assert consents.held(connection, client.id, "mail", on=TODAY)


def test_more_rows_than_a_batch_go_in_and_only_what_changed_is_written_again(
    database: Database, tmp_path: Path
) -> None:
    def rows(changed: int) -> str:
        names = ((n, "X" if n < changed else "Y", "300" if n % 2 else "") for n in range(1, 2502))
        lines = (f"{n},A,{name},2020-01-01,,,{franchise},yes" for n, name, franchise in names)
        return "\n".join((HEAD, *lines))

    told: list[tuple[int, int]] = []
    file = tmp_path / "c.csv"
    assert counts(taken(database, "clients", file, rows(0)))[:3] == (2501, 0, 0)
    file.write_text(rows(101), encoding="utf-8")
    again = import_register(
        database, CLOCK, "clients", file, How(actor="test"), source="c", progress=lambda *done: told.append(done)
    )
    assert counts(again) == (0, 100, 2401, 0, 0)
    assert told[-1] == (file.stat().st_size, file.stat().st_size)
    with database.read() as connection:
        assert consents.held(connection, clients.everyone(connection, limit=3000)[-1].id, "mail", on=TODAY)


def test_a_second_maternity_takes_the_place_of_the_one_that_it_overlaps(database: Database, tmp_path: Path) -> None:
    head = "insurance_number,first_name,last_name,covered_from,maternity_from,maternity_until"
    for until in ("2026-09-01", "2026-09-20"):
        taken(database, "clients", tmp_path / "c.csv", f"{head}\n1,A,B,2020-01-01,2026-02-01,{until}\n")
    with database.read() as connection:
        client = clients.by_insurance_number(connection, "1")
        assert client is not None
        (days,) = client_terms.maternities_of(connection, client.id)
        assert (days.begins, days.ends) == (date(2026, 2, 1), date(2026, 9, 20))


def test_a_providers_change_holds_from_its_day_and_the_days_before_keep_what_they_had(
    database: Database, tmp_path: Path
) -> None:
    head, file = "gln,name,iban,valid_from", tmp_path / "p.csv"
    first = taken(database, "providers", file, f"{head}\n7601000001115,Bären,CH9300762011623852957,2020-01-01\n")
    same = taken(database, "providers", file, f"{head}\n7601000001115,Bären,CH9300762011623852957,\n")
    moved = taken(database, "providers", file, f"{head}\n7601000001115,Bären,CH5604835012345678009,2026-05-01\n")
    assert [counts(one) for one in (first, same, moved)] == [(1, 0, 0, 0, 0), (0, 0, 1, 0, 0), (0, 1, 0, 0, 0)]
    with pytest.raises(RowsRefused) as error:
        taken(database, "providers", file, f"{head}\n7601000001115,Wolf,,2019-01-01\n")
    assert [(one.line, one.code) for one in error.value.refused] == [(2, "older_version")]
    with database.read() as connection:
        before = providers.find(connection, gln="7601000001115", zsr=None, on=date(2026, 4, 30))
        after = providers.find(connection, gln="7601000001115", zsr=None, on=date(2026, 5, 1))
    assert before is not None
    assert after is not None
    assert (before.iban, after.iban) == ("CH9300762011623852957", "CH5604835012345678009")


def test_clients_from_fhir_are_the_same_as_from_csv(database: Database, tmp_path: Path) -> None:
    text = json.dumps(bundle(patient("7"), coverage("7"), consent("7", "mail")))
    assert counts(taken(database, "clients", tmp_path / "c.json", text)) == (1, 0, 0, 0, 0)
    with database.read() as connection:
        client = clients.by_number(connection, "756.9217.0769.85")
        assert client is not None
        assert (client.insurance_number, client.language) == ("123456789", "fr")
        assert consents.held(connection, client.id, "mail", on=TODAY)


def test_a_list_of_packs_is_dated_and_past_days_keep_their_category(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "aplus.txt"
    assert counts(taken(database, "aplus", file, f"{PACK}\n{OTHER}\n", day=date(2026, 1, 1), least=1))[0] == 2
    second = taken(database, "aplus", file, f"{PACK}\n", day=date(2026, 3, 1), least=1, overridden=["shrunk"])
    assert (counts(second), second.overridden) == ((0, 0, 1, 1, 0), ("shrunk",))
    days = [date(2025, 12, 1), date(2026, 2, 28), date(2026, 3, 1)]
    with database.read() as connection:
        found = packages.on(connection, [(OTHER, day) for day in days] + [(PACK, days[2])])
    assert {day for gtin, day in found if gtin == OTHER} == {days[0], days[1]}
    assert found[PACK, days[2]].category == "A+"


def test_guards_refuse_a_list_that_shrank_is_too_short_or_older(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "aplus.txt"
    taken(database, "aplus", file, f"{PACK}\n{OTHER}\n", day=date(2026, 3, 1), least=1)
    for text, how, code in (
        (f"{PACK}\n", {"least": 1, "day": date(2026, 4, 1)}, "list_shrunk"),
        (f"{PACK}\n", {"day": date(2026, 4, 1)}, "list_too_few"),
        (f"{OTHER}\n{PACK}\n", {"least": 1, "day": date(2026, 2, 1)}, "list_older"),
    ):
        with pytest.raises(ListRefused) as error:
            taken(database, "aplus", file, text, **how)
        assert error.value.reason == code
    with database.read() as connection:
        assert packages.count(connection, "aplus") == 2


def test_pharmacodes_name_packs_with_and_without_leading_zeros(database: Database, tmp_path: Path) -> None:
    taken(database, "pharmacodes", tmp_path / "p.csv", f"pharmacode,gtin\n31532,{PACK}\n", least=1)
    with database.read() as connection:
        assert pharmacodes.gtins(connection, ["31532", "0031532", "1"]) == {"31532": PACK, "0031532": PACK}


def test_approvals_are_put_on_file_once_and_taken_back(database: Database, tmp_path: Path) -> None:
    taken(database, "clients", tmp_path / "c.csv", f"{HEAD}\n{ANNA}\n")
    values = {"insurance_number": "7569217076985", "gtin": PACK, "valid_from": "2026-01-01", "packs": "6"}
    now = CLOCK.now()
    first = work.add(database, values, at=now, by="carla")
    assert work.add(database, values, at=now, by="carla") == first
    with database.read() as connection:
        (shown,) = work.shown(connection, "1001")
        assert (shown.approval.gtin, shown.approval.packs, shown.insurance_number) == (PACK, 6, "1001")
        client_id = shown.approval.client_id
        assert approvals.between(connection, client_id, date(2025, 1, 1), date(2025, 12, 31)) == []
        assert len(approvals.between(connection, client_id, date(2026, 6, 1), date(2026, 6, 1))) == 1
    work.end(database, first, at=now, by="carla")
    with pytest.raises(Conflict):
        work.end(database, first, at=now, by="carla")
    with database.read() as connection:
        assert work.shown(connection) == []
    with pytest.raises(NotFound):
        work.add(database, values | {"insurance_number": "9"}, at=now, by="carla")
    with pytest.raises(InvalidInput, match="is no GTIN"):
        work.add(database, values | {"gtin": "1"}, at=now, by="carla")


def test_nothing_personal_is_in_the_trail_of_an_import(database: Database, tmp_path: Path) -> None:
    taken(database, "clients", tmp_path / "c.csv", f"{HEAD}\n{ANNA}\n1002,B,Secret,never,,,,\n", skip_bad_rows=True)
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT action, details FROM audit_events").all()
        kept = [dict(one.details) for one in lists.imports_of(connection, "clients")]
    told = json.dumps([[str(cell) for cell in row] for row in rows] + kept, ensure_ascii=False)
    assert "reference:list:imported" in told
    assert not any(word in told for word in ("Anna", "Müller", "Secret", "7569217076985", "mail.example", "1001"))
