"""The step for reports about letters of ours, and for our own words that come back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mail_gateway.ledger import Verdict
from mail_gateway.message import bounces
from mail_gateway.message.bounces import Bounce
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived
from pulse.claims.bounced import DeliveryReport, hear_report
from pulse.claims.office import Office


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Tells the case whose letter did not arrive."""

    office: Office
    own_addresses: Collection[str]

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return bounces.may_report(headers)

    def is_mine(self, mail: Arrived) -> bool:
        return mail.standing.brings_nothing or self._found(mail) is not None

    def take(self, mail: Arrived) -> Verdict | None:
        found = self._found(mail)
        if found is None:
            return self._echo(mail.standing)
        report = DeliveryReport(
            message_id=found.message_id,
            permanent=found.outcome == "failed",
            status=found.status,
            mail_id=mail.mail_id,
        )
        match hear_report(self.office, report):
            case "bounced":
                return Verdict(outcome="person", reasons=(MailReason.LETTER_BOUNCED,))
            case "delayed":
                return Verdict(outcome="ignored", reasons=(MailReason.LETTER_DELAYED,), keeps=False)
            case _:
                return Verdict(outcome="ignored", reasons=(MailReason.BOUNCE,), keeps=False)

    def _found(self, mail: Arrived) -> Bounce | None:
        return bounces.read_bounce(mail.content, own_addresses=self.own_addresses) if mail.content else None

    def _echo(self, standing: Standing) -> Verdict | None:
        if not standing.brings_nothing:
            return None
        assert standing.silence is not None
        return Verdict(outcome="ignored", reasons=(standing.silence,), keeps=False)
