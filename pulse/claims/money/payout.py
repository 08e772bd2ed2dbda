"""What is paid out, and to which account: from values alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pulse.base.identifiers import compact, is_creditor_reference, is_iban, is_qr_iban, is_qr_reference
from pulse.base.money import ZERO, to_five_cents
from pulse.claims.money.pain001 import ReferenceType
from pulse.claims.rules.payee import Payee
from pulse.invoices.model import Invoice

#: Why a payment waits for a person: nobody to pay, no account registered, no valid IBAN, an account abroad (this file
#: pays in CHF to Switzerland and Liechtenstein), a QR-IBAN without the QR reference that it needs; or
#: the biller has taken the invoice back.
Obstacle = Literal[
    "", "payee_unknown", "no_account", "account_invalid", "account_abroad", "no_qr_reference", "invoice_cancelled"
]

_STATEMENT = {
    "de": "Leistungsabrechnung",
    "fr": "Décompte de prestations",
    "it": "Conteggio delle prestazioni",
    "en": "Benefit statement",
}
_INVOICE = {"de": "Rechnung", "fr": "Facture", "it": "Fattura", "en": "Invoice"}


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who is paid, out of the registers: never out of the document."""

    name: str
    street: str
    zip: str
    city: str
    language: str
    iban: str | None


@dataclass(frozen=True, kw_only=True)
class Order:
    """Where the money goes and what stands with it; with an `obstacle` it cannot go."""

    party: Party | None
    reference_type: ReferenceType = "NON"
    reference: str = ""
    obstacle: Obstacle = ""


def amount_due(payee: Payee, invoice: Invoice, *, approved: Decimal, client_share: Decimal | None) -> Decimal:
    """What is paid out, rounded to five centimes.

    Tiers garant: to the client what is left after franchise and co-payment (`client_share`, CHF). Tiers payant and
    soldant: to the provider all that is approved (Art. 42 Abs. 2 KVG), but not what the patient has paid already; the
    cost share is claimed from the client.
    """
    if payee == "client":
        return to_five_cents(max(approved if client_share is None else client_share, ZERO))
    if invoice.total_amount is not None:
        approved = min(approved, invoice.total_amount - invoice.prepaid_amount)
    return to_five_cents(max(approved, ZERO))


def order_to_client(client: Party | None, *, case_id: int) -> Order:
    """The order to the insured person's account."""
    language = client.language if client else ""
    return _order(client, None, f"{_STATEMENT.get(language, _STATEMENT['de'])} {case_id}")


def order_to_provider(provider: Party | None, invoice: Invoice, *, case_id: int) -> Order:
    """The order to the provider's registered account, with the invoice's payment reference where it fits."""
    language = provider.language if provider else ""
    number = f"{_INVOICE.get(language, _INVOICE['de'])} {invoice.invoice_number}, " if invoice.invoice_number else ""
    return _order(provider, invoice.payment.reference, f"{number}{case_id}")


def _order(party: Party | None, reference: str | None, text: str) -> Order:
    obstacle = _obstacle(party, reference)
    if obstacle:
        return Order(party=party, obstacle=obstacle)
    assert party is not None
    plain = compact(reference or "")
    if is_qr_iban(party.iban or ""):
        return Order(party=party, reference_type="QRR", reference=plain)
    if is_creditor_reference(plain):
        return Order(party=party, reference_type="SCOR", reference=plain)
    return Order(party=party, reference=text)


def _obstacle(party: Party | None, reference: str | None) -> Obstacle:
    if party is None:
        return "payee_unknown"
    if not party.iban:
        return "no_account"
    iban = compact(party.iban)
    if not is_iban(iban):
        return "account_invalid"
    if iban[:2] not in ("CH", "LI"):
        return "account_abroad"
    return "no_qr_reference" if is_qr_iban(iban) and not is_qr_reference(reference or "") else ""
