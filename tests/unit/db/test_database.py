from __future__ import annotations

import threading
from pathlib import Path

import office
import pytest
from sqlalchemy import text

from db.database import Database, DatabaseUnavailable
from db.documents import DocumentMissing, DocumentStore
from pulse.base.errors import Misconfigured


def test_sqlite_writes_ahead_keeps_foreign_keys_and_puts_every_commit_on_disk(tmp_path: Path) -> None:
    database = office.new_database(tmp_path)
    with database.read() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    database.close()
    assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_two_writers_wait_for_each_other_instead_of_failing(tmp_path: Path) -> None:
    database = office.new_database(tmp_path)
    first_is_in, order = threading.Event(), []

    def second() -> None:
        first_is_in.wait()
        with database.write() as connection:
            connection.execute(text("UPDATE leases SET note = note || 'b'"))
            order.append("second")

    with database.write() as connection:
        connection.execute(text("INSERT INTO leases VALUES ('x', 'h', '2026-01-01', '')"))
    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as connection:
        note = connection.execute(text("SELECT note FROM leases")).scalar()
        first_is_in.set()
        thread.join(0.1)
        connection.execute(text("UPDATE leases SET note = :n"), {"n": f"{note}a"})
        order.append("first")
    thread.join()
    with database.read() as connection:
        assert connection.execute(text("SELECT note FROM leases")).scalar() == "ab"
    database.close()
    assert order == ["first", "second"]


def test_readers_go_on_while_somebody_writes(tmp_path: Path) -> None:
    database = office.new_database(tmp_path)
    with database.write() as writing:
        writing.execute(text("INSERT INTO leases VALUES ('x', 'h', '2026-01-01', '')"))
        with database.read() as reading:
            assert reading.execute(text("SELECT count(*) FROM leases")).scalar() == 0
    database.close()


def test_a_reader_sees_one_moment_and_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    database = office.new_database(tmp_path)
    insert = text("INSERT INTO leases VALUES (:name, 'h', '2026-01-01', '')")
    count = text("SELECT count(*) FROM leases")

    def fail() -> None:
        with database.write() as writing:
            writing.execute(insert, {"name": "y"})
            raise ZeroDivisionError

    with database.read() as reading:
        assert reading.execute(count).scalar() == 0
        with database.write() as writing:
            writing.execute(insert, {"name": "x"})
        assert reading.execute(count).scalar() == 0
    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as reading:
        assert reading.execute(count).scalar() == 1
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "sqlite+nothing:///x"])
def test_a_wrong_url_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(Misconfigured):
        Database(url)


def test_a_database_that_does_not_answer_is_unavailable_not_broken(free_port: int) -> None:
    database = Database(f"postgresql://nobody@127.0.0.1:{free_port}/none")
    with pytest.raises(DatabaseUnavailable), database.read() as connection:
        connection.execute(text("SELECT 1"))
    database.close()


def test_a_document_is_kept_under_its_digest_and_damage_is_seen(tmp_path: Path) -> None:
    store = DocumentStore(str(tmp_path / "documents"))
    digest = store.put(b"%PDF-1.7")
    assert store.put(b"%PDF-1.7") == digest
    assert store.get(digest) == b"%PDF-1.7"
    (path,) = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    path.write_bytes(b"other")
    for missing in (digest, "0" * 64, "../../etc/passwd"):
        with pytest.raises(DocumentMissing):
            store.get(missing)


def test_what_was_made_from_a_document_lies_beside_it_and_the_first_one_stays(tmp_path: Path) -> None:
    store = DocumentStore(str(tmp_path / "documents"))
    digest = store.put(b"%PDF-1.7")
    with pytest.raises(DocumentMissing):
        store.get_beside(digest, "reading.json.gz")
    for made in (b"first", b"second"):
        store.put_beside(digest, "reading.json.gz", made)
    assert store.get_beside(digest, "reading.json.gz") == b"first"
    assert store.get(digest) == b"%PDF-1.7"


def test_a_document_is_deleted_with_what_is_beside_it_and_with_what_a_dying_writer_left(tmp_path: Path) -> None:
    store = DocumentStore(str(tmp_path / "documents"))
    digest, other = store.put(b"%PDF-1.7"), store.put(b"other")
    store.put_beside(digest, "reading.json.gz", b"made")
    folder = tmp_path / "documents" / digest[:2]
    (folder / f"{digest}.0a1b2c3d").write_bytes(b"%PD")
    assert store.get(digest) == b"%PDF-1.7"
    store.delete(digest)
    store.delete(digest)
    assert list(folder.iterdir()) == []
    assert store.get(other) == b"other"
