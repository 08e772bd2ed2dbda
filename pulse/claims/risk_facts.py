"""From registers, lists and earlier cases to what the risk tables are asked about each position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from db import decisions, invoices, medications
from db.clients import Client
from db.invoices import Case, Line
from pulse.base.clock import swiss_date
from pulse.claims.position_facts import Articles, articles_of, dispensed
from pulse.claims.rules import settlement
from pulse.claims.rules.billed import kind_of, quantity_of
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.facts import Dispensed
from pulse.claims.rules.pattern import WINDOW_DAYS, milligrams_of, supply_pattern
from pulse.claims.rules.risk_inputs import risk_inputs
from pulse.invoices.model import Invoice

_YEAR = timedelta(days=365)


def risk_facts(connection: Connection, case: Case, client: Client, lines: Sequence[Line]) -> dict[int, dict[str, Any]]:
    """The inputs of each line that the case's own `lines` know, in a few questions however many lines there are; of
    none that bills a pharmacy's service, which is no medication.

    `cost_12_months` is what was approved by invoices of the 365 days before this one's date.
    """
    articles = articles_of(connection, case.content)
    invoice = settlement.with_amounts(case.content, articles.ceilings(case.content))
    day = invoice.invoice_date or swiss_date(case.received_at)
    total = settlement.billed_total(invoice)
    cost = decisions.approved(connection, client.id, day - _YEAR, day - timedelta(days=1))
    known = {line.line: line for line in lines}
    before = _before(connection, case, client)
    packs = medications.facts_on(connection, [(one.gtin, one.day) for one in before])
    grouped = [replace(one, atc=found.atc) if (found := packs.get((one.gtin, one.day))) else one for one in before]
    grouped += _now(invoice, articles, case.id)
    names = [(pack.gtin, pack.name) for pack in (*packs.values(), *articles.packs.values()) if pack]
    milligrams = {gtin: milligrams_of(name) for gtin, name in names}
    marked = medications.many(connection, [gtin for gtin in articles.gtins.values() if gtin])
    inputs = {}
    for position in invoice.positions:
        line = known.get(position.line)
        if line is None or kind_of(position) == "pharmacy_service":
            continue
        gtin, pack = articles.gtins.get(position.line), articles.packs.get(position.line)
        treated = treatment_day(invoice, position)
        inputs[position.line] = risk_inputs(
            position,
            risk_score=client.risk_score,
            abuse_risk=marked[gtin].abuse_risk if gtin in marked else 0,
            listed=bool(line.listed),
            listed_price=line.listed_price,
            total=total,
            pack=pack,
            supply=supply_pattern(gtin, pack.atc if pack else None, treated, grouped, milligrams) if treated else None,
            cost_12_months=cost,
        )
    return inputs


def _before(connection: Connection, case: Case, client: Client) -> list[Dispensed]:
    """What other cases handed out in the 90 days up to each of this one's."""
    days = [day for position in case.content.positions if (day := treatment_day(case.content, position))]
    if not days:
        return []
    since = min(days) - timedelta(days=WINDOW_DAYS - 1)
    return [
        dispensed(one, atc=None)
        for one in invoices.dispensed(connection, client.id, since, max(days))
        if one.invoice_id != case.id
    ]


def _now(invoice: Invoice, articles: Articles, invoice_id: int) -> list[Dispensed]:
    """What this case itself hands out, its packs as looked up."""
    found = []
    for position in invoice.positions:
        gtin, day = articles.gtins.get(position.line), treatment_day(invoice, position)
        quantity, pack = quantity_of(position), articles.packs.get(position.line)
        if gtin and day and quantity > 0:
            biller = invoice.biller.gln or invoice.biller.zsr
            found.append(
                Dispensed(
                    invoice_id=invoice_id,
                    line=position.line,
                    gtin=gtin,
                    atc=pack.atc if pack else None,
                    day=day,
                    packs=quantity,
                    biller=biller,
                )
            )
    return found
