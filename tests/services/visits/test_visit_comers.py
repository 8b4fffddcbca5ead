"""The family hears of everybody who comes to its home, not of the leader alone."""

from __future__ import annotations

import pytest

from tests.services.stage import STUDENT
from tests.services.visits.asked import Visit
from tests.services.visits.test_visit_appointments import allow, mails, send, with_companion
from webapp.domain.errors import Invalid
from webapp.mail.messages import VisitFacts, render
from webapp.services import activity_fields, case_team, visit_appointments
from webapp.services.visit_permission import STEP


@pytest.fixture
def visit(stage) -> Visit:
    """A visit that the family has agreed to."""
    visit = Visit(stage)
    allow(visit)
    return visit


def told(visit: Visit, locale: str = "id") -> str:
    """The line of the mail that the family got."""
    mail = visit.stage.mails("visit_appointment")[-1]
    with visit.stage.world.app.app_context():
        content = render("visit_appointment", VisitFacts(**mail.facts), locale)
    (line,) = [line for line in content.text.splitlines() if line.startswith(("Yang datang:", "Who comes:"))]
    assert STUDENT.split()[0] not in content.text
    return line


def composed(visit: Visit, locale: str = "id") -> str:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        return visit_appointments.compose(actor, visit.id, visit.stage.guardian_id, locale=locale).text


def test_two_companions_and_whom_the_plan_names_are_told_with_the_leader_first(world, stage, visit):
    subject = world.person(stage.school, "teacher")
    visit.replan(companion="Petugas desa, Bu Sri")
    with_companion(visit)
    with_companion(visit, subject.user_id)
    send(visit)
    everybody = (
        f"Yang datang: {stage.counsellor.name}; {stage.teacher.name} (Wali kelas); "
        f"{subject.name} (Guru mata pelajaran / guru wali); Petugas desa, Bu Sri"
    )
    assert told(visit) == everybody
    assert everybody in composed(visit)
    assert f"{stage.teacher.name} (Homeroom teacher)" in composed(visit, "en")


def test_without_companions_the_leader_is_told_alone(stage, visit):
    send(visit)
    assert told(visit) == f"Yang datang: {stage.counsellor.name}"
    assert f"Yang datang: {stage.counsellor.name}\n" in composed(visit)


def test_who_stands_in_the_plan_and_was_chosen_is_told_once(stage, visit):
    with_companion(visit)
    visit.replan(companion=stage.teacher.name.upper())
    send(visit)
    assert told(visit).lower().count(stage.teacher.name.lower()) == 1


def test_another_counsellor_who_comes_along_is_told_without_a_position(world, stage, visit):
    colleague = world.person(stage.school, "counsellor")
    with_companion(visit, colleague.user_id)
    send(visit)
    assert told(visit) == f"Yang datang: {stage.counsellor.name}; {colleague.name}"


def test_who_was_removed_or_is_shut_out_is_not_told(world, stage, visit):
    invitee_id = with_companion(visit)
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.remove_companion(actor, visit.id, invitee_id)
    with stage.as_(stage.counsellor) as actor:
        stored = activity_fields.values_of(activity_fields.read(actor, visit.id), STEP)
    assert stored.get("companion", "") == ""
    kin = world.person(stage.school, "teacher")
    with_companion(visit, kin.user_id)
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=kin.user_id, reason="Masih kerabat")
    send(visit)
    assert told(visit) == f"Yang datang: {stage.counsellor.name}"


def test_a_companion_written_with_the_students_name_is_told_to_nobody(visit):
    visit.replan(companion=f"Paman {STUDENT.split()[0]}")
    for act in (lambda: send(visit), lambda: composed(visit)):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.field == "companion"
    assert mails(visit) == []
