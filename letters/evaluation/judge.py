"""Judges a finished letter by the text of its PDF: is every number, date and name in it one of the facts?

The witness against the guard, so it shares nothing with it: it gets no placeholders and no wording, only the page's
text and the facts. It works out by itself how each fact looks on paper, what has to be there, and what the words say
about paying. Its words stand in `judge_words.toml`; the vocabulary of our own letters it reads from their files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from letters.facts import Facts
from letters.occasions import Kind, Recipient
from pulse.base import reason_texts
from pulse.base.reasons import LANGUAGES, Language

_DECIDED = (Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED)
_SWISS_TIME = ZoneInfo("Europe/Zurich")
_ARTICLE = re.compile(r"\((?:[Aa]rt)\. \d{1,3} (?:KVG|KVV|ATSG|LAMal|OAMal|LPGA)\)")
#: Numbers of the letters' own fixed sentences: law, deadline, page.
_FIXED = re.compile(
    r"[Aa]rt\. (?:51|49 (?:und|et|e|and) 52|21|89)\b|\b(?:Abs|al|cpv|para)\. 2\b|\b30 (?:Tagen|jours|giorni|days)\b"
    r"|\b(?:Seite|Page|Pagina) \d+ (?:von|sur|di|of) \d+\b"
)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)")
_OUTSIDE = re.compile(
    r"@|https?:|www\.|§|\b(?:CHF|EUR|USD|Fr|SFr)\b|€|\$|\bIBAN\b|\b[Aa]rt\.|\b\w+\.(?:ch|com|org|net|fr|it|de)\b"
    r"|[{}\[\]<>|*_#`=~^\\]|&\w+;|\b(?=[IVXLCDM]{2})[IVXLCDM]+\b"
)
_BILLED, _APPROVED, _REDUCED, _NUMBER, _DATE, _BILLER = "⟦B⟧", "⟦A⟧", "⟦R⟧", "⟦N⟧", "⟦D⟧", "⟦P⟧"
_AMOUNTS = (_BILLED, _APPROVED, _REDUCED)
_MARK = re.compile("⟦[A-Z]⟧")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a letter. `code` is one of `CODES`; `detail` quotes the letter."""

    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


#: `polarity`: it does not say what was decided. `role`: a true value in a wrong place.
CODES = ("unreadable", "missing", "number", "date", "name", "contact", "claim", "role", "polarity", "language")


def judge(text: str, facts: Facts) -> list[Problem]:
    """What is wrong with the letter of this text, as extracted page by page; nothing: every statement is a fact."""
    words = _words(facts.language)
    lines = [_plain(line) for line in text.splitlines()]
    whole = " ".join(line for line in lines if line)
    said = _explanation(lines, words)
    if not said:
        return [Problem("unreadable", "no explanation between salutation and next heading")]
    for reason in facts.all_reasons:  # told once more, word for word
        said = _as_printed(reason_texts.text(reason, facts.language), glued=True).sub("", said)
    marked = _marked(said, facts, words)
    return [
        *_missing(whole, marked, facts, words),
        *(Problem("number", found) for found in _foreign_numbers(whole, facts, words)),
        *_foreign_words(marked, facts, words),
        *_roles(marked, facts, words),
        *_polarity(marked, facts, words),
        *_language(marked, facts),
    ]


def _plain(text: str) -> str:
    """One line; pdfium tells a hyphen at a line's end by a sign of its own."""
    return " ".join(text.replace("\x02", "-").replace("\ufffe", "-").replace("’", "'").split())


def _explanation(lines: list[str], words: dict[str, Any]) -> str:
    start, ends = re.compile(words["start"]), re.compile(words["ends"])
    begin = next((place for place, line in enumerate(lines) if start.match(line)), len(lines))
    end = next((place for place in range(begin + 1, len(lines)) if ends.match(lines[place])), len(lines))
    return " ".join(line for line in lines[begin + 1 : end] if line)


def _marked(said: str, facts: Facts, words: dict[str, Any]) -> str:
    """The explanation with the facts that it may tell as marks; any other number, date or name stays as it is."""
    money = {_BILLED: facts.billed_total, _APPROVED: facts.approved_total, _REDUCED: _reduced(facts)}
    told = {Kind.APPROVED: {_APPROVED}, Kind.PARTLY_APPROVED: set(_AMOUNTS)}.get(facts.kind, {_BILLED})
    money = {mark: amount for mark, amount in money.items() if mark in told}
    found = [(_money(amount), mark) for mark, amount in money.items() if amount is not None]
    found += [(_day(facts.invoice_date, words), _DATE)] if facts.invoice_date else []
    found += [(_plain(name), _BILLER) for name in [facts.biller_name] if name]
    found += [(_plain(number), _NUMBER) for number in [facts.invoice_number] if number]
    for form, mark in sorted(found, key=lambda pair: -len(pair[0])):
        said = _as_printed(form).sub(mark, said)
    return said


def _missing(whole: str, marked: str, facts: Facts, words: dict[str, Any]) -> Iterable[Problem]:
    named: dict[str, object] = {}
    if facts.recipient is not Recipient.CONTROLLER:
        named = {_NUMBER: facts.invoice_number, _DATE: facts.invoice_date}
    if facts.recipient is Recipient.CLIENT:
        named[_BILLER] = facts.biller_name
    amounts = {
        Kind.APPROVED: {_APPROVED: facts.approved_total},
        Kind.PARTLY_APPROVED: {
            _BILLED: facts.billed_total,
            _APPROVED: facts.approved_total,
            _REDUCED: _reduced(facts),
        },
        Kind.DENIED: {_BILLED: facts.billed_total},
    }.get(facts.kind, {})
    if len(set(amounts.values())) == len(amounts):  # of two that are the same, one mark stands for both
        named |= amounts
    yield from (Problem("missing", f"{mark} {fact}") for mark, fact in named.items() if fact and mark not in marked)
    for form in _required(facts, words):
        if not _as_printed(form, glued=True).search(whole):
            yield Problem("missing", form)


def _required(facts: Facts, words: dict[str, Any]) -> Iterable[str]:
    """What code sets around the explanation."""
    yield from (str(facts.case_id), facts.insurer.name, facts.insurer.phone, facts.insurer.email)
    yield from facts.addressee.lines
    yield _day(facts.letter_date, words)
    if facts.recipient is not Recipient.CONTROLLER:
        paid = None if facts.account_wanted else facts.payment_reference
        told = (facts.patient_name, facts.invoice_number, facts.invoice_guid, paid)
        yield from (text for text in told if text)
    for position in facts.positions:
        yield from (text for text in (position.code, position.name) if text)
        decided = position.approved if facts.kind in _DECIDED else None
        yield from (_figure(amount) for amount in (position.billed, decided) if amount is not None)
    share = facts.cost_share
    if share:
        yield from (_money(amount) for amount in (share.franchise, share.copayment, share.settled) if amount)
    if facts.kind in (Kind.PARTLY_APPROVED, Kind.DENIED):
        yield from (reason_texts.text(one, facts.language).rstrip(".") for one in facts.all_reasons)
    if facts.automated:
        yield "rt. 21"
    if facts.kind in _DECIDED and facts.recipient is Recipient.CLIENT and facts.law != "VVG":
        yield from words["appeal"]


def _foreign_numbers(whole: str, facts: Facts, words: dict[str, Any]) -> list[str]:
    """Whatever still holds a digit once every form of every fact is taken out."""
    rest = _FIXED.sub(" ", _ARTICLE.sub(" ", whole))
    for form in sorted(_number_forms(facts, words), key=len, reverse=True):
        rest = _as_printed(form).sub(" ", rest)
    return [word for word in rest.split() if any(sign.isnumeric() for sign in word)]


def _number_forms(facts: Facts, words: dict[str, Any]) -> set[str]:
    insurer, share = facts.insurer, facts.cost_share
    texts = [
        *facts.addressee.lines, *insurer.address.lines, insurer.phone, insurer.email, insurer.website or "",
        insurer.data_protection or "", facts.patient_name or "", facts.biller_name or "", facts.invoice_number or "",
        facts.insurance_number or "", facts.account or "", facts.case_url or "", facts.comment or "",
        str(facts.case_id), *facts.questions, facts.invoice_guid or "", facts.payment_reference or "",
    ]  # fmt: skip
    digits = re.sub(r"\D", "", facts.insurance_number or "")
    texts.append(f"756.••••.••{digits[-4:-2]}.{digits[-2:]}" if len(digits) == 13 and digits[:3] == "756" else "")
    texts += [f"{place + 1}:" for path in facts.missing_fields for place in map(int, re.findall(r"\.(\d+)", path))]
    for reason in facts.all_reasons:
        texts += [reason_texts.text(reason, facts.language), reason_texts.label(reason, facts.language)]
    for position in facts.positions:
        texts += [position.code or "", position.name or "", *_quantity(position.quantity)]
        texts += [position.date.strftime("%d.%m.%Y")] if position.date else []
    days = [facts.letter_date, facts.invoice_date, facts.treatment_begin, facts.treatment_end, facts.answer_by]
    texts += [_day(day, words) for day in (*days, *(bill.due_on for bill in facts.bills)) if day]
    if facts.due_at:
        local = facts.due_at.astimezone(_SWISS_TIME)
        texts.append(words["moment"].format(date=_day(local.date(), words), time=f"{local:%H:%M}"))
    amounts = [facts.billed_total, facts.approved_total, _reduced(facts), facts.refund, facts.withdrawn]
    amounts += [amount for position in facts.positions for amount in (position.billed, position.approved)]
    amounts += [bill.amount for bill in facts.bills]
    if share:
        amounts += [share.franchise, share.copayment, share.borne, share.settled, abs(share.adjustment)]
        amounts += [share.year_franchise, share.year_copayment]
        texts += [str(share.year)] if share.year else []
    if facts.kind is Kind.DENIED:
        amounts.append(Decimal(0))
    texts += [_figure(amount) for amount in amounts if amount is not None]
    return {_plain(text) for text in texts if text.strip()}


def _foreign_words(marked: str, facts: Facts, words: dict[str, Any]) -> Iterable[Problem]:
    """In the explanation: numbers and dates in words, addresses, laws, names, and what nobody ever decided."""
    months = words["months"].replace(" ", "|")
    if any(sign.isnumeric() for sign in marked):
        yield Problem("number", marked)
    yield from (Problem("date", hit[0]) for hit in re.finditer(rf"\b(?:{months})\b", marked, _case(facts)))
    yield from (Problem("contact", hit[0]) for hit in _OUTSIDE.finditer(marked))
    if facts.kind not in (*_DECIDED, Kind.RETURNED):
        return  # fixed sentences, worded by nobody
    yield from (Problem("number", hit[0]) for hit in re.finditer(rf"\b(?:{words['numbers']})\b", marked, re.I))
    yield from (Problem("claim", hit[0]) for hit in re.finditer(rf"\b(?:{words['never']})", marked, re.I))
    for sentence in _SENTENCE.split(marked):
        if _says(sentence, words) and (hit := re.search(rf"\b(?:{words['hedge']})", sentence, re.I)):
            yield Problem("claim", hit[0])
    if facts.kind in (Kind.APPROVED, Kind.RETURNED) and (hit := re.search(words["people"], marked, re.I)):
        yield Problem("claim", hit[0])
    known = _vocabulary(facts.language)
    for word in _WORD.findall(_MARK.sub(" ", marked)):
        parts = re.split(r"['-]", word)
        if any(part[:1].isupper() and part.casefold() not in known for part in parts):
            yield Problem("name", word)


def _case(facts: Facts) -> re.RegexFlag:
    return re.NOFLAG if facts.language in ("de", "en") else re.IGNORECASE


def _roles(marked: str, facts: Facts, words: dict[str, Any]) -> Iterable[Problem]:
    """Each value where such a value belongs."""
    before = {_NUMBER: words["before_number"], _DATE: words["before_date"], _BILLER: words["before_biller"]}
    for mark in _MARK.finditer(marked):
        ahead = _MARK.sub("", marked[: mark.start()]).rstrip(" (\"„«“:'")
        near = " ".join(ahead.split()[-3:])
        if mark[0] in before and not re.search(rf"(?:^|\W){before[mark[0]]}$", near, re.I):
            yield Problem("role", f"{near} {mark[0]}")
        if mark[0] in _AMOUNTS and re.search(r"[-–+]$", near):
            yield Problem("role", f"{near} {mark[0]}")
    if facts.kind is not Kind.PARTLY_APPROVED or _reduced(facts) == facts.approved_total:
        return
    for sentence in _SENTENCE.split(marked):
        for clause in re.split(words["clause"], sentence, flags=re.I):
            yield from (Problem("role", clause) for _ in range(_misplaced_amount(clause, words)))


def _misplaced_amount(clause: str, words: dict[str, Any]) -> bool:
    """What is paid is not refused, what is not paid is not covered, and what was charged is called so."""
    says, negated = _says(clause, words), bool(re.search(words["negation"], clause, re.I))
    refused = says == "refuses" or (says is None and negated)
    if (_REDUCED in clause and not refused and says is not None) or (_APPROVED in clause and refused):
        return True
    if _BILLED not in clause:
        return _APPROVED in clause and says is None and bool(re.search(words["charged"], clause, re.I))
    if refused or (says == "covers" and _APPROVED not in clause):
        return True
    cues = [hit.start() for hit in re.finditer(words["charged"], clause, re.I)]
    places = [(hit.start(), hit[0]) for hit in _MARK.finditer(clause) if hit[0] in _AMOUNTS]
    return any(min(places, key=lambda place, cue=cue: abs(place[0] - cue))[1] != _BILLED for cue in cues)  # type: ignore[misc]


def _says(clause: str, words: dict[str, Any]) -> str | None:
    covers, refuses = re.search(words["cover"], clause, re.I), re.search(words["refuse"], clause, re.I)
    if not covers and not refuses:
        return None
    return "refuses" if bool(refuses) != bool(re.search(words["negation"], clause, re.I)) else "covers"


def _polarity(marked: str, facts: Facts, words: dict[str, Any]) -> Iterable[Problem]:
    kind = facts.kind
    wanted = {
        Kind.APPROVED: {"covers"},
        Kind.PARTLY_APPROVED: {"covers", "refuses"},
        Kind.DENIED: {"refuses"},
        Kind.RETURNED: set(),
    }.get(kind)
    if wanted is None:
        return
    clauses = chain.from_iterable(re.split(words["clause"], one, flags=re.I) for one in _SENTENCE.split(marked))
    said = {says for clause in clauses if (says := _says(clause, words))}
    if said != wanted:
        yield Problem("polarity", f"says {sorted(said)}, decided {kind.value}")
    never = {Kind.APPROVED: ("sadly", "partly"), Kind.DENIED: ("gladly", "fully", "partly")}.get(kind, ())
    if kind is Kind.PARTLY_APPROVED:
        never = ("gladly",)
    for name in never:
        if hit := re.search(rf"\b(?:{words[name]})\b", marked, re.I):
            yield Problem("polarity", hit[0])


def _language(marked: str, facts: Facts) -> Iterable[Problem]:
    """By the small words, sentence by sentence."""
    for sentence in _SENTENCE.split(marked):
        found = [word.casefold() for word in _WORD.findall(_MARK.sub(" ", sentence))]
        votes = {lang: sum(word in _words(lang)["function"].split() for word in found) for lang in LANGUAGES}
        if len(found) >= 5 and votes[facts.language] < max(votes.values()):
            yield Problem("language", sentence)


def _reduced(facts: Facts) -> Decimal | None:
    known = facts.billed_total is not None and facts.approved_total is not None
    return facts.billed_total - facts.approved_total if known else None  # type: ignore[operator]


def _figure(amount: Decimal) -> str:
    """Swiss: 1'234.50."""
    return f"{amount:,.2f}".replace(",", "'")


def _money(amount: Decimal) -> str:
    return f"CHF {_figure(amount)}"


def _quantity(amount: Decimal | None) -> list[str]:
    return [] if amount is None else [f"{amount.normalize():f}"]


def _day(day: date, words: dict[str, Any]) -> str:
    month = words["months"].split()[day.month - 1]
    if day.day == 1:
        return f"{words['first']} {month} {day.year}"
    return str(words["day"].format(day=day.day, month=month, year=day.year))


@cache
def _as_printed(form: str, *, glued: bool = False) -> re.Pattern[str]:
    """The text however lines broke it, and not as part of a longer number or word."""
    blanks = r"\s*" if glued else r"\s?"
    inner = blanks.join(re.escape(sign) for sign in _plain(form) if sign != " ")
    return re.compile(rf"(?<![\w'.])(?:{inner})(?![\w']|\.\d)" if not glued else inner)


@cache
def _vocabulary(language: Language) -> frozenset[str]:
    """Every word that our own letters and reasons use, and ordinary ones beside them; the rest may be a name."""
    folder = files("letters").joinpath("templates", language)
    sources = [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".txt")]
    sources.append(files("pulse.base.reason_texts").joinpath(f"{language}.toml").read_text("utf-8"))
    sources.append(_words(language)["ordinary"])
    prose = re.sub(r"\{[%{#].*?[%}#]\}", " ", "\n".join(sources), flags=re.DOTALL)
    return frozenset(re.findall(r"[^\W\d_]+", prose.casefold()))


@cache
def _words(language: Language) -> dict[str, Any]:
    file = files("letters.evaluation").joinpath("judge_words.toml")
    return dict(tomllib.loads(file.read_text("utf-8"))[language])
