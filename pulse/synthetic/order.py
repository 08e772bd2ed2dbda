"""What one item of a set shall be, drawn from a seed and the wishes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulse.base.errors import InvalidInput
from pulse.synthetic.distributions import AGE, LANGUAGE, SEX
from pulse.synthetic.faults import FAULTS
from pulse.synthetic.layouts.form import Release
from pulse.synthetic.layouts.plain_style import Design
from pulse.synthetic.number_styles import FORM_STYLES, NUMBER_STYLES
from pulse.synthetic.population import Kind
from pulse.synthetic.scans import SCANNERS, Scan, draw_scan
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
RENDERERS = ("reportlab", "html", "libreoffice")
STRATA = ("language", "sex", "age")


class UnknownName(InvalidInput):
    """There is nothing of this name."""

    code = "unknown_name"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a set shall be drawn from. `balance` names strata (language, sex, age) that shall be equally large.

    `annex_share`: how many of the forms 5.0 carry their sheet of QR codes. `fault_share`: how many items have one of
    the `faults`. `scanners`: names of `scans.SCANNERS` or `none`, each as often; `resolutions` in dots per inch.
    """

    layouts: Sequence[str] = tuple(LAYOUTS)
    languages: Sequence[str] = LANGUAGES
    renderers: Sequence[str] = ("reportlab",)
    balance: Sequence[str] = ()
    annex_share: float = 0.25
    faults: Sequence[str] = ()
    fault_share: float = 0.3
    scanners: Sequence[str] = ("none",)
    resolutions: Sequence[int] = (200,)


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
    fault: str | None = None
    scan: Scan | None = None

    @property
    def release(self) -> Release | None:
        """The form's release; None without a form."""
        return LAYOUTS[self.layout].release

    @property
    def design(self) -> Design | None:
        """The design of a plain invoice; None for a form."""
        return LAYOUTS[self.layout].design


@dataclass(frozen=True, kw_only=True)
class _Choices:
    """The wishes with their names checked and groups opened."""

    layouts: list[str]
    languages: list[str]
    renderers: list[str]
    faults: list[str]
    scanners: list[str]


def orders(count: int, seed: int, wishes: Wishes) -> Iterator[Order]:
    """The items of a set, in order; the same seed and wishes give the same ones. Raises `UnknownName`."""
    choices = _Choices(
        layouts=names(wishes.layouts, LAYOUTS, GROUPS),
        languages=names(wishes.languages, LANGUAGES),
        renderers=names(wishes.renderers, RENDERERS),
        faults=names(wishes.faults, FAULTS, {"all": tuple(FAULTS)}),
        scanners=[names([one], [*SCANNERS, "none"])[0] for one in wishes.scanners],
    )
    each = strata(names(wishes.balance, STRATA), choices.languages)
    for number in range(1, count + 1):
        item_seed = f"{seed}/{number}"
        rng = random.Random(item_seed)  # noqa: S311  no secret
        yield _order(rng, f"{number:05d}", item_seed, choices, wishes, stratum=next(each))


def _order(
    rng: random.Random, name: str, seed: str, choices: _Choices, wishes: Wishes, *, stratum: dict[str, str]
) -> Order:
    layout, renderer = rng.choice(choices.layouts), rng.choice(choices.renderers)
    kind, release, design = LAYOUTS[layout].kind, LAYOUTS[layout].release, LAYOUTS[layout].design
    drawn_language = rng.choices(choices.languages, [LANGUAGE.share(one) for one in choices.languages])[0]
    drawn_kind: Kind = "pharmacy" if rng.random() < 0.7 else "practice"
    fonts = typefaces(embedded=renderer != "reportlab", monospaced=design == "slip")
    annex = rng.random() < wishes.annex_share and release == "5.0"
    fault = rng.choice(choices.faults) if choices.faults and rng.random() < wishes.fault_share else None
    if fault and (FAULTS[fault].forms_only or FAULTS[fault].annex == "needs") and design:
        fault = None
    if fault and FAULTS[fault].annex != "either":
        annex = FAULTS[fault].annex == "needs" and release == "5.0"
        fault = fault if annex or FAULTS[fault].annex == "never" else None
    scanner, dpi = rng.choice(choices.scanners), rng.choice(list(wishes.resolutions))
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
        annex=annex,
        fault=fault,
        scan=None if scanner == "none" or fault == "hidden-text" else draw_scan(rng, scanner, dpi),
    )


def strata(balance: Sequence[str], languages: Sequence[str]) -> Iterator[dict[str, str]]:
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
