"""The guard's checks: each looks at a draft for one fault, is small and pure, and errs on the side of finding it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from letters import lexicon
from letters.lexicon import Lexicon
from letters.lexicons import LEXICONS
from letters.occasions import Kind
from letters.placeholders import TOKEN, found_in
from letters.readability import MAX_AVERAGE_WORDS, MAX_SENTENCE_WORDS, SENTENCES, sentence_lengths
from pulse.base.reasons import Language

MIN_WORDS, MAX_WORDS, MAX_PARAGRAPHS = 8, 160, 4
#: How often one placeholder may stand in a text, and how many words in a row may come from the instruction.
_MOST_USES, _ECHOED_WORDS = 3, 8
_SIGNS = r"\s.,;:!?()'’„“”«»\-–"
_WORD = re.compile(r"[^\W\d_]+")
_LIST_MARK = re.compile(r"^\s*(?:[-–]|\(?\w{1,2}[.)])\s", re.MULTILINE)
_GLUED = re.compile(r"(?<![\s(’'„“«])\[\[|\]\](?![\s.,;:!?)’'“”»]|$)")
_PART = re.compile(r"\[\[[A-Z_]+\]\]|[^\W\d_]+")
_BILLED, _APPROVED, _REDUCED = "[[AMOUNT_BILLED]]", "[[AMOUNT_APPROVED]]", "[[AMOUNT_REDUCED]]"
_NUMBER, _DATE, _BILLER = "[[INVOICE_NUMBER]]", "[[INVOICE_DATE]]", "[[BILLER]]"
_COVERS, _REFUSES = "covers", "refuses"
#: What a text of this kind says about paying, all in all. Whoever returns an invoice says nothing about it.
_POLARITY: dict[Kind, frozenset[str]] = {
    Kind.APPROVED: frozenset({_COVERS}),
    Kind.PARTLY_APPROVED: frozenset({_COVERS, _REFUSES}),
    Kind.DENIED: frozenset({_REFUSES}),
}


@dataclass(frozen=True)
class Draft:
    """A text as the checks look at it: `raw` as it came, `paragraphs` cleaned, and what it has to keep to."""

    raw: str
    paragraphs: tuple[str, ...]
    kind: Kind
    language: Language
    required: frozenset[str]
    allowed: frozenset[str]
    echo: frozenset[str]
    detect: Callable[[str], str | None]

    @cached_property
    def lexicon(self) -> Lexicon:
        return LEXICONS[self.language]

    @cached_property
    def whole(self) -> str:
        return "\n".join(self.paragraphs)

    @cached_property
    def prose(self) -> str:
        """Without placeholders: `X` stands for each."""
        return TOKEN.sub("X", self.whole)

    @cached_property
    def sentences(self) -> list[str]:
        """With their placeholders."""
        return [sentence for paragraph in self.paragraphs for sentence in SENTENCES.split(paragraph)]

    @cached_property
    def clauses(self) -> list[tuple[str, str | None]]:
        """What a sentence says one by one, each with what it says about paying. That our approval was needed before
        says nothing about it."""
        return _clauses(self.sentences, self.lexicon)

    def holds(self, pattern: re.Pattern[str]) -> bool:
        return bool(pattern.search(self.prose))


def contradicts(text: str, kind: Kind, language: Language) -> bool:
    """Whether a text says the one thing about paying that a letter of this kind must not say, and never the other."""
    said = {said for _, said in _clauses(SENTENCES.split(text), LEXICONS[language]) if said}
    return len(said) == 1 and not said <= _POLARITY.get(kind, said)


def _clauses(sentences: list[str], words: Lexicon) -> list[tuple[str, str | None]]:
    plain = (words.approval_needed.sub("", sentence) for sentence in sentences)
    parts = (clause for sentence in plain for clause in words.clause.split(sentence))
    return [(clause, _says(clause, words)) for clause in parts]


def _says(clause: str, words: Lexicon) -> str | None:
    refused, covered = words.refuse.search(clause), words.cover.search(clause)
    if not refused and not covered:
        return None
    negated = bool(words.negation.search(clause))
    return _REFUSES if bool(refused) != negated else _COVERS


def _length(draft: Draft) -> bool:
    return not MIN_WORDS <= len(_WORD.findall(draft.prose)) <= MAX_WORDS or len(draft.paragraphs) > MAX_PARAGRAPHS


def _characters(draft: Draft) -> bool:
    """Markdown, lists, JSON, tags, entities, other scripts, letters of other languages, invisible signs."""
    foreign = re.compile(rf"[^A-Za-z{draft.lexicon.letters}\d{_SIGNS}]")
    return bool(foreign.search(TOKEN.sub("X", draft.raw)) or _LIST_MARK.search(draft.raw))


def _language(draft: Draft) -> bool:
    """All of it, and each sentence that is long enough to tell."""
    if draft.detect(TOKEN.sub(" ", draft.whole)) != draft.language:
        return True
    plain = (TOKEN.sub(" ", sentence) for sentence in draft.sentences)
    return any(draft.detect(text) != draft.language for text in plain if len(_WORD.findall(text)) >= 8)


def _missing_fact(draft: Draft) -> bool:
    return not draft.required <= found_in(draft.paragraphs)


def _unknown_placeholder(draft: Draft) -> bool:
    return not found_in(draft.paragraphs) <= draft.allowed


def _misplaced(draft: Draft) -> bool:
    """A placeholder where another belongs, glued to something, qualified ("about"), or written again and again."""
    uses = Counter(TOKEN.findall(draft.whole))
    if max(uses.values(), default=0) > _MOST_USES or _GLUED.search(draft.whole):
        return True
    if any(_out_of_place(draft.whole, token, draft.lexicon) for token in TOKEN.finditer(draft.whole)):
        return True
    if any(_wrong_party(clause, said, draft.lexicon) for clause, said in draft.clauses):
        return True
    in_part = draft.kind is Kind.PARTLY_APPROVED
    return in_part and any(_amount_swapped(clause, said, draft.lexicon) for clause, said in draft.clauses)


def _out_of_place(text: str, token: re.Match[str], words: Lexicon) -> bool:
    before = text[max(0, token.start() - 60) : token.start()].rstrip().rstrip("(„«“,")
    near = [word.casefold() for word in _WORD.findall(before)[-3:]]
    if token[0] == _DATE:
        return not words.before_date.search(before)
    if token[0] == _NUMBER:
        return not words.before_number.search(before)
    if token[0] == _BILLER:
        return not words.before_biller.search(before)
    return before.endswith(("-", "–")) or any(words.vague.fullmatch(" ".join(near[-count:])) for count in (1, 2))


def _wrong_party(clause: str, said: str | None, words: Lexicon) -> bool:
    """Who is paid is code's to say: where paying is spoken of, the biller is only whom the invoice is from."""
    if said is None or _BILLER not in clause:
        return False
    return not all(words.before_biller.search(before.rstrip()) for before in clause.split(_BILLER)[:-1])


def _amount_swapped(clause: str, said: str | None, words: Lexicon) -> bool:
    """Of an invoice that is paid in part: which amount was charged, which is paid, which is not."""
    parts = _PART.findall(clause)
    if _REDUCED in parts and said != _REFUSES:
        return True
    if _APPROVED in parts and (said != _COVERS or _REDUCED in parts):
        return True
    if _BILLED not in parts:
        return False
    if said == _REFUSES or words.negation.search(clause) or (said == _COVERS and _APPROVED not in parts):
        return True
    amounts = [place for place, part in enumerate(parts) if part in (_BILLED, _APPROVED)]
    found = list(words.billed.finditer(clause))
    telling = [cue for cue in found if not clause[cue.end() :].lstrip().startswith("[[INVOICE")] or found
    cues = [len(_PART.findall(clause[: cue.end()])) - 1 for cue in telling]
    nearest = [parts[min(amounts, key=lambda place, cue=cue: abs(place - cue))] for cue in cues]  # type: ignore[misc]
    return not nearest or any(part != _BILLED for part in nearest)


def _number(draft: Draft) -> bool:
    digits = any(sign.isnumeric() for sign in draft.prose)
    return digits or draft.holds(draft.lexicon.numbers) or draft.holds(lexicon.ROMAN)


def _currency(draft: Draft) -> bool:
    return draft.holds(lexicon.CURRENCY)


def _contact(draft: Draft) -> bool:
    return draft.holds(lexicon.CONTACT)


def _law(draft: Draft) -> bool:
    return draft.holds(lexicon.LAW) or draft.holds(draft.lexicon.law)


def _name(draft: Draft) -> bool:
    """A title with a name, or a capital that neither the language nor such a letter asks for."""
    if draft.holds(lexicon.TITLE):
        return True
    known = draft.lexicon
    return any(
        word[0].isupper() and word != "X" and not known.openers.fullmatch(word) and not known.capitals.fullmatch(word)
        for word in _WORD.findall(draft.prose)
    ) or any(_opener_inside(_WORD.findall(TOKEN.sub("X", sentence)), known) for sentence in draft.sentences)


def _opener_inside(found: list[str], known: Lexicon) -> bool:
    """A capital inside a sentence is a name, even of a word that may open one."""
    return any(word[0].isupper() and word != "X" and not known.capitals.fullmatch(word) for word in found[1:])


def _polarity(draft: Draft) -> bool:
    """What each clause says about paying, taken together, is what was decided: by us, without an if, all of it or a
    part; and the tone goes with it."""
    words, kind = draft.lexicon, draft.kind
    spoken = [(clause, said) for clause, said in draft.clauses if said]
    if {said for _, said in spoken} != _POLARITY.get(kind, frozenset()):
        return True
    if any(words.others.search(clause) for clause, _ in spoken):
        return True
    plain = [words.approval_needed.sub("", sentence) for sentence in draft.sentences]
    about_paying = (s for s in plain if words.cover.search(s) or words.refuse.search(s))
    if any(words.conditional.search(sentence) for sentence in about_paying):
        return True
    amount = {Kind.APPROVED: words.partly, Kind.PARTLY_APPROVED: words.wholly}.get(kind)
    if kind is Kind.DENIED and (draft.holds(words.partly) or draft.holds(words.wholly)):
        return True
    wrong_tone = words.regret if kind is Kind.APPROVED else words.gladness
    return (amount is not None and draft.holds(amount)) or draft.holds(wrong_tone)


def _unsupported(draft: Draft) -> bool:
    """A statement beyond what was decided, or a sentence that speaks of nothing such a letter speaks of."""
    words = draft.lexicon
    known = (words.topics, words.cover, words.refuse, words.approval_needed)
    stray = (s for s in draft.sentences if not TOKEN.search(s) and not any(pattern.search(s) for pattern in known))
    return draft.holds(words.claims) or any(stray)


def _banned(draft: Draft) -> bool:
    by_machine = draft.kind in (Kind.APPROVED, Kind.RETURNED)
    return draft.holds(draft.lexicon.banned) or (by_machine and draft.holds(draft.lexicon.people))


def _echo(draft: Draft) -> bool:
    """A sentence of the instruction, or a long run of words from one."""
    if not draft.echo.isdisjoint(draft.sentences):
        return True
    told = {run for sentence in draft.echo for run in _runs(sentence, _ECHOED_WORDS)}
    return any(run in told for sentence in draft.sentences for run in _runs(sentence, _ECHOED_WORDS))


def _runs(text: str, length: int) -> list[tuple[str, ...]]:
    found = [word.casefold() for word in _WORD.findall(text)]
    return [tuple(found[start : start + length]) for start in range(len(found) - length + 1)]


def _repetition(draft: Draft) -> bool:
    sentences = Counter(sentence.casefold() for sentence in draft.sentences)
    return max(sentences.values()) > 1 or max(Counter(_runs(draft.prose, 4)).values(), default=0) > 2


def _hard_to_read(draft: Draft) -> bool:
    """A single sentence has no average."""
    lengths = sentence_lengths(draft.prose)
    average = sum(lengths) / len(lengths)
    return max(lengths) > MAX_SENTENCE_WORDS or (len(lengths) > 1 and average > MAX_AVERAGE_WORDS)


def _unfinished(draft: Draft) -> bool:
    """At either end: a sentence begins large, and a paragraph ends with a full stop."""
    begun = all(re.match(r"[„“«(]?(?:[A-ZÀ-ÝŒ]|\[\[)", sentence) for sentence in draft.sentences)
    return not begun or any(paragraph[-1] not in ".!?" for paragraph in draft.paragraphs)


#: In this order a verdict names the faults.
CHECKS: tuple[tuple[str, Callable[[Draft], bool]], ...] = (
    ("length", _length),
    ("characters", _characters),
    ("language", _language),
    ("missing_fact", _missing_fact),
    ("unknown_placeholder", _unknown_placeholder),
    ("misplaced", _misplaced),
    ("number", _number),
    ("currency", _currency),
    ("contact", _contact),
    ("law", _law),
    ("name", _name),
    ("polarity", _polarity),
    ("unsupported", _unsupported),
    ("banned", _banned),
    ("echo", _echo),
    ("repetition", _repetition),
    ("hard_to_read", _hard_to_read),
    ("unfinished", _unfinished),
)
