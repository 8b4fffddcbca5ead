"""What the page of a conference shows of its conduct, to those who have signed."""

from __future__ import annotations

from webapp.models.conferences import Conference
from webapp.tenancy import Actor


def view(actor: Actor, conference: Conference) -> None:
    """Nothing yet."""
    return None
