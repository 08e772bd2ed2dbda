"""Every corrected reading is a labelled example: the document, and what a person says that it says."""

from __future__ import annotations

import json
from pathlib import Path

from db import documents, readings
from pulse.claims.office import Office
from pulse.claims.steps import case_of

_PDF = "application/pdf"


def export(office: Office, folder: Path) -> int:
    """Writes `<case>.pdf` and `<case>.json` (an Invoice) for every corrected PDF; returns how many there are.

    The folder is a set that `pulse evaluate reading` measures. It holds health data as the documents do.
    Raises `OSError` where it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with office.database.read() as connection:
        for invoice_id, digest in readings.corrected(connection):
            if documents.media_type(connection, digest) != _PDF:
                continue
            content = case_of(connection, invoice_id).content
            truth = content.model_copy(update={"fields": {}, "findings": ()})
            (folder / f"{invoice_id}.pdf").write_bytes(office.documents.get(digest))
            text = json.dumps(truth.to_json(), ensure_ascii=False, indent=2)
            (folder / f"{invoice_id}.json").write_text(text + "\n", encoding="utf-8")
            count += 1
    return count
