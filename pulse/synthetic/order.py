"""What one item of a set shall be, drawn from a seed and the wishes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulse.synthetic.distributions import AGE, LANGUAGE, SEX
from pulse.synthetic.layouts.form import Release
from pulse.synthetic.layouts.plain_style import Design
from pulse.synthetic.number_styles import FORM_STYLES, NUMBER_STYLES
from pulse.synthetic.population import Kind
from pulse.synthetic.typefaces import typefaces


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A kind of sheet: the form's `release`, or the `design` of a plain one; who bills, where only one does."""

    release: Release | None = None
    design: Design | None = None
    kind: Kind | None = None


LAYOUTS = {
    "form-4.4": Layout(release="4.4"),
    "form-4.5": Layout(release="4.5"),
    "form-5.0": Layout(release="5.0"),
    "pharmacy-letter": Layout(design="letter", kind="pharmacy"),
    "pharmacy-table": Layout(design="table", kind="pharmacy"),
    "pharmacy-slip": Layout(design="slip", kind="pharmacy"),
    "practice-letter": Layout(design="letter", kind="practice"),
    "practice-table": Layout(design="table", kind="practice"),
}
GROUPS = {
    "all": tuple(LAYOUTS),
    "forms": tuple(name for name in LAYOUTS if name.startswith("form")),
    "plain": tuple(name for name, layout in LAYOUTS.items() if layout.design),
    "pharmacy": tuple(name for name, layout in LAYOUTS.items() if layout.kind == "pharmacy"),
    "practice": tuple(name for name, layout in LAYOUTS.items() if layout.kind == "practice"),
}
LANGUAGES = ("de", "fr", "it")
RENDERERS = ("reportlab",)
STRATA = ("language", "sex", "age")


class UnknownName(ValueError):
    """There is nothing of this name."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a set shall be drawn from. `balance` names strata (language, sex, age) that shall be equally large.

    `annex_share`: how many of the forms 5.0 carry their sheet of QR codes.
    """

    layouts: Sequence[str] = tuple(LAYOUTS)
    languages: Sequence[str] = LANGUAGES
    renderers: Sequence[str] = ("reportlab",)
    balance: Sequence[str] = ()
    annex_share: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Order:
    """One item; `seed` draws all that is not said here."""

    name: str
    seed: str
    layout: str
    language: str
    renderer: str
    kind: Kind
    typeface: str
    number_style: str
    sex: str | None = None
    age: str | None = None
    annex: bool = False

    @property
    def release(self) -> Release | None:
        """The form's release; None without a form."""
        return LAYOUTS[self.layout].release

    @property
    def design(self) -> Design | None:
        """The design of a plain invoice; None for a form."""
        return LAYOUTS[self.layout].design


def orders(count: int, seed: int, wishes: Wishes) -> Iterator[Order]:
    """The items of a set, in order; the same seed and wishes give the same ones. Raises `UnknownName`."""
    layouts = names(wishes.layouts, LAYOUTS, GROUPS)
    languages = names(wishes.languages, LANGUAGES)
    renderers = names(wishes.renderers, RENDERERS)
    strata = _strata(names(wishes.balance, STRATA), languages)
    for number in range(1, count + 1):
        rng = random.Random(f"{seed}/{number}")  # noqa: S311  no secret
        yield _order(rng, f"{number:05d}", f"{seed}/{number}", layouts, renderers, wishes, next(strata), languages)


def _order(
    rng: random.Random,
    name: str,
    seed: str,
    layouts: Sequence[str],
    renderers: Sequence[str],
    wishes: Wishes,
    stratum: dict[str, str],
    languages: Sequence[str],
) -> Order:
    layout = rng.choice(layouts)
    renderer = rng.choice(renderers)
    kind, release, design = LAYOUTS[layout].kind, LAYOUTS[layout].release, LAYOUTS[layout].design
    drawn_language = rng.choices(languages, [LANGUAGE.share(one) for one in languages])[0]
    drawn_kind: Kind = "pharmacy" if rng.random() < 0.7 else "practice"
    fonts = typefaces(embedded=renderer != "reportlab", monospaced=design == "slip")
    return Order(
        name=name,
        seed=seed,
        layout=layout,
        language=stratum.get("language", drawn_language),
        renderer=renderer,
        kind=kind or drawn_kind,
        typeface=rng.choice(fonts).name,
        number_style=rng.choice(FORM_STYLES if release else tuple(NUMBER_STYLES)),
        sex=stratum.get("sex"),
        age=stratum.get("age"),
        annex=rng.random() < wishes.annex_share and release == "5.0",
    )


def _strata(balance: Sequence[str], languages: Sequence[str]) -> Iterator[dict[str, str]]:
    """Every combination of the balanced strata, again and again."""
    values = {
        "language": list(languages),
        "sex": [value for value, _ in SEX.shares],
        "age": [value for value, _ in AGE.shares],
    }
    combinations = itertools.product(*(values[name] for name in balance))
    return itertools.cycle([dict(zip(balance, one, strict=True)) for one in combinations])


def names(wanted: Sequence[str], known: Iterable[str], groups: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """The wanted names, groups opened, each once. Raises `UnknownName` with what there is."""
    known, groups = list(known), groups or {}
    opened = dict.fromkeys(member for name in wanted for member in groups.get(name, (name,)))
    for name in opened:
        if name not in known:
            msg = f"{name!r} is none of {', '.join([*groups, *known])}"
            raise UnknownName(msg)
    return list(opened)
