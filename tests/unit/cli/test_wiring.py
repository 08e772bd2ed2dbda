from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pulse import wiring
from pulse.base.errors import Misconfigured
from pulse.invoices.reading import Limits
from pulse.settings import load
from workers import handlers


@pytest.mark.parametrize(("setting", "longest_ms"), [(None, 300_000), ("20", 20_000)])
def test_a_dead_workers_task_is_free_after_the_time_that_is_set(
    tmp_path: Path, setting: str | None, longest_ms: int
) -> None:
    environment = {"PULSE_DATA_DIR": str(tmp_path)} | ({"PULSE_WORKER_LOCK_S": setting} if setting else {})
    settings = load(environment)
    office = wiring.office(settings)
    locks = [topic.lock_ms for topic in wiring.worker(settings, office)._topics.values()]
    assert max(locks) == longest_ms
    assert locks == [min(topic.lock_ms, longest_ms) for topic in handlers(office)]
    office.database.close()


def test_the_leases_are_those_of_the_settings(tmp_path: Path) -> None:
    values = {"DATA_DIR": str(tmp_path), "RELAY_LEASE_S": "7", "MAIL_LEASE_S": "8", "IMAP_USER": "claims"}
    settings = load({f"PULSE_{name}": value for name, value in values.items()})
    office = wiring.office(settings)
    assert office.relay_lease == timedelta(seconds=7)
    assert [one.account.lease_s for one in wiring.mail.accounts(settings)] == [8]
    office.database.close()


def test_documents_are_read_within_the_limits_of_the_settings(tmp_path: Path) -> None:
    given = {"MEMORY_MIB": "256", "TIME_S": "7", "PAGES": "5", "OCR_PAGE_S": "9", "OCR_TIME_S": "40"}
    settings = load({"PULSE_DATA_DIR": str(tmp_path)} | {f"PULSE_READ_{name}": value for name, value in given.items()})
    office = wiring.office(settings)
    assert isinstance(office.reader, wiring.SandboxedReader)
    limits = office.reader._limits
    assert (limits.memory_bytes, limits.time_s, limits.pages) == (256 * 1024 * 1024, 7, 5)
    assert [limits.for_pictures(pages).time_s for pages in (1, 2, 5)] == [16, 25, 40]
    office.database.close()


def test_a_short_time_for_ocr_takes_nothing_from_reading_text() -> None:
    assert Limits(time_s=20, ocr_page_s=30, ocr_time_s=5).for_pictures(3).time_s == 20


def test_an_endpoint_without_its_models_name_is_refused(tmp_path: Path) -> None:
    settings = load({"PULSE_DATA_DIR": str(tmp_path), "PULSE_READING_MODEL_URL": "http://127.0.0.1:8000/v1"})
    with pytest.raises(Misconfigured, match="PULSE_READING_MODEL"):
        wiring.reading_model(settings)


@pytest.mark.parametrize(
    ("kind", "key", "value", "name"),
    [
        ("csv", "PULSE_CLIENT_DIRECTORY_FILE", "/data/clients.csv", "csv"),
        ("fhir", "PULSE_CLIENT_DIRECTORY_URL", "https://fhir.example/r4", "fhir"),
        ("rest", "PULSE_CLIENT_DIRECTORY_URL", "https://clients.example", "rest"),
    ],
)
def test_a_client_directory_needs_its_place(kind: str, key: str, value: str, name: str) -> None:
    with pytest.raises(Misconfigured, match=key):
        wiring.client_directory(load({"PULSE_CLIENT_DIRECTORY": kind}))
    directory = wiring.client_directory(load({"PULSE_CLIENT_DIRECTORY": kind, key: value}))
    assert directory is not None
    assert directory.name == name
    assert wiring.client_directory(load({})) is None
