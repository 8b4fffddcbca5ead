"""Runs that are far enough for a document of a kind, with values as people write them."""

from __future__ import annotations

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.declared.referral import REFERRAL
from webapp.domain.procedure import Procedure

LETTERS: dict[str, tuple[Procedure, str]] = {
    "visit_assignment": (HOME_VISIT, "planning.paperwork"),
    "visit_notice": (HOME_VISIT, "planning.paperwork"),
    "advocacy_letter": (ADVOCACY, "influence.decision_maker"),
    "referral_letter": (REFERRAL, "preparation.consent"),
}
"""Kind of letter -> its service, and the step after which it can be issued."""
FORMS: dict[str, tuple[Procedure, str]] = {
    "visit_plan": (HOME_VISIT, "planning.paperwork"),
    "visit_form": (HOME_VISIT, "planning.paperwork"),
}
KINDS = LETTERS | FORMS


def run_of(stage: Stage, kind: str, *, until: str = "") -> Run:
    """A run of the service to which this kind belongs, recorded up to where it can be made."""
    procedure, last = KINDS[kind]
    return Run(stage, procedure).started().filled(until=until or last)
