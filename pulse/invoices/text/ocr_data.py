"""Where tesseract's languages are on this machine; light, so that a process can ask without loading a reader."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: Languages of Swiss invoices, and the one of the second reading's model.
LANGUAGES, OTHER_LANGUAGE = ("deu", "fra", "ita"), "eng"
#: Where systems keep tesseract's data; `TESSDATA_PREFIX` goes first.
_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


@cache
def data_folder() -> str | None:
    """Where the languages' data are; None where the extra `ocr` or the data are not installed."""
    if find_spec("tesserocr") is None:
        return None
    folders = [folder for folder in (os.environ.get("TESSDATA_PREFIX"), *_FOLDERS) if folder]
    return next((folder for folder in folders if installed(folder)), None)


def installed(folder: str) -> list[str]:
    """Those of `LANGUAGES` whose data are in this folder."""
    return [name for name in LANGUAGES if has_language(folder, name)]


def has_language(folder: str, name: str) -> bool:
    """Whether a language's data are in this folder."""
    return (Path(folder) / f"{name}.traineddata").is_file()
