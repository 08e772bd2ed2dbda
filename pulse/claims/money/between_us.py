"""What a decision leaves between us and a party beyond its own amounts: bills, refunds, an account that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from db import links, payments, receivables
from db.invoices import Case
from db.receivables import Receivable
from pulse.base.money import ZERO
from pulse.claims.money.payments import obstacle
from pulse.claims.rules.payee import Payee, payee

#: Obstacles that the payee can take away by naming an account.
_ACCOUNT = ("no_account", "account_invalid", "account_abroad")


@dataclass(frozen=True, kw_only=True)
class BetweenUs:
    """`bills` of both parties, and `withdrawn` ones that nobody need pay any more; `refund` goes to the client (CHF);
    `without_account`: who cannot be paid yet."""

    bills: tuple[Receivable, ...] = ()
    withdrawn: tuple[Receivable, ...] = ()
    refund: Decimal = ZERO
    without_account: frozenset[Payee] = frozenset()

    def bills_of(self, party: Payee) -> tuple[Receivable, ...]:
        return tuple(one for one in self.bills if one.debtor == party)

    def withdrawn_of(self, party: Payee) -> Decimal:
        """What the withdrawn bills came to (CHF)."""
        return sum((one.amount for one in self.withdrawn if one.debtor == party), ZERO)


def between_us(connection: Connection, case: Case) -> BetweenUs:
    """What the case's decision led to, for its own client and provider; the client's family is told elsewhere."""
    made = [one for one in receivables.caused_by(connection, case.id) if one.state == "open"]
    bills = [one for one in made if one.debtor == "provider" or one.client_id == case.client_id]
    differences = [one for one in payments.caused_by(connection, case.id) if one.payee == "client"]
    refund = sum((one.amount for one in differences if one.state != "withdrawn"), ZERO)
    return BetweenUs(
        bills=tuple(bills),
        withdrawn=tuple(_withdrawn(connection, case)),
        refund=refund,
        without_account=_without_account(connection, case, refund),
    )


def foreseen(connection: Connection, case: Case) -> BetweenUs:
    """The same of a decision that is only proposed: nobody is billed yet."""
    return BetweenUs(without_account=_without_account(connection, case, ZERO))


def _withdrawn(connection: Connection, case: Case) -> list[Receivable]:
    """Bills of the invoices that this case, a storno, has taken back."""
    if case.content.subtype != "storno":
        return []
    gone = [one.other_id for one in links.cancellations(connection, [case.id]) if one.accepted]
    found = [bill for other_id in gone if other_id != case.id for bill in receivables.of_invoice(connection, other_id)]
    return [one for one in found if one.state == "withdrawn" and one.iban is not None]


def _without_account(connection: Connection, case: Case, refund: Decimal) -> frozenset[Payee]:
    paid: set[Payee] = {payee(case.content)} | ({"client"} if refund else set())
    return frozenset(one for one in paid if obstacle(connection, case, one) in _ACCOUNT)
