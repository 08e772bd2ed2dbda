"""Connects OAuth2 for mail: where tokens come from, and whose consent they need."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from mail_gateway.connection.refresh_tokens import RefreshToken
from mail_gateway.connection.tokens import ByClient, ByConsent, ByServiceAccount, Grant, Tokens, token_endpoint
from mail_gateway.mailboxes import OUT
from pulse.base.errors import Misconfigured, NotFound
from pulse.engine.client.oauth import TokenEndpoint
from pulse.settings import Settings
from pulse.settings.mailboxes import MailboxSettings, mailboxes
from pulse.settings.oauth import OAuth, mail_oauth, variable


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """A login by OAuth2, to which a person may have to consent."""

    #: As `pulse mail test` calls it.
    name: str
    oauth: OAuth
    endpoint: TokenEndpoint
    refresh_token: RefreshToken
    #: Whether it stands in the file of mailboxes.
    in_file: bool

    def key(self, field: str) -> str:
        """What this setting is called where a person sets it."""
        return f"oauth.{field} of {self.name} in PULSE_MAILBOXES" if self.in_file else variable(field)


def tokens(
    settings: Settings, oauth: OAuth | None, proxy: SecretStr | None, user: str, *, owner: str = ""
) -> Tokens | None:
    """Tokens for a login of `user`. `owner` tells consents to one client apart."""
    if oauth is None:
        return None
    grant: Grant = ByClient(oauth.scope)
    if oauth.account is not None:
        grant = ByServiceAccount(oauth.account, user, oauth.scope or "")
    elif oauth.in_a_persons_name:
        grant = ByConsent(_refresh_token(settings, oauth, owner), oauth.scope)
    return Tokens(_endpoint(settings, oauth, proxy), grant)


def mailbox_tokens(settings: Settings, mailbox: MailboxSettings, user: str | None = None) -> Tokens | None:
    """Those of a mailbox, for its own user or another one."""
    return tokens(settings, mailbox.oauth, mailbox.proxy, user or mailbox.user, owner=_owner(settings, mailbox))


def authorization(settings: Settings, name: str | None) -> Authorization:
    """The login of this name that needs a person's consent, or the only one. Raises `NotFound`, `Misconfigured`."""
    every = authorizations(settings)
    names = ", ".join(one.name for one in every)
    if name is None and len(every) > 1:
        raise NotFound(f"Several logins may need consent: say which of {names}.")
    found = next((one for one in every if name in (None, one.name)), None)
    if found is None and every:
        raise NotFound(f"There is no login of this name by OAuth2; there are: {names}.")
    if found is None:
        key = variable("token_url")
        raise Misconfigured(f"Nothing logs in by OAuth2: set {key}, or a table [mailbox.oauth].", key=key)
    if found.oauth.in_a_persons_name:
        return found
    words = f"{found.name} logs in as an application, which needs nobody's consent here. For a person's: "
    raise Misconfigured(f"{words}{found.key('consent')} = true", key=found.key("consent"))


def authorizations(settings: Settings) -> list[Authorization]:
    """Every login by OAuth2, in and out. Raises `Misconfigured`."""
    incoming = mailboxes(settings) if settings.mailboxes or settings.imap_user else ()
    found = [
        _authorization(settings, one.name, one.oauth, one.proxy, _owner(settings, one))
        for one in incoming
        if one.oauth is not None
    ]
    outgoing = mail_oauth(settings)
    if outgoing is not None and (settings.mailboxes or not incoming):
        found.append(_authorization(settings, OUT, outgoing, settings.mail_proxy, ""))
    return found


def _authorization(settings: Settings, name: str, oauth: OAuth, proxy: SecretStr | None, owner: str) -> Authorization:
    return Authorization(
        name=name,
        oauth=oauth,
        endpoint=_endpoint(settings, oauth, proxy),
        refresh_token=_refresh_token(settings, oauth, owner),
        in_file=bool(settings.mailboxes) and name != OUT,
    )


def _owner(settings: Settings, mailbox: MailboxSettings) -> str:
    """`PULSE_MAIL_OAUTH_…` is one consent for all that logs in with it; in the file each user has their own."""
    return mailbox.user if settings.mailboxes else ""


def _refresh_token(settings: Settings, oauth: OAuth, owner: str) -> RefreshToken:
    return RefreshToken(
        folder=settings.data_dir / "oauth",
        value=_plain(oauth.refresh_token) or "",
        file=oauth.refresh_token_file,
        name="\n".join((oauth.token_url, oauth.client_id, owner)),
    )


def _endpoint(settings: Settings, oauth: OAuth, proxy: SecretStr | None) -> TokenEndpoint:
    return token_endpoint(
        oauth.token_url,
        # A service account's statement says who asks.
        "" if oauth.account else oauth.client_id,
        _plain(oauth.client_secret),
        oauth.certificate,
        proxy=_plain(proxy),
        ca_file=settings.imap_ca_file,
    )


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
