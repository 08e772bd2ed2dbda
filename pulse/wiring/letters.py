"""How letters are worded, look and are signed, from the settings."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from letters.language_model import LanguageModel
from letters.letterhead import BadLetterhead, Letterhead, read_colour, read_logo
from letters.texts import BadTemplate, Texts, default_texts
from letters.writer import TemplateWriter, Writer
from mail_gateway.key_pair import KeyPair
from pulse.base.errors import Misconfigured
from pulse.claims.office import Office
from pulse.settings import Settings

if TYPE_CHECKING:
    from letters.model_writer import Price

#: Each kind, recipient and language twice.
_SAMPLE_LETTERS = 104


def writer(settings: Settings, *, may_rest: bool = True) -> Writer:
    """Who words the letters: the template, or a language model with the template behind it, which may rest where it
    fails again and again."""
    if settings.letters_model is None:
        if settings.letters_model_url:
            raise Misconfigured("PULSE_LETTERS_MODEL names the endpoint's model", key="PULSE_LETTERS_MODEL")
        return TemplateWriter(texts(settings))
    from letters.circuit_breaker import CircuitBreaker  # noqa: PLC0415  only with a model
    from letters.model_writer import ModelWriter  # noqa: PLC0415

    model = _letters_model(settings, settings.letters_model)
    return ModelWriter(
        settings.letters_model,
        texts=texts(settings),
        model=CircuitBreaker(model) if may_rest else model,
        price=_letters_price(settings),
        time_limit_s=settings.letters_model_timeout_s,
    )


def figures(writer: Writer) -> dict[str, dict[str, int]]:
    """What a worker tells of its writer: letters by who worded them, or why no model did."""
    if isinstance(writer, TemplateWriter):
        return {}
    from letters.model_writer import ModelWriter  # noqa: PLC0415  only with a model

    return {"letters_worded": writer.outcomes} if isinstance(writer, ModelWriter) else {}


def _letters_model(settings: Settings, name: str) -> LanguageModel:
    from letters import presets  # noqa: PLC0415  only with a model
    from letters.endpoint import EndpointModel  # noqa: PLC0415
    from letters.model_writer import local_model  # noqa: PLC0415

    revision, most = settings.letters_model_revision, settings.letters_model_tokens
    if settings.letters_model_url is None:
        return local_model(name, revision=revision, max_new_tokens=most, max_batch=settings.letters_model_batch)
    preset = presets.find(name)
    return EndpointModel(
        settings.letters_model_url,
        preset.repository if preset else name,
        key=settings.letters_model_key.get_secret_value() if settings.letters_model_key else None,
        revision=revision,
        thinking=preset is not None and preset.thinking,
        max_new_tokens=most,
    )


def wording(settings: Settings, office: Office) -> str:
    """Who words the letters of this office, in words; raises `ModelUnavailable`."""
    if settings.letters_model is None:
        return "worded by the template"
    from letters.model_writer import ModelWriter  # noqa: PLC0415  only with a model

    assert isinstance(office.writer, ModelWriter)
    found = office.writer.check()
    loose = settings.letters_model_url is None and settings.letters_model_revision is None
    advice = "; pin it with PULSE_LETTERS_MODEL_REVISION" if loose and not Path(settings.letters_model).is_dir() else ""
    return f"worded by {found}{advice}"


def _letters_price(settings: Settings) -> Price | None:
    from letters.model_writer import Price  # noqa: PLC0415  only with a model

    prompt, answer = settings.letters_price_prompt, settings.letters_price_answer
    if prompt is None and answer is None:
        return None
    return Price(prompt or Decimal(0), answer or Decimal(0))


def letterhead(settings: Settings) -> Letterhead:
    """How letters look; raises `Misconfigured` for a logo or colour that cannot be used."""
    key = "PULSE_INSURER_COLOUR"
    try:
        accent = read_colour(settings.insurer_colour)
        key = "PULSE_INSURER_LOGO"
        logo = read_logo(settings.insurer_logo) if settings.insurer_logo else None
    except BadLetterhead as error:
        raise Misconfigured(f"{key}: {error}", key=key) from None
    return Letterhead(logo=logo, accent=accent, window=settings.letters_window)


def texts(settings: Settings) -> Texts:
    """The letters' templates; an insurer's own have worded a sample of every letter. Raises `Misconfigured`."""
    return _own_texts(settings.letters_templates) if settings.letters_templates else default_texts()


@cache
def _own_texts(folder: Path) -> Texts:
    from letters.evaluation.cases import random_cases  # noqa: PLC0415  only with own templates

    key = "PULSE_LETTERS_TEMPLATES"
    if not folder.is_dir():
        raise Misconfigured(f"{key}: {folder} is no folder", key=key)
    own = Texts(folder)
    try:
        own.check(tuple(random_cases(count=_SAMPLE_LETTERS, seed=1)))
    except BadTemplate as error:
        where = ", ".join(str(value) for value in error.details.values())
        raise Misconfigured(f"{key}: {error} ({where})", key=key) from None
    return own


def signer(settings: Settings) -> KeyPair | None:
    """What encrypted letters are signed with; raises `Misconfigured` where only half of it is set."""
    certificate, key = settings.smime_certificate_file, settings.smime_key_file
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "PULSE_SMIME_CERTIFICATE_FILE" if certificate is None else "PULSE_SMIME_KEY_FILE"
        raise Misconfigured(f"{missing} must be set: letters are signed with a certificate and its key", key=missing)
    return KeyPair.load(certificate, key)
