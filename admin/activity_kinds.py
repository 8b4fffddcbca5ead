"""Which pages each service has: those of the frame, and for a home visit its own besides."""

from __future__ import annotations

from admin.activities import ActivityPages
from admin.home_visits import HomeVisitPages
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import FRAMED, HOME_VISIT


def views() -> list[ActivityPages]:
    """One set of pages for each service that the frame draws."""
    return [_pages_of(noun, procedure)() for noun, procedure in FRAMED.items()]


def _pages_of(noun: str, procedure: Procedure) -> type[ActivityPages]:
    place = {"noun": noun, "path": f"/s/<school>/{noun.replace('_', '-')}", "procedure": procedure}
    base = HomeVisitPages if procedure is HOME_VISIT else ActivityPages
    return type(f"{procedure.key.title().replace('_', '')}Pages", (base,), place)
