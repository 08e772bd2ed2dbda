"""The whole chain without a shared disk: invoices come by a watched bucket, documents and letters lie in another."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from pathlib import Path

import pytest
from chain import Chain, text_of
from s3_server import Bucket, S3Server, bucket, s3_server

from pulse.demo.samples import Printer
from pulse.demo.stage import Stage

__all__ = ["bucket", "s3_server"]
pytestmark = [pytest.mark.xdist_group("s3"), pytest.mark.timeout(600)]


def test_an_invoice_from_a_bucket_ends_as_letters_in_a_bucket(
    bucket: Bucket, s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = s3_server.bucket()
    monkeypatch.setenv("PULSE_WATCH_URL", f"{bucket.url}/in")
    monkeypatch.setenv("PULSE_DOCUMENTS_URL", documents.url)
    with Stage(tmp_path / "stage", model=None, web_port=0) as stage, Chain(stage) as chain:
        sample = Printer(stage.registers(), random.Random(20260616), dt.date(2026, 11, 20)).straight_through()
        bucket.put("in/fax 1.pdf", sample.document)
        case = chain.closed(chain.case_of(sample)["id"], sample)
        assert (case["channel"], case["closed_as"]) == ("folder", "approved")
        (to_provider,) = chain.letters_to(sample.provider.email, case["id"])
        assert sample.number is not None
        assert sample.number in text_of(to_provider)
        (letter,) = (
            part.get_content()
            for part in to_provider.iter_attachments()
            if part.get_content_type() == "application/pdf"
        )
        chain.until(lambda: bucket.objects() == ["in/done/fax 1.pdf"] or None, "the file among those that are done")
    kept = {key.rpartition("/")[2]: documents.get(key) for key in documents.objects()}
    assert kept[hashlib.sha256(sample.document).hexdigest()] == sample.document
    assert kept[hashlib.sha256(letter).hexdigest()] == letter
    assert not list((tmp_path / "stage").glob("documents/*"))
