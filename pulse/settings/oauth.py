"""How OAuth2 tokens for mail are had: as an application, in a person's name, or by a service account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pulse.base.errors import Misconfigured
from pulse.engine.client.assertion import ClientCertificate, ServiceAccount
from pulse.settings import Settings
from pulse.settings.types import HttpUrl

#: Tokens of Microsoft's clouds come from addresses that end so; Google's come from one.
_MICROSOFT, _GOOGLE = "/oauth2/v2.0/token", "https://oauth2.googleapis.com/token"
#: Without these Google gives no refresh token, or none the second time.
_GOOGLE_CONSENT = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
_GOOGLE_DEVICE = "https://oauth2.googleapis.com/device/code"
_VARIABLE = "PULSE_MAIL_OAUTH_"


class OAuth(BaseModel):
    """What is shown for a token: a secret, a certificate, a person's consent, or a service account's key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_url: HttpUrl
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: SecretStr | None = None
    #: PEM: private key and certificate.
    client_certificate: SecretStr | None = None
    #: Google's JSON key file; it says `token_url` and `client_id`, too.
    service_account: SecretStr | None = None
    scope: str | None = None
    #: In a person's name: the refresh token by value, in this file, or kept in the data folder.
    refresh_token: SecretStr | None = None
    refresh_token_file: Path | None = None
    consent: bool = False
    #: Where a person consents; known for Microsoft and Google.
    authorization_url: HttpUrl | None = None
    device_url: HttpUrl | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_named_by_the_service_account(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not (text := values.get("service_account")):
            return values
        account = _read_service_account(text.get_secret_value() if isinstance(text, SecretStr) else str(text))
        return {"token_url": account.token_url, "client_id": account.client_id, **values}

    @model_validator(mode="after")
    def _is_one_way(self) -> OAuth:
        if self.service_account is not None:
            self._demand_alone("service_account", "client_secret", "client_certificate")
            self._demand_alone("service_account", "refresh_token", "refresh_token_file", "consent")
            if not self.scope:
                msg = "service_account needs scope"
                raise ValueError(msg)
        elif not (self.client_secret or self.client_certificate or self.in_a_persons_name):
            msg = "needs client_secret_file, client_certificate_file, service_account_file or consent"
            raise ValueError(msg)
        self._demand_alone("client_secret", "client_certificate")
        self._demand_alone("consent", "refresh_token", "refresh_token_file")
        self._demand_alone("refresh_token", "refresh_token_file")
        _ = self.certificate
        return self

    def _demand_alone(self, name: str, *others: str) -> None:
        for other in others:
            if getattr(self, name) and getattr(self, other):
                msg = f"{name} and {other}: only one of them may be set"
                raise ValueError(msg)

    @property
    def in_a_persons_name(self) -> bool:
        """Rather than in an application's."""
        return self.consent or self.refresh_token is not None or self.refresh_token_file is not None

    @cached_property
    def certificate(self) -> ClientCertificate | None:
        """The client's, with its key."""
        if self.client_certificate is None:
            return None
        try:
            return ClientCertificate.from_pem(self.client_certificate.get_secret_value())
        except ValueError as error:
            msg = f"client_certificate {error}"
            raise ValueError(msg) from None

    @cached_property
    def account(self) -> ServiceAccount | None:
        """The service account, with its key."""
        return _read_service_account(self.service_account.get_secret_value()) if self.service_account else None

    @property
    def consent_url(self) -> str | None:
        """Where a person consents in a browser."""
        if self.authorization_url is None and self.token_url.endswith(_MICROSOFT):
            return self.token_url.removesuffix("token") + "authorize"
        return self.authorization_url or (_GOOGLE_CONSENT if self.token_url == _GOOGLE else None)

    @property
    def device_code_url(self) -> str | None:
        """Where codes are had that a person enters on another device."""
        if self.device_url is None and self.token_url.endswith(_MICROSOFT):
            return self.token_url.removesuffix("token") + "devicecode"
        return self.device_url or (_GOOGLE_DEVICE if self.token_url == _GOOGLE else None)


_FIELD = re.compile(rf"\b({'|'.join(sorted(OAuth.model_fields, key=len, reverse=True))})(_file)?\b")


def mail_oauth(settings: Settings) -> OAuth | None:
    """The tokens that `PULSE_MAIL_OAUTH_…` name. Raises `Misconfigured` where that is half of it."""
    values = {name: getattr(settings, f"mail_oauth_{name}") for name in OAuth.model_fields}
    given = {name: value for name, value in values.items() if value is not None and value is not False}
    if not given:
        return None
    try:
        return OAuth(**given)
    except ValidationError as error:
        raise _misconfigured(error.errors()[0]) from None


def variable(name: str) -> str:
    """What the variable of a field is called."""
    return _VARIABLE + name.upper()


def _misconfigured(error: Mapping[str, Any]) -> Misconfigured:
    """Says it with the names of the variables."""
    said = "must be set" if error["type"] == "missing" else str(error["msg"]).removeprefix("Value error, ")
    said = " ".join([*map(str, error["loc"]), said])
    words = _FIELD.sub(lambda found: variable(found[0]), said)
    first = _FIELD.search(said)
    return Misconfigured(f"OAuth2 at the mail server: {words}", key=variable(first[0] if first else "token_url"))


def _read_service_account(text: str) -> ServiceAccount:
    try:
        return ServiceAccount.from_json(text)
    except ValueError as error:
        msg = f"service_account {error}"
        raise ValueError(msg) from None
