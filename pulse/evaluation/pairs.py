"""A set to measure with: a folder of documents, each with its true Invoice as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pulse.base.errors import InvalidInput
from pulse.invoices.model import Invoice

#: Written by `pulse synthetic invoices`: what each document is, by its stem.
MANIFEST = "manifest.jsonl"
_DOCUMENTS = (".pdf", ".xml")


class NotASet(InvalidInput):
    """The folder holds no pair of a document and its truth."""

    code = "not_a_set"


@dataclass(frozen=True)
class Pair:
    """A document and what is true of it; `about` is its line of the manifest (layout, language, faults, …)."""

    document: Path
    truth: Invoice
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def layout(self) -> str:
        """As the manifest names it, else by the truth's release."""
        release = self.truth.source.form_release
        return str(self.about.get("layout") or (f"form-{release}" if release else "unknown"))


def find_pairs(folder: Path) -> list[Pair]:
    """All pairs in the folder and those below it, by name. Raises `NotASet`, also for a truth that is no Invoice."""
    pairs = []
    manifests: dict[Path, Mapping[str, Any]] = {}
    for document in sorted(path for path in folder.rglob("*") if path.suffix.lower() in _DOCUMENTS):
        truth, parent = document.with_suffix(".json"), document.parent
        if truth.is_file():
            if parent not in manifests:
                manifests[parent] = _manifest(parent)
            pairs.append(Pair(document, _truth(truth), manifests[parent].get(document.stem, {})))
    if not pairs:
        raise NotASet(folder=str(folder))
    return pairs


def _truth(path: Path) -> Invoice:
    try:
        return Invoice.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise NotASet("A truth is no invoice.", file=str(path), errors=error.error_count()) from error


def _manifest(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return {line["name"]: line for line in lines}
    except (ValueError, KeyError, TypeError) as error:
        raise NotASet("The manifest cannot be read.", file=str(path)) from error
