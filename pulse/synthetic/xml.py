"""Writes generalInvoiceRequest 5.0, valid against the Forum's schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from pulse.base.money import CENT, ZERO
from pulse.invoices.model import Invoice, Party, Patient, Position
from pulse.synthetic.catalogue import Insurer

_NAMESPACE = "http://www.forum-datenaustausch.ch/invoice"
_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_LOCATION = f"{_NAMESPACE} generalInvoiceRequest_500.xsd"
_PREFIXES = {"invoice": _NAMESPACE, "xsi": _SCHEMA_INSTANCE}
_PHONE = "031 000 00 00"
_MAX_LENGTH = 35
_PHARMACY, _PRACTICE = {"role": "pharmacist", "place": "company"}, {"role": "physician", "place": "practice"}
_DRUG_TARIFFS = frozenset({"400", "402", "406"})
_SALUTATIONS = {"male": "Herr", "female": "Frau"}

Element = etree._Element


#: Points of a technical part and what one is worth, by line.
Technical = Mapping[int, tuple[Decimal, Decimal]]


def xml(
    invoice: Invoice,
    *,
    insurer: Insurer | None = None,
    technical: Technical | None = None,
    earlier: tuple[str, dt.date] | None = None,
) -> bytes:
    """The invoice as XML; needs what the schema requires (guid, dates, biller's GLN, patient's AHV number, account).

    `technical` has the second parts of two-part tariffs; `earlier` the number and day of the invoice taken back.
    """
    payer = insurer or Insurer()
    root = etree.Element(f"{{{_NAMESPACE}}}request", nsmap=_PREFIXES)
    root.set(f"{{{_SCHEMA_INSTANCE}}}schemaLocation", _LOCATION)
    _set(root, language=invoice.language or "de", modus="test", guid=invoice.guid, validation_status="0")
    biller = invoice.biller.gln
    _add(_add(root, "processing"), "transport", **{"from": biller, "to": payer.gln})
    payload = _add(root, "payload", request_type=invoice.request_type, request_subtype=invoice.subtype)
    assert invoice.invoice_date
    if earlier:
        _add(payload, "credit", **_identified(*earlier))
    _add(payload, "invoice", **_identified(invoice.invoice_number, invoice.invoice_date))
    if invoice.request_type == "reminder":
        reminder = _add(payload, "reminder", **_identified(f"{invoice.invoice_number}-M", invoice.invoice_date))
        _set(reminder, reminder_level=str(invoice.reminder_level))
    pharmacy = (invoice.biller.zsr or "P").startswith("P")
    body = _add(payload, "body", **(_PHARMACY if pharmacy else _PRACTICE))
    _add(_add(body, "prolog"), "generator", name="synthetic", version="1")
    _add_tiers(body, invoice, payer)
    payment = invoice.payment
    slip = _add(body, "esrQR", iban=payment.iban, reference_number=payment.reference, payment_period="P30D")
    _add_company(_add(slip, "creditor"), invoice.biller)
    patient = invoice.patient
    _add(body, "law", type=invoice.law, card_id=patient.card_number, insured_id=patient.insured_number)
    treatment = invoice.treatment
    _add(
        body,
        "treatment",
        date_begin=_day(treatment.begin),
        date_end=_day(treatment.end),
        canton=patient.canton,
        reason=treatment.reason,
    )
    services = _add(body, "services")
    for position in invoice.positions:
        _add_service(services, position, invoice, (technical or {}).get(position.line))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add_tiers(body: Element, invoice: Invoice, payer: Insurer) -> None:
    garant = invoice.tiers != "payant"
    tiers = _add(body, "tiers_garant") if garant else _add(body, "tiers_payant", allowModification="true")
    billers = _add(tiers, "billers")
    _add_company(_add(billers, "biller_gln", gln=invoice.biller.gln), invoice.biller)
    _add_company(_add(billers, "biller_zsr", zsr=invoice.biller.zsr), invoice.biller)
    insurer = Party(name=payer.name, street=payer.street, zip=payer.zip, city=payer.city)
    if garant:
        _add_person(_add(tiers, "debitor", gln="2000000000008"), invoice.patient)
    else:
        _add_company(_add(tiers, "debitor", gln=payer.gln), insurer)
    providers = _add(tiers, "providers")
    location = {"gln": invoice.provider.gln, "gln_location": invoice.provider.gln}
    _add_company(_add(providers, "provider_gln", **location), invoice.provider)
    _add_company(_add(providers, "provider_zsr", zsr=invoice.provider.zsr), invoice.provider)
    _add_company(_add(tiers, "insurance", gln=payer.gln), insurer)
    who = invoice.patient
    patient = _add(tiers, "patient", gender=who.sex, sex=who.sex, birthdate=_day(who.birth_date), ssn=who.ssn)
    _add_person(patient, who)
    _add_person(_add(tiers, "guarantor"), who)
    partners = _add(tiers, "partners")
    if invoice.prescriber.gln:
        referrer = _add(partners, "partner", type="referrer", gln=invoice.prescriber.gln, zsr=invoice.prescriber.zsr)
        _add_physician(referrer, invoice.prescriber)
    _add_balance(tiers, invoice, garant=garant)


def _add_balance(tiers: Element, invoice: Invoice, *, garant: bool) -> None:
    total = invoice.total_amount or ZERO
    balance = _add(tiers, "balance", currency="CHF", amount=_number(total))
    if garant:
        _set(balance, amount_prepaid=_number(invoice.prepaid_amount))
    _set(balance, amount_due=_number(invoice.amount_due))
    amounts: dict[Decimal, Decimal] = {}
    for position in invoice.positions:
        rate = position.vat_rate or ZERO
        amounts[rate] = amounts.get(rate, ZERO) + (position.amount or ZERO)
    taxes = {rate: included_vat(amount, rate) for rate, amount in amounts.items()}
    vat = _add(balance, "vat", vat=_number(sum(taxes.values(), ZERO)), vat_number=invoice.biller.vat_number)
    for rate, amount in amounts.items():
        _add(vat, "vat_rate", vat_rate=_number(rate), amount=_number(amount), vat=_number(taxes[rate]))


def included_vat(amount: Decimal, rate: Decimal) -> Decimal:
    """The tax that an amount holds: amount × rate / (100 + rate)."""
    return (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)


def _add_service(
    services: Element, position: Position, invoice: Invoice, technical: tuple[Decimal, Decimal] | None
) -> None:
    assert position.date
    service = _add(
        services,
        "service_ex" if technical else "service",
        record_id=str(position.line),
        tariff_type=position.tariff,
        code=position.code,
        name=position.name,
        session="1",
        quantity=_number(position.quantity),
        date_begin=_midnight(position.date),
        provider_id=invoice.provider.gln,
        responsible_id=invoice.provider.gln,
        amount=_number(position.amount),
        vat_rate=_number(position.vat_rate),
        remark=position.remark,
    )
    if technical:
        points, value = technical
        _set(service, unit_mt=_number(position.unit_price), unit_factor_mt=_number(position.factor))
        _set(service, unit_tt=_number(points), unit_factor_tt=_number(value))
        return
    _set(service, unit=_number(position.unit_price), unit_factor=_number(position.factor))
    if position.tariff in _DRUG_TARIFFS:
        _add(service, "xtra_drug", regulation_attributes="0")


def _identified(number: str | None, day: dt.date) -> dict[str, str | None]:
    moment = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
    return {"request_timestamp": str(moment), "request_date": _midnight(day), "request_id": number}


def _add_company(parent: Element, party: Party) -> None:
    company = _add(parent, "company")
    _add(company, "companyname").text = (party.name or "")[:_MAX_LENGTH]
    _add_postal(company, party)
    _add(_add(company, "telecom"), "phone").text = _PHONE
    if party.email:
        _add(_add(company, "online"), "email").text = party.email


def _add_person(parent: Element, patient: Patient) -> None:
    person = _add(parent, "person", salutation=_SALUTATIONS.get(patient.sex or ""))
    _add(person, "familyname").text = patient.family_name
    _add(person, "givenname").text = patient.given_name
    _add_postal(person, patient)


def _add_physician(parent: Element, party: Party) -> None:
    """Title, given name and family name are told apart as the name was put together."""
    given, _, family = (party.name or "").removeprefix("Dr. med. ").partition(" ")
    person = _add(parent, "person", title="Dr. med.")
    _add(person, "familyname").text = family
    _add(person, "givenname").text = given
    _add_postal(person, party)


def _add_postal(parent: Element, address: Party | Patient) -> None:
    postal = _add(parent, "postal")
    for name in ("street", "zip", "city"):
        if text := getattr(address, name):
            _add(postal, name).text = text


def _add(parent: Element, tag: str, /, **attributes: str | None) -> Element:
    element = etree.SubElement(parent, f"{{{_NAMESPACE}}}{tag}")
    _set(element, **attributes)
    return element


def _set(element: Element, /, **attributes: str | None) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _midnight(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00"
