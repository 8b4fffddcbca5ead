"""The district: the board of all its schools, and the administration of schools and people."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from webapp.domain.permissions import Permission
from webapp.services import access

bp = Blueprint("district", __name__, url_prefix="/d/<district>")


@bp.get("/")
def board():
    """How are all schools doing, where is help needed?"""
    access.require(g.actor, Permission.DISTRICT_BOARD)
    return render_template("pages/district/board.html")


@bp.get("/schools/")
def schools():
    access.require(g.actor, Permission.DISTRICT_SCHOOLS)
    return render_template("pages/district/board.html")


@bp.get("/people/")
def people():
    access.require(g.actor, Permission.DISTRICT_PEOPLE)
    return render_template("pages/district/board.html")


@bp.get("/settings/")
def settings():
    access.require(g.actor, Permission.DISTRICT_SETTINGS)
    return render_template("pages/district/board.html")
