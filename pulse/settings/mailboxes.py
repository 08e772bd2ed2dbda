"""The mailboxes that invoices arrive in: the one of `PULSE_IMAP_…`, or those of the TOML file `PULSE_MAILBOXES`.

What is wrong in the file is said with the line and the key; a key that is not known is wrong.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pulse.base.errors import Misconfigured
from pulse.settings import Settings
from pulse.settings.oauth import OAuth, mail_oauth
from pulse.settings.types import Port, ProxyUrl, Tls

#: What `pulse mail test` calls the mail server and the mailbox of sent letters.
RESERVED = ("mail-out", "sent")
_Name = Annotated[str, Field(min_length=1, max_length=100)]
_SECRETS = ("password", "client_secret", "client_certificate", "service_account")
_HEADER = re.compile(r"\s*\[+\s*([\w.\s-]+?)\s*\]")


class MailboxSettings(BaseModel):
    """One mailbox and its folders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    host: _Name
    port: Port = 993
    tls: Tls = "tls"
    user: _Name
    password: SecretStr | None = None
    oauth: OAuth | None = None
    folders: tuple[_Name, ...] = Field(("INBOX",), min_length=1)
    processed: _Name = "Processed"
    returned: _Name = "Returned"
    failed: _Name = "Failed"
    sent: _Name = "Sent"
    ca_file: Path | None = None
    proxy: ProxyUrl | None = None

    @model_validator(mode="after")
    def _has_one_login(self) -> MailboxSettings:
        if (self.password is None) == (self.oauth is None):
            msg = "needs either password_file or a table [mailbox.oauth]"
            raise ValueError(msg)
        if len(set(self.folders)) != len(self.folders):
            msg = "folders names one twice"
            raise ValueError(msg)
        return self


def mailboxes(settings: Settings) -> tuple[MailboxSettings, ...]:
    """Those that are set, at least one. Raises `Misconfigured`."""
    if settings.mailboxes is not None:
        _check_only_one(settings)
        return _read(settings.mailboxes)
    if not settings.imap_user:
        raise Misconfigured("No mailbox is set: PULSE_IMAP_USER, or a file PULSE_MAILBOXES", key="PULSE_IMAP_USER")
    oauth = mail_oauth(settings)
    password = settings.imap_password
    if oauth and password.get_secret_value():
        message = "PULSE_IMAP_PASSWORD and PULSE_MAIL_OAUTH_TOKEN_URL: only one way to log in may be set"
        raise Misconfigured(message, key="PULSE_IMAP_PASSWORD")
    return (
        MailboxSettings(
            name=settings.imap_user,
            host=settings.imap_host,
            port=settings.imap_port,
            tls=settings.imap_tls,
            user=settings.imap_user,
            password=None if oauth else password,
            oauth=oauth,
            folders=(settings.imap_folder,),
            ca_file=settings.imap_ca_file,
            proxy=settings.mail_proxy,
        ),
    )


def _check_only_one(settings: Settings) -> None:
    for name in ("imap_host", "imap_port", "imap_user", "imap_password", "imap_tls", "imap_folder"):
        if name in settings.model_fields_set:
            key = f"PULSE_{name.upper()}"
            raise Misconfigured(f"{key} and PULSE_MAILBOXES: only one of them may be set", key=key)


def _read(path: Path) -> tuple[MailboxSettings, ...]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        message = f"PULSE_MAILBOXES: {path} cannot be read ({type(error).__name__})"
        raise Misconfigured(message, key="PULSE_MAILBOXES") from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"PULSE_MAILBOXES: {path} is not TOML: {error}", key="PULSE_MAILBOXES") from None
    tables = values.pop("mailbox", None)
    if values or not isinstance(tables, list) or not tables:
        wrong = f"has an unknown key {next(iter(values))}" if values else "has no [[mailbox]]"
        raise Misconfigured(f"PULSE_MAILBOXES: {path} {wrong}; each mailbox is a table [[mailbox]]", key="mailbox")
    lines = _Lines(path, text)
    found = tuple(_mailbox(lines, number, table) for number, table in enumerate(tables))
    _check_distinct(lines, found)
    return found


def _mailbox(lines: _Lines, number: int, table: dict[str, Any]) -> MailboxSettings:
    if "user" in table:
        table.setdefault("name", table["user"])
    if isinstance(oauth := table.get("oauth"), dict):
        _read_secrets(lines, number, ("oauth",), oauth)
        # Written by `pulse mail authorize`, so it may not be there yet.
        if "refresh_token_file" in oauth:
            oauth["refresh_token_file"] = lines.beside(str(oauth["refresh_token_file"]))
    _read_secrets(lines, number, (), table)
    if "ca_file" in table:
        table["ca_file"] = lines.beside(str(table["ca_file"]))
    try:
        return MailboxSettings(**table)
    except ValidationError as error:
        # A key that is misspelt is unknown here and missing there: the first says more.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = [str(part) for part in first["loc"] if not isinstance(part, int)]
        words = {"missing": "must be set", "extra_forbidden": "is not a key of a mailbox"}
        said = words.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise lines.wrong(number, place, said) from None


def _read_secrets(lines: _Lines, number: int, above: tuple[str, ...], table: dict[str, Any]) -> None:
    """Takes secrets from the files that `…_file` names."""
    for name in _SECRETS:
        file = table.pop(f"{name}_file", None)
        if file is None:
            continue
        place = [*above, f"{name}_file"]
        if name in table:
            raise lines.wrong(number, place, f"and {name}: only one of them may be set")
        try:
            table[name] = lines.beside(str(file)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise lines.wrong(number, place, f"the file cannot be read ({type(error).__name__})") from None


def _check_distinct(lines: _Lines, found: tuple[MailboxSettings, ...]) -> None:
    names: set[str] = set()
    places: set[tuple[str, str, str]] = set()
    for number, one in enumerate(found):
        here = {(one.user, one.host, folder) for folder in one.folders}
        if one.name in RESERVED:
            raise lines.wrong(number, ["name"], f"{one.name} is a name of Pulse's own")
        if one.name in names:
            raise lines.wrong(number, ["name"], f"another mailbox is called {one.name}")
        if here & places:
            raise lines.wrong(number, ["folders"], "another mailbox has the same host, user and folder")
        names.add(one.name)
        places |= here


class _Lines:
    """The file as a person sees it: where a key stands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def beside(self, file: str) -> Path:
        """A file that is named here, relative to this one."""
        return self._path.parent / file

    def wrong(self, number: int, place: list[str], words: str) -> Misconfigured:
        """What is wrong with a key of a mailbox, counted from 0."""
        line, key = self._line(number, place), ".".join(place)
        return Misconfigured(f"{self._path}, line {line}: {key + ' ' if key else ''}{words}", key=key or "mailbox")

    def _line(self, number: int, place: list[str]) -> int:
        """The line of the key, or of the table that lacks it."""
        table, best, seen = "", 1, -1
        for index, line in enumerate(self._lines, start=1):
            if header := _HEADER.match(line):
                table = header[1].replace(" ", "")
                seen += table == "mailbox"
            if seen != number:
                continue
            if header and (table == "mailbox" or table == ".".join(["mailbox", *place[:-1]])):
                best = index
            key = re.match(r"""\s*["']?([\w-]+)["']?\s*[.=]""", line)
            if place and key and key[1] == place[-1] and table == ".".join(["mailbox", *place[:-1]]):
                return index
            if place and header and table == ".".join(["mailbox", *place]):
                return index
        return best
