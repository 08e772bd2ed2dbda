"""Reads generalInvoiceRequest 4.4, 4.5 and 5.0 (Forum Datenaustausch): no DTD, no entities, no network.

One walk for all releases: an element or attribute that a release lacks is simply not there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from lxml import etree

from pulse.base.errors import Unreadable
from pulse.base.identifiers import compact, is_creditor_reference, is_qr_reference
from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, Where, plain_double
from pulse.invoices.model import Invoice, Source
from pulse.invoices.xml.positions import read_positions
from pulse.invoices.xml.structure import violations

MAX_XML_BYTES = 16 * 1024 * 1024
NAMESPACE = "http://www.forum-datenaustausch.ch/invoice"
_RELEASE = re.compile(r"generalInvoiceRequest_(\d)(\d)\d\.xsd")
#: How many broken places a finding names.
_NAMED = 5
_LAWS = ("kvg", "vvg", "uvg", "ivg", "mvg", "org")
_TRUE = frozenset({"1", "true"})
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))

Element = etree._Element


def read_request(data: bytes, source: Source | None = None, *, page: int | None = None) -> Invoice:
    """The Invoice of an XML request; `source` and `page` where it comes out of another document.

    Raises `Unreadable`: P109 for a document that is no request of a known release or that has a DTD, P110 if too large.
    """
    root = _parse(data)
    draft, where = Draft(), Where(page=page)
    payload, body = _child(root, "payload"), _find(root, "body")
    if payload is None or body is None:
        raise Unreadable("The XML holds no readable invoice.", code=Reason.UNSUPPORTED_XML)
    _read_head(draft, root, payload, where)
    _read_parties(draft, body, where)
    _read_patient(draft, body, where)
    _read_treatment(draft, body, where)
    _read_balance(draft, body, where)
    _read_payment(draft, body, where)
    read_positions(draft, _find(body, "services"), where)
    release = _release(root, body)
    if broken := violations(root, release):
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        places = ", ".join(broken[:_NAMED]) + more
        draft.find(Reason.XML_STRUCTURE, None, f"the XML breaks the structure of its release at {places}")
    known = source or Source(kind="xml", sha256=hashlib.sha256(data).hexdigest())
    return draft.build(known.model_copy(update={"form_release": release}))


def _parse(data: bytes) -> Element:
    if len(data) > MAX_XML_BYTES:
        raise Unreadable("The XML is too large.", code=Reason.TOO_LARGE, bytes=len(data))
    if any(mark in data for mark in _DOCTYPE):
        raise Unreadable("An XML document with a DTD is not accepted.", code=Reason.UNSUPPORTED_XML)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("The XML is not well-formed.", code=Reason.UNSUPPORTED_XML) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("An XML document with a DTD is not accepted.", code=Reason.UNSUPPORTED_XML)
    if root.tag != f"{{{NAMESPACE}}}request":
        raise Unreadable("The XML is not a general invoice request.", code=Reason.UNSUPPORTED_XML)
    return root


def _release(root: Element, body: Element) -> str:
    """Named by the schema location; without one, told by what only one release has."""
    location = " ".join(str(value) for key, value in root.attrib.items() if str(key).endswith("chemaLocation"))
    if named := _RELEASE.search(location):
        release = f"{named[1]}.{named[2]}"
        if release not in {"4.4", "4.5", "5.0"}:
            raise Unreadable(
                "This release of the invoice XML is not known.", code=Reason.UNSUPPORTED_XML, release=release
            )
        return release
    if _find(body, "billers") is not None:
        return "5.0"
    services = _find(body, "services")
    records = services is not None and any(etree.QName(row).localname.startswith("record_") for row in services)
    return "4.4" if records else "4.5"


def _read_head(draft: Draft, root: Element, payload: Element, where: Where) -> None:
    invoice, reminder = _child(payload, "invoice"), _child(payload, "reminder")
    draft.text("guid", root.get("guid"), where)
    if (language := (root.get("language") or "")[:2]) in {"de", "fr", "it", "en"}:
        draft.put("language", language, where)
    if invoice is not None:
        draft.text("invoice_number", invoice.get("request_id"), where)
        draft.date("invoice_date", invoice.get("request_date"), where)
    request_type = payload.get("request_type") or payload.get("type") or "invoice"
    if request_type == "reminder" or reminder is not None:
        draft.put("request_type", "reminder", where)
        level = reminder.get("reminder_level", "1") if reminder is not None else "1"
        draft.put("reminder_level", int(level) if level.isdecimal() and len(level) < 3 else 1, where)
        draft.put("refers_to", draft.values.get("invoice_number"), where)
    elif (credit := _child(payload, "credit")) is not None:
        draft.text("refers_to", credit.get("request_id"), where)
    subtype = payload.get("request_subtype")
    if subtype is None:
        subtype = "storno" if payload.get("storno") in _TRUE else "copy" if payload.get("copy") in _TRUE else None
    if subtype in {"normal", "copy", "refund", "storno"}:
        draft.put("subtype", subtype, where)


def _read_parties(draft: Draft, body: Element, where: Where) -> None:
    for tiers in ("garant", "payant", "soldant"):
        if _find(body, f"tiers_{tiers}") is not None:
            draft.put("tiers", tiers, where)
    for role in ("biller", "provider"):
        for party in (_find(body, role), _find(body, f"{role}_gln"), _find(body, f"{role}_zsr")):
            if party is not None:
                _read_party(draft, role, party, where)
    vat = _find(body, "vat")
    if vat is not None:
        draft.text("biller.vat_number", vat.get("vat_number"), where)
    referrer = _find(body, "referrer")
    if referrer is None:
        referrer = next((one for one in _all(body, "partner") if one.get("type") == "referrer"), None)
    if referrer is not None:
        _read_party(draft, "prescriber", referrer, where)


def _read_party(draft: Draft, role: str, party: Element, where: Where) -> None:
    draft.text(f"{role}.gln", party.get("gln") or party.get("ean_party"), where)
    draft.text(f"{role}.zsr", party.get("zsr"), where)
    draft.text(f"{role}.vat_number", party.get("uid") or party.get("uid_number"), where)
    if (company := _child(party, "company")) is not None:
        draft.text(f"{role}.name", _text(company, "companyname"), where)
    elif (person := _child(party, "person")) is not None:
        parts = (person.get("title"), _text(person, "givenname"), _text(person, "familyname"))
        draft.text(f"{role}.name", " ".join(part for part in parts if part), where)
    for part in ("street", "zip", "city", "email"):
        draft.text(f"{role}.{part}", _text(party, part), where)


def _read_patient(draft: Draft, body: Element, where: Where) -> None:
    patient = _find(body, "patient")
    if patient is not None:
        draft.text("patient.family_name", _text(patient, "familyname"), where)
        draft.text("patient.given_name", _text(patient, "givenname"), where)
        draft.date("patient.birth_date", patient.get("birthdate"), where)
        if (sex := patient.get("gender") or patient.get("sex")) in {"male", "female", "diverse"}:
            draft.put("patient.sex", sex, where)
        for part in ("street", "zip", "city"):
            draft.text(f"patient.{part}", _text(patient, part), where)
        draft.text("patient.ssn", compact(patient.get("ssn") or ""), where)
        if (card := _child(patient, "card")) is not None:
            draft.text("patient.card_number", card.get("card_id"), where)
    law = _find(body, "law")
    name = law.get("type") if law is not None else None
    for old in _LAWS if law is None else ():
        if (law := _child(body, old)) is not None:
            name = old.upper()
            break
    if law is not None:
        draft.put("law", name if (name or "").lower() in _LAWS else None, where)
        draft.text("patient.insured_number", law.get("insured_id"), where)
        draft.text("patient.card_number", law.get("card_id"), where)


def _read_treatment(draft: Draft, body: Element, where: Where) -> None:
    treatment = _find(body, "treatment")
    if treatment is None:
        return
    draft.date("treatment.begin", treatment.get("date_begin"), where)
    draft.date("treatment.end", treatment.get("date_end"), where)
    draft.text("patient.canton", treatment.get("canton"), where)
    reason = treatment.get("reason")
    if reason in {"disease", "accident", "maternity", "prevention", "birthdefect", "unknown"}:
        draft.put("treatment.reason", reason, where)


def _read_balance(draft: Draft, body: Element, where: Where) -> None:
    balance = _find(body, "balance")
    if balance is None:
        return
    draft.text("currency", balance.get("currency"), where)
    for path, name in (("total_amount", "amount"), ("prepaid_amount", "amount_prepaid"), ("amount_due", "amount_due")):
        draft.money(path, plain_double(balance.get(name)), where, is_double=True)


def _read_payment(draft: Draft, body: Element, where: Where) -> None:
    for name in ("esrQR", "esrQRRed", "esrRed", "esr9"):
        if (slip := _find(body, name)) is None:
            continue
        draft.text("payment.iban", compact(slip.get("iban") or ""), where)
        reference = compact(slip.get("reference_number") or "")
        draft.text("payment.reference", reference, where)
        if slip.get("iban"):
            creditor, structured = is_creditor_reference(reference), is_qr_reference(reference) or name == "esrQR"
            draft.put("payment.reference_type", "SCOR" if creditor else "QRR" if structured else "NON", where)
        return


def _child(element: Element, name: str) -> Element | None:
    return element.find(f"{{{NAMESPACE}}}{name}")


def _find(element: Element, name: str) -> Element | None:
    return element.find(f".//{{{NAMESPACE}}}{name}")


def _all(element: Element, name: str) -> Iterator[Element]:
    return element.iter(f"{{{NAMESPACE}}}{name}")


def _text(element: Element, name: str) -> str | None:
    found = _find(element, name)
    return found.text if found is not None else None
