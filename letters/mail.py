"""The mail that carries a letter: neutral words as text and as HTML. What the letter says stands in its PDF alone."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from importlib.resources import files

from letters.facts import Facts
from letters.texts import Texts, default_texts
from pulse.base.reasons import Language

#: Readable in every mail program without loading anything: no picture, no script, no address of a server.
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="font-family: sans-serif; font-size: 1rem; line-height: 1.5">
{paragraphs}
</body>
</html>
"""


def mail_paragraphs(
    facts: Facts, texts: Texts | None = None, *, password: bool = False, mark: str = ""
) -> tuple[str, ...]:
    """The paragraphs of the mail's body; with `password` they say where the PDF's password comes from, with `mark` what
    an answer has to quote."""
    told = (texts or default_texts()).block("mail_text", facts)
    words = _words(facts.wording_language)
    beside = [words["password"]] if password else []
    beside += [words["answer"].format(mark=mark)] if mark else []
    # After the sentence that names the attachment, before the closing.
    return (*told[:2], *beside, *told[2:])


def mail_text(facts: Facts, texts: Texts | None = None, *, password: bool = False, mark: str = "") -> str:
    """The body as text."""
    return "\n\n".join(mail_paragraphs(facts, texts, password=password, mark=mark)) + "\n"


def mail_html(facts: Facts, texts: Texts | None = None, *, password: bool = False, mark: str = "") -> str:
    """The same words as an HTML page, with its language and a title."""
    told = mail_paragraphs(facts, texts, password=password, mark=mark)
    title = (texts or default_texts()).line("mail_subject", facts)
    return _PAGE.format(
        language=facts.wording_language,
        title=escape(title),
        paragraphs="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in told),
    )


@cache
def _words(language: Language) -> dict[str, str]:
    source = files("letters").joinpath("templates", "mail.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)[language]  # type: ignore[no-any-return]
