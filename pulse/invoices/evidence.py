"""How sure a value is: what speaks for it and against it, weighed in one place.

A reader says how it found a value (`Where.confidence`: labelled and in its place, or guessed; for OCR how well the word
was recognised). Here that is weighed together with the source, check digits, sums and contradictions. The weights are
fitted on synthetic sets (`pulse evaluate calibrate`), so that a confidence is the share of such values that are right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from pulse.base.identifiers import (
    gtin_13,
    is_ahv_number,
    is_creditor_reference,
    is_gln,
    is_iban,
    is_qr_reference,
    is_uid,
    is_zsr,
)
from pulse.base.money import CENT, ZERO, to_cents, to_five_cents
from pulse.base.reasons import Reason
from pulse.invoices.checks import GTIN_TARIFFS, TWO_PART_TARIFFS
from pulse.invoices.model import FieldEvidence, Finding, Invoice, Position, SourceKind

Origin = Literal["exact", "form", "text", "ocr", "model"]
Kind = Literal["number", "date", "amount", "name", "note", "other"]
Found = Literal["placed", "fair", "guessed", "weak"]
Proof = Literal["right", "wrong", "none"]

#: What a field's last part says about the kind of value.
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("guid", "invoice_number", "gln", "zsr", "ssn", "card_number", "insured_number", "code"), "number"),
    **dict.fromkeys(("iban", "reference", "vat_number", "refers_to", "indication_code", "zip", "tariff"), "number"),
    **dict.fromkeys(("invoice_date", "birth_date", "begin", "end", "date"), "date"),
    **dict.fromkeys(("total_amount", "prepaid_amount", "amount_due", "amount", "unit_price"), "amount"),
    **dict.fromkeys(("quantity", "factor", "vat_rate"), "amount"),
    **dict.fromkeys(("name", "family_name", "given_name", "street", "city", "email"), "name"),
    "remark": "note",
}
#: Reader's own confidence → how the value was found.
_FOUND: tuple[tuple[float, Found], ...] = ((0.9, "placed"), (0.75, "fair"), (0.5, "guessed"))
#: Log-odds that a value is right, added up over its signs; fitted by `pulse evaluate calibrate`.
WEIGHTS: Mapping[str, float] = {
    "base": 6.0,
    "origin:form": 2.5,
    "origin:ocr": -3.0,
    "origin:model": -3.0,
    "found:fair": -1.0,
    "found:guessed": -2.0,
    "found:weak": -5.0,
    "kind:name": -2.5,
    "kind:note": -3.5,
    "kind:other": 0.0,
    "kind:date": 0.5,
    "kind:amount": 0.5,
    "proof:right": 1.5,
    "proof:wrong": -6.0,
    "unbalanced": -4.0,
}
#: No value is surer than this without what it names: a wrong amount read with confidence is the worst of all.
UNPROVEN_AMOUNT, UNPROVEN_NUMBER, UNBALANCED, FAILED, DISPUTED = 0.85, 0.9, 0.7, 0.4, 0.3
#: Sources that cannot be misread: what they say may be untrue, but it was said.
EXACT_SOURCES: frozenset[SourceKind] = frozenset({"qr_annex", "xml", "person"})
_ORIGINS: dict[SourceKind, Origin] = {
    "qr_annex": "exact",
    "xml": "exact",
    "person": "exact",
    "ocr": "ocr",
    "model": "model",
}
#: Where characters may be mistaken.
_UNSURE = frozenset({"ocr", "model"})


class Signs(NamedTuple):
    """What speaks for or against one value.

    `origin`: annex or XML, the form's text, other text, OCR, a model. `proof`: a check digit, or sums it is part of.
    `unbalanced`: it stands in a table that does not add up to the total; `unproven`: in one that was recognised, and no
    total says that no row is lost or mixed with its neighbour. `disputed`: another place says otherwise.
    """

    origin: Origin
    kind: Kind
    found: Found
    proof: Proof
    unbalanced: bool = False
    unproven: bool = False
    disputed: bool = False

    def features(self) -> tuple[str, ...]:
        """The names of the weights that count for it."""
        named = (f"origin:{self.origin}", f"kind:{self.kind}", f"found:{self.found}", f"proof:{self.proof}")
        return ("base", *named, *(["unbalanced"] if self.unbalanced else []))

    def confidence(self, weights: Mapping[str, float] = WEIGHTS) -> float:
        """From 0 to 1, three digits; the sum of weights as a share, and no more than its kind allows."""
        if self.origin == "exact":
            return DISPUTED if self.disputed else 1.0
        odds = sum(weights.get(name, 0.0) for name in self.features())
        return round(min(1 / (1 + math.exp(-odds)), self._most()), 3)

    def _most(self) -> float:
        if self.disputed:
            return DISPUTED
        if self.proof == "wrong":
            return FAILED
        if self.unbalanced:
            return UNBALANCED
        if self.unproven:
            return UNPROVEN_AMOUNT if self.kind == "amount" else UNPROVEN_NUMBER
        if self.origin in _UNSURE and self.proof == "none":
            return {"amount": UNPROVEN_AMOUNT, "number": UNPROVEN_NUMBER}.get(self.kind, 1.0)
        return 1.0


def calibrated(invoice: Invoice, weights: Mapping[str, float] = WEIGHTS) -> Invoice:
    """The invoice with each field's confidence weighed anew from what its reader said.

    Once for each reading: what comes out is no longer what the reader said.
    """
    known = signs(invoice)
    weighed = {one: one.confidence(weights) for one in set(known.values())}
    fields = {
        path: FieldEvidence(confidence=weighed[known[path]], page=evidence.page, box=evidence.box)
        for path, evidence in invoice.fields.items()
    }
    return invoice.model_copy(update={"fields": fields})


def signs(invoice: Invoice) -> dict[str, Signs]:
    """What is known of every field that was found."""
    read_from = invoice.source
    origin = _ORIGINS.get(read_from.kind, "form" if read_from.form_release else "text")
    proofs = _sums(invoice) | dict(_check_digits(invoice)) | dict(_empty_names(invoice))
    disputed = {one.field for one in invoice.findings if one.severity == "error" and one.code in _DISPUTES}
    foreign = origin == "exact" and not disputed.isdisjoint(_NAMES_OF_THE_INVOICE)
    unbalanced = proofs.get("positions") == "wrong"
    unproven = origin in _UNSURE and "positions" not in proofs
    return {
        path: Signs(
            origin=origin,
            kind=_kind(path),
            found=_found(evidence.confidence),
            proof=proofs.get(path, "none"),
            unbalanced=unbalanced and path.startswith("positions"),
            unproven=unproven and path.startswith("positions"),
            disputed=foreign or path in disputed or (path.startswith("positions.") and "positions" in disputed),
        )
        for path, evidence in invoice.fields.items()
    }


def document_confidence(invoice: Invoice) -> float:
    """That of the least sure field among those that decide; 0 where none was found."""
    return min((invoice.fields[path].confidence for path in deciding(invoice)), default=0.0)


def doubtful_fields(invoice: Invoice, limit: float) -> list[str]:
    """The deciding fields below the limit, the least sure first."""
    below = [path for path in deciding(invoice) if invoice.fields[path].confidence < limit]
    return sorted(below, key=lambda path: invoice.fields[path].confidence)


def uncertain(invoice: Invoice, limit: float) -> tuple[Finding, ...]:
    """A finding P238 for each deciding field below the limit; none for what a person has written.

    Nor where an error says already why: with the field itself, its row, or the sum of all rows.
    """
    if invoice.source.kind in EXACT_SOURCES:
        return ()
    known = set(_parts_in_error(invoice))
    return tuple(
        Finding(
            code=Reason.READ_UNCERTAINLY,
            severity="error",
            field=path,
            message=f"read with a confidence of {invoice.fields[path].confidence:.2f}; {limit:.2f} is asked for",
        )
        for path in doubtful_fields(invoice, limit)
        if not any(f"{path}.".startswith(f"{part}.") for part in known)
    )


def _parts_in_error(invoice: Invoice) -> Iterator[str]:
    """Fields, whole rows, and all rows where they do not add up."""
    for one in invoice.findings:
        if one.severity == "error" and one.field:
            yield ".".join(one.field.split(".")[:2])
            if one.code == Reason.SUM_DIFFERS:
                yield "positions"


def deciding(invoice: Invoice) -> list[str]:
    """The fields found that a decision rests on: whose invoice, who is paid, what for, how much."""
    patient = invoice.patient
    person = next((name for name in ("insured_number", "ssn", "card_number") if getattr(patient, name)), "ssn")
    biller = next((name for name in ("gln", "zsr", "name") if getattr(invoice.biller, name)), "gln")
    paths = [*_DECIDING, f"patient.{person}", f"biller.{biller}"]
    if invoice.tiers != "garant":
        paths.append("payment.iban")
    for index, position in enumerate(invoice.positions):
        names = _DECIDING_IN_POSITION if position.tariff in TWO_PART_TARIFFS else (*_DECIDING_IN_POSITION, *_FACTORS)
        paths += [f"positions.{index}.{name}" for name in names]
    return [path for path in paths if path in invoice.fields]


_DECIDING = ("invoice_number", "invoice_date", "tiers", "law", "positions", "total_amount", "amount_due")
_DECIDING_IN_POSITION, _FACTORS = ("date", "tariff", "code", "amount"), ("quantity", "unit_price")
_FACTS_OF_A_ROW, _LETTERS_OF_A_NAME = ("quantity", "unit_price", "factor", "amount"), 2
#: Findings that say: this value is not what another place says, or could not be read well.
_DISPUTES = frozenset({"P229", "P230", "P236", "P222"})
#: Where the codes name another invoice than the print, nothing that they say is known to be this one's.
_NAMES_OF_THE_INVOICE = frozenset({"guid", "invoice_number"})


def _kind(path: str) -> Kind:
    return _KINDS.get(path.rpartition(".")[2], "other")


def _found(confidence: float) -> Found:
    return next((name for least, name in _FOUND if confidence >= least), "weak")


def _check_digits(invoice: Invoice) -> Iterator[tuple[str, Proof]]:
    patient, payment = invoice.patient, invoice.payment
    if patient.ssn:
        yield "patient.ssn", _proof(is_ahv_number(patient.ssn))
    for role in ("biller", "provider", "prescriber"):
        party = getattr(invoice, role)
        if party.gln:
            yield f"{role}.gln", _proof(is_gln(party.gln))
        if party.vat_number:
            yield f"{role}.vat_number", _proof(is_uid(party.vat_number))
        if party.zsr and not is_zsr(party.zsr):
            yield f"{role}.zsr", "wrong"
    if payment.iban:
        yield "payment.iban", _proof(is_iban(payment.iban))
    test = {"QRR": is_qr_reference, "SCOR": is_creditor_reference}.get(payment.reference_type or "")
    if test and payment.reference:
        yield "payment.reference", _proof(test(payment.reference))
    for index, position in enumerate(invoice.positions):
        if position.code and position.tariff in GTIN_TARIFFS:
            yield f"positions.{index}.code", _proof(gtin_13(position.code) is not None)


def _sums(invoice: Invoice) -> dict[str, Proof]:
    """Sums exact to the centime: a digit misread by five centimes must not count as proven.

    Where quantity times price is the amount, the row was cut into its columns rightly, so its other values gain too.
    """
    proofs: dict[str, Proof] = {}
    for index, position in enumerate(invoice.positions):
        path, row = f"positions.{index}", _row(position)
        proofs |= {f"{path}.{name}": row for name in _FACTS_OF_A_ROW}
        if row == "right":
            proofs |= {f"{path}.{name}": row for name in ("date", "tariff", "code")}
    total, due = invoice.total_amount, invoice.amount_due
    if total is None:
        return proofs
    amounts = [position.amount for position in invoice.positions]
    known = [amount for amount in amounts if amount is not None]
    if amounts and len(known) == len(amounts):
        whole = _proof(_same(sum(known, ZERO), total))
        proofs["total_amount"] = proofs["positions"] = whole
        if whole == "right":
            proofs |= {f"positions.{index}.amount": "right" for index in range(len(amounts))}
    if due is not None:
        left = _proof(_same(total - invoice.prepaid_amount, due))
        proofs["amount_due"] = proofs["prepaid_amount"] = left if left == "right" else "none"
        if left == "right" and "total_amount" not in proofs:
            proofs["total_amount"] = "right"
    return proofs


def _empty_names(invoice: Invoice) -> Iterator[tuple[str, Proof]]:
    """A drug is not called by a number: then something else was taken for its name."""
    for index, position in enumerate(invoice.positions):
        if position.name and sum(map(str.isalpha, position.name)) < _LETTERS_OF_A_NAME:
            yield f"positions.{index}.name", "wrong"


def _row(position: Position) -> Proof:
    quantity, price, amount = position.quantity, position.unit_price, position.amount
    if quantity is None or price is None or amount is None or position.tariff in TWO_PART_TARIFFS:
        return "none"
    return _proof(_same(quantity * price * position.factor, amount))


def _same(exact: Decimal, printed: Decimal) -> bool:
    """Whether one is the other, also rounded to centimes or to five centimes."""
    return abs(exact - printed) < CENT or printed in (to_cents(exact), to_five_cents(exact))


def _proof(holds: bool) -> Proof:
    return "right" if holds else "wrong"
