"""What a document has to do with those that came before, as pure values."""

from __future__ import annotations

from typing import Any

import office
import pytest

from pulse.claims.rules.duplicates import Earlier, Verdict, compare

NEW = Verdict(result="new")


def earlier(id_: int = 1, **changes: Any) -> Earlier:
    own = {
        name: changes.pop(name)
        for name in ("closed_as", "same_document", "taken_back", "takes_back")
        if name in changes
    }
    return Earlier(**{"id": id_, "closed_as": None, "content": office.invoice(**changes)} | own)


def verdict(*cases: Earlier, **changes: Any) -> Verdict:
    return compare(office.invoice(**changes), cases)


def said(found: Verdict) -> tuple[str, str | None, int | None]:
    return found.result, found.kind, found.earlier_id


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "repeats"),
        ({"request_type": "reminder", "reminder_level": 1}, "reminds"),
        ({"subtype": "copy"}, "copies"),
        ({"request_type": "reminder", "subtype": "copy"}, "reminds"),
    ],
)
def test_the_same_again_is_told_by_how_it_comes(changes: dict[str, Any], kind: str) -> None:
    assert said(verdict(earlier(), **changes)) == ("same", kind, 1)
    assert said(verdict(**changes)) == ("new", None, None)


def test_a_guid_tells_an_invoice_though_its_number_changed() -> None:
    assert said(verdict(earlier(guid="a"), guid="a", invoice_number="7")) == ("same", "repeats", 1)
    assert verdict(earlier(guid="a"), guid="b", invoice_number="7") == NEW


def test_the_same_number_of_another_biller_is_another_invoice() -> None:
    assert verdict(earlier(biller={"gln": "7601000999996"})) == NEW
    assert verdict(earlier(biller={"name": "A"}), biller={"name": "A"}) == NEW


def test_a_biller_is_known_by_its_zsr_too_however_it_is_written() -> None:
    assert said(verdict(earlier(biller={"zsr": "P 0123.45"}), biller={"zsr": "P012345"})) == ("same", "repeats", 1)


def test_one_number_with_another_content_is_a_conflict() -> None:
    dearer = [office.position(amount="80.00")]
    assert said(verdict(earlier(), positions=dearer)) == ("other_content", "conflicts", 1)
    assert said(verdict(earlier(2), earlier(1, positions=dearer), positions=dearer)) == ("same", "repeats", 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "91.55"},
        {"positions": [], "total_amount": "71.55"},
        {"positions": [], "patient": {"family_name": "Müller"}, "total_amount": "71.55"},
        {"invoice_number": "M-7", "refers_to": "101"},
    ],
    ids=["with its fee", "without positions", "without a number of the person", "with its own number"],
)
def test_a_reminder_is_known_though_it_says_less_or_asks_for_more(changes: dict[str, Any]) -> None:
    content = office.invoice(request_type="reminder")
    content = type(content).model_validate(content.to_json() | changes)
    assert said(compare(content, [earlier()])) == ("same", "reminds", 1)


def test_a_reminder_of_other_things_or_another_person_is_no_mere_reminder() -> None:
    for changes in ({"positions": [office.position(code=office.ABUSED)]}, {"patient": {"insured_number": "987654321"}}):
        assert verdict(earlier(), request_type="reminder", **changes).result == "other_content"


def test_the_same_document_is_the_same_whatever_became_of_its_reading() -> None:
    was = earlier(same_document=True, subtype="storno", invoice_number="9")
    assert said(verdict(was)) == ("same", "repeats", 1)


@pytest.mark.parametrize("how", [{"closed_as": "returned"}, {"taken_back": True}])
def test_what_was_sent_back_or_cancelled_may_come_again_as_a_correction(how: dict[str, Any]) -> None:
    assert said(verdict(earlier(**how))) == ("new", "corrects", 1)
    assert said(verdict(earlier(**how), positions=[office.position(amount="60.00")])) == ("new", "corrects", 1)
    assert said(verdict(earlier(**how), invoice_number="102", refers_to="101")) == ("new", "corrects", 1)
    assert verdict(earlier(**how), invoice_number="102") == NEW


def test_what_came_again_already_stands_in_the_way_once_more() -> None:
    returned, again = earlier(1, closed_as="returned"), earlier(2)
    assert said(verdict(again, returned)) == ("same", "repeats", 2)


@pytest.mark.parametrize("closed_as", ["denied", "approved", "partly_approved", "not_insured"])
def test_what_was_answered_stands_in_the_way(closed_as: str) -> None:
    assert verdict(earlier(closed_as=closed_as)).result == "same"


@pytest.mark.parametrize("subtype", ["storno", "refund"])
@pytest.mark.parametrize(
    ("original", "changes"),
    [
        ({}, {}),
        ({}, {"invoice_number": "S-1", "refers_to": "101"}),
        ({"guid": "a"}, {"invoice_number": "S-1", "refers_to": "a"}),
        ({"guid": "a"}, {"invoice_number": "S-1", "guid": "a"}),
        ({}, {"refers_to": "101", "positions": [office.position(amount="-71.55", quantity="-1")]}),
    ],
    ids=["its number", "names the number", "names the guid", "its guid", "negative"],
)
def test_a_cancellation_is_no_repetition_but_tells_what_it_cancels(
    subtype: str, original: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert said(verdict(earlier(**original), subtype=subtype, **changes)) == ("new", "cancels", 1)


def test_a_cancellation_of_nothing_that_stands_names_nothing() -> None:
    assert verdict(subtype="storno", refers_to="77") == NEW
    assert verdict(earlier(), subtype="storno", refers_to="77") == NEW
    assert verdict(earlier(closed_as="returned"), subtype="storno") == NEW
    assert verdict(earlier(taken_back=True), subtype="storno") == NEW
    assert verdict(earlier(biller={"gln": "7601000999996"}), subtype="storno", refers_to="101") == NEW


def test_the_same_cancellation_again_is_a_repetition() -> None:
    storno = earlier(2, subtype="storno", takes_back=True)
    assert said(verdict(storno, earlier(1), subtype="storno")) == ("same", "repeats", 2)
    other = [office.position(amount="-5.00")]
    assert said(verdict(storno, earlier(1), subtype="storno", positions=other)) == ("other_content", "conflicts", 2)


def test_an_invoice_does_not_repeat_its_cancellation_but_learns_of_it() -> None:
    assert verdict(earlier(subtype="storno")).cancelled_by == (1,)
    assert verdict(earlier(subtype="storno", invoice_number="S-1", refers_to="101")).cancelled_by == (1,)
    assert verdict(earlier(subtype="storno", invoice_number="S-1", refers_to="102")).cancelled_by == ()


def test_a_correction_under_the_old_number_is_not_cancelled_by_what_cancelled_the_first() -> None:
    storno, first = earlier(2, subtype="storno", takes_back=True), earlier(1, taken_back=True)
    assert verdict(storno, first) == Verdict(result="new", kind="corrects", earlier_id=1)
