"""Cases: the list, one case, its documents and letters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast, get_args

from flask import Blueprint, abort, render_template, request
from flask_login import login_required
from werkzeug.wrappers import Response

from db import invoices
from db.invoices import State
from pulse.claims.cases import case_counts, case_page, case_view, reading_record
from pulse.claims.explain import explain
from pulse.claims.explain_words import in_words
from pulse.claims.revisions import corrections
from pulse.web import files
from pulse.web.pages.people import me, office
from pulse.web.pages.record import told
from pulse.web.pages.sight import POINTS_PER_PIXEL, fired_rules, read_values, sheet_of

blueprint = Blueprint("cases", __name__)
_PAGE = 50


def for_staff(view: Callable[..., Any]) -> Callable[..., Any]:
    """Behind a login, and for people who have a group."""

    @wraps(view)
    def checked(**path: Any) -> Any:
        return view(**path) if me().groups else abort(403)

    return cast("Callable[..., Any]", login_required(checked))


@blueprint.get("/cases")
@for_staff
def index() -> str:
    state: State | None = next((one for one in get_args(State) if one == request.args.get("state")), None)
    wanted = request.args.get("q", "").strip()[:100]
    before = request.args.get("before", type=int)
    if wanted:
        with office().database.read() as connection:
            found = invoices.search(connection, wanted, limit=_PAGE)
    else:
        found = case_page(office(), state=state, before=before, limit=_PAGE + 1)
    older = found[_PAGE - 1].id if len(found) > _PAGE else None
    counts = case_counts(office())
    return render_template(
        "cases.html",
        cases=found[:_PAGE],
        state=state,
        wanted=wanted,
        counts=counts,
        older=older,
        total=sum(counts.values()),
    )


@blueprint.get("/cases/<id:invoice_id>")
@for_staff
def show(invoice_id: int) -> str:
    why = in_words(explain(office(), invoice_id))
    return render_template("case.html", why=why, **sight(invoice_id))


@blueprint.get("/cases/<id:invoice_id>/document")
@for_staff
def document(invoice_id: int) -> Response:
    return files.document(office(), invoice_id)


@blueprint.get("/cases/<id:invoice_id>/pages/<int(min=1, max=9999):number>")
@for_staff
def page(invoice_id: int, number: int) -> Response:
    return files.page(office(), invoice_id, number)


@blueprint.get("/cases/<id:invoice_id>/reading")
@for_staff
def reading(invoice_id: int) -> str:
    """What each step of the reading saw."""
    record = reading_record(office(), invoice_id)
    return render_template("reading.html", invoice_id=invoice_id, record=record, sources=told(record))


@blueprint.get("/cases/<id:invoice_id>/response")
@for_staff
def response(invoice_id: int) -> Response:
    """The answer in XML as it went out with the provider's letter."""
    return files.response(office(), invoice_id)


@blueprint.get("/letters/<letter_id>")
@for_staff
def letter(letter_id: str) -> Response:
    return files.letter_pdf(office(), letter_id)


def sight(invoice_id: int) -> dict[str, Any]:
    """What the templates show of a case; the page of the document is in the query."""
    view = case_view(office(), invoice_id)
    return {
        "view": view,
        "case": view.case,
        "invoice": view.case.content,
        "sheet": sheet_of(office(), view, request.args.get("page", 1, type=int)),
        "read_values": read_values(view.case.content),
        "rules": fired_rules(view.assessments),
        "corrections": corrections(office(), invoice_id),
        "points_per_pixel": POINTS_PER_PIXEL,
    }
