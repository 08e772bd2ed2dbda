"""Groups, filters and rights, so that people work in the engine's own Tasklist and Cockpit.

Everything is made once: what is there already is left as it is, since a person may have changed it.
Which right lets whom do what stands in docs/how-to/work-in-the-engines-tasklist.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from pulse.claims.assess_risk import DECISION
from pulse.claims.start import PROCESS
from pulse.claims.tasks import ASSISTANTS, CONTROLLERS
from pulse.engine import errors
from pulse.engine.client import EngineClient
from pulse.engine.client.administration import Administration, Resource, TaskFilter

log = structlog.get_logger(__name__)

OPERATORS = "operators"
#: Logins to try the Tasklist and Cockpit with, and their groups.
DEMO_USERS = {"assistant": ASSISTANTS, "controller": CONTROLLERS, "operator": OPERATORS}
#: On what, on which one of it (`*` for every one), and what may be done.
Granted = tuple[Resource, str, tuple[str, ...]]

#: The engine itself lets a task's candidates read, claim and complete it, and nobody else. Seeing an instance is for
#: the variables on the list's cards, seeing history for the task's own.
_TASKLIST: tuple[Granted, ...] = (
    (Resource.APPLICATION, "tasklist", ("ACCESS",)),
    (Resource.PROCESS_DEFINITION, PROCESS, ("READ", "READ_INSTANCE", "READ_HISTORY")),
)
_COCKPIT: tuple[Granted, ...] = (
    (Resource.APPLICATION, "cockpit", ("ACCESS",)),
    (
        Resource.PROCESS_DEFINITION,
        PROCESS,
        ("READ", "READ_INSTANCE", "READ_HISTORY", "UPDATE_INSTANCE", "RETRY_JOB", "SUSPEND_INSTANCE"),
    ),
    (Resource.DECISION_DEFINITION, DECISION, ("READ", "READ_HISTORY")),
)
_BY_DUE_DATE = [{"sortBy": "dueDate", "sortOrder": "asc"}, {"sortBy": "priority", "sortOrder": "desc"}]
#: What a card of the list shows beside name, assignee and due date.
_ON_THE_CARD = {
    "client_last_name": "Last name",
    "total_amount": "Billed CHF",
    "invoice_id": "Case",
    "payable_amount": "Payable CHF",
    "biller_mail": "Provider",
}
_PROPERTIES = {
    "description": "Medication invoices, the next to fall due first",
    "priority": 10,
    "refresh": True,
    "showUndefinedVariable": False,
    "variables": [{"name": name, "label": label} for name, label in _ON_THE_CARD.items()],
}


@dataclass(frozen=True, kw_only=True)
class _Group:
    id: str
    name: str
    rights: tuple[Granted, ...]
    filter_name: str | None = None


_GROUPS = (
    _Group(id=ASSISTANTS, name="Administrative assistants", rights=_TASKLIST, filter_name="Invoices: assistants"),
    _Group(id=CONTROLLERS, name="Financial controllers", rights=_TASKLIST, filter_name="Invoices: controllers"),
    _Group(id=OPERATORS, name="Operators", rights=_COCKPIT),
)


@dataclass(frozen=True, kw_only=True)
class AccessReport:
    """What was made now, and what this engine or login does not allow, each as a line for a person."""

    made: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def give_access(engine: EngineClient) -> AccessReport:
    """Make the groups, the filter of each, and their rights, as far as the engine has such things.

    Raises `pulse.engine.errors.EngineError`, but not where the engine keeps no users, groups or filters, where its
    directory is read-only, or where our login may not make them.
    """
    administration = Administration(engine)
    report = AccessReport()
    for what, steps in (("Groups", _groups), ("Filters and rights", _filters_and_rights)):
        try:
            report.made.extend(steps(administration))
        except errors.NotFound:
            report.left_out.append(f"{what}: this engine has none.")
        except errors.Unauthorized as error:
            report.left_out.append(f"{what}: not allowed by the engine for this login: {error}")
    log.info("access given", action="deploy", made=len(report.made), left_out=len(report.left_out))
    return report


def add_users(engine: EngineClient, groups: Mapping[str, str], password: Callable[[], str]) -> dict[str, str]:
    """Make users that are not there yet, by login and group, each with a new password; returns those passwords."""
    administration = Administration(engine)
    known = administration.users()
    made = {login: password() for login in groups if login not in known}
    for login, new in made.items():
        administration.add_user(login, new, first_name=login.capitalize(), last_name="Demo")
        administration.add_member(groups[login], login)
    return made


def _groups(administration: Administration) -> Iterator[str]:
    known = administration.groups()
    for group in _GROUPS:
        if group.id not in known:
            administration.add_group(group.id, group.name)
            yield f"Group {group.id}"


def _filters_and_rights(administration: Administration) -> Iterator[str]:
    filters = administration.filters()
    known = {(one.group_id, one.resource_type, one.resource_id) for one in administration.rights(_ids())}
    for group in _GROUPS:
        rights = group.rights
        if group.filter_name is not None:
            readable = {
                resource_id for whose, kind, resource_id in known if (whose, kind) == (group.id, Resource.FILTER)
            }
            filter_id = next((one.id for one in filters if _is_filter_of(group, one, readable)), None)
            if filter_id is None:
                filter_id = administration.add_filter(group.filter_name, _query(group.id), _PROPERTIES)
                yield f"Filter “{group.filter_name}”"
            rights = (*rights, (Resource.FILTER, filter_id, ("READ",)))
        for resource, resource_id, permissions in rights:
            if (group.id, resource, resource_id) not in known:
                administration.grant(group.id, resource, resource_id, permissions)
                yield f"Right of {group.id}: {resource.name.lower()} {resource_id} {', '.join(permissions)}"


def _is_filter_of(group: _Group, one: TaskFilter, readable: Collection[str]) -> bool:
    """By its name, or under another name: a filter for our process that the group may read."""
    ours = one.id in readable and one.query.get("processDefinitionKey") == PROCESS
    return ours or one.name == group.filter_name


def _ids() -> list[str]:
    return [group.id for group in _GROUPS]


def _query(group_id: str) -> dict[str, object]:
    """All tasks of the group, those that a colleague has taken among them."""
    return {
        "candidateGroup": group_id,
        "includeAssignedTasks": True,
        "processDefinitionKey": PROCESS,
        "sorting": _BY_DUE_DATE,
    }
