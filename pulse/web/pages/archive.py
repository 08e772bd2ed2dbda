"""Documents: a PDF found by date, provider and number, and many of them as one ZIP."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from db import archive
from db.archive import Place, Wanted
from pulse.base.clock import SWISS_TIME
from pulse.claims import export_documents
from pulse.claims.tasks import CONTROLLERS
from pulse.web.pages.cases import for_staff
from pulse.web.pages.mails import midnight
from pulse.web.pages.people import me, office

blueprint = Blueprint("archive", __name__)
_PAGE = 50
_FIELDS = ("from", "to", "provider", "number")


@blueprint.get("/documents")
@for_staff
def index() -> str:
    asked = _asked(request.args)
    with office().database.read() as connection:
        found = archive.page(connection, _wanted(asked), after=_place(request.args.get("after", "")), limit=_PAGE + 1)
    more = archive.place_of(found[_PAGE - 1]) if len(found) > _PAGE else None
    older = "~".join([more[0].isoformat(), *map(str, more[1:])]) if more else None
    return render_template(
        "documents.html",
        documents=found[:_PAGE],
        asked=asked,
        older=older,
        may_export=CONTROLLERS in me().groups,
        bounded=bool(asked["from"] and asked["to"]),
    )


@blueprint.post("/documents/export")
@for_staff
def export() -> Answer:
    """All documents that were asked for, as a ZIP that is made while it is sent."""
    if CONTROLLERS not in me().groups:
        abort(403)
    pieces = export_documents.export(office(), _wanted(_asked(request.form)), by=me().login)
    name = f"documents-{office().clock.now().astimezone(SWISS_TIME):%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(pieces), headers=headers, content_type="application/zip")


def _asked(given: MultiDict[str, str]) -> dict[str, str]:
    return {name: given.get(name, "").strip()[:100] for name in _FIELDS}


def _wanted(asked: dict[str, str]) -> Wanted:
    return Wanted(
        since=midnight(asked["from"]),
        until=midnight(asked["to"], days=1),
        provider=asked["provider"],
        number=asked["number"],
    )


def _place(text: str) -> Place | None:
    """Where the page above ended, as its link says."""
    try:
        at, case, mail, part = text.split("~")
        moment = datetime.fromisoformat(at)
        return (moment, int(case), int(mail), int(part)) if moment.tzinfo else None
    except ValueError:
        return None
