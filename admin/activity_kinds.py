"""Which pages each service has: those of the frame, and for some of them their own besides."""

from __future__ import annotations

from admin.activities import ActivityPages
from admin.advocacies import AdvocacyPages
from admin.home_visits import HomeVisitPages
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import ADVOCACY, FRAMED, HOME_VISIT

_OWN: dict[str, type[ActivityPages]] = {HOME_VISIT.key: HomeVisitPages, ADVOCACY.key: AdvocacyPages}


def views() -> list[ActivityPages]:
    """One set of pages for each service that the frame draws."""
    return [_pages_of(noun, procedure)() for noun, procedure in FRAMED.items()]


def _pages_of(noun: str, procedure: Procedure) -> type[ActivityPages]:
    place = {"noun": noun, "path": f"/s/<school>/{noun.replace('_', '-')}", "procedure": procedure}
    base = _OWN.get(procedure.key, ActivityPages)
    return type(f"{procedure.key.title().replace('_', '')}Pages", (base,), place)
