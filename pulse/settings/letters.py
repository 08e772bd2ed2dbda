"""Settings of letters."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from pulse.settings.types import HttpUrl


class LetterSettings(BaseSettings):
    """How letters are approved, protected, printed and worded."""

    letter_approval: Literal["all", "denials", "model", "none"] = Field(
        "denials",
        description="Letters that a controller approves before they leave: all, denials that no controller has "
        "confirmed on this very case, those that a model has worded, or none.",
    )
    letter_hold_s: float = Field(
        0,
        ge=0,
        le=604_800,
        allow_inf_nan=False,
        description="So long a letter stays after it is written or approved; until it leaves, a person can undo it.",
    )
    letter_protection: Literal["none", "password", "smime"] = Field(
        "none",
        description="How letters are kept from strangers on their way: not at all, by a password on the PDF, or by the "
        "recipient's S/MIME certificate. Where the recipient has none, the letter goes by post.",
    )
    letter_protection_provider: Literal["none", "password", "smime"] | None = Field(
        None, description="The same for letters to providers; default: letter_protection."
    )
    smime_certificate_file: Path | None = Field(
        None,
        description="The insurer's own S/MIME certificate (PEM): signs letters, opens mails encrypted to it.",
    )
    smime_key_file: Path | None = Field(None, description="Its RSA key (PEM, without a password).")
    letters_window: Literal["left", "right"] = Field(
        "right", description="Which side the envelope's window is on: right (SN 010130) or left (DIN 5008, form B)."
    )
    letters_templates: Path | None = Field(
        None, description="Folder of the insurer's own letter templates; what is not there is worded by ours."
    )
    letters_model: str | None = Field(
        None, description="Chat model that words letters: a short name, a repository's name, or a folder."
    )
    letters_model_revision: str | None = Field(None, description="Pinned revision of that model: a full commit.")
    letters_model_url: HttpUrl | None = Field(
        None, description="OpenAI-compatible endpoint of that model (`…/v1`) instead of this machine."
    )
    letters_model_key: SecretStr | None = Field(None, description="The endpoint's key.")
    letters_model_timeout_s: float = Field(
        240.0, gt=0, allow_inf_nan=False, description="Time for one letter; after it the template words the letter."
    )
    letters_model_tokens: int = Field(400, ge=16, le=4096, description="Most tokens of an answer.")
    letters_model_batch: int = Field(16, ge=1, le=256, description="Most letters that a local model words at once.")
    letters_price_prompt: Decimal | None = Field(
        None, ge=0, allow_inf_nan=False, description="Price of a million tokens of prompts; for the record of costs."
    )
    letters_price_answer: Decimal | None = Field(
        None, ge=0, allow_inf_nan=False, description="Price of a million tokens of answers."
    )
