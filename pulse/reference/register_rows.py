"""What a register of insured persons, of providers or of approvals says in one row, whatever the format of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pulse.base.identifiers import (
    compact,
    gtin_13,
    is_ahv_number,
    is_gln,
    is_iban,
    is_indication_code,
    is_qr_iban,
    is_zsr,
)

_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")
_SEX = {"m": "male", "f": "female", "d": "diverse", "other": "diverse", "unknown": None}
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: Of adults and of children (Art. 93 KVV, Art. 64 Abs. 4 KVG), in CHF.
FRANCHISES = frozenset(map(Decimal, (0, 100, 200, 300, 400, 500, 600, 1000, 1500, 2000, 2500)))


def _rule(holds: Any, message: str) -> AfterValidator:
    """A check whose message never repeats the value."""

    def check(value: Any) -> Any:
        if value is not None and not holds(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _as_sex(value: Any) -> Any:
    return _SEX.get(value.lower(), value.lower()) if isinstance(value, str) else value


def _as_bool(value: Any) -> Any:
    return _YES_NO.get(value.strip().lower(), value) if isinstance(value, str) else value


Number = Annotated[str, BeforeValidator(lambda value: compact(str(value))), Field(min_length=1, max_length=35)]
Ahv = Annotated[Number | None, BeforeValidator(_blank), _rule(is_ahv_number, "is no AHV number")]
OptionalNumber = Annotated[Number | None, BeforeValidator(_blank)]
Gln = Annotated[Number | None, BeforeValidator(_blank), _rule(is_gln, "is no GLN")]
Zsr = Annotated[Number | None, BeforeValidator(_blank), _rule(is_zsr, "is no ZSR number")]
Iban = Annotated[
    Number | None,
    BeforeValidator(_blank),
    _rule(is_iban, "is no IBAN"),
    _rule(lambda account: not is_qr_iban(account), "is a QR-IBAN, which takes no payment without its reference"),
]
AnyIban = Annotated[Number | None, BeforeValidator(_blank), _rule(is_iban, "is no IBAN")]
Mail = Annotated[
    Annotated[str, Field(max_length=254)] | None, BeforeValidator(_blank), _rule(_MAIL.fullmatch, "is no mail address")
]
Language = Annotated[Literal["de", "fr", "it", "en"], BeforeValidator(lambda value: _blank(value) or "de")]
Day = Annotated[date | None, BeforeValidator(_blank)]
Name = Annotated[str, Field(min_length=1, max_length=150)]
Line = Annotated[str, Field(max_length=100)]
YesNo = Annotated[bool | None, BeforeValidator(_as_bool), BeforeValidator(_blank)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ClientRow(_Row):
    """An insured person. Amounts in CHF; cover and maternity include both of their days. A consent that is not said
    is left as it is; nothing ever said means no."""

    insurance_number: Number
    ahv_number: Ahv = None
    card_number: OptionalNumber = None
    first_name: Annotated[str, Field(min_length=1, max_length=100)]
    last_name: Annotated[str, Field(min_length=1, max_length=100)]
    birth_date: Day = None
    sex: Annotated[Literal["male", "female", "diverse"] | None, BeforeValidator(_as_sex), BeforeValidator(_blank)] = (
        None
    )
    street: Line = ""
    zip: Annotated[str, Field(max_length=10)] = ""
    city: Line = ""
    canton: Annotated[Annotated[str, Field(pattern="^[A-Z]{2}$")] | None, BeforeValidator(_blank)] = None
    email: Mail = None
    language: Language = "de"
    law: Annotated[
        Literal["KVG", "VVG", "UVG", "IVG", "MVG"], BeforeValidator(lambda value: _blank(value) or "KVG")
    ] = "KVG"
    risk_score: Annotated[Literal["low", "medium", "high"], BeforeValidator(lambda value: _blank(value) or "low")] = (
        "low"
    )
    covered_from: date
    covered_until: Day = None
    iban: Iban = None
    family_id: OptionalNumber = None
    franchises: dict[int, Annotated[Decimal, _rule(FRANCHISES.__contains__, "is no franchise of the law")]] = Field(
        default_factory=dict
    )
    maternity_from: Day = None
    maternity_until: Day = None
    consent_mail: YesNo = None
    consent_data_use: YesNo = None

    @model_validator(mode="after")
    def _days_in_order(self) -> ClientRow:
        if self.covered_until and self.covered_until < self.covered_from:
            raise ValueError("covered_until lies before covered_from")
        if (self.maternity_from is None) != (self.maternity_until is None):
            raise ValueError("maternity_from and maternity_until stand together")
        if self.maternity_from and self.maternity_until and self.maternity_until < self.maternity_from:
            raise ValueError("maternity_until lies before maternity_from")
        return self


class ProviderRow(_Row):
    """A provider, known by GLN or ZSR number. Without `valid_from` the row holds from the day of the import."""

    gln: Gln = None
    zsr: Zsr = None
    name: Name
    street: Line = ""
    zip: Annotated[str, Field(max_length=10)] = ""
    city: Line = ""
    email: Mail = None
    language: Language = "de"
    iban: AnyIban = None
    valid_from: Day = None
    valid_to: Day = None

    @model_validator(mode="after")
    def _has_a_number(self) -> ProviderRow:
        if self.gln is None and self.zsr is None:
            raise ValueError("gln or zsr must be given")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self


class ApprovalRow(_Row):
    """An approval of costs, or (`kind` copayment) of the usual co-payment where the list has the raised one: for a pack
    by GTIN, or for a group by the start of its ATC code."""

    insurance_number: Number
    kind: Annotated[Literal["costs", "copayment"], BeforeValidator(lambda value: _blank(value) or "costs")] = "costs"
    gtin: Annotated[str | None, BeforeValidator(_blank), _rule(gtin_13, "is no GTIN")] = None
    atc: Annotated[str | None, BeforeValidator(_blank), _rule(_ATC.fullmatch, "is no ATC code")] = None
    indication_code: Annotated[
        str | None, BeforeValidator(_blank), _rule(is_indication_code, "is no indication code such as 12345.01")
    ] = None
    packs: Annotated[Annotated[int, Field(ge=1, le=10_000)] | None, BeforeValidator(_blank)] = None
    valid_from: date
    valid_until: Day = None
    reference: Annotated[str, Field(max_length=35)] = ""

    @model_validator(mode="after")
    def _pack_or_group(self) -> ApprovalRow:
        if (self.gtin is None) == (self.atc is None):
            raise ValueError("either gtin or atc must be given")
        if self.kind == "copayment" and (self.packs or self.indication_code):
            raise ValueError("packs and indication_code are for approvals of costs")
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from")
        return self


Why = Literal[
    "wrong_columns",
    "wrong_shape",
    "missing_value",
    "invalid_value",
    "no_gtin",
    "patient_missing",
    "number_taken",
    "client_unknown",
    "older_version",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A bad row: its line in the file, the field (empty: the row as a whole), a code, and why in words. Never the
    value."""

    line: int
    field: str
    code: Why
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {f'{self.field}: ' if self.field else ''}{self.why} [{self.code}]"


def wrong_columns(line: int, cells: Sequence[str], headings: Sequence[str]) -> Refused:
    """A row of a CSV with more or fewer columns than headings."""
    why = f"has {len(cells)} columns, not {len(headings)}"
    return Refused(line=line, field="", code="wrong_columns", why=why)


RowType = TypeVar("RowType", bound=BaseModel)


@dataclass(frozen=True)
class Numbered(Generic[RowType]):
    """A row and the line it stands in."""

    line: int
    row: RowType


Rows = Iterator[Numbered[RowType] | Refused]


def checked(kind: type[RowType], values: dict[str, Any], line: int) -> Numbered[RowType] | Refused:
    """The values as a row, or what is wrong with the first of them."""
    try:
        return Numbered(line, kind.model_validate(values))
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = problem["loc"]
        missing = bool(where) and values.get(str(where[0])) in (None, "")
        return Refused(
            line=line,
            field=".".join(map(str, where)),
            code="missing_value" if missing else "invalid_value",
            why="must be there" if missing else problem["msg"].removeprefix("Value error, "),
        )
