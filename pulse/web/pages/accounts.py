"""The account of cost sharing, for controllers: what an insured person bore of what, year by year."""

from __future__ import annotations

from flask import Blueprint, render_template

from pulse.claims.account_view import account_view
from pulse.web.pages.payments import for_controllers
from pulse.web.pages.people import office

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/clients/<id:client_id>/account")
@for_controllers
def show(client_id: int) -> str:
    return render_template("account.html", account=account_view(office(), client_id))
