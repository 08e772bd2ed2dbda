"""The page that tells how a document was read."""

from __future__ import annotations

from collections.abc import Callable

import office as desk
from claim_steps import case_of, received
from web_desk import Browser

from pulse.claims.receive import RECORD
from pulse.invoices.record import Candidate, CodeSeen, ModelAnswer, PageWords, Record, Word


def test_words_codes_and_what_each_source_said_can_be_looked_up(
    browser: Callable[..., Browser], parts: desk.TestOffice
) -> None:
    invoice_id = received(parts)
    case = case_of(parts, invoice_id)
    word = Word(text="<b>Total", box=(1, 2, 3, 4))
    record = Record(
        pages=(PageWords(page=1, width=595, height=842, hidden=3, lines=((word,),)),),
        codes=(CodeSeen(kind="qr", page=2, x=10, y=20, side=100, text="SPC\n0200"),),
        candidates=(
            Candidate(source="qr_annex", problem="P109"),
            Candidate(source="text", invoice=case.content, chosen=True),
        ),
        model_answers=(ModelAnswer(model="small", answer="{}", taken=("total_amount",)),),
    )
    assert case.document_sha256 is not None
    documents = parts.office.documents
    data = documents.get(case.document_sha256)
    # The fixture's reader has kept an empty record already, and the first one stays.
    documents.delete(case.document_sha256)
    documents.put(data)
    documents.put_beside(case.document_sha256, RECORD, record.pack())
    page = browser("anna").get(f"/cases/{invoice_id}/reading")
    assert page.status_code == 200
    assert "&lt;b&gt;Total" in page.text
    assert "<b>Total" not in page.text
    for said in ("3 characters that no person can see", "QR code", "P109", "Taken", "Language model small"):
        assert said in page.text, said


def test_only_staff_look_it_up(browser: Callable[..., Browser], parts: desk.TestOffice) -> None:
    invoice_id = received(parts)
    assert browser().get(f"/cases/{invoice_id}/reading").status_code == 302
    assert browser("gast").get(f"/cases/{invoice_id}/reading").status_code == 403
