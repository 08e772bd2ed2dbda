"""The printed payment part of a Swiss QR-bill: cut off the sheet that it hangs on, and read by its own labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from pulse.base.identifiers import compact, is_creditor_reference, is_iban, is_qr_iban, is_qr_reference
from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft
from pulse.invoices.plain import labels, values
from pulse.invoices.plain.sheet import GUESSED, Row, joined, label, part, rows_of, tokens, where
from pulse.invoices.text.page_text import PageText, Phrase

_TEAR_OFF = re.compile(r"(?i)abzutrennen|détacher|staccare|separate before|perforat")
_REFERENCE = re.compile(r"(?<![0-9A-Z])(?:\d{2}(?:\s?\d{5}){5}|RF\d{2}(?:\s?[0-9A-Z]){1,21})(?![0-9A-Z])")
#: How far a value may stand from its label's left edge, in points; how far above the titles the line to tear off.
_ALIGNED, _ABOVE = 6.0, 30.0


def names_payment_part(page: PageText) -> bool:
    """Whether the page has a payment part: its QR code is worth looking for."""
    return _top(rows_of(page)) is not None


def cut_off(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows above the payment part, and those of the payment part; empty where there is none."""
    top = _top(rows)
    if top is None:
        return list(rows), []
    slip = [row for row in rows if row.top >= top]
    above = [row for row in rows if row.top < top and not (row.top > top - _ABOVE and _TEAR_OFF.search(row.text))]
    return above, slip


def _top(rows: Sequence[Row]) -> float | None:
    """Receipt and payment part begin at one height, side by side."""
    titles: dict[str, float] = {}
    for row in rows:
        for phrase in row.phrases:
            kind = labels.PAYMENT_PARTS.whole(phrase.text)
            if kind:
                titles[kind] = phrase.box[1]
    if "payment" not in titles:
        return None
    return min(titles.values()) - 2.0


def read_payment_part(draft: Draft, slip: Sequence[Row]) -> None:
    """Notes account, reference and amount; what its two halves say differently is a finding."""
    if not slip:
        return
    page = slip[0].page
    found = _labelled(slip)
    accounts = _matches(values.IBAN, found["account"])
    references = _matches(_REFERENCE, found["reference"])
    amounts = [
        phrase for phrase in found["amount"] if values.is_money(phrase.text) or values.NUMBER.fullmatch(phrase.text)
    ]
    for path, several in (("payment.iban", accounts), ("payment.reference", references)):
        if len({compact(phrase.text) for phrase in several}) > 1:
            draft.find(Reason.SOURCES_DISAGREE, path, "receipt and payment part say different things")
    if accounts:
        account = compact(accounts[0].text)
        draft.text("payment.iban", account, where(page, accounts[0], where_confidence(is_iban(account))))
    if references:
        reference = compact(references[0].text)
        draft.text("payment.reference", reference, where(page, references[0]))
        kind = "SCOR" if reference.startswith("RF") else "QRR"
        draft.put("payment.reference_type", kind, where(page, references[0]))
    elif accounts and not is_qr_iban(accounts[0].text):
        draft.put("payment.reference_type", "NON", where(page, accounts[0]))
    _compare_amount(draft, amounts)


def read_account_outside(draft: Draft, rows: Sequence[Row]) -> None:
    """Notes an IBAN and a reference that stand in the letter; the payment part's count where both are there.

    An account whose check digits are wrong is noted too, where there is no right one: the checks say so.
    """
    accounts = [(compact(match[0]), row) for row in rows for match in values.IBAN.finditer(row.text)]
    for account, row in sorted(accounts, key=lambda one: not is_iban(one[0])):
        known = draft.values.get("payment.iban")
        if known is None:
            draft.text("payment.iban", account, where(row, joined(row.phrases), where_confidence(is_iban(account))))
        elif known != account and not (is_qr_iban(known) and not is_qr_iban(account)):
            draft.find(Reason.SOURCES_DISAGREE, "payment.iban", "letter and payment part name different accounts")
    for row in rows:
        for match in _REFERENCE.finditer(row.text):
            reference = compact(match[0])
            if "payment.reference" in draft.values or not (
                is_qr_reference(reference) or is_creditor_reference(reference)
            ):
                continue
            draft.text("payment.reference", reference, where(row, joined(row.phrases)))
            draft.put(
                "payment.reference_type",
                "SCOR" if reference.startswith("RF") else "QRR",
                where(row, joined(row.phrases)),
            )


def where_confidence(valid: bool) -> float:
    """A number whose check digits are right was read right."""
    return 0.95 if valid else GUESSED


def _compare_amount(draft: Draft, amounts: Sequence[Phrase]) -> None:
    asked = {values.as_number(phrase.text) for phrase in amounts}
    due = draft.values.get("amount_due", draft.values.get("total_amount"))
    if len(asked) > 1:
        draft.find(Reason.SOURCES_DISAGREE, "amount_due", "receipt and payment part say different things")
    elif asked and due is not None and asked != {due}:
        draft.find(Reason.SOURCES_DISAGREE, "amount_due", "the payment part asks for another amount")


def _matches(pattern: re.Pattern[str], phrases: Sequence[Phrase]) -> list[Phrase]:
    return [
        Phrase(found[0], phrase.box, phrase.bold)
        for phrase in phrases
        if (found := pattern.search(phrase.text.upper()))
    ]


def _labelled(slip: Sequence[Row]) -> dict[str, list[Phrase]]:
    """The phrases below each label, by label; receipt and payment part have the same ones."""
    found: dict[str, list[Phrase]] = defaultdict(list)
    open_labels: list[tuple[str, Phrase]] = []
    for row in slip:
        for phrase in (piece for one in row.phrases for piece in _apart(one)):
            if key := labels.PAYMENT_LABELS.whole(phrase.text):
                open_labels = [one for one in open_labels if abs(one[1].x0 - phrase.x0) > _ALIGNED]
                open_labels.append((key, phrase))
            elif above := [one for one in open_labels if abs(one[1].x0 - phrase.x0) <= _ALIGNED]:
                found[above[-1][0]].append(phrase)
    return found


def _apart(phrase: Phrase) -> list[Phrase]:
    """Two labels that stand close together (`Währung Betrag`) as two phrases."""
    spoken = label(phrase.text)
    for at in range(1, len(spoken)):
        if spoken[:at] in labels.PAYMENT_LABELS and spoken[at:] in labels.PAYMENT_LABELS:
            start = tokens(phrase.text)[at].start
            return [part(phrase, 0, start), part(phrase, start)]
    return [phrase]
