"""Receivables, for controllers: who owes what, what came in and does not fit, bills for the post."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from db import receivables
from pulse.base.clock import swiss_date
from pulse.claims.money import collect
from pulse.claims.money.bank_xml import MAX_BYTES
from pulse.web.pages.payments import for_controllers
from pulse.web.pages.people import me, office
from pulse.web.pages.words import word

blueprint = Blueprint("receivables", __name__)
_SHOWN = 500


@blueprint.get("/receivables")
@for_controllers
def index() -> str:
    wanted = request.args.get("state", "open")
    state: receivables.State = next((one for one in receivables.STATES if one == wanted), "open")
    with office().database.read() as connection:
        return render_template(
            "receivables.html",
            state=state,
            waiting=receivables.incoming_for_a_person(connection, limit=_SHOWN),
            debts=receivables.debts(connection, state, limit=_SHOWN),
            counts=receivables.counts(connection),
            today=swiss_date(office().clock.now()),
            overdue=collect.overdue,
        )


@blueprint.post("/receivables/statements")
@for_controllers
def receive() -> Answer:
    given = request.files.get("statement")
    data = given.read(MAX_BYTES + 1) if given else b""
    flash(told(collect.receive(office(), data, by=me().login)), "success")
    return redirect(url_for(".index"))


@blueprint.post("/receivables/<id:receivable_id>/bill")
@for_controllers
def bill(receivable_id: int) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="bill-{receivable_id}.pdf"'}
    return Response(collect.bill_pdf(office(), receivable_id), headers=headers, content_type="application/pdf")


@blueprint.post("/receivables/<id:receivable_id>/close")
@for_controllers
def close(receivable_id: int) -> Answer:
    words = request.form.get("note", "")
    if request.form.get("as") == "paid":
        collect.paid_otherwise(office(), receivable_id, by=me().login, how=words)
        flash("The receivable counts as paid.", "success")
    else:
        collect.write_off(office(), receivable_id, by=me().login, why=words)
        flash("The receivable is written off.", "success")
    return redirect(url_for(".index"))


@blueprint.post("/receivables/credits/<id:credit_id>/settle")
@for_controllers
def settle_credit(credit_id: int) -> Answer:
    collect.settle_credit(office(), credit_id, by=me().login, what=request.form.get("note", ""))
    flash("The credit is settled.", "success")
    return redirect(url_for(".index"))


def told(read: collect.StatementRead) -> str:
    """What came of a file of the bank, in a sentence."""
    if read.known:
        return "This file was read before."
    parts = [f"{read.paid} paid in full", *(f"{count}: {word(why).lower()}" for why, count in read.waiting)]
    parts += [f"{read.seen} known from another file"] if read.seen else []
    return ", ".join(parts) + "."
