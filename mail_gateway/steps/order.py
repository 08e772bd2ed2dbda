"""Whom a mail meets in the intake, in this order."""

from __future__ import annotations

from collections.abc import Callable

from mail_gateway.connection.account import Entrance
from mail_gateway.ledger import Ledger
from mail_gateway.message.standing import own_addresses
from mail_gateway.rulebook import Rulebook
from mail_gateway.steps.arrived import Step
from mail_gateway.steps.asked import ProviderAnswers
from mail_gateway.steps.invoices import Invoices, Receive
from mail_gateway.steps.passwords import Passwords
from mail_gateway.steps.reports import Reports
from mail_gateway.steps.rules import Ruled
from mail_gateway.steps.trial import Trial
from pulse.claims.office import Office
from pulse.claims.receive import receive_document


def steps(
    office: Office,
    account: Entrance,
    ledger: Ledger,
    *,
    receive: Receive = receive_document,
    keep_lease: Callable[[], object] = lambda: None,
    rulebook: Rulebook | None = None,
    called: str = "",
) -> tuple[Step, ...]:
    """The steps for one account's mails; `keep_lease` is called between two documents of a mail that holds many,
    `called` is the mailbox's name in the settings."""
    invoices = Invoices(
        office=office,
        ledger=ledger,
        receive=receive,
        max_bytes=account.max_bytes,
        key=account.key,
        keep_lease=keep_lease,
    )
    own = own_addresses(office.policy, account.own_address)
    return (
        Reports(office=office, own_addresses=own),
        ProviderAnswers(office=office, key=account.key),
        Passwords(office=office, invoices=invoices),
        Trial(office=office, ledger=ledger, own_addresses=own, max_bytes=account.max_bytes, key=account.key),
        Ruled(
            office=office,
            account=account,
            ledger=ledger,
            rulebook=rulebook or Rulebook(office),
            invoices=invoices,
            called=called,
        ),
        invoices,
    )
