from __future__ import annotations

from datetime import date
from decimal import Decimal

import office
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from db import invoices
from db.database import Database
from db.tables import decisions, medication_prices, metadata
from db.upgrade import demand_current, downgrade, schema, upgrade
from pulse.base.errors import Misconfigured


def test_the_migrations_make_the_schema_that_the_code_expects(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert schema(database) == "current"


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert schema(database) == "current"


def test_the_migrations_go_down_to_nothing_and_up_again(database: Database) -> None:
    downgrade(database, "base")
    with database.read() as connection:
        left = set(inspect(connection).get_table_names()) | set(inspect(connection).get_view_names())
    assert left <= {"alembic_version", "sqlite_sequence"}
    assert schema(database) == "older"
    upgrade(database)
    assert schema(database) == "current"


def test_a_schema_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for refused in (demand_current, upgrade):
        with pytest.raises(Misconfigured, match="newer Pulse"):
            refused(database)


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("medication", "gtin manufacturer description substances public_price abuse_risk"),
        ("invoice", "invoice_id insurance_number gtin date biller_mail total_amount"),
        ("client", "insurance_number first_name last_name street zip city email risk_score"),
    ],
)
def test_the_views_have_the_columns_that_outsiders_rely_on(database: Database, view: str, columns: str) -> None:
    with database.read() as connection:
        assert [column["name"] for column in inspect(connection).get_columns(view)] == columns.split()


def test_the_views_show_what_the_registers_and_cases_hold(database: Database) -> None:
    office.fill_registers(database)
    with database.write() as connection:
        connection.execute(
            medication_prices.insert().values(
                gtin=office.LISTED, valid_from=date(2026, 1, 1), public_price=Decimal("70.10")
            )
        )
        invoice_id = add_case(connection)
    with database.read() as connection:
        pack = connection.execute(text("SELECT * FROM medication WHERE gtin = :g"), {"g": office.LISTED}).one()
        case = connection.execute(text("SELECT * FROM invoice")).one()
        client = connection.execute(text("SELECT * FROM client WHERE insurance_number = '123456789'")).one()
    assert (pack.description, Decimal(pack.public_price), pack.abuse_risk) == (
        "Abilify Tabl 10 mg 28 Stk",
        Decimal("70.10"),
        0,
    )
    assert (case.invoice_id, case.insurance_number, case.gtin) == (invoice_id, office.CLIENT_NUMBER, office.LISTED)
    assert (client.last_name, client.risk_score) == ("Müller", "low")


def test_cases_have_ids_of_eight_digits(database: Database) -> None:
    with database.write() as connection:
        assert add_case(connection) == 10000001
        assert add_case(connection) == 10000002


@pytest.mark.parametrize("decision", ["partial", "deny", "ask"])
def test_the_database_refuses_an_automated_decision_against_anybody(database: Database, decision: str) -> None:
    with database.write() as connection:
        invoice_id = add_case(connection)
    row = {"round": 1, "payable_amount": Decimal(0), "decided_by": "x", "decided_at": office.NOW}
    statement = decisions.insert().values(invoice_id=invoice_id, decision=decision, automated=True, **row)
    with database.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(statement)


def add_case(connection: object) -> int:
    times = {"received_at": office.NOW, "remind_at": office.NOW, "due_at": office.NOW}
    values = {"reading": "complete", "channel": "rest", "biller_mail": "a@b.example"}
    return invoices.add(connection, office.invoice(), made_by="test", **values, **times)  # type: ignore[arg-type]
