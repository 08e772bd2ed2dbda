"""Is the position billed by a tariff that is ours to examine here?"""

from __future__ import annotations

from pulse.base.reasons import Reason
from pulse.claims.rules.billed import kind_of
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection


def tariff_known(facts: PositionFacts) -> Objection | None:
    """The invoice names the tariff of each service (Art. 59 Abs. 1 lit. b KVV); one that nobody knows pays nothing."""
    if kind_of(facts.position) != "unknown":
        return None
    return Objection(reason=Reason.TARIFF_UNKNOWN, effect="refuse")


def tariff_covered(facts: PositionFacts) -> Objection | None:
    """Medical tariffs (Art. 43 KVG) are not examined with medication: a person sends them where they belong."""
    if kind_of(facts.position) != "service":
        return None
    return Objection(reason=Reason.TARIFF_NOT_COVERED, effect="refuse")


def aids_and_devices(facts: PositionFacts) -> Objection | None:
    """Aids and devices are paid by their own list, the MiGeL (Art. 20a KLV), which a person looks up."""
    if kind_of(facts.position) != "aid":
        return None
    return Objection(reason=Reason.AIDS_AND_DEVICES, effect="refuse")
