"""Labels and what each is the label of, found by their first word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pulse.invoices.plain.sheet import Token, label, tokens


class Labels:
    """A table of labels as sequences of comparable words; of two that fit, the longer one counts."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """`words` has for each meaning its labels between bars."""
        self._meanings = {
            spoken: meaning for meaning, line in words.items() for one in line.split("|") if (spoken := label(one))
        }
        lengths: dict[str, set[int]] = defaultdict(set)
        for spoken in self._meanings:
            lengths[spoken[0]].add(len(spoken))
        #: How many words the labels have that begin with a word, the longest first.
        self._lengths = {first: sorted(several, reverse=True) for first, several in lengths.items()}

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._meanings)

    def __contains__(self, spoken: object) -> bool:
        return spoken in self._meanings

    def match(self, words: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The longest label that begins at this word: what it is, and how many words it has."""
        for length in self._lengths.get(words[at].word, ()):
            if at + length <= len(words):
                spoken = tuple([token.word for token in words[at : at + length]])
                if meaning := self._meanings.get(spoken):
                    return meaning, length
        return None

    def whole(self, text: str) -> str | None:
        """What the whole text is the label of."""
        return self._meanings.get(label(text))

    def first(self, text: str) -> tuple[str, int] | None:
        """The label that a text begins with: what it is, and where in the text it ends."""
        words = tokens(text)
        if not words or not (found := self.match(words, 0)):
            return None
        return found[0], words[found[1] - 1].end
