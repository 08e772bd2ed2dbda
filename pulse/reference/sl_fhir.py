"""The Spezialitätenliste in FHIR (R5, implementation guide ch-epl): NDJSON, a bundle with one product a line.

A bundle holds the product, its packages, and for each package the authorization "Reimbursement SL" with prices, terms
and limitations; the limitations' texts are in the language of the file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from pulse.base.identifiers import gtin_13, is_indication_code
from pulse.reference.rows import BrokenList, ListedLimitation, ListedPack, NotThisList, asks_for_approval

_REIMBURSEMENT = "756000002003"
_REIMBURSED = "756001021001"
_LIMITATION_REIMBURSED = "756002071001"
_RETAIL_PRICE = "756002005001"
_GTIN_SYSTEM = "urn:oid:2.51.1.1"
_ATC_SYSTEM = "http://www.whocc.no/atc"
_CATEGORIES = {
    "756005022001": "A",
    "756005022002": "A+",
    "756005022003": "B",
    "756005022006": "C",
    "756005022008": "D",
    "756005022009": "E",
}
_SMALL_WORDS = {
    "de": {"der", "die", "und", "bei", "mit", "durch", "nach"},
    "fr": {"le", "les", "des", "et", "par", "pour", "chez"},
    "it": {"il", "di", "della", "e", "per", "con", "nei"},
}
_COST_SHARES = (10, 20, 40)
#: A bundle is some ten kilobytes; what is longer is no bundle.
_LONGEST_LINE = 16 * 1024 * 1024

Json = Mapping[str, Any]


def read(lines: Iterable[bytes], *, language: str) -> Iterator[ListedPack]:
    """The packs of the list, line by line; `language` is the file's.

    Raises `NotThisList` where the file does not begin with such a bundle, `BrokenList` naming the line of anything that
    cannot be read.
    """
    for number, bundle in bundles(lines):
        try:
            yield from _packs(_Bundle(bundle), number, language)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise BrokenList(f"line {number}: not a product of the list ({_words(error)})", line=number) from error


def bundles(lines: Iterable[bytes]) -> Iterator[tuple[int, Json]]:
    """The lines that are not blank, numbered from 1, as JSON objects."""
    begun = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > _LONGEST_LINE:
            raise BrokenList(f"line {number}: longer than {_LONGEST_LINE} bytes", line=number)
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if not begun:
                raise NotThisList("the file does not begin with a JSON object") from error
            raise BrokenList(f"line {number}: not JSON ({error.msg})", line=number) from error
        if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
            if not begun:
                raise NotThisList("the file does not begin with a FHIR bundle of a product")
            raise BrokenList(f"line {number}: not a FHIR bundle", line=number)
        begun = True
        yield number, value
    if not begun:
        raise NotThisList("the file is empty")


def language_of(lines: Iterable[bytes], *, most: int = 300) -> str | None:
    """The language of the limitations' texts, by their commonest small words; None where the first `most` products
    have no text."""
    votes: Counter[str] = Counter()
    for number, bundle in bundles(lines):
        if number > most:
            break
        for use in _Bundle(bundle).all("ClinicalUseDefinition"):
            words = _text(use).lower().split()
            votes.update(language for word in words for language, small in _SMALL_WORDS.items() if word in small)
    return votes.most_common(1)[0][0] if votes else None


def day_of(bundle: Json) -> date | None:
    """The day that a bundle says it was made, where it does."""
    stamp = bundle.get("timestamp")
    return date.fromisoformat(stamp[:10]) if isinstance(stamp, str) else None


@dataclass(frozen=True)
class _Bundle:
    """A product's resources by type."""

    content: Json

    def all(self, kind: str) -> list[Json]:
        resources = (entry["resource"] for entry in self.content["entry"])
        return [resource for resource in resources if resource["resourceType"] == kind]

    def product(self) -> Json:
        products = self.all("MedicinalProductDefinition")
        if len(products) != 1:
            msg = f"{len(products)} products in one bundle"
            raise ValueError(msg)
        return products[0]


def _packs(bundle: _Bundle, line: int, language: str) -> Iterator[ListedPack]:
    product = bundle.product()
    packages = {package["id"]: package for package in bundle.all("PackagedProductDefinition")}
    texts = {use["id"]: _text(use) for use in bundle.all("ClinicalUseDefinition")}
    substances = ", ".join(_substances(bundle.all("Ingredient")))
    for authorization in bundle.all("RegulatedAuthorization"):
        if _code(authorization["type"]) != _REIMBURSEMENT:
            continue
        package = packages[_id(authorization["subject"][0])]
        terms = _extensions(_extensions(authorization)["reimbursementSL"][0])
        if _coded(terms["status"]) != _REIMBURSED:
            continue
        since, until = _listed(terms)
        price, price_from = _price(terms.get("productPrice", ()))
        yield ListedPack(
            line=line,
            gtin=_gtin(package),
            name=package.get("description") or _product_name(product, language),
            substances=substances,
            manufacturer=_manufacturer(authorization),
            atc=_atc(product),
            category=_category(package),
            listed_from=since,
            listed_until=until,
            cost_share_percent=_cost_share(terms),
            price_model=bool(terms["priceModel"][0]["valueBoolean"]) if "priceModel" in terms else False,
            price=price,
            price_from=price_from,
            limitations=_limitations(authorization, texts, language),
        )


def _extensions(element: Json) -> dict[str, list[Json]]:
    """An element's extensions by the last part of their address."""
    found: dict[str, list[Json]] = defaultdict(list)
    for extension in element.get("extension", ()):
        found[extension["url"].rsplit("/", 1)[-1]].append(extension)
    return found


def _id(reference: Json) -> str:
    """References name the profile, not the type: only their last segment is the id."""
    return str(reference["reference"]).rsplit("/", 1)[-1]


def _code(concept: Json) -> str:
    return str(concept["coding"][0]["code"])


def _coded(extensions: Sequence[Json]) -> str:
    return _code(extensions[0]["valueCodeableConcept"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _gtin(package: Json) -> str | None:
    identifiers = package.get("packaging", {}).get("identifier", ())
    for identifier in [identifiers] if isinstance(identifiers, dict) else identifiers:
        if identifier.get("system") == _GTIN_SYSTEM:
            return gtin_13(str(identifier["value"]))
    return None


def _category(package: Json) -> str | None:
    codes = [_code(status["code"]) for status in package.get("legalStatusOfSupply", ())]
    return next((_CATEGORIES[code] for code in codes if code in _CATEGORIES), None)


def _atc(product: Json) -> str | None:
    codings = [coding for concept in product.get("classification", ()) for coding in concept.get("coding", ())]
    return next((str(coding["code"]) for coding in codings if coding.get("system") == _ATC_SYSTEM), None)


def _names(product: Json) -> dict[str, str]:
    return {
        usage["language"]["coding"][0]["code"][:2]: str(name["productName"])
        for name in product.get("name", ())
        for usage in name.get("usage", ())
    }


def _product_name(product: Json, language: str) -> str:
    names = _names(product)
    return names.get(language) or next(iter(names.values()))


def _substances(ingredients: Iterable[Json]) -> list[str]:
    names = [ingredient["substance"]["code"]["concept"].get("text", "") for ingredient in ingredients]
    return list(dict.fromkeys(name for name in names if name))


def _manufacturer(authorization: Json) -> str:
    return next((str(one["name"]) for one in authorization.get("contained", ()) if one.get("name")), "")


def _listed(terms: Mapping[str, Sequence[Json]]) -> tuple[date | None, date | None]:
    period = terms["listingPeriod"][0]["valuePeriod"] if "listingPeriod" in terms else {}
    expiry = terms["expiryDate"][0]["valueDate"] if "expiryDate" in terms else None
    return _day(period.get("start")), _day(expiry or period.get("end"))


def _cost_share(terms: Mapping[str, Sequence[Json]]) -> int:
    percent = int(terms["costShare"][0]["valueInteger"]) if "costShare" in terms else 10
    if percent not in _COST_SHARES:
        msg = f"a cost share of {percent} percent"
        raise ValueError(msg)
    return percent


def _price(prices: Sequence[Json]) -> tuple[Decimal | None, date | None]:
    """The retail price; the parser gave a float of the shortest form, whose text is what the list wrote."""
    for price in prices:
        parts = _extensions(price)
        if _coded(parts["type"]) == _RETAIL_PRICE:
            money = parts["value"][0]["valueMoney"]
            amount = Decimal(str(money["value"])).quantize(Decimal("0.01"))
            if money["currency"] != "CHF" or amount <= 0:
                msg = f"a price of {money['value']} {money['currency']}"
                raise ValueError(msg)
            return amount, _day(parts["changeDate"][0]["valueDate"]) if "changeDate" in parts else None
    return None, None


def _limitations(authorization: Json, texts: Mapping[str, str], language: str) -> tuple[ListedLimitation, ...]:
    """One for each text; several indication codes may stand for the same one."""
    by_code: dict[str, ListedLimitation] = {}
    for indication in authorization.get("indication", ()):
        for extension in _extensions(indication)["regulatedAuthorization-limitation"]:
            parts = _extensions(extension)
            if _coded(parts["status"]) != _LIMITATION_REIMBURSED:
                continue
            code = _id(parts["limitationIndication"][0]["valueReference"])
            one = _limitation(code, parts, texts.get(code, ""), language)
            known = by_code.get(code)
            by_code[code] = one if known is None else _together(known, one)
    return tuple(by_code.values())


def _limitation(code: str, parts: Mapping[str, Sequence[Json]], text: str, language: str) -> ListedLimitation:
    """It holds since its first day, whatever changed in it since, until it is no longer paid for."""
    period = parts["period"][0]["valuePeriod"] if "period" in parts else {}
    first = parts["firstLimitationDate"][0]["valueDate"] if "firstLimitationDate" in parts else None
    end = parts["reimbursementEndDate"][0]["valueDate"] if "reimbursementEndDate" in parts else period.get("end")
    codes = [str(one["valueString"]) for one in parts.get("indicationCode", ())]
    return ListedLimitation(
        code=code,
        texts={language: text} if text else {},
        needs_approval=asks_for_approval(text),
        indication_codes=tuple(one for one in codes if is_indication_code(one)),
        valid_from=_day(first or period.get("start")),
        valid_until=_day(end),
    )


def _together(one: ListedLimitation, other: ListedLimitation) -> ListedLimitation:
    ends = (one.valid_until, other.valid_until)
    starts = [day for day in (one.valid_from, other.valid_from) if day]
    return ListedLimitation(
        code=one.code,
        texts=one.texts,
        needs_approval=one.needs_approval,
        indication_codes=tuple(dict.fromkeys((*one.indication_codes, *other.indication_codes))),
        valid_from=min(starts, default=None),
        valid_until=None if None in ends else max(day for day in ends if day),
    )


def _text(use: Json) -> str:
    concept = use.get("indication", {}).get("diseaseSymptomProcedure", {}).get("concept", {})
    return str(concept.get("text") or "").strip()


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error) or type(error).__name__
