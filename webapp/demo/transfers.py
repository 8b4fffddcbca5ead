"""A student of the middle school who moves: released with a consent, and waiting at the high school."""

from __future__ import annotations

from webapp.demo import students
from webapp.demo.cast import SMA, SMP
from webapp.demo.stage import Stage
from webapp.domain.transfers import USUAL_PARTS, CaseChoice, Choice
from webapp.services import transfer_offers, transfers

PLACE = 220
"""Whose case is bk.smp's own, without a conference under way."""


def build(stage: Stage) -> None:
    """Prepare and release it, once."""
    sender = SMP.case_owner
    with stage.work(SMP, sender, stage.days(-1, hour=10, school=SMP)) as actor:
        student_id = students.find(actor, SMP, PLACE).id
        if transfers.of_student(actor, student_id):
            return
        offer = transfer_offers.offer(actor, student_id)
        consents = next(guardian for guardian in offer.guardians if guardian.may_contact)
        draft = transfers.prepare(
            actor,
            student_id,
            to_school_id=next(school.id for school in offer.schools if school.name == SMA.name),
            choice=Choice(True, tuple(CaseChoice(case.id, USUAL_PARTS) for case in offer.cases)),
            basis={
                "key": "consent",
                "guardian": str(consents.id),
                "consent_on": stage.day(SMP, -3).isoformat(),
                "consent_channel": "paper",
            },
        )
        transfers.release(actor, draft.id)
