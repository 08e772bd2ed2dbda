"""Who may decide: whom a directory knows in the task's group. Ours, the engine's own, and the API's tokens."""

from __future__ import annotations

import re
from dataclasses import replace

from db import tokens, users
from db.tokens import Token
from pulse.claims.decider import UNNAMED, Decider
from pulse.claims.office import Office
from pulse.claims.rules.decision import MACHINE
from pulse.claims.tasks import ASSISTANTS, CONTROLLERS, GROUPS
from pulse.engine import errors
from pulse.engine.client.administration import Administration


def token_login(token: Token) -> str:
    """A token as a user of the engine, whose ids are letters and digits."""
    return f"token{re.sub('[^a-zA-Z0-9]', '', token.name)[:32]}{token.id[:8]}"


def confirmed(office: Office, decided: Decider) -> Decider:
    """The same decider, with `known` false where the person is none whom a directory knows in the place's group.

    A token with `tasks:write` stands for the desktop that holds it, which answers for its people. Only where no
    directory has anybody, in any group, does every name count: the engine's own login is all there is then.
    """
    group = GROUPS.get(decided.place)
    if decided.place == MACHINE or group is None:
        return decided
    return replace(decided, known=_is_known(office, decided.name, group))


def _is_known(office: Office, name: str, group: str) -> bool:
    with office.database.read() as connection:
        ours = users.everyone(connection)
        live = [one for one in tokens.everyone(connection) if one.revoked_at is None and one.allows("tasks:write")]
    people = {user.login for user in ours if user.active and group in user.group_names}
    named = name != UNNAMED
    if named and name in people | {token_login(token) for token in live}:
        return True
    if named and any(user.login == name for user in ours):
        return False
    theirs = engine_people(office)
    if not ours and not any(theirs.values()):
        return True
    return named and name in theirs[group]


def engine_people(office: Office) -> dict[str, set[str]]:
    """The logins that the engine shows us, by group. None where it keeps no users, or does not let our login read them
    (right READ on users): an engine with authorizations then answers with an empty list, as if there were nobody."""
    administration = Administration(office.engine)
    try:
        return {group: administration.members(group) for group in (ASSISTANTS, CONTROLLERS)}
    except (errors.NotFound, errors.Unauthorized):
        return {ASSISTANTS: set(), CONTROLLERS: set()}
