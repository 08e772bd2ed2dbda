"""Settings: environment variables `PULSE_…`, secrets also as `PULSE_…_FILE`, or a TOML file named by `PULSE_SETTINGS`.

A key that is not known, or a value that does not fit, stops the start and is named.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pulse.base.errors import Misconfigured
from pulse.settings.core import CoreSettings
from pulse.settings.letters import LetterSettings
from pulse.settings.mail import MailSettings
from pulse.settings.reading import ReadingSettings
from pulse.settings.types import Account, HttpUrl, Port, QrAccount

PREFIX = "PULSE_"
#: Read elsewhere: the settings file itself, and switches of the test suite.
_NOT_SETTINGS = {"PULSE_SETTINGS", "PULSE_SHARED", "PULSE_BARS", "PULSE_TEST_ENGINE_URL", "PULSE_TEST_PG"}


class Settings(ReadingSettings, LetterSettings, MailSettings, CoreSettings):
    """All settings, with what they are for; `docs/reference/settings.md` lists them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    web_url: HttpUrl = Field("http://127.0.0.1:8080", description="Address of the web pages, for links in mails.")
    web_host: str = Field("127.0.0.1", description="Interface that the web pages listen on.")
    web_port: Port = Field(8080, description="Port of the web pages.")
    web_secret_key: SecretStr | None = Field(None, description="Signs sessions; default: made once in the data folder.")

    insurer_name: str = Field("Muster Krankenversicherung AG", description="Letterhead.")
    insurer_street: str = Field("Beispielstrasse 1", description="Letterhead.")
    insurer_zip: str = Field("3000", description="Letterhead.")
    insurer_city: str = Field("Bern", description="Letterhead.")
    insurer_phone: str = Field("+41 31 000 00 00", description="Letterhead.")
    insurer_email: str | None = Field(None, description="Letterhead, and where to send invoices; default: mail_from.")
    insurer_data_protection: str | None = Field(
        None, description="Mail address for questions about personal data; stands in every letter."
    )
    insurer_logo: Path | None = Field(
        None, description="Logo at the head of letters instead of the name: PNG or JPEG, up to 1 MiB."
    )
    insurer_colour: str = Field(
        "#054a61", description="Colour of the letterhead; its contrast on white is 4.5 at least."
    )
    insurer_iban: Account | None = Field(
        None, description="Account that payments leave from (CH or LI, no QR-IBAN); without it no payment run is made."
    )
    insurer_bic: str | None = Field(
        None,
        pattern=r"^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$",
        description="BIC of that account's bank; default: named by the number in the IBAN.",
    )
    insurer_qr_iban: QrAccount | None = Field(
        None, description="QR-IBAN that clients pay their bills to; default: insurer_iban, with creditor references."
    )
    confirm_low_risk: bool = Field(False, description="Low-risk cases wait for an assistant's click.")

    worker_slots: int = Field(4, ge=1, le=64, description="External tasks worked on at once.")
    worker_poll_s: float = Field(
        5.0, gt=0, le=10, description="How long a poll waits; a task made on another node comes after it."
    )
    worker_lock_s: float | None = Field(
        None, ge=3, description="How long a task is a dead worker's, at most; default: half a minute to five, by topic."
    )
    worker_health_host: str = Field("127.0.0.1", description="Interface of `pulse worker --health-port`.")
    sl_least_packs: int = Field(
        9000, ge=1, description="A Spezialitätenliste with fewer packs is refused; the whole one has some 10 400."
    )
    reference_folder: Path | None = Field(
        None, description="Folder that `pulse reference sync` brings lists in from; file names begin with the kind."
    )
    reference_sources: str = Field(
        "", description="More lists for it, `kind=file or URL` with blanks between: sl=https://… clients=/data/c.csv"
    )
    client_directory: Literal["table", "csv", "fhir", "rest"] = Field(
        "table", description="Where insured persons are looked up: our own table, a file, or another system."
    )
    client_directory_file: Path | None = Field(None, description="The file of a csv directory.")
    client_directory_url: HttpUrl | None = Field(None, description="The base of a fhir or rest directory.")
    client_directory_token: SecretStr | None = Field(None, description="Bearer token for that directory.")
    client_directory_timeout_s: float = Field(
        10.0, gt=0, allow_inf_nan=False, description="How long that directory's answer may take."
    )
    otlp_endpoint: HttpUrl | None = Field(None, description="Collector that traces go to, e.g. http://host:4318.")
    relay_lease_s: float = Field(60.0, gt=0, description="How long the outbox is a dead relay's.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Lines for people or for machines.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands over: it has read environment and file itself, to name what is wrong."""
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'pulse.db'}"

    @property
    def engine_store(self) -> str:
        """The embedded engine's database URL."""
        return self.engine_store_url or f"sqlite:///{self.data_dir.resolve() / 'engine.db'}"

    @property
    def engine_login(self) -> bool:
        """Whether we log in at the engine, in whichever way."""
        ways = (self.engine_user, self.engine_token, self.engine_token_file, self.engine_oauth_token_url)
        return any(way is not None for way in ways)

    @property
    def documents(self) -> str:
        """Where documents lie."""
        return self.documents_url or str(self.data_dir.resolve() / "documents")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; raises `Misconfigured` naming the key."""
    environment = os.environ if environment is None else environment
    values = _from_file(environment.get("PULSE_SETTINGS"))
    for key, text in environment.items():
        if key.startswith(PREFIX) and key not in _NOT_SETTINGS:
            name, value = _from_environment(key, text)
            values[name] = value
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise Misconfigured(_explain(error), key=_first_key(error)) from None
    _check_engine_login(settings)
    return settings


def _check_engine_login(settings: Settings) -> None:
    """One way to log in at the engine, and that one whole."""
    oauth = ("engine_oauth_token_url", "engine_oauth_client_id", "engine_oauth_client_secret")
    ways = [("engine_user",), ("engine_token",), ("engine_token_file",), oauth]
    begun = [way for way in ways if any(getattr(settings, name) for name in way)]
    if len(begun) > 1:
        keys = " and ".join(PREFIX + way[0].upper() for way in begun)
        raise Misconfigured(
            f"{keys}: only one way to log in at the engine may be set", key=PREFIX + begun[1][0].upper()
        )
    missing = [PREFIX + name.upper() for way in begun for name in way if not getattr(settings, name)]
    if missing:
        raise Misconfigured(f"{' and '.join(missing)} must be set for OAuth2 at the engine", key=missing[0])


def _from_environment(key: str, text: str) -> tuple[str, str]:
    name = key.removeprefix(PREFIX).lower()
    if name in Settings.model_fields:
        return name, text
    secret = name.removesuffix("_file")
    if name.endswith("_file") and secret in Settings.model_fields:
        try:
            return secret, Path(text).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{key}: the file cannot be read ({error.strerror})", key=key) from None
    raise Misconfigured(f"{key} is not a setting of Pulse", key=key)


def _from_file(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"PULSE_SETTINGS: {path} cannot be read ({error.strerror})", key="PULSE_SETTINGS") from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"PULSE_SETTINGS: {path} is not TOML: {error}", key="PULSE_SETTINGS") from None
    for name in values:
        if name not in Settings.model_fields:
            raise Misconfigured(f"{name} in {path} is not a setting of Pulse", key=name)
    return values


def _first_key(error: ValidationError) -> str:
    return PREFIX + str(error.errors()[0]["loc"][0]).upper()


def _explain(error: ValidationError) -> str:
    problems = [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
    return "; ".join(problems)


def reference() -> str:
    """The reference page of all settings, in Markdown."""
    lines = [
        "# Settings",
        "",
        "Environment variables, or the same names in lower case without the prefix in a TOML file named by",
        "`PULSE_SETTINGS`; the environment wins. A secret may stand in a file: `PULSE_IMAP_PASSWORD_FILE=/run/secrets/imap`.",  # noqa: E501
        "An unknown key or a value that does not fit stops the start and is named.",
        "",
        "| variable | default | what for |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or field.default_factory else _shown(field.default)
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{text}`" if text else ""
