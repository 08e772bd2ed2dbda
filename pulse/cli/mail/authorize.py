"""`pulse mail authorize`: a person consents that Pulse reads and sends mail in their name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pulse.base.errors import PulseError
    from pulse.engine.client.oauth import Given
    from pulse.wiring.oauth import Authorization

#: Codes of authorization servers live no longer than that.
_WAIT_S = 600.0


def authorize(
    name: Annotated[str | None, typer.Argument(help="The mailbox, or mail-out; default: the only one.")] = None,
    device: Annotated[bool, typer.Option("--device", help="By a code that is entered on any device.")] = False,
    paste: Annotated[bool, typer.Option("--paste", help="The browser runs elsewhere: paste its last address.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for the browser to come back to; 0: any.")] = 0,
    print_token: Annotated[
        bool, typer.Option("--print", help="Print the refresh token alone on stdout, and keep it nowhere.")
    ] = False,
) -> None:
    """Let a person consent that Pulse uses the mailbox in their name, and keep the refresh token.

    Prints an address to open in a browser on this machine, waits for ten minutes, and then tries the login.

    Exit code 1 if there is no consent, or the login does not work.
    """
    from functools import partial

    from mail_gateway.connection.consent import ConsentFailed
    from pulse import wiring
    from pulse.base.errors import Misconfigured, PulseError
    from pulse.engine.client.oauth import TokenRefused, TokenServerAway
    from pulse.settings import load
    from pulse.wiring.oauth import authorization

    if device and paste:
        raise typer.BadParameter("with --device there is no address to paste")
    settings = load()
    wiring.start_logs(settings)
    wanted = authorization(settings, name)
    if wanted.oauth.refresh_token is not None and not print_token:
        key = wanted.key("refresh_token")
        ways = f"Set {wanted.key('consent')} = true instead, or use --print and set what it prints."
        raise Misconfigured(f"{key} is set by value, where no new one can be written. {ways}", key=key)
    if not print_token:
        wanted.refresh_token.demand_place()
    say: Callable[[str], None] = partial(typer.echo, err=print_token)
    try:
        given = _by_code(wanted, say) if device else _by_browser(wanted, say, port=port, paste=paste)
    except (ConsentFailed, TokenRefused, TokenServerAway) as error:
        raise _explained(error, wanted) from error
    if print_token:
        typer.echo(given.refresh_token)
        return
    place = wanted.refresh_token.give(given.refresh_token or "")
    say(f"\nThank you. The refresh token is kept in {place}, for its owner alone.")
    try:
        works = _try_login(wanted.name, say)
    except PulseError as error:
        say(f"FAIL  {wanted.name}: {error.message}")
        works = False
    raise typer.Exit(0 if works else 1)


def _by_browser(wanted: Authorization, say: Callable[[str], None], *, port: int, paste: bool) -> Given:
    import contextlib

    from mail_gateway.connection.consent import BrowserConsent, ConsentFailed
    from mail_gateway.connection.loopback import Loopback

    with contextlib.ExitStack() as stack:
        loopback = None if paste else stack.enter_context(Loopback(port))
        request = BrowserConsent(
            authorization_url=_demanded(wanted, "authorization_url", wanted.oauth.consent_url),
            client_id=wanted.oauth.client_id,
            scope=_demanded(wanted, "scope", wanted.oauth.scope),
            redirect_uri=loopback.redirect_uri if loopback else "http://localhost" + (f":{port}" if port else ""),
        )
        where = "a browser on this machine" if loopback else "any browser"
        say(f"{wanted.name}: open this address in {where}, and log in as the person in whose name Pulse is to work:")
        say(f"\n{request.address}\n")
        if loopback is None:
            say("The browser ends at a page that it cannot show. Copy the address of that page.")
            answer = typer.prompt("Its address", err=True)
        else:
            say(f"Waiting at {loopback.redirect_uri} for ten minutes. No browser on this machine? Use --paste.")
            answer = loopback.answer(_WAIT_S)
            if not answer:
                raise ConsentFailed("Nobody consented within ten minutes: begin again.")
        return request.taken(wanted.endpoint, answer)


def _by_code(wanted: Authorization, say: Callable[[str], None]) -> Given:
    from mail_gateway.connection.consent import DeviceCode

    url = _demanded(wanted, "device_url", wanted.oauth.device_code_url)
    code = DeviceCode.asked(wanted.endpoint, url, _demanded(wanted, "scope", wanted.oauth.scope))
    say(f"{wanted.name}: open {code.address} on any device, log in as the person in whose name Pulse is to work,")
    say(f"and enter the code\n\n{code.user_code}\n\nWaiting for {code.life_s / 60:.0f} minutes.")
    return code.taken(wanted.endpoint)


def _demanded(wanted: Authorization, field: str, value: str | None) -> str:
    from pulse.base.errors import Misconfigured

    if not value:
        raise Misconfigured(f"{wanted.key(field)} must be set for a person's consent", key=wanted.key(field))
    return value


def _explained(error: Exception, wanted: Authorization) -> PulseError:
    """In words, with the setting that may be wrong."""
    from mail_gateway.connection.consent import ConsentFailed
    from mail_gateway.connection.diagnosis import Server, diagnose
    from pulse.base.errors import PulseError

    if isinstance(error, ConsentFailed):
        hint = f" Check {wanted.key(error.setting)}." if error.setting else ""
        return PulseError(error.message + hint, code=error.reason)
    code, words = diagnose(error, Server(host="", port=0, tls="tls", token_url=wanted.endpoint.url))
    return PulseError(words, code=code)


def _try_login(name: str, say: Callable[[str], None]) -> bool:
    from pulse.settings import load
    from pulse.wiring.mail import known_mailboxes

    report = known_mailboxes(load()).test(name)
    say(f"{'ok  ' if report.works else 'FAIL'}  {name}: {report.words}")
    then = "`pulse mail` reads the mailbox." if report.works else "Once that is mended:"
    say(f"{then} `pulse mail test` tries every login again.")
    return report.works
