"""The answer to an invoice that came as XML: generalInvoiceResponse 5.0 (Forum Datenaustausch), made out of the request
that it answers. It tells the decision and its reasons, never a cost share or a risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from lxml import etree

from letters.facts import Insurer
from pulse.base.money import ZERO
from pulse.base.reason_texts import text
from pulse.base.reasons import Language, Reason
from pulse.claims.money.request_4 import as_release_5

NAMESPACE = "http://www.forum-datenaustausch.ch/invoice"
MAX_BYTES = 16 * 1024 * 1024
Outcome = Literal["accepted", "partly", "rejected", "pending", "repeated"]
Element = etree._Element

#: Codes that billers' programs know from other insurers; every other reason keeps our own number.
_CODES = {Reason.NOT_INSURED: "31160"}
_STATUS: Mapping[Outcome, str] = {
    "accepted": "granted",
    "partly": "granted",
    "rejected": "canceled",
    "pending": "frozen",
    "repeated": "received",
}
_LONGEST, _LONGEST_TEXT, _LONGEST_NAME = 2800, 700, 35
_EXPLANATIONS: Mapping[str, Mapping[Outcome, str]] = {
    "de": {
        "accepted": "Die Rechnung ist gutgeheissen.",
        "partly": "Die Rechnung ist teilweise gutgeheissen.",
        "rejected": "Die Rechnung wird nicht vergütet.",
        "pending": "Zur Rechnung gibt es eine Rückfrage.",
        "repeated": "Die Rechnung ist schon bei uns; diese Sendung ändert nichts.",
    },
    "fr": {
        "accepted": "La facture est acceptée.",
        "partly": "La facture est acceptée en partie.",
        "rejected": "La facture n'est pas remboursée.",
        "pending": "La facture donne lieu à une question.",
        "repeated": "La facture est déjà chez nous; cet envoi ne change rien.",
    },
    "it": {
        "accepted": "La fattura è accettata.",
        "partly": "La fattura è accettata in parte.",
        "rejected": "La fattura non è rimborsata.",
        "pending": "La fattura dà luogo a una domanda.",
        "repeated": "La fattura è già da noi; questo invio non cambia nulla.",
    },
}
#: What treatments and rows of the request and of the response have in common.
_TREATMENT = (
    *("date_begin", "date_end", "canton", "treatment", "reason"),
    *("gestation_week13", "end_of_birth", "apid", "acid"),
)
_ROW = [
    "record_id",
    "tariff_type",
    "code",
    "ref_code",
    "name",
    "session",
    "group_size",
    "date_begin",
    "date_end",
    "provider_id",
    "responsible_id",
    "billing_role",
    "medical_role",
    "body_location",
    "unit",
    "unit_factor",
    "external_factor",
    "unit_mt",
    "unit_factor_mt",
    "scale_factor_mt",
    "external_factor_mt",
    "amount_mt",
    "unit_tt",
    "unit_factor_tt",
    "scale_factor_tt",
    "external_factor_tt",
    "amount_tt",
    "vat_rate",
    "section_code",
    "service_attributes",
]


@dataclass(frozen=True, kw_only=True)
class LineAnswer:
    """What is granted of a row (CHF), None where that cannot be told, and why not more."""

    line: int
    approved: Decimal | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The decision as the biller is told it; amounts in CHF. `lines` in the order of the request's rows."""

    outcome: Outcome
    billed: Decimal = ZERO
    approved: Decimal = ZERO
    paid: Decimal = ZERO
    reasons: tuple[Reason, ...] = ()
    lines: Sequence[LineAnswer] = ()
    question: str = ""


def parse_request(data: bytes) -> Element | None:
    """A request as release 5.0 says it, out of release 4.4, 4.5 or 5.0; None where the bytes are something else, have a
    DTD, or lack what an answer must mirror."""
    if len(data) > MAX_BYTES:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None or root.tag != _tag("request"):
        return None
    return root if root.find(f".//{_tag('billers')}") is not None else as_release_5(root)


def response_xml(request: Element, answer: Answer, *, insurer: Insurer, guid: str, made_at: datetime) -> bytes | None:
    """The response as UTF-8; None where the request lacks a part that every response mirrors."""
    body, transport = request.find(f".//{_tag('body')}"), request.find(f".//{_tag('transport')}")
    payload = request.find(_tag("payload"))
    tiers = _tiers(body) if body is not None else None
    if payload is None or body is None or transport is None or tiers is None:
        return None
    parts = {name: tiers.find(_tag(name)) for name in ("billers", "debitor", "providers", "patient")}
    treatment, invoice = body.find(_tag("treatment")), payload.find(_tag("invoice"))
    if treatment is None or invoice is None or any(part is None for part in parts.values()):
        return None
    spoken = request.get("language", "de")
    language: Language = "fr" if spoken == "fr" else "it" if spoken == "it" else "de"
    root = etree.Element(_tag("response"), nsmap={"invoice": NAMESPACE})
    root.attrib.update({"language": language, "modus": request.get("modus", "production"), "guid": guid})
    _transport(_add(_add(root, "processing"), "transport"), transport)
    answered = _add(root, "payload", **_present(payload, ("request_type", "request_subtype")))
    answered.set("response_timestamp", str(int(made_at.timestamp())))
    for name in ("credit", "invoice", "reminder"):
        _reference(answered, payload.find(_tag(name)), name)
    out = _add(answered, "body")
    _add(_add(out, "prolog"), "generator", name="Pulse")
    for name in ("billers", "debitor", "providers"):
        out.append(_copy(parts[name]))
    out.append(_insurance(tiers.find(_tag("insurance")), transport, insurer))
    out.append(_copy(parts["patient"]))
    _company(_add(out, "contact"), insurer)
    _add(out, "treatment", **_present(treatment, _TREATMENT))
    _told(out, body, tiers, answer, language)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _told(out: Element, body: Element, tiers: Element, answer: Answer, language: Language) -> None:
    kind = etree.QName(tiers).localname
    told = _add(out, kind)
    status = {"status_in": "received", "status_out": _STATUS[answer.outcome]}
    notes = list(_notes(answer, body, language))
    if kind == "tiers_garant":
        told.set("recipient", "provider")
        _messages(_add(told, "notification", **status), answer, language, notes)
        return
    may_modify = tiers.get("allowModification", "false") in ("true", "1")
    if kind == "tiers_payant":
        told.set("allowModification", "true" if may_modify else "false")
    if answer.outcome in ("pending", "repeated"):
        _messages(_add(told, "pending", **status), answer, language, notes)
    elif answer.outcome == "rejected":
        rejected = _add(told, "rejected", **status)
        _explanation(rejected, answer, language, [])
        for note in notes:
            _add(rejected, "error", **note)
    else:
        accepted = _add(told, "accepted", **status)
        _explanation(accepted, answer, language, notes)
        if kind == "tiers_payant" and may_modify and answer.outcome == "partly":
            _services(accepted, body, answer, language)
        _balance(accepted, tiers, answer, kind)


def _balance(accepted: Element, tiers: Element, answer: Answer, kind: str) -> None:
    asked = tiers.find(_tag("balance"))
    due = (asked.get("amount_due") if asked is not None else None) or _number(answer.billed)
    paid = {"amount": _number(answer.billed), "amount_due": due, "amount_paid": _number(answer.paid)}
    if kind == "tiers_payant":
        _add(accepted, "balance", currency="CHF", **paid, amount_delta=_number(answer.approved - answer.billed))
    else:
        unpaid = max(Decimal(due) - answer.paid, ZERO)
        _add(accepted, "balance", currency="CHF", **paid, amount_unpaid=_number(unpaid))


def _services(accepted: Element, body: Element, answer: Answer, language: Language) -> None:
    """Every row with what was asked and what is granted; none of them where the parts cannot be told."""
    rows = _rows(body)
    if len(rows) != len(answer.lines) or any(line.approved is None for line in answer.lines):
        return
    services = _add(accepted, "services")
    for row, line in zip(rows, answer.lines, strict=True):
        quantity, amount = row.get("quantity", "1"), row.get("amount", "0")
        own = _present(row, _ROW)
        own |= {"quantity_original": quantity, "quantity_modified": quantity if line.approved else "0"}
        own |= {"amount_original": amount, "amount_modified": _number(line.approved or ZERO)}
        if line.reasons:
            own["remark"] = " ".join(text(reason, language) for reason in line.reasons)[:350]
        _add(services, etree.QName(row).localname, **own)


def _messages(parent: Element, answer: Answer, language: Language, notes: Sequence[Mapping[str, str]]) -> None:
    _explanation(parent, answer, language, [])
    for note in notes:
        _add(parent, "message", code=note["code"], text=note["text"])


def _explanation(parent: Element, answer: Answer, language: Language, notes: Sequence[Mapping[str, str]]) -> None:
    said = [_EXPLANATIONS[language][answer.outcome], answer.question, *dict.fromkeys(note["text"] for note in notes)]
    _add(parent, "explanation").text = " ".join(" ".join(said).split())[:_LONGEST]


def _notes(answer: Answer, body: Element, language: Language) -> Iterator[dict[str, str]]:
    """The reasons, those of the invoice first, then each row's with its `record_id`."""
    for reason in answer.reasons:
        yield _note(reason, language)
    rows = _rows(body)
    for line in answer.lines if len(rows) == len(answer.lines) else ():
        number = rows[line.line - 1].get("record_id") if 0 < line.line <= len(rows) else None
        for reason in line.reasons:
            yield _note(reason, language) | ({"record_id": number} if number else {})


def _note(reason: Reason, language: Language) -> dict[str, str]:
    return {"code": _CODES.get(reason, reason.value), "text": text(reason, language)[:_LONGEST_TEXT]}


def _transport(own: Element, asked: Element) -> None:
    """The way back: the other direction, the stations in the other order."""
    own.attrib.update({"from": asked.get("to", ""), "to": asked.get("from", "")})
    stations = sorted(asked.iterchildren(_tag("via")), key=lambda one: int(one.get("sequence_id", "0")), reverse=True)
    for number, station in enumerate(stations, 1):
        _add(own, "via", via=station.get("via", ""), sequence_id=str(number))


def _reference(payload: Element, asked: Element | None, name: str) -> None:
    if asked is not None:
        wanted = ("request_timestamp", "request_date", "request_id", "reminder_level")
        _add(payload, name, **_present(asked, wanted))


def _insurance(asked: Element | None, transport: Element, insurer: Insurer) -> Element:
    if asked is not None:
        return _copy(asked)
    own = etree.Element(_tag("insurance"), gln=transport.get("to", ""))
    _company(own, insurer)
    return own


def _company(parent: Element, insurer: Insurer) -> None:
    company = _add(parent, "company")
    _add(company, "companyname").text = insurer.name[:_LONGEST_NAME]
    postal = _add(company, "postal")
    if insurer.street:
        _add(postal, "street").text = insurer.street[:_LONGEST_NAME]
    _add(postal, "zip").text = insurer.zip[:9]
    _add(postal, "city").text = insurer.city[:_LONGEST_NAME]
    if insurer.phone:
        _add(_add(company, "telecom"), "phone").text = insurer.phone[:25]


def _tiers(body: Element) -> Element | None:
    found = (body.find(_tag(f"tiers_{kind}")) for kind in ("garant", "payant", "soldant"))
    return next((one for one in found if one is not None), None)


def _rows(body: Element) -> list[Element]:
    services = body.find(_tag("services"))
    return list(services.iterchildren(tag=etree.Element)) if services is not None else []


def _copy(element: Element | None) -> Element:
    assert element is not None
    copied = deepcopy(element)
    copied.tail = None
    return copied


def _present(element: Element, names: Sequence[str]) -> dict[str, str]:
    return {name: str(element.attrib[name]) for name in names if name in element.attrib}


def _number(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(parent, _tag(tag), attributes)
