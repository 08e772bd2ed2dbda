from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from letter_samples import make_facts

from letters.amounts import CostShare
from letters.facts import Facts, InvalidFacts
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.plain import amount
from letters.texts import default_texts
from letters.writer import TemplateWriter
from pulse.base.reasons import Language


def share(franchise: str = "50.00", copayment: str = "3.04", settled: str = "27.30", **changes: Any) -> CostShare:
    own = {"year": 2026, "year_franchise": Decimal("300.00"), "year_copayment": Decimal("3.04")}
    amounts = {"franchise": Decimal(franchise), "copayment": Decimal(copayment), "settled": Decimal(settled)}
    return CostShare(**(own | amounts | changes))


def payment(cost_share: CostShare, *, language: Language = "de", **changes: Any) -> str:
    facts = make_facts(language=language, cost_share=cost_share, **({"payee": "client"} | changes))
    return " ".join(default_texts().block("payment", facts))


def test_who_paid_the_invoice_learns_what_is_deducted_and_transferred() -> None:
    assert payment(share()) == (
        "Von CHF 80.35 ziehen wir Ihre Kostenbeteiligung von CHF 53.04 ab: CHF 50.00 Franchise und CHF 3.04 "
        "Selbstbehalt. Wir überweisen Ihnen CHF 27.30. Im Jahr 2026 haben Sie damit bis heute CHF 300.00 als Franchise "
        "und CHF 3.04 als Selbstbehalt getragen."
    )
    assert (
        "we deduct your cost share of CHF 53.04: CHF 50.00 deductible and CHF 3.04 co-payment. We transfer"
        in payment(share(), language="en")
    )


def test_the_year_so_far_stands_in_a_paragraph_of_its_own() -> None:
    facts = make_facts(payee="client", cost_share=share(adjustment=Decimal(20)))
    assert len(default_texts().block("payment", facts)) == 3
    facts = make_facts(payee="provider", cost_share=share(settled="53.05"))
    assert len(default_texts().block("payment", facts)) == 2


def test_where_the_provider_is_paid_the_share_is_claimed() -> None:
    text = payment(share(settled="53.05"), payee="provider")
    assert "Wir bezahlen CHF 80.35 direkt an" in text
    assert "Davon tragen Sie CHF 53.04 als Kostenbeteiligung: CHF 50.00 Franchise und CHF 3.04 Selbstbehalt." in text
    assert "Wir stellen Ihnen CHF 53.05 in Rechnung." in text
    assert "send you a bill for CHF 53.05" in payment(share(settled="53.05"), payee="provider", language="en")


@pytest.mark.parametrize(
    ("cost_share", "payee", "told"),
    [
        (share("0.00", "8.04", "72.30"), "client", "CHF 8.04 ab: CHF 8.04 Selbstbehalt."),
        (share("80.35", "0.00", "0.00"), "client", "CHF 80.35 Franchise. Es bleibt nichts auszuzahlen."),
        (
            share("0.00", "0.00", "80.35"),
            "client",
            "Sie tragen keine Kostenbeteiligung. Wir überweisen Ihnen CHF 80.35.",
        ),
        (share("0.00", "0.00", "0.00"), "provider", "Sie tragen davon keine Kostenbeteiligung."),
    ],
)
def test_parts_that_are_nothing_are_not_told(cost_share: CostShare, payee: str, told: str) -> None:
    text = payment(cost_share, payee=payee)
    assert told in text
    assert "CHF 0.00" not in text.partition("Im Jahr")[0]


def test_other_invoices_that_change_are_told() -> None:
    assert "sinkt Ihre Kostenbeteiligung dadurch um CHF 180.00" in payment(share(adjustment=Decimal(-180)))
    assert "rises by CHF 20.00" in payment(share(adjustment=Decimal(20)), language="en")
    assert "abgerechnet" not in payment(share())


def test_an_invoice_of_two_years_tells_no_year() -> None:
    assert "Im Jahr" not in payment(share(year=None))


def test_without_an_account_the_letter_says_that_the_share_is_settled_with_it() -> None:
    facts = make_facts(payee="client")
    assert "über Ihr Konto abgerechnet" in " ".join(default_texts().block("payment", facts))


@pytest.mark.parametrize("kind", [Kind.APPROVED, Kind.PARTLY_APPROVED])
def test_the_providers_letter_never_tells_the_cost_share(kind: Kind) -> None:
    with pytest.raises(InvalidFacts, match="insured person"):
        make_facts(kind, Recipient.PROVIDER, cost_share=share())


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.RETURNED, Kind.NOTICE])
def test_a_letter_that_approves_nothing_has_no_cost_share(kind: Kind) -> None:
    with pytest.raises(InvalidFacts, match="approved amount"):
        make_facts(kind, cost_share=share("0.00", "0.00", "0.00"))


@pytest.mark.parametrize(
    "cost_share", [share("-1.00"), share("80.00", "1.00", "0.00"), share(settled="27.50"), share(settled="53.05")]
)
def test_parts_that_do_not_fit_the_amount_are_refused(cost_share: CostShare) -> None:
    with pytest.raises(InvalidFacts):
        make_facts(payee="client", cost_share=cost_share)


def test_the_cost_share_outlives_its_json() -> None:
    facts = make_facts(payee="client", cost_share=share())
    assert Facts.from_json(facts.to_json()) == facts
    older = {name: value for name, value in facts.to_json().items() if name != "cost_share"}
    assert Facts.from_json(older).cost_share is None


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_letter_is_printed_with_it(language: Language) -> None:
    facts = make_facts(payee="client", cost_share=share(), language=language)
    assert render(facts, TemplateWriter().write(facts)).startswith(b"%PDF")
    assert amount(Decimal("53.04")) in payment(share(), language=language)


def test_who_will_get_a_bill_is_told_to_wait_for_it() -> None:
    told = default_texts().block("next", make_facts(payee="provider", cost_share=share(settled="53.05")))
    assert told == ("Bis unsere Rechnung bei Ihnen ist, müssen Sie nichts unternehmen.",)
    free = make_facts(payee="provider", cost_share=share("0.00", "0.00", "0.00"))
    assert default_texts().block("next", free) == ("Sie müssen nichts weiter unternehmen.",)
