"""What pages show of an insured person's account of cost sharing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from db import accounts, client_terms, clients, receivables
from db.accounts import Entry
from pulse.base.errors import NotFound
from pulse.base.money import ZERO
from pulse.claims.office import Office
from pulse.claims.rules.cost_share import Terms, is_child, terms_of


@dataclass(frozen=True, kw_only=True)
class YearView:
    """One calendar year: `standing` is what counts, by day of treatment; `entries` is all that was booked, oldest
    first."""

    year: int
    terms: Terms
    chosen: bool
    child: bool
    standing: list[Entry]
    entries: list[Entry]

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.entries), ZERO)

    @property
    def franchise(self) -> Decimal:
        return sum((one.franchise for one in self.entries), ZERO)

    @property
    def copayment(self) -> Decimal:
        return sum((one.copayment for one in self.entries), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((one.paid for one in self.entries), ZERO)


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """A client and their years, newest first; `bills` is what they owe and have owed."""

    client: clients.Client
    years: list[YearView]
    bills: list[receivables.Receivable]


def account_view(office: Office, client_id: int) -> AccountView:
    """The whole account; raises `NotFound`."""
    with office.database.read() as connection:
        client = clients.get(connection, client_id)
        if client is None:
            raise NotFound("There is no such client.", client=client_id)
        chosen = client_terms.chosen_franchises(connection, client_id)
        years = []
        for year in accounts.years(connection, client_id):
            entries = accounts.of_account(connection, client_id, year)
            reversed_ids = {one.reverses for one in entries}
            counting = [one for one in entries if one.reverses is None and one.id not in reversed_ids]
            years.append(
                YearView(
                    year=year,
                    terms=terms_of(client.birth_date, year, chosen.get(year)),
                    chosen=year in chosen,
                    child=is_child(client.birth_date, year),
                    standing=sorted(counting, key=lambda one: (one.day, one.invoice_id, one.line)),
                    entries=entries,
                )
            )
        bills = receivables.of_client(connection, client_id)
    return AccountView(client=client, years=years, bills=bills)
