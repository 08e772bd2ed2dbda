"""Letters that came back: what a report about a delivery does to its letter, and what a person makes of it.

A report may be forged, for our Message-IDs can be guessed. Therefore it changes neither decision nor payment nor where
anything goes: it asks a person to post the letter to the address in the register, once a letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy import Connection

from db import audit, effects, letters
from db.letters import Letter
from letters.occasions import Kind
from pulse.base.errors import Conflict, InvalidInput
from pulse.base.reasons import Reason
from pulse.claims.closing import close_if_done
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

Heard = Literal["bounced", "delayed", "nothing"]
_ID = re.compile(r"<letter\.(\d+)\.(client|provider)\.([a-z_]+)\.(\d+)@[^<>]+>", re.IGNORECASE)
_SETTLED: dict[str, letters.State] = {"post": "by_post", "arrived": "sent"}


@dataclass(frozen=True, kw_only=True)
class DeliveryReport:
    """What the mail `mail_id` of the ledger reports; `status` is the enhanced code, such as `5.1.1`, if one is told."""

    message_id: str
    permanent: bool
    status: str
    mail_id: int


def hear_report(office: Office, report: DeliveryReport) -> Heard:
    """A letter that has left and cannot be delivered becomes `bounced`: a task to send it by post. A delay is noted.

    Nothing happens where we sent no such letter, where it is settled another way, and where a report was heard before.
    The same mail again gives the same answer.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        letter = _letter(connection, report.message_id)
        effect = effects.get(connection, letter.effect_key) if letter else None
        if letter is None or effect is None or effect.message_id.lower() != report.message_id.lower():
            return "nothing"
        before = (effect.receipt or {}).get("bounced")
        if before is not None:
            return "bounced" if before["mail"] == report.mail_id else "nothing"
        bounced = report.permanent and letters.set_letter(
            connection, letter.id, was=["sent"], state="bounced", settled_at=None
        )
        if bounced:
            mark = {"mail": report.mail_id, "status": report.status, "at": now.isoformat()}
            effects.set_receipt(connection, effect.key, (effect.receipt or {}) | {"bounced": mark})
        audit.note(
            connection,
            "claims:letter:bounced" if report.permanent else "claims:letter:delayed",
            actor="mail-gateway",
            at=now,
            invoice_id=letter.invoice_id,
            letter=letter.id,
            recipient=letter.recipient,
            status=report.status,
            reason=Reason.LETTER_BOUNCED.value if bounced else "",
            mail=report.mail_id,
        )
    log.info("delivery reported", action="letter:bounced" if bounced else "letter:delayed", case=letter.invoice_id)
    if report.permanent:
        return "bounced" if bounced else "nothing"
    return "delayed"


def settle_bounced(office: Office, letter: Letter, how: str, user: str) -> None:
    """A person has posted the letter (`post`), or knows that it has arrived all the same (`arrived`).

    Raises `InvalidInput` for another word, `Conflict` where the letter is settled already.
    """
    state = _SETTLED.get(how)
    if state is None:
        raise InvalidInput("Say post or arrived.", code="delivery_unknown_word")
    now = office.clock.now()
    with office.database.write() as connection:
        if not letters.set_letter(connection, letter.id, was=["bounced"], state=state, settled_at=now):
            raise Conflict("This letter is settled already.", letter=letter.id)
        effect = effects.get(connection, letter.effect_key)
        receipt = (effect.receipt if effect else None) or {}
        receipt |= {"said": how, "by": user}
        left: effects.State = "by_post" if state == "by_post" else "sent"
        effects.settle(connection, letter.effect_key, left, at=now, receipt=receipt, was=("sent",))
        audit.note(
            connection,
            "claims:delivery:settled",
            actor=user,
            at=now,
            invoice_id=letter.invoice_id,
            letter=letter.id,
            how=how,
        )
        close_if_done(connection, letter.invoice_id, Kind(letter.kind), at=now)


def _letter(connection: Connection, message_id: str) -> Letter | None:
    found = _ID.fullmatch(message_id)
    if found is None or len(found[1]) > 18 or len(found[4]) > 6:
        return None
    recipient, kind, round_ = found[2].lower(), found[3].lower(), int(found[4])
    return letters.find(connection, int(found[1]), recipient=recipient, kind=kind, round_=round_)
