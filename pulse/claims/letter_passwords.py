"""Passwords that open letters: made here or agreed on, and told by phone or on paper, never by mail."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from db import audit, clients, protection, providers
from db.protection import LetterPassword
from letters.occasions import Recipient
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.letter_mail import holder_of
from pulse.claims.office import Office

#: Told apart by ear and by eye: no 0 and o, no 1, i and l, no u and v.
_SIGNS = "abcdefghjkmnpqrstwxyz23456789"
#: Three groups of four: 58 bits.
_GROUPS, _GROUP = 3, 4
#: ASCII, because programs disagree on how they encode other passwords.
_ALLOWED = re.compile(r"[!-~]{8,64}")


def made_password(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """A new password such as `k7mr-9xtc-4hpq`."""
    return "-".join("".join(choose(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def known_password(office: Office, invoice_id: int, recipient: str) -> LetterPassword | None:
    """Whether there is one, since when and by whom. Raises as `shown_password`."""
    with office.database.read() as connection:
        return protection.password_of(connection, _holder(connection, invoice_id, recipient))


def shown_password(office: Office, invoice_id: int, recipient: str, user: str) -> LetterPassword | None:
    """The password of this case's client or provider, for the person who tells it; that somebody looked is noted.
    Raises `NotFound` where the registers do not know the recipient."""
    with office.database.write() as connection:
        holder = _holder(connection, invoice_id, recipient)
        found = protection.password_of(connection, holder)
        if found is not None:
            _note(connection, "web:letter-password:shown", user, invoice_id, recipient=recipient, at=office.clock.now())
        return found


def renew_password(office: Office, invoice_id: int, recipient: str, user: str) -> None:
    """Makes a new password for this case's client or provider. Letters that have left open with the one before."""
    now = office.clock.now()
    with office.database.write() as connection:
        holder = _holder(connection, invoice_id, recipient)
        protection.set_password(connection, holder, made_password(), at=now, by=user)
        _note(connection, "web:letter-password:made", user, invoice_id, recipient=recipient, at=now)


def set_for_number(connection: Connection, number: str, password: str, *, at: datetime, by: str) -> None:
    """Puts a password on file for the client with this insured, AHV or card number, or the provider with this GLN or
    ZSR number. Raises `InvalidInput` where it is none (its message never repeats it), `NotFound` for a stranger."""
    if not _ALLOWED.fullmatch(password):
        raise InvalidInput("A password has 8 to 64 letters, digits and signs of ASCII, and no blank.")
    client = clients.by_number(connection, number)
    if client is not None:
        holder = protection.holder_of_client(client.id)
    else:
        provider = providers.find(connection, gln=number, zsr=number, on=at.date())
        if provider is None:
            raise NotFound("Nobody in the registers has this number.")
        holder = protection.holder_of_provider(provider.gln, provider.zsr)
    protection.set_password(connection, holder, password, at=at, by=by)
    audit.note(connection, "claims:letter-password:set", actor=by, at=at, holder=holder)


def _holder(connection: Connection, invoice_id: int, recipient: str) -> str:
    known = recipient in (Recipient.CLIENT, Recipient.PROVIDER)
    holder = holder_of(connection, invoice_id, Recipient(recipient)) if known else None
    if holder is None:
        raise NotFound("The registers do not know this recipient.", invoice_id=invoice_id)
    return holder


def _note(connection: Connection, action: str, user: str, invoice_id: int, *, recipient: str, at: datetime) -> None:
    audit.note(connection, action, actor=user, at=at, invoice_id=invoice_id, recipient=recipient)
