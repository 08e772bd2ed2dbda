"""Settings of reading."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from pulse.settings.types import HttpUrl


class ReadingSettings(BaseSettings):
    """What reading a document may take, and who helps with it."""

    reading_confidence: float = Field(
        0.9, ge=0, le=1, description="Deciding values that were read with less confidence go to a person."
    )
    read_memory_mib: int = Field(512, ge=128, description="Memory of the process that opens a document.")
    read_time_s: float = Field(20.0, gt=0, allow_inf_nan=False, description="Time that reading a document may take.")
    read_pages: int = Field(
        30, gt=0, description="Most pages of an invoice; a file of several may have five times as many."
    )
    read_ocr_page_s: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Time that OCR has for each page, on top of that."
    )
    read_ocr_time_s: float = Field(
        240.0, gt=0, allow_inf_nan=False, description="Time that OCR may take for a document, however many its pages."
    )
    read_passwords: SecretStr = Field(
        SecretStr(""), description="Passwords agreed on with providers for their PDFs, with blanks between."
    )
    reading_model: str | None = Field(
        None, description="Model that helps with layouts no reader knows: at the URL, else a local name or path."
    )
    reading_model_url: HttpUrl | None = Field(
        None, description="OpenAI-compatible endpoint of that model; the words of such pages go there."
    )
    reading_model_key: SecretStr | None = Field(None, description="The endpoint's key.")
    reading_model_timeout_s: float = Field(60.0, gt=0, allow_inf_nan=False, description="How long its answer may take.")
