"""/user, /group, /identity, /authorization: who works with the engine. Nobody's rights are limited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, delete, insert, select, update
from starlette.responses import JSONResponse

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.people import IDENTIFIER, hashed
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, writing
from pulse.engine.embedded.rest.problems import invalid, missing, null, refused, required
from pulse.engine.embedded.rest.resource import Filter, Resource
from pulse.engine.embedded.store import find

_USER, _GROUP, _MEMBER = tables.user.c, tables.group.c, tables.membership.c
PROFILE: Final = {"firstName": "first_name", "lastName": "last_name", "email": "email"}


def _joined(own: ColumnElement[Any], mine: ColumnElement[Any], other: ColumnElement[Any]) -> Filter:
    """Those who belong together with the given user or group."""
    return lambda value, given: own.in_(select(mine).where(other == value))


USERS = Resource(
    path="/user",
    tables=(tables.user,),
    shown="id firstName lastName email",
    nulls="",
    also="userId=id",
    filters={"memberOfGroup": _joined(_USER.id, _MEMBER.user_id, _MEMBER.group_id)},
    absent="User with id {} does not exist",
)
GROUPS = Resource(
    path="/group",
    tables=(tables.group,),
    shown="id name type",
    nulls="",
    also="groupId=id",
    filters={"member": _joined(_GROUP.id, _MEMBER.group_id, _MEMBER.user_id)},
    absent="Group with id {} does not exist",
)


def _new(unit: Unit, table: Table, row: Row) -> None:
    """Store a user or group. RestProblem 400 where there is one of its id, 500 for an id that is none."""
    kind, identifier = table.name.removeprefix("engine_"), str(row["id"])
    if not IDENTIFIER.fullmatch(identifier):
        raise refused(f"{kind.title()} has an invalid id: '{identifier}' is not a valid resource identifier.")
    if find(unit.connection, kind, identifier) is not None:
        raise RestProblem(400, "BadUserRequestException", f"The {kind} already exists", 0)
    unit.connection.execute(insert(table).values(row))


def _known(unit: Unit, kind: Resource, identifier: str) -> Row:
    problem = missing(kind.absent.format(identifier))
    return required(find(unit.connection, kind.path.strip("/"), identifier), problem)


def _part(call: Call, name: str) -> Row:
    given = call.body.get(name) or {}
    if not isinstance(given, dict):
        raise invalid("")
    return given


# --- users ---


def create_user(unit: Unit, call: Call) -> None:
    profile, credentials = _part(call, "profile"), _part(call, "credentials")
    if not profile.get("id"):
        raise invalid("request object must provide profile information with valid id.")
    row = {column: profile.get(name) for name, column in PROFILE.items()} | {"id": profile["id"]}
    password = credentials.get("password")
    _new(unit, tables.user, row | {"password": hashed(str(password)) if password else None})


def profile(unit: Unit, call: Call) -> object:
    return USERS.tell_stored(_known(unit, USERS, call.id))


def set_profile(unit: Unit, call: Call) -> None:
    _known(unit, USERS, call.id)
    changed = {column: call.text(name) for name, column in PROFILE.items()}
    unit.connection.execute(update(tables.user).where(_USER.id == call.id).values(changed))


def set_password(unit: Unit, call: Call) -> None:
    """Give a user a password; where the engine asks for a login, whoever asks has to tell the own one as well."""
    _known(unit, USERS, call.id)
    own = call.text("authenticatedUserPassword") or ""
    if unit.engine.login and not unit.engine.passwords.fit(unit.connection, unit.user or "", own):
        raise invalid("The given authenticated user password is not valid.")
    password = call.text("password")
    kept = hashed(password) if password else None
    unit.connection.execute(update(tables.user).where(_USER.id == call.id).values(password=kept))


def _remove(unit: Unit, call: Call, table: Table, member: ColumnElement[Any]) -> None:
    """Remove a user or group with its memberships; one that is not there is no mistake."""
    unit.connection.execute(delete(tables.membership).where(member == call.id))
    unit.connection.execute(delete(table).where(table.c.id == call.id))


# --- groups and who belongs to them ---


def create_group(unit: Unit, call: Call) -> None:
    identifier = required(call.text("id"), null("groupId is null"))
    _new(unit, tables.group, {"id": identifier, "name": call.text("name"), "type": call.text("type")})


def set_group(unit: Unit, call: Call) -> None:
    _known(unit, GROUPS, call.id)
    changed = {name: call.text(name) for name in ("name", "type")}
    unit.connection.execute(update(tables.group).where(_GROUP.id == call.id).values(changed))


def _same(call: Call) -> ColumnElement[bool]:
    return and_(_MEMBER.group_id == call.id, _MEMBER.user_id == call.path["user"])


def join(unit: Unit, call: Call) -> None:
    for kind, identifier in (("user", call.path["user"]), ("group", call.id)):
        problem = null(f"No {kind} found with id '{identifier}'.: {kind} is null")
        required(find(unit.connection, kind, identifier), problem)
    row = {"id": f"{call.path['user']}:{call.id}", "user_id": call.path["user"], "group_id": call.id}
    if find(unit.connection, "membership", row["id"]) is not None:
        message = "An exception occurred in the persistence layer. The user is a member of the group already."
        raise RestProblem(500, "ProcessEnginePersistenceException", message, 0)
    unit.connection.execute(insert(tables.membership).values(row))


def leave(unit: Unit, call: Call) -> None:
    unit.connection.execute(delete(tables.membership).where(_same(call)))


def groups_of(unit: Unit, call: Call) -> object:
    """The groups of a user, and who else is in them."""
    user = required(call.query.get("userId"), invalid("No user id was supplied"))
    groups = GROUPS.rows(unit, {"member": user, "sortBy": "id", "sortOrder": "asc"})
    mates = select(_MEMBER.user_id).where(_MEMBER.group_id.in_([group["id"] for group in groups]))
    others = unit.connection.execute(select(tables.user).where(_USER.id.in_(mates), _USER.id != user)).mappings()
    told = []
    for one in others:
        named = {"id": one["id"], "firstName": one["first_name"], "lastName": one["last_name"]}
        told.append(named | {"displayName": " ".join(filter(None, (one["first_name"], one["last_name"])))})
    return {"groups": [{"id": group["id"], "name": group["name"]} for group in groups], "groupUsers": told}


# --- logging in ---


def verify(unit: Unit, call: Call) -> object:
    user, password = call.text("username"), call.text("password")
    if not user or not password:
        raise invalid("Username and password are required")
    fits = unit.engine.passwords.fit(unit.connection, user, password)
    return {"authenticatedUser": user, "groups": None, "tenants": None, "authenticated": fits}


def password_policy(unit: Unit, call: Call) -> JSONResponse:
    """There is no policy; the real engine leaves the answer to the server around it."""
    told = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "status": 404, "error": "Not Found"}
    return JSONResponse(told | {"path": call.request.url.path}, 404)


def check_authorization(unit: Unit, call: Call) -> object:
    """Everybody may do everything."""
    asked = call.query.get
    for name in ("permissionName", "resourceType", "resourceName"):
        if asked(name) is None:
            raise invalid(f"Query parameter '{name}' cannot be null")
    told = {name: asked(name) for name in ("permissionName", "resourceName", "resourceId")}
    return told | {"authorized": True}


ROUTES: list[Route] = [
    *USERS.lists(),
    writing("POST", "/user/create", create_user),
    reading("/user/{id}/profile", profile),
    writing("PUT", "/user/{id}/profile", set_profile),
    writing("PUT", "/user/{id}/credentials", set_password),
    writing("DELETE", "/user/{id}", lambda unit, call: _remove(unit, call, tables.user, _MEMBER.user_id)),
    *GROUPS.routes(),
    writing("POST", "/group/create", create_group),
    writing("PUT", "/group/{id}", set_group),
    writing("DELETE", "/group/{id}", lambda unit, call: _remove(unit, call, tables.group, _MEMBER.group_id)),
    writing("PUT", "/group/{id}/members/{user}", join),
    writing("DELETE", "/group/{id}/members/{user}", leave),
    reading("/identity/groups", groups_of),
    reading("/identity/verify", verify, "POST"),
    reading("/identity/password-policy", password_policy),
    reading("/authorization/check", check_authorization),
]
