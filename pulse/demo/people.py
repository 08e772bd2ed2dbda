"""Scripted people: they decide open tasks through the REST interface, as the samples say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulse.demo.api import Api
from pulse.demo.samples import Sample
from pulse.invoices.model import Invoice

#: What anybody would do with a task that a sample does not speak of.
_OTHERWISE: dict[str, dict[str, str]] = {
    "confirm": {"decision": "approve", "reason_code": "P801", "comment": ""},
    "settle_delivery_client": {"delivery": "post"},
    "settle_delivery_provider": {"delivery": "post"},
    "approve_letter_client": {"letter_approval": "approve"},
    "approve_letter_provider": {"letter_approval": "approve"},
}


def work_off(
    api: Api, tasks: Sequence[dict[str, Any]], samples: Mapping[int, Sample], *, leave: frozenset[str] = frozenset()
) -> int:
    """Decides the open tasks of these cases, but for the kinds to `leave`; returns how many."""
    done = 0
    for task in tasks:
        sample = samples.get(int(task["invoice_id"] or 0))
        if sample is None:
            continue
        name = task["kind"]
        values = sample.answers.get(name) or _OTHERWISE.get(name)
        if values is None or name in leave:
            continue
        api.claim(task["id"])
        body: dict[str, Any] = {"values": values}
        if name == "correct_reading" and sample.truth is not None:
            body["corrections"] = typed_in(sample.truth)
        api.complete(task["id"], **body)
        done += 1
    return done


def typed_in(truth: Invoice) -> dict[str, Any]:
    """What a person reads off the page image, field by field."""
    data = truth.to_json()
    corrections = {
        key: data[key]
        for key in ("invoice_number", "invoice_date", "language", "tiers", "law", "total_amount", "amount_due")
    }
    for part in ("biller", "provider", "patient", "treatment", "payment"):
        corrections |= {f"{part}.{name}": value for name, value in data[part].items() if value is not None}
    corrections["positions"] = data["positions"]
    return corrections
