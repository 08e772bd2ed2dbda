"""Reason codes: numbered, stable, the same in findings, the API, the log, the tasklist and the letters.

| block | about |
|---|---|
| P1xx | the document: why it cannot be read |
| P2xx | the invoice by itself: missing, malformed or contradicting values |
| P3xx | a position |
| P4xx | the client |
| P5xx | duplicates |
| P6xx | provider and payee |
| P7xx | risk |
| P8xx | what a person chose when deciding |
| P9xx | technical: the way was blocked, not the invoice |

Their sentences in German, French, Italian and English stand in `pulse.base.reason_texts`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Language = Literal["de", "fr", "it", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "fr", "it", "en")


class Reason(StrEnum):
    """A reason code; the member's name says in short what it means."""

    UNREADABLE = "P100"
    NOT_A_PDF = "P101"
    ENCRYPTED = "P102"
    DAMAGED = "P103"
    EMPTY_FILE = "P104"
    TOO_MANY_PAGES = "P105"
    LIMITS_EXCEEDED = "P106"
    IMAGE_ONLY = "P107"
    NO_INVOICE_FOUND = "P108"
    UNSUPPORTED_XML = "P109"
    TOO_LARGE = "P110"

    INVOICE_NUMBER_MISSING = "P201"
    INVOICE_DATE_MISSING = "P202"
    BILLER_MISSING = "P203"
    PATIENT_NAME_MISSING = "P204"
    INSURANCE_NUMBER_MISSING = "P205"
    POSITIONS_MISSING = "P206"
    TOTAL_MISSING = "P207"
    BIRTH_DATE_MISSING = "P208"
    TREATMENT_DATE_MISSING = "P209"
    SUM_DIFFERS = "P220"
    LINE_AMOUNT_DIFFERS = "P221"
    DATE_IMPOSSIBLE = "P222"
    DATE_IN_FUTURE = "P223"
    AHV_NUMBER_INVALID = "P224"
    GLN_INVALID = "P225"
    ZSR_INVALID = "P226"
    IBAN_INVALID = "P227"
    PAYMENT_REFERENCE_INVALID = "P228"
    SOURCES_DISAGREE = "P229"
    AMOUNT_UNREADABLE = "P230"
    AMOUNT_DUE_DIFFERS = "P232"
    CURRENCY_NOT_CHF = "P233"
    HIDDEN_TEXT_DROPPED = "P234"
    ANNEX_INCOMPLETE = "P235"
    VALUE_UNREADABLE = "P236"
    XML_STRUCTURE = "P237"
    READ_UNCERTAINLY = "P238"
    PICTURE_NOT_COMPARED = "P239"
    ADDRESSES_A_PROGRAM = "P240"
    TREATMENT_TOO_OLD = "P241"
    SEVERAL_INVOICES = "P242"

    GTIN_INVALID = "P310"
    GTIN_MISSING = "P311"
    NOT_LISTED = "P312"
    PRICE_ABOVE_MAXIMUM = "P313"
    TARIFF_NOT_COVERED = "P314"
    QUANTITY_IMPLAUSIBLE = "P315"
    DELISTED = "P316"
    NOT_YET_LISTED = "P317"
    NO_LIST_PRICE = "P318"
    PRICE_OF_LATER_DAY = "P319"
    APPROVAL_MISSING = "P320"
    APPROVAL_USED_UP = "P321"
    LIMITATION_APPLIES = "P322"
    LIMITATION_PACKS = "P323"
    INDICATION_CODE_MISSING = "P324"
    INDICATION_CODE_UNKNOWN = "P325"
    EARLY_REFILL = "P326"
    VAT_IMPLAUSIBLE = "P328"
    TARIFF_UNKNOWN = "P329"
    AIDS_AND_DEVICES = "P330"
    PHARMACODE_UNKNOWN = "P331"
    SERVICE_WITHOUT_DRUG = "P332"
    SERVICE_NOT_IN_TABLE = "P333"
    SERVICE_ABOVE_MAXIMUM = "P334"

    NOT_INSURED = "P401"
    NO_COVER_ON_DATE = "P402"
    CLIENT_MISMATCH = "P403"
    LAW_DIFFERS = "P404"
    BY_CONTRACT = "P405"

    ALREADY_RECEIVED = "P501"
    SAME_NUMBER_OTHER_CONTENT = "P502"
    CANCELLED = "P503"
    CANCELS = "P504"
    ALREADY_BILLED = "P510"
    DISPENSED_ELSEWHERE = "P511"
    BILLED_TWICE = "P512"

    IBAN_NOT_REGISTERED = "P601"
    PROVIDER_NOT_REGISTERED = "P602"

    RISK_PRICE = "P701"
    RISK_ABUSE = "P702"
    RISK_COST = "P703"
    RISK_CLIENT = "P704"

    DECIDED_IN_ORDER = "P801"
    DECIDED_NOT_LISTED = "P811"
    DECIDED_PRICE_CUT = "P812"
    DECIDED_QUANTITY = "P813"
    DECIDED_NOT_JUSTIFIED = "P814"
    DECIDED_APPROVAL_MISSING = "P815"
    DECIDED_NO_COVER = "P816"
    DECIDED_DUPLICATE = "P817"
    DECIDED_OTHER = "P818"
    DECIDED_CANCELLED = "P819"
    DECIDED_QUESTION = "P821"
    NO_ANSWER = "P822"

    DECISION_INCOMPLETE = "P901"
    DELIVERY_UNKNOWN = "P902"
    NO_MAIL_ADDRESS = "P903"
    NO_MAIL_CONSENT = "P904"
    NO_LETTER_PASSWORD = "P905"  # noqa: S105  a code, no password
    NO_CERTIFICATE = "P906"
    LETTER_BOUNCED = "P907"


#: Codes that a person may choose on the decision form, by decision; the form's select holds exactly these.
DECISION_REASONS: dict[str, tuple[Reason, ...]] = {
    "approve": (Reason.DECIDED_IN_ORDER,),
    "partial": (Reason.DECIDED_PRICE_CUT, Reason.DECIDED_QUANTITY, Reason.DECIDED_NOT_LISTED, Reason.DECIDED_OTHER),
    "deny": (
        Reason.DECIDED_NOT_LISTED,
        Reason.DECIDED_QUANTITY,
        Reason.DECIDED_NOT_JUSTIFIED,
        Reason.DECIDED_APPROVAL_MISSING,
        Reason.DECIDED_NO_COVER,
        Reason.DECIDED_DUPLICATE,
        Reason.DECIDED_CANCELLED,
        Reason.DECIDED_OTHER,
    ),
    "ask": (Reason.DECIDED_QUESTION,),
}
