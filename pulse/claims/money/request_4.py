"""A request of release 4.4 or 4.5 as release 5.0 would say it, as far as an answer mirrors it.

Answers are always of release 5.0. What that release demands and the older one leaves out cannot be made up: without
it there is no answer.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from lxml import etree

NAMESPACE = "http://www.forum-datenaustausch.ch/invoice"
Element = etree._Element
#: Who is asked to pay in tiers garant has no number of their own: the one that the standard keeps for that.
_NO_GLN = "2099999999999"
#: The oldest moment that release 5.0 can name (2015-01-01).
_OLDEST = 1420066800
_TRUE = ("1", "true")
_ADDRESS = {
    "company": ("companyname", "department", "subaddressing", "postal", "telecom", "online"),
    "person": ("familyname", "givenname", "subaddressing", "postal", "telecom", "online"),
    "postal": ("pobox", "street", "zip", "city", "country"),
    "telecom": ("phone",),
    "online": ("email",),
}
_ATTRIBUTES = {
    "person": {"salutation": "salutation", "title": "title"},
    "zip": {"statecode": "state_code"},
    "country": {"countrycode": "country_code"},
}
_HEADS = ("request_timestamp", "request_date", "request_id", "reminder_level")


def as_release_5(root: Element) -> Element | None:
    """The parts of the request that an answer mirrors; None where release 5.0 demands one that is missing."""
    transport, payload = _find(root, "processing/transport"), _find(root, "payload")
    body, invoice = _find(root, "payload/body"), _find(root, "payload/invoice")
    kinds = (_find(body, f"tiers_{kind}") for kind in ("garant", "payant", "soldant"))
    tiers = next((one for one in kinds if one is not None), None)
    if transport is None or payload is None or body is None or invoice is None or tiers is None:
        return None
    if not invoice.get("request_timestamp", "").isdecimal() or int(invoice.get("request_timestamp", "0")) < _OLDEST:
        return None
    made = etree.Element(_tag("request"), language=root.get("language", "de"), modus=root.get("modus", "production"))
    way = _add(_add(made, "processing"), "transport", transport, "from", "to")
    for station in transport.iterchildren(_tag("via")):
        _add(way, "via", station, "via", "sequence_id")
    own = _add(made, "payload")
    own.set("request_type", "reminder" if payload.get("type") == "reminder" else "invoice")
    own.set("request_subtype", _subtype(payload))
    for name in ("credit", "invoice", "reminder"):
        if (said := _find(payload, name)) is not None:
            _add(own, name, said, *_HEADS)
    told = _add(own, "body")
    parties = _add(told, etree.QName(tiers).localname)
    complete = _parties(parties, tiers) and _patient(parties, tiers, _insured_ssn(body))
    if not complete or not _treatment(told, body):
        return None
    _money(parties, told, tiers, body)
    biller = tiers.find(_tag("biller"))
    name = f"{biller.get('ean_party') if biller is not None else ''}/{invoice.get('request_id')}"
    made.set("guid", uuid5(NAMESPACE_URL, f"{name}/{invoice.get('request_timestamp')}").hex)
    return made


def _subtype(payload: Element) -> str:
    if payload.get("storno") in _TRUE:
        return "storno"
    return "copy" if payload.get("copy") in _TRUE else "normal"


def _parties(parties: Element, tiers: Element) -> bool:
    """Biller, debtor, provider and insurance, in the order of release 5.0; whether all that it demands is there."""
    biller, provider = _find(tiers, "biller"), _find(tiers, "provider")
    insurance, debitor = _find(tiers, "insurance"), _find(tiers, "debitor")
    guarantor, patient = _find(tiers, "guarantor"), _find(tiers, "patient")
    asked = debitor if debitor is not None else insurance
    if etree.QName(parties).localname == "tiers_garant" and debitor is None:
        asked = guarantor if guarantor is not None else patient
    if biller is None or provider is None or asked is None:
        return False
    done = [_numbered(_add(parties, "billers"), "biller", biller)]
    done.append(_party(_add(parties, "debitor"), asked, asked.get("ean_party") or _NO_GLN))
    done.append(_numbered(_add(parties, "providers"), "provider", provider))
    if insurance is not None and insurance.get("ean_party"):
        done.append(_party(_add(parties, "insurance"), insurance, insurance.get("ean_party")))
    return all(done)


def _numbered(parent: Element, role: str, one: Element) -> bool:
    """A biller or provider by GLN, and by ZSR number where there is one."""
    gln, zsr = one.get("ean_party"), one.get("zsr")
    by_gln = _add(parent, f"{role}_gln")
    if role == "provider" and gln:
        by_gln.set("gln_location", gln)
    if zsr:
        _add(parent, f"{role}_zsr").set("zsr", zsr)
        _address(parent[-1], one)
    return _party(by_gln, one, gln)


def _party(own: Element, one: Element, gln: str | None) -> bool:
    if gln:
        own.set("gln", gln)
    return _address(own, one) and gln is not None


def _insured_ssn(body: Element) -> str:
    """Invalidity and military insurance name the AHV number with the law."""
    laws = (_find(body, name) for name in ("ivg", "mvg", "uvg"))
    return next((law.get("ssn", "") for law in laws if law is not None), "")


def _patient(parties: Element, tiers: Element, ssn: str) -> bool:
    patient = _find(tiers, "patient")
    ssn = patient.get("ssn", ssn) if patient is not None else ""
    if patient is None or not ssn or patient.get("gender") not in ("male", "female"):
        return False
    own = _add(parties, "patient", patient, "gender")
    own.set("ssn", ssn)
    own.set("sex", patient.get("gender", ""))
    own.set("birthdate", patient.get("birthdate", "")[:10])
    return _address(own, patient)


def _treatment(told: Element, body: Element) -> bool:
    treatment = _find(body, "treatment")
    if treatment is None or not treatment.get("canton") or not treatment.get("reason"):
        return False
    own = _add(told, "treatment", treatment, "canton", "reason", "apid", "acid")
    for name in ("date_begin", "date_end"):
        own.set(name, treatment.get(name, "")[:10])
    return bool(own.get("date_begin") and own.get("date_end"))


def _money(parties: Element, told: Element, tiers: Element, body: Element) -> None:
    """The amount due, and the rows by their numbers; the older releases let nobody change a row."""
    balance = _find(body, "balance") if _find(body, "balance") is not None else _find(tiers, "balance")
    if balance is not None:
        _add(parties, "balance", balance, "amount_due")
    rows, services = _find(body, "services"), _add(told, "services")
    for row in rows.iterchildren(tag=etree.Element) if rows is not None else ():
        _add(services, "service", row, "record_id")


def _address(own: Element, one: Element) -> bool:
    """Company or person with what both releases know; whether there is one with a town."""
    found = next((part for name in ("company", "person") if (part := _find(one, name)) is not None), None)
    if found is None or _find(found, "postal/city") is None or _find(found, "postal/zip") is None:
        return False
    own.append(_copied(found))
    return True


def _copied(one: Element) -> Element:
    name = etree.QName(one).localname
    own = etree.Element(_tag(name))
    for old, new in _ATTRIBUTES.get(name, {}).items():
        if one.get(old):
            own.set(new, one.get(old, ""))
    if name not in _ADDRESS:
        own.text = one.text
        return own
    for part in _ADDRESS[name]:
        for found in list(one.iterchildren(_tag(part)))[: 3 if part in ("phone", "email") else 1]:
            copied = _copied(found)
            if len(copied) or (copied.text or "").strip():
                own.append(copied)
    return own


def _find(parent: Element | None, path: str) -> Element | None:
    return None if parent is None else parent.find("/".join(_tag(name) for name in path.split("/")))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: Element, name: str, like: Element | None = None, *attributes: str) -> Element:
    """A new element with those of these attributes that `like` has."""
    kept = {one: like.get(one, "") for one in attributes if like is not None and like.get(one) is not None}
    return etree.SubElement(parent, _tag(name), kept)
