"""Who gets the money, and whether that is beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pulse.base.identifiers import compact
from pulse.base.reasons import Reason
from pulse.invoices.model import Invoice

Payee = Literal["client", "provider"]


@dataclass(frozen=True, kw_only=True)
class Account:
    """A registered provider's account; `iban` None where none is registered."""

    iban: str | None


def payee(invoice: Invoice) -> Payee:
    """Tiers garant, the rule of the law (Art. 42 Abs. 1 KVG) and so also where the invoice is silent: the client.
    Tiers payant and soldant: the provider."""
    return "provider" if invoice.tiers in ("payant", "soldant") else "client"


def doubt(invoice: Invoice, registered: Account | None) -> Reason | None:
    """Why a person must look before money leaves: the provider is not registered, or the invoice names another account
    than the registered one. Money to a provider goes to the registered account only."""
    if registered is None:
        return Reason.PROVIDER_NOT_REGISTERED
    asked = compact(invoice.payment.iban) if invoice.payment.iban else None
    known = compact(registered.iban) if registered.iban else None
    if known is None and payee(invoice) == "provider":
        return Reason.IBAN_NOT_REGISTERED
    if asked and known and asked != known:
        return Reason.IBAN_NOT_REGISTERED
    return None
