"""Where the rule behind a reason stands in the law; each check's docstring says how it is applied."""

from __future__ import annotations

from collections.abc import Mapping

from pulse.base.reasons import Reason

SOURCES: Mapping[Reason, str] = {
    Reason.TREATMENT_DATE_MISSING: "Art. 59 Abs. 1 KVV",
    Reason.TREATMENT_TOO_OLD: "Art. 24 Abs. 1 ATSG",
    Reason.LINE_AMOUNT_DIFFERS: "Art. 59 KVV",
    Reason.AMOUNT_UNREADABLE: "Art. 42 Abs. 3 KVG",
    Reason.GTIN_INVALID: "Art. 59 Abs. 1 lit. b KVV",
    Reason.GTIN_MISSING: "Art. 59 Abs. 1 lit. b KVV",
    Reason.PHARMACODE_UNKNOWN: "Art. 59 Abs. 1 lit. b KVV",
    Reason.NOT_LISTED: "Art. 52 Abs. 1 lit. b KVG",
    Reason.DELISTED: "Art. 52 Abs. 1 lit. b KVG",
    Reason.NOT_YET_LISTED: "Art. 52 Abs. 1 lit. b KVG",
    Reason.PRICE_ABOVE_MAXIMUM: "Art. 52 Abs. 3 KVG",
    Reason.NO_LIST_PRICE: "Art. 52 Abs. 1 KVG",
    Reason.PRICE_OF_LATER_DAY: "Art. 67 KVV",
    Reason.TARIFF_NOT_COVERED: "Art. 43 KVG",
    Reason.TARIFF_UNKNOWN: "Art. 59 Abs. 1 lit. b KVV",
    Reason.AIDS_AND_DEVICES: "Art. 20a KLV",
    Reason.QUANTITY_IMPLAUSIBLE: "Art. 56 Abs. 1 KVG",
    Reason.EARLY_REFILL: "Art. 56 Abs. 1 KVG",
    Reason.APPROVAL_MISSING: "Art. 73 KVV",
    Reason.APPROVAL_USED_UP: "Art. 73 KVV",
    Reason.LIMITATION_APPLIES: "Art. 73 KVV",
    Reason.LIMITATION_PACKS: "Art. 73 KVV",
    Reason.INDICATION_CODE_MISSING: "Art. 73 KVV",
    Reason.INDICATION_CODE_UNKNOWN: "Art. 73 KVV",
    Reason.VAT_IMPLAUSIBLE: "Art. 25 Abs. 2 lit. a MWSTG",
    Reason.SERVICE_WITHOUT_DRUG: "Art. 43 Abs. 4 KVG (LOA)",
    Reason.SERVICE_NOT_IN_TABLE: "Art. 43 Abs. 4 KVG (LOA)",
    Reason.SERVICE_ABOVE_MAXIMUM: "Art. 43 Abs. 4 KVG (LOA)",
    Reason.NOT_INSURED: "Art. 42a KVG",
    Reason.CLIENT_MISMATCH: "Art. 42a KVG",
    Reason.NO_COVER_ON_DATE: "Art. 5 KVG",
    Reason.LAW_DIFFERS: "Art. 1a Abs. 2 lit. b KVG, Art. 64 ATSG",
    Reason.BY_CONTRACT: "Art. 2 Abs. 2 KVAG, VVG",
    Reason.ALREADY_BILLED: "Art. 56 KVG",
    Reason.DISPENSED_ELSEWHERE: "Art. 56 KVG",
    Reason.BILLED_TWICE: "Art. 56 Abs. 1 KVG",
}
