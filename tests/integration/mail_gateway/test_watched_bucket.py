"""What is of a bucket alone: objects instead of files, no renaming, requests that fail, others at the same time."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fault_proxy import FaultProxy
from mail_desk import MailDesk
from mails import pdf
from s3_faults import FAULTS, deny
from s3_server import Bucket

from mail_gateway.entrances.folder import Dropped, Folder, FolderUnavailable
from mail_gateway.entrances.watch import Watch
from mail_gateway.lease import LeaseLost
from pulse.claims.receive import receive_document

pytestmark = pytest.mark.xdist_group("s3")


def folder(bucket: Bucket) -> Folder:
    return Folder(f"{bucket.url}/in")


def watch(desk: MailDesk, bucket: Bucket, *, holder: str = "test", **options: Any) -> Watch:
    return Watch(replace(desk.office, holder=holder), options.pop("folder", None) or folder(bucket), **options)


def rest(desk: MailDesk, watching: Watch) -> Any:
    """Two looks with enough time between them: what lies there rests."""
    watching.poll_once()
    desk.clock.advance(timedelta(seconds=6))
    return watching.poll_once()


def test_a_folder_that_nothing_lies_in_is_empty_and_marks_of_folders_are_no_files(
    desk: MailDesk, bucket: Bucket
) -> None:
    watching = watch(desk, bucket)
    rest(desk, watching)
    for mark in ("in/", "in/done/", "in/failed/", "in/other/"):
        bucket.put(mark, b"")
    rest(desk, watching)
    bucket.put("in/a.pdf", pdf())
    rest(desk, watching)
    assert desk.outcomes() == [("invoice", "")]
    assert bucket.objects() == ["in/", "in/done/", "in/done/a.pdf", "in/failed/", "in/other/"]


def test_names_of_any_kind_are_kept_and_none_is_taken_for_a_pattern(desk: MailDesk, bucket: Bucket) -> None:
    names = ["Rechnung Müller 100%.pdf", "%41.pdf", "a+b&c=d?e#f.pdf", "scan[1].pdf", "scan1.pdf", "*.pdf", "no end"]
    for number, name in enumerate(names):
        bucket.put(f"in/{name}", pdf(invoice_number=str(number)))
    rest(desk, watch(desk, bucket))
    assert desk.outcomes() == [("invoice", "")] * len(names)
    kept = [document.filename for row in desk.ledger() for document in desk.documents(row.id)]
    assert sorted(kept) == sorted(names)
    assert bucket.objects() == sorted(f"in/done/{name}" for name in names)


def test_an_object_in_the_making_is_not_seen(desk: MailDesk, bucket: Bucket) -> None:
    place = {"Bucket": bucket.name, "Key": "in/large.pdf"}
    upload = bucket.client.create_multipart_upload(**place)["UploadId"]
    half, end = pdf() + b" " * 5_300_000, b" " * 10
    parts = []
    for number, data in enumerate((half, end), start=1):
        tag = bucket.client.upload_part(**place, UploadId=upload, PartNumber=number, Body=data)["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    watching = watch(desk, bucket)
    rest(desk, watching)
    assert desk.ledger() == []
    bucket.client.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    rest(desk, watching)
    assert desk.outcomes() == [("invoice", "")]
    assert desk.ledger()[0].size > len(half)
    assert bucket.objects() == ["in/done/large.pdf"]


def test_more_objects_than_one_page_lists_are_all_found_and_none_is_downloaded_for_that(
    bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bucket.put(f"in/{number}.pdf", b"%d" % number), range(1100)))
    found = folder(bucket).files()
    assert len({file.number for file in found}) == 1100
    assert len(s3_proxy.asked(rb"\AGET /")) == len(s3_proxy.commands) == 2


def test_an_object_that_is_too_large_is_not_downloaded(desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy) -> None:
    bucket.put("in/huge.pdf", pdf() + bytes(3_000_000))
    rest(desk, watch(desk, bucket, max_bytes=5_000))
    assert s3_proxy.received < 100_000
    assert desk.outcomes() == [("person", "P110")]
    assert bucket.objects() == ["in/failed/huge.pdf"]


def test_of_an_object_that_has_grown_since_no_more_is_downloaded_than_was_listed(
    bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    bucket.put("in/a.pdf", b"small")
    watched = folder(bucket)
    (file,) = watched.files()
    bucket.put("in/a.pdf", bytes(3_000_000))
    assert watched.read(file) is None
    assert not watched.move(file, "done")
    assert s3_proxy.received < 100_000
    assert bucket.objects() == ["in/a.pdf"]


def test_an_object_put_within_the_second_under_the_name_of_one_that_is_done_is_another_one(
    desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    first, second = pdf(invoice_number="1"), pdf(invoice_number="2")
    assert len(first) == len(second)
    s3_proxy.replace(rb"<LastModified>[^<]+", b"<LastModified>2026-01-01T00:00:00.000Z")
    watching = watch(desk, bucket)
    for content in (first, second):
        bucket.put("in/a.pdf", content)
        assert watching.poll_once().settled == 1
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert len(desk.cases()) == 2
    assert len(bucket.objects("in/done/")) == 2


def test_a_server_that_lists_times_finer_than_it_tells_of_one_object_is_no_hindrance(
    desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    bucket.put("in/a.pdf", pdf())
    s3_proxy.replace(rb"(<LastModified>[^.]+)\.000Z", rb"\1.123Z")
    watched = folder(bucket)
    (file,) = watched.files()
    assert file.modified_at is not None
    assert file.modified_at.microsecond == 123_000
    rest(desk, watch(desk, bucket, folder=watched))
    assert desk.outcomes() == [("invoice", "")]
    assert bucket.objects() == ["in/done/a.pdf"]


def test_an_object_replaced_while_its_case_is_made_stays_and_becomes_a_case_too(desk: MailDesk, bucket: Bucket) -> None:
    replaced: list[int] = []

    def receive(*args: Any, **options: Any) -> Any:
        if not replaced:
            replaced.append(1)
            bucket.put("in/a.pdf", pdf(invoice_number="2"))
        return receive_document(*args, **options)

    bucket.put("in/a.pdf", pdf(invoice_number="1"))
    watching = watch(desk, bucket, receive=receive)
    assert rest(desk, watching).filed == 0
    assert bucket.objects() == ["in/a.pdf"]
    rest(desk, watching)
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert len(desk.cases()) == 2
    assert bucket.objects() == ["in/done/a.pdf"]


def test_an_object_that_an_old_listing_shows_again_is_nothing_new(desk: MailDesk, bucket: Bucket) -> None:
    class Forgetful(Folder):
        old: list[Dropped] | None = None

        def files(self) -> list[Dropped]:
            self.old = self.old or super().files()
            return self.old

    bucket.put("in/a.pdf", pdf(invoice_number="1"))
    bucket.put("in/b.pdf", pdf(invoice_number="2"))
    watching = watch(desk, bucket, folder=Forgetful(f"{bucket.url}/in"))
    watching.poll_once()
    bucket.delete("in/b.pdf")
    for _ in range(3):
        rest(desk, watching)
    assert desk.outcomes() == [("invoice", ""), ("pending", "")]
    watch(desk, bucket).poll_once()
    assert desk.outcomes() == [("invoice", ""), ("ignored", "vanished")]
    assert bucket.objects() == ["in/done/a.pdf"]


def test_a_bucket_that_is_away_is_named_in_words(s3_fault: str, desk: MailDesk, bucket: Bucket) -> None:
    bucket.put("in/a.pdf", pdf())
    url = "s3://mistyped-bucket/in" if s3_fault == "missing" else f"{bucket.url}/in"
    watching = watch(desk, bucket, folder=Folder(url))
    with pytest.raises(FolderUnavailable) as problem:
        watching.poll_once()
    assert str(problem.value) == f"The watched folder cannot be read or written: {FAULTS[s3_fault]}"
    assert watching.health.reason == "watched_folder_unavailable"
    assert not watching.health.is_ready()
    assert (desk.ledger(), bucket.objects()) == ([], ["in/a.pdf"])


@pytest.mark.parametrize("request_", [rb"GET /\S+list-type", rb"GET /\S+a\.pdf", rb"HEAD ", rb"PUT ", rb"DELETE "])
def test_a_bucket_that_goes_away_at_any_request_loses_and_doubles_nothing_when_it_is_back(
    request_: bytes, desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    bucket.put("in/a.pdf", pdf())
    bucket.put("in/b.pdf", pdf(invoice_number="2"))
    watching = watch(desk, bucket)
    watching.poll_once()
    s3_proxy.cut_at.append(re.compile(rb"\A" + request_))
    desk.clock.advance(timedelta(seconds=6))
    with pytest.raises(FolderUnavailable, match="the connection failed"):
        watching.poll_once()
    assert bucket.objects("in/") != []
    s3_proxy.cut_at.clear()
    assert watch(desk, bucket, holder="other").poll_once().idle
    rest(desk, watching)
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert [row.filed_to for row in desk.ledger()] == ["done", "done"]
    assert len(desk.cases()) == 2
    assert bucket.objects() == ["in/done/a.pdf", "in/done/b.pdf"]


def test_what_stops_between_copy_and_deletion_is_finished_later_with_one_copy(
    desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    bucket.put("in/a.pdf", pdf())
    s3_proxy.cut_at.append(re.compile(rb"\ADELETE "))
    watching = watch(desk, bucket)
    with pytest.raises(FolderUnavailable):
        rest(desk, watching)
    assert bucket.objects() == ["in/a.pdf", "in/done/a.pdf"]
    s3_proxy.cut_at.clear()
    watching.poll_once()
    assert bucket.objects() == ["in/done/a.pdf"]
    assert [(row.outcome, row.filed_to) for row in desk.ledger()] == [("invoice", "done")]
    assert len(desk.cases()) == 1


def test_a_bucket_that_we_may_only_read_holds_up_no_invoice_and_doubles_none(
    desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    deny(s3_proxy, rb"\S+/done/")
    watching = watch(desk, bucket)
    for number in range(3):
        bucket.put(f"in/{number}.pdf", pdf(invoice_number=str(number)))
        for _ in range(2):
            desk.clock.advance(timedelta(seconds=6))
            if number or watching.health.looks:
                with pytest.raises(FolderUnavailable, match="access is denied"):
                    watching.poll_once()
            else:
                watching.poll_once()
        assert len(desk.cases()) == number + 1
    s3_proxy.answered.clear()
    watching.poll_once()
    assert desk.outcomes() == [("invoice", "")] * 3
    assert bucket.objects() == ["in/done/0.pdf", "in/done/1.pdf", "in/done/2.pdf"]


def test_one_object_that_we_may_not_read_does_not_hold_up_the_others(
    desk: MailDesk, bucket: Bucket, s3_proxy: FaultProxy
) -> None:
    for name in ("a", "b", "c"):
        bucket.put(f"in/{name}.pdf", pdf(invoice_number=name))
    deny(s3_proxy, rb"\S+/in/b\.pdf")
    watching = watch(desk, bucket)
    with pytest.raises(FolderUnavailable, match="access is denied"):
        rest(desk, watching)
    assert bucket.objects() == ["in/b.pdf", "in/done/a.pdf", "in/done/c.pdf"]
    s3_proxy.answered.clear()
    watching.poll_once()
    assert desk.outcomes() == [("invoice", "")] * 3


def test_who_loses_the_lease_to_a_slow_bucket_hands_nothing_in(desk: MailDesk, bucket: Bucket) -> None:
    class Slow(Folder):
        def read(self, file: Dropped) -> bytes | None:
            data = super().read(file)
            desk.clock.advance(timedelta(minutes=3))
            rest(desk, watch(desk, bucket, holder="other"))
            return data

    bucket.put("in/a.pdf", pdf())
    slow = watch(desk, bucket, folder=Slow(f"{bucket.url}/in"))
    with pytest.raises(LeaseLost):
        rest(desk, slow)
    assert desk.outcomes() == [("invoice", "")]
    assert len(desk.cases()) == 1
    assert bucket.objects() == ["in/done/a.pdf"]
