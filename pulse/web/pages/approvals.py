"""Approvals of costs (Kostengutsprache) and of the usual co-payment, for controllers: given, shown, taken back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pulse.base.clock import swiss_date
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims import approvals
from pulse.web.pages.payments import for_controllers
from pulse.web.pages.people import me, office

blueprint = Blueprint("approvals", __name__)
_FIELDS = (
    "insurance_number", "kind", "gtin", "atc", "indication_code", "packs", "valid_from", "valid_until", "reference",
)  # fmt: skip
_LONGEST = 60


@blueprint.get("/approvals")
@for_controllers
def index() -> str:
    wanted = request.args.get("client", "").strip()[:_LONGEST]
    return _page(wanted, {"insurance_number": wanted})


def _page(wanted: str, entered: Mapping[str, str], wrong: str | None = None) -> str:
    """The approvals of the client with this number, or the newest of all; the form holds what was `entered`."""
    with office().database.read() as connection:
        try:
            found, nobody = approvals.shown(connection, wanted or None), False
        except NotFound:
            found, nobody = [], True
    today = swiss_date(office().clock.now())
    return render_template(
        "approvals.html", approvals=found, wanted=wanted, nobody=nobody, today=today, entered=entered, wrong=wrong
    )


@blueprint.post("/approvals")
@for_controllers
def add() -> Response | tuple[str, int]:
    values = {name: request.form.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
    try:
        approval_id = approvals.add(office().database, values, at=office().clock.now(), by=me().login)
    except (InvalidInput, NotFound) as error:
        return _page("", values, wrong=error.message), 422
    flash(f"Approval {approval_id} is on file.", "success")
    return redirect(url_for(".index", client=values["insurance_number"]))


@blueprint.post("/approvals/<int(max=9223372036854775807):approval_id>/end")
@for_controllers
def end(approval_id: int) -> Response:
    approvals.end(office().database, approval_id, at=office().clock.now(), by=me().login)
    flash(f"Approval {approval_id} was taken back.", "success")
    return redirect(url_for(".index"))
