"""Payments, for controllers: what needs a person, what can go, the runs and what the bank said of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from db import payments
from pulse.base.errors import PulseError
from pulse.base.money import ZERO
from pulse.claims.money import runs
from pulse.claims.money.bank_report import take_report
from pulse.claims.money.bank_xml import MAX_BYTES
from pulse.claims.money.payments import settle_by_hand, try_again
from pulse.web.pages.people import me, office

blueprint = Blueprint("payments", __name__)
_SHOWN = 500
_READY: tuple[payments.State, ...] = ("proposed",)


def for_controllers(view: Callable[..., Any]) -> Callable[..., Any]:
    """Behind a login, for controllers; what cannot be done is told on the page that it was asked for on."""

    @wraps(view)
    def checked(**path: Any) -> Any:
        if "controllers" not in me().groups:
            abort(403)
        try:
            return view(**path)
        except PulseError as error:
            if request.method == "GET":
                raise
            flash(error.message, "error")
            return redirect(url_for(".index"))

    return cast("Callable[..., Any]", login_required(checked))


@blueprint.get("/payments")
@for_controllers
def index() -> str:
    with office().database.read() as connection:
        ready = payments.in_states(connection, _READY)
        return render_template(
            "payments.html",
            waiting=payments.for_a_person(connection, limit=_SHOWN),
            ready=ready[:_SHOWN],
            ready_count=len(ready),
            total=sum((one.amount for one in ready), ZERO),
            counts=payments.counts(connection),
            runs=payments.runs(connection),
        )


@blueprint.post("/payments/runs")
@for_controllers
def make_run() -> Answer:
    day = request.form.get("execute_on", "", type=str)
    run = runs.make_run(office(), by=me().login, execute_on=_day(day) if day else None)
    flash(f"Run {run.id} is made. Another controller releases it.", "success")
    return redirect(url_for(".show_run", run_id=run.id))


@blueprint.get("/payments/runs/<id:run_id>")
@for_controllers
def show_run(run_id: int) -> str:
    with office().database.read() as connection:
        run = runs.run_of(connection, run_id)
        return render_template("payment_run.html", run=run, parts_of_run=payments.of_run(connection, run_id))


@blueprint.post("/payments/runs/<id:run_id>/release")
@for_controllers
def release(run_id: int) -> Answer:
    runs.release(office(), run_id, by=me().login)
    flash(f"Run {run_id} is released. Take its file to the bank.", "success")
    return redirect(url_for(".show_run", run_id=run_id))


@blueprint.post("/payments/runs/<id:run_id>/withdraw")
@for_controllers
def withdraw(run_id: int) -> Answer:
    runs.withdraw(office(), run_id, by=me().login)
    flash(f"Run {run_id} is withdrawn. Its payments can go into another.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/payments/runs/<id:run_id>/file")
@for_controllers
def file(run_id: int) -> Response:
    data = runs.file_of(office(), run_id)
    runs.handed_out(office(), run_id, by=me().login)
    with office().database.read() as connection:
        name = runs.run_of(connection, run_id).message_id
    headers = {"Content-Disposition": f'attachment; filename="{name}.xml"'}
    return Response(data, headers=headers, content_type="application/xml")


@blueprint.post("/payments/status")
@for_controllers
def status() -> Answer:
    given = request.files.get("report")
    data = given.read(MAX_BYTES + 1) if given else b""
    read = take_report(office(), data, by=me().login)
    told = ", ".join(f"{count} {state}" for state, count in sorted(read.moved.items())) or "nothing changed"
    flash(
        f"This report was read before: run {read.run_id}." if read.known else f"Run {read.run_id}: {told}.", "success"
    )
    return redirect(url_for(".show_run", run_id=read.run_id))


@blueprint.post("/payments/<id:payment_id>/again")
@for_controllers
def again(payment_id: int) -> Answer:
    try_again(office(), payment_id, by=me().login)
    flash("The payment goes into the next run, to the account that is registered now.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/payments/<id:payment_id>/settle")
@for_controllers
def settle(payment_id: int) -> Answer:
    settle_by_hand(office(), payment_id, by=me().login, note=request.form.get("note", ""))
    flash("The payment is settled. It is never paid again.", "success")
    return redirect(url_for(".index"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(400)
