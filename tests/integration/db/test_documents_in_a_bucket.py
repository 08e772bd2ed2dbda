"""The document store in a bucket, over HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from fault_proxy import FaultProxy
from s3_faults import FAULTS
from s3_server import Bucket

from db.documents import DocumentMissing, DocumentStore, DocumentStoreUnavailable

pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture
def store(bucket: Bucket) -> DocumentStore:
    return DocumentStore(f"{bucket.url}/documents")


def test_documents_and_what_is_beside_them_are_objects_of_their_digest_and_nothing_else_is_left(
    store: DocumentStore, bucket: Bucket
) -> None:
    digest = store.put(b"%PDF-1.7")
    other = store.put(b"")
    assert store.put(b"%PDF-1.7") == digest
    for made in (b"first", b"second"):
        store.put_beside(digest, "reading.json.gz", made)
    assert store.get(digest) == b"%PDF-1.7"
    assert store.get(other) == b""
    assert store.get_beside(digest, "reading.json.gz") == b"first"
    place = f"documents/{digest[:2]}/{digest}"
    assert bucket.objects() == sorted([place, f"{place}.reading.json.gz", f"documents/{other[:2]}/{other}"])
    store.delete(digest)
    store.delete(digest)
    assert bucket.objects() == [f"documents/{other[:2]}/{other}"]
    with pytest.raises(DocumentMissing):
        store.get(digest)
    bucket.put(f"documents/{other[:2]}/{other}", b"damaged")
    with pytest.raises(DocumentMissing):
        store.get(other)


def test_a_document_that_another_process_deleted_is_kept_again(store: DocumentStore, bucket: Bucket) -> None:
    digest = store.put(b"%PDF-1.7")
    store.put_beside(digest, "x", b"x")
    assert store.get(digest)
    for key in bucket.objects():
        bucket.delete(key)
    store.put(b"%PDF-1.7")
    assert store.get(digest) == b"%PDF-1.7"


def test_a_write_that_is_cut_leaves_no_half_document(bucket: Bucket, s3_proxy: FaultProxy) -> None:
    data = bytes(3_000_000)
    store = DocumentStore(bucket.url)
    store.check()
    s3_proxy.cut_at.append(re.compile(rb"\0{1000}"))
    with pytest.raises(DocumentStoreUnavailable):
        store.put(data)
    assert bucket.objects() == []
    s3_proxy.cut_at.clear()
    assert store.get(store.put(data)) == data


def test_a_large_document_is_there_as_a_whole(store: DocumentStore) -> None:
    data = b"%PDF-1.7" + bytes(30_000_000)
    assert store.get(store.put(data)) == data


def test_many_threads_share_one_store(store: DocumentStore, bucket: Bucket) -> None:
    contents = [f"{number % 40}".encode() for number in range(160)]
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(store.put, contents))
        assert list(pool.map(store.get, digests)) == contents
    assert len(bucket.objects()) == 40


def test_what_is_in_the_way_is_said_in_words(s3_fault: str, bucket: Bucket) -> None:
    store = DocumentStore("s3://mistyped-bucket/x" if s3_fault == "missing" else bucket.url)
    for call in (store.check, lambda: store.put(b"%PDF-1.7")):
        with pytest.raises(DocumentStoreUnavailable) as problem:
            call()
        assert str(problem.value) == f"The document folder cannot be written or read: {FAULTS[s3_fault]}"
    names = [found["Name"] for found in bucket.client.list_buckets()["Buckets"]]
    assert "mistyped-bucket" not in names
    assert bucket.objects() == []
