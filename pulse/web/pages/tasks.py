from __future__ import annotations

from flask import Blueprint
from flask_login import login_required

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tasks")
@login_required
def index() -> str:
    return "tasks"
