"""Absolute addresses for mails: the base address of the installation and a path."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from webapp import tenancy
from webapp.models.schools import District, School
from webapp.tenancy import Actor


def base_url() -> str:
    """Where people reach Pamong, without a slash at the end."""
    return current_app.config["PAMONG"].base_url


def school_url(actor: Actor, path: str = "") -> str:
    """A page of the actor's school: `path` is what stands behind /s/<school>/."""
    slug = tenancy.session.scalar(select(School.slug).where(School.id == actor.school_id))
    return f"{base_url()}/s/{slug}/{path}"


def district_url(actor: Actor, path: str = "") -> str:
    """A page of the actor's district."""
    slug = tenancy.session.scalar(select(District.slug).where(District.id == actor.district_id))
    return f"{base_url()}/d/{slug}/{path}"


def guest_url(token: str) -> str:
    """A guest's page. The token stands in the path and nowhere else."""
    return f"{base_url()}/g/{token}/"


def visit_url(token: str) -> str:
    """Where a family answers about a home visit. The token stands in the path and nowhere else."""
    return f"{base_url()}/v/{token}/"


def stop_url(token: str) -> str:
    """Where a kind of optional mail is switched off. The token stands in the path and nowhere else."""
    return f"{base_url()}/stop/{token}"


def calendar_url(token: str) -> str:
    """Where a calendar program fetches what somebody has planned. The token stands nowhere else."""
    return f"{base_url()}/cal/{token}.ics"
