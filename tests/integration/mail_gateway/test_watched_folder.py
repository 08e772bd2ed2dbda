"""Documents that other programs drop: the same checks and the same ledger as for mails."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from mail_desk import MailDesk
from mails import pdf, unreadable
from s3_server import Bucket

from mail_gateway.entrances.folder import Folder, FolderUnavailable
from mail_gateway.entrances.watch import Watch
from pulse.base.errors import Misconfigured
from pulse.claims.receive import receive_document


class Inbox:
    """A folder by URL, on whatever file system."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._filesystem, self._root = fsspec.core.url_to_fs(url)
        self._filesystem.makedirs(self._root, exist_ok=True)

    def drop(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._filesystem.pipe_file(path, data)

    def remove(self, name: str) -> None:
        self._filesystem.rm_file(f"{self._root}/{name}")

    def names(self) -> list[str]:
        self._filesystem.invalidate_cache()
        found = self._filesystem.find(self._root)
        return sorted(name.rpartition(self._root.lstrip("/") + "/")[2] for name in found)


class BucketInbox(Inbox):
    """Objects below `in/` of a bucket, which another client puts there."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.url = f"{bucket.url}/in"

    def drop(self, name: str, data: bytes) -> None:
        self._bucket.put(f"in/{name}", data)

    def remove(self, name: str) -> None:
        self._bucket.delete(f"in/{name}")

    def names(self) -> list[str]:
        return [key.removeprefix("in/") for key in self._bucket.objects("in/")]


@pytest.fixture(params=["local", "memory", pytest.param("bucket", marks=pytest.mark.xdist_group("s3"))])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Inbox:
    if request.param == "bucket":
        return BucketInbox(request.getfixturevalue("bucket"))
    return Inbox(str(tmp_path / "fax") if request.param == "local" else f"memory://fax-{uuid.uuid4().hex}")


def watch(desk: MailDesk, inbox: Inbox, *, holder: str = "test", **options: Any) -> Watch:
    return Watch(replace(desk.office, holder=holder), Folder(inbox.url), **options)


def rest(desk: MailDesk, watching: Watch) -> Any:
    """Two looks with enough time between them: what lies there rests."""
    watching.poll_once()
    desk.clock.advance(timedelta(seconds=6))
    return watching.poll_once()


def test_a_dropped_invoice_becomes_a_case_and_is_moved(desk: MailDesk, inbox: Inbox) -> None:
    inbox.drop("fax 0001.PDF", pdf())
    result = rest(desk, watch(desk, inbox))
    assert (result.settled, result.filed) == (1, 1)
    (row,) = desk.ledger()
    assert (row.account, row.outcome, row.reason, row.filed_to) == ("folder", "invoice", "", "done")
    (case,) = desk.cases()
    assert (case.channel, case.mail_id, case.biller_mail) == ("folder", row.id, None)
    assert [found.filename for found in desk.documents(row.id)] == ["fax 0001.PDF"]
    assert inbox.names() == ["done/fax 0001.PDF"]
    assert desk.errands() == [f"start:invoice-{case.id}"]


def test_a_file_that_is_still_being_written_is_left_alone(desk: MailDesk, inbox: Inbox) -> None:
    watching = watch(desk, inbox)
    content = pdf()
    inbox.drop("slow.pdf", content[:20])
    assert watching.poll_once().settled == 0
    for _ in range(3):
        desk.clock.advance(timedelta(seconds=4))
        content += b" "
        inbox.drop("slow.pdf", content)
        assert watching.poll_once().settled == 0
    desk.clock.advance(timedelta(seconds=6))
    assert watching.poll_once().settled == 1
    assert len(desk.cases()) == 1


def test_a_file_whose_own_time_is_old_enough_is_taken_at_the_first_look(desk: MailDesk, tmp_path: Path) -> None:
    inbox = Inbox(str(tmp_path / "fax"))
    inbox.drop("old.pdf", pdf())
    an_hour_ago = desk.clock.now().timestamp() - 3600
    os.utime(tmp_path / "fax" / "old.pdf", (an_hour_ago, an_hour_ago))
    assert watch(desk, inbox).poll_once().settled == 1


def test_hidden_and_unfinished_files_and_folders_are_none_of_ours(desk: MailDesk, inbox: Inbox) -> None:
    for name in (".hidden.pdf", "a.pdf.part", "b.TMP", "~lock.pdf", "below/c.pdf"):
        inbox.drop(name, pdf())
    rest(desk, watch(desk, inbox))
    assert desk.ledger() == []
    assert len(inbox.names()) == 5


def test_only_names_that_fit_the_patterns_are_taken(desk: MailDesk, inbox: Inbox) -> None:
    for name in ("Fax.PDF", "fax.tif", "protocol.txt"):
        inbox.drop(name, pdf(invoice_number=name))
    rest(desk, Watch(desk.office, Folder(inbox.url, names="*.pdf *.TIF")))
    assert inbox.names() == ["done/Fax.PDF", "done/fax.tif", "protocol.txt"]


def test_what_cannot_be_read_waits_for_a_person_in_failed(desk: MailDesk, inbox: Inbox) -> None:
    inbox.drop("locked.pdf", unreadable("P102"))
    inbox.drop("notes.txt", b"hello")
    inbox.drop("empty.pdf", b"")
    rest(desk, watch(desk, inbox))
    assert {row.outcome for row in desk.ledger()} == {"person"}
    assert inbox.names() == ["failed/empty.pdf", "failed/locked.pdf", "failed/notes.txt"]
    assert (desk.cases(), desk.answers) == ([], [])


def test_a_picture_is_a_case_for_a_person(desk: MailDesk, inbox: Inbox) -> None:
    inbox.drop("scan.pdf", unreadable("P107"))
    rest(desk, watch(desk, inbox))
    assert desk.outcomes() == [("person", "P107")]
    assert [case.reading for case in desk.cases()] == ["doubtful"]
    assert inbox.names() == ["done/scan.pdf"]


def test_the_same_content_dropped_again_is_one_case(desk: MailDesk, inbox: Inbox) -> None:
    watching = watch(desk, inbox)
    content = pdf()
    inbox.drop("a.pdf", content)
    rest(desk, watching)
    desk.clock.advance(timedelta(minutes=1))
    inbox.drop("b.pdf", content)
    rest(desk, watching)
    assert desk.outcomes() == [("invoice", ""), ("ignored", "duplicate")]
    assert len(desk.cases()) == 1


def test_a_name_that_is_taken_in_done_loses_nothing(desk: MailDesk, inbox: Inbox) -> None:
    watching = watch(desk, inbox)
    for number in ("1", "2"):
        inbox.drop("fax.pdf", pdf(invoice_number=number))
        rest(desk, watching)
        desk.clock.advance(timedelta(minutes=1))
    names = inbox.names()
    assert len(names) == 2
    assert "done/fax.pdf" in names
    assert all(name.startswith("done/fax") and name.endswith(".pdf") for name in names)
    assert len(desk.cases()) == 2


def test_a_file_too_large_is_not_read(desk: MailDesk, inbox: Inbox) -> None:
    inbox.drop("huge.pdf", pdf() + b" " * 10_000)
    inbox.drop("other of this size.pdf", pdf() + b"\n" * 10_000)
    rest(desk, watch(desk, inbox, max_bytes=5_000))
    assert desk.outcomes() == [("person", "P110"), ("person", "P110")]
    assert inbox.names() == ["failed/huge.pdf", "failed/other of this size.pdf"]


@pytest.mark.parametrize("before", [True, False])
def test_a_watch_killed_around_the_case_is_taken_over_without_loss_or_repetition(
    *, desk: MailDesk, inbox: Inbox, before: bool
) -> None:
    class Killed(BaseException):
        """As good as kill -9."""

    def dying(*args: Any, **options: Any) -> Any:
        if not before:
            receive_document(*args, **options)
        raise Killed

    inbox.drop("a.pdf", pdf())
    with pytest.raises(Killed):
        rest(desk, watch(desk, inbox, holder="dead", receive=dying))
    other = watch(desk, inbox, holder="other")
    assert other.poll_once().idle
    desk.clock.advance(timedelta(minutes=2))
    other.poll_once()
    desk.clock.advance(timedelta(seconds=6))
    other.poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert len(desk.cases()) == 1
    assert inbox.names() == ["done/a.pdf"]


def test_of_two_watches_one_works_until_it_gives_the_folder_back(desk: MailDesk, inbox: Inbox) -> None:
    first, second = watch(desk, inbox, holder="first"), watch(desk, inbox, holder="second")
    assert [first.poll_once().idle, second.poll_once().idle] == [False, True]
    first.close()
    assert not second.poll_once().idle


def test_a_file_that_breaks_something_is_set_aside_after_three_tries(desk: MailDesk, inbox: Inbox) -> None:
    def receive(office: Any, data: bytes, **options: Any) -> Any:
        if b"BROKEN" in data:
            raise ZeroDivisionError
        return receive_document(office, data, **options)

    inbox.drop("a.pdf", pdf(invoice_number="BROKEN"))
    inbox.drop("b.pdf", pdf(invoice_number="2"))
    watching = watch(desk, inbox, receive=receive)
    rest(desk, watching)
    for _ in range(3):
        watching.poll_once()
    assert sorted(desk.outcomes()) == [("failed", "internal_error"), ("invoice", "")]
    assert inbox.names() == ["done/b.pdf", "failed/a.pdf"]


def test_a_file_that_vanishes_is_closed_in_the_ledger(desk: MailDesk, inbox: Inbox) -> None:
    def receive(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    inbox.drop("a.pdf", pdf())
    watching = watch(desk, inbox, receive=receive)
    rest(desk, watching)
    inbox.remove("a.pdf")
    watching.poll_once()
    assert desk.outcomes() == [("ignored", "vanished")]


def test_a_folder_that_is_away_and_a_url_that_is_none_are_named(desk: MailDesk, tmp_path: Path) -> None:
    gone = Watch(desk.office, Folder(str(tmp_path / "nowhere")))
    with pytest.raises(FolderUnavailable, match="there is no such folder"):
        gone.poll_once()
    assert gone.health.reason == "watched_folder_unavailable"
    with pytest.raises(Misconfigured):
        Folder("nosuch://x/y")
    with pytest.raises(Misconfigured, match="PULSE_WATCH_URL: the Python package for gs: is missing"):
        Folder("gs://x/y")
    assert Folder("memory://user:secret@x/y").name == "memory://x/y"
