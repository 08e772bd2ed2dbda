from __future__ import annotations

import base64
import io
import time
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_gateway.message.documents import TooComplex, find
from mail_gateway.message.unpack.budget import MAX_DEPTH
from pulse.base.reasons import Reason

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"%%EOF\n"


def with_attachment(data: bytes, *, name: str = "rechnung.pdf", kind: str = "pdf", encoding: str = "base64") -> bytes:
    mail = EmailMessage()
    mail.set_content("Guten Tag")
    mail.add_attachment(data, maintype="application", subtype=kind, filename=name, cte=encoding)
    return bytes(mail)


def nested(levels: int, leaf: bytes) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    tail = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(levels)))
    return head + leaf + tail


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("kind", ["pdf", "octet-stream", "zip"])
def test_a_pdf_is_known_by_its_bytes_whatever_it_is_called(encoding: str, kind: str) -> None:
    found = find(with_attachment(PDF, name="x.bin", kind=kind, encoding=encoding))
    assert [document.data for document in found.documents] == [PDF]
    assert found.refused == ()


def test_a_pdf_may_have_something_before_its_header_but_not_much() -> None:
    assert len(find(with_attachment(bytes(1023) + PDF)).documents) == 1
    assert find(with_attachment(bytes(1024) + PDF)).refused == (Reason.NOT_A_PDF,)


def test_a_pdf_sent_as_the_whole_mail_or_as_8bit_is_found() -> None:
    head = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert find(head + PDF).documents[0].data == PDF
    parts = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\n" + head + PDF + b"\r\n--x--\r\nepilogue"
    )
    assert [(one.data, one.filename) for one in find(parts).documents] == [(PDF, "a.pdf")]


@pytest.mark.parametrize("data", [b"MZ\x90\x00", b"<html></html>", b"{\\rtf1"])
def test_a_file_that_only_calls_itself_pdf_is_refused(data: bytes) -> None:
    assert find(with_attachment(data)).refused == (Reason.NOT_A_PDF,)
    assert find(with_attachment(data, name="RECHNUNG.PDF", kind="octet-stream")).refused == (Reason.NOT_A_PDF,)
    assert find(with_attachment(data, name="bild.png", kind="octet-stream")) == find(b"x: y\r\n\r\nnothing")


def test_an_empty_file_that_calls_itself_pdf_is_refused_as_empty() -> None:
    assert find(with_attachment(b"")).refused == (Reason.EMPTY_FILE,)


def test_m19_a_pdf_in_a_zip_that_calls_itself_pdf_is_found_by_its_bytes() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rechnung.pdf", PDF)
    assert b"%PDF-" in packed.getvalue()[:100]
    found = find(with_attachment(packed.getvalue()))
    assert [(one.filename, one.data) for one in found.documents] == [("rechnung.pdf", PDF)]
    assert find(with_attachment(packed.getvalue()[:-10])).refused == (Reason.NOT_A_PDF,)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\r\n "])
def test_an_xml_invoice_is_a_document_and_other_xml_is_not(start: bytes) -> None:
    xml = start + b'<?xml version="1.0"?><invoice:request xmlns:invoice="http://www.forum-datenaustausch.ch/invoice"/>'
    assert len(find(with_attachment(xml, name="a.xml", kind="xml")).documents) == 1
    assert find(with_attachment(start + b"<?xml version='1.0'?><a/>", name="a.xml", kind="xml")).documents == ()


def test_the_same_file_twice_is_one_document() -> None:
    mail = EmailMessage()
    mail.set_content("x")
    for name in ("a.pdf", "b.pdf"):
        mail.add_attachment(PDF, maintype="application", subtype="pdf", filename=name)
    assert [(one.part, one.filename) for one in find(bytes(mail)).documents] == [(2, "a.pdf")]


def test_forwarded_mails_are_taken_apart_even_where_they_are_encoded() -> None:
    inner = with_attachment(PDF)
    plain = b"Content-Type: message/rfc822\r\n\r\n" + inner
    packed = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner)
    for part in (plain, packed):
        assert len(find(nested(3, part)).documents) == 1


def test_nesting_is_followed_to_its_limit_and_no_further() -> None:
    leaf = b"Content-Type: application/pdf\r\n\r\n" + PDF
    assert len(find(nested(MAX_DEPTH, leaf)).documents) == 1
    with pytest.raises(TooComplex):
        find(nested(MAX_DEPTH + 1, leaf))


@pytest.mark.parametrize(
    "mail",
    [
        nested(1000, b"\r\nx"),
        b"Content-Type: message/rfc822\r\n\r\n" * 1000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bb\r\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"".join(b"--b\r\nContent-Type: application/pdf\r\n\r\n%%PDF-%d\r\n" % n for n in range(60)),
    ],
    ids=["nested", "forwarded", "empty parts", "parts", "near boundaries", "documents"],
)
def test_a_mail_built_to_exhaust_us_is_refused_quickly(mail: bytes) -> None:
    began = time.process_time()
    with pytest.raises(TooComplex):
        find(mail)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "mail",
    [
        b"Content-Type: multipart/mixed; boundary=" + b'"' * 100_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; " + b"a*0*=x;" * 20_000 + b"boundary=b\r\n\r\n--b\r\n\r\n",
        b"X: " + b"a\r\n " * 200_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"\n-" * 5_000_000,
        b"Content-Disposition: attachment; filename=" + b"=?utf-8?q?" * 10_000 + b"\r\n\r\nx",
    ],
    ids=["quotes", "continuations", "folds", "dashes", "words"],
)
def test_a_mail_that_is_merely_strange_is_read_quickly(mail: bytes) -> None:
    began = time.process_time()
    assert find(mail).documents == ()
    assert time.process_time() - began < 2


def test_base64_with_rubbish_in_it_still_gives_the_file() -> None:
    lines = base64.encodebytes(PDF).replace(b"\n", b" !\r\n")
    head = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: BASE64 \r\n\r\n"
    assert find(head + lines).documents[0].data == PDF
    torn = find(head + base64.b64encode(PDF)[:-3]).documents[0].data
    assert PDF.startswith(torn)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [
                    b"\r\n",
                    b"\n",
                    b"\r\n\r\n",
                    b"--b",
                    b"--b--",
                    b"\r\n--b\r\n",
                    b"Content-Type: multipart/mixed; boundary=b",
                    b"Content-Type: message/rfc822",
                    b"Content-Transfer-Encoding: base64",
                    b"%PDF-",
                    b"=?utf-8?b?x?=",
                    b"Content-Disposition: attachment; filename*0*=utf-8''%ff",
                    b"Content-Type: text/plain; name==?x?q?=",
                    b"Content-Transfer-Encoding: quoted-printable",
                    b"boundary=",
                    b";",
                    b'"',
                ]
            ),
        ),
        max_size=40,
    )
)
def test_whatever_comes_it_is_read_or_refused(pieces: list[bytes]) -> None:
    try:
        found = find(b"".join(pieces))
    except TooComplex:
        return
    assert all(b"%PDF-" in one.data[:1030] or one.data.lstrip()[:1] in (b"<", b"\xef") for one in found.documents)
