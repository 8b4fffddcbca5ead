"""Who comes along to a visit, the text for a telephone, and an address that says "this is not for me"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY, fresh_id
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.stage import STUDENT, Stage
from tests.services.visits.asked import Visit
from tests.services.visits.test_visit_appointments import SENT, allow, mails, page, send, with_companion
from webapp import tenancy
from webapp.domain.errors import Invalid, NotFound
from webapp.models.activities import Appointment
from webapp.models.students import Guardian
from webapp.services import (
    access,
    activity_fields,
    calendar_page,
    case_team,
    visit_appointments,
    visit_guests,
)
from webapp.services.visit_permission import STEP


@pytest.fixture
def delivered(app, as_superuser):
    """Let a good server take what waits, with nothing of other tests among it; how many mails left."""
    as_superuser.execute(text("UPDATE outbox SET due_at = NULL WHERE state = 'queued'"))
    as_superuser.commit()

    def deliver() -> int:
        with app.app_context(), scripted({}) as server:
            return run(server, Clock())["sent"]

    return deliver


@pytest.fixture
def visit(stage) -> Visit:
    """A visit that the family has agreed to."""
    visit = Visit(stage)
    allow(visit)
    return visit


def test_the_homeroom_teacher_is_offered_first_and_whoever_is_shut_out_is_not(world, stage, visit):
    homeroom = world.person(stage.school, "homeroom")
    kin = world.person(stage.school, "teacher")
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=kin.user_id, reason="Masih kerabat")
    found = page(visit)
    assert kin.user_id not in [member.user_id for member in found.staff]
    assert homeroom.user_id in [member.user_id for member in found.staff]
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        visit_appointments.add_companion(actor, visit.id, kin.user_id)


def test_a_companion_of_another_school_nobody_and_oneself_are_refused(world, stage, visit):
    other = Stage.build(world)
    for user_id in (other.teacher.user_id, fresh_id(), stage.counsellor.user_id):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
            visit_appointments.add_companion(actor, visit.id, user_id)


def test_the_first_companion_stands_in_the_plan_and_what_was_typed_stays(stage, visit):
    with_companion(visit)
    assert companion_line(visit) == stage.teacher.name
    with_companion(visit, stage.principal.user_id)
    assert companion_line(visit) == stage.teacher.name


def test_a_companion_who_is_removed_is_told_and_can_come_along_again(stage, visit):
    invitee_id = with_companion(visit)
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.remove_companion(actor, visit.id, invitee_id)
    assert mails(visit)[-1] == ("visit_called_off", "queued", 1)
    assert page(visit).companions == ()
    with stage.as_(stage.counsellor) as actor, pytest.raises(NotFound):
        visit_appointments.remove_companion(actor, visit.id, invitee_id)
    assert with_companion(visit) == invitee_id
    assert send(visit) == 1


def calendar(visit: Visit, person, *, mine: bool = True):
    with visit.stage.as_(person) as actor:
        return calendar_page.between(actor, MONDAY, MONDAY + timedelta(days=60), mine=mine)


def test_a_companions_calendar_says_when_and_with_whom_and_nothing_of_the_case(world, stage, visit):
    colleague = world.person(stage.school, "teacher")
    stranger = world.person(stage.school, "teacher")
    invitee_id = with_companion(visit, colleague.user_id)
    assert calendar(visit, colleague) == ()
    send(visit)
    for mine in (True, False):
        (entry,) = calendar(visit, colleague, mine=mine)
        assert (entry.led_by, entry.is_mine, entry.opens) == (stage.counsellor.name, True, False)
        assert (entry.number, entry.student, entry.place) == (None, None, None)
        assert calendar(visit, stranger, mine=mine) == ()
    with stage.as_(colleague):
        assert tenancy.session.scalars(select(Appointment)).all() == []
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.remove_companion(actor, visit.id, invitee_id)
    assert calendar(visit, colleague) == ()


def test_who_knows_of_the_appointment_has_it_once_in_the_calendar(stage, visit):
    with_companion(visit, stage.principal.user_id)
    send(visit)
    assert len(calendar(visit, stage.principal)) == len(calendar(visit, stage.principal, mine=False)) == 1
    assert len(calendar(visit, stage.counsellor)) == 1


def shut_out(visit: Visit) -> None:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        case_team.shut_out(
            actor, visit.stage.case_id, user_id=visit.stage.teacher.user_id, reason="Masih kerabat"
        )


def test_a_companion_shut_out_since_gets_no_mail(stage, visit, delivered):
    with_companion(visit)
    send(visit)
    shut_out(visit)
    assert delivered() == 1
    assert ("visit_companion", "superseded", 0) in mails(visit)
    assert stage.mails("visit_called_off") == []


def test_a_companion_shut_out_after_the_mail_comes_along_no_more_and_the_calendar_loses_the_entry(
    stage, visit, delivered
):
    with_companion(visit)
    send(visit)
    stage.delivered()
    shut_out(visit)
    assert page(visit).companions == ()
    (mail,) = stage.mails("visit_called_off")
    assert (mail.to_address, mail.facts["sequence"], mail.facts["place"]) == (stage.teacher.email, 1, "")
    assert delivered() == 1


def test_a_guardian_without_an_address_is_told_by_a_neutral_text(world, stage, visit):
    silent = world.guardian(stage.school, stage.student_id, email=None)
    with stage.as_(stage.counsellor) as actor:
        made = visit_appointments.compose(actor, visit.id, silent, locale="en")
    assert made.url.startswith("https://wa.me/62800000000?text=")
    assert stage.counsellor.name in made.text
    for word in (STUDENT, *STUDENT.split(), "Rekaan topic"):
        assert word not in made.text


def test_no_text_is_made_for_who_may_not_be_contacted(world, stage, visit):
    barred = world.guardian(stage.school, stage.student_id, do_not_contact=True)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        visit_appointments.compose(actor, visit.id, barred, locale="id")
    stranger = Stage.build(world).guardian_id
    with stage.as_(stage.counsellor) as actor, pytest.raises(NotFound):
        visit_appointments.compose(actor, visit.id, stranger, locale="id")


def companion_line(visit: Visit) -> str:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        return activity_fields.values_of(activity_fields.read(actor, visit.id), STEP)["companion"]


def disown(visit: Visit) -> None:
    family = visit.family()
    with visit.stage.world.app.app_context(), tenancy.work(family):
        visit_guests.disown(family)


def test_not_for_me_takes_back_what_has_not_left_and_tells_nobody_else_otherwise(world, stage, visit):
    second = world.guardian(stage.school, stage.student_id, email="kedua@contoh.example")
    visit.asked()
    send(visit, stage.guardian_id, second)
    disown(visit)
    assert [(mail.to_address, mail.state) for mail in stage.mails("visit_appointment")] == [
        ("wali.rekaan@contoh.example", "superseded"), ("kedua@contoh.example", "queued")
    ]  # fmt: skip
    assert [mail.state for mail in stage.mails("visit_asked")] == ["superseded"]
    assert stage.mails("visit_called_off") == []


def test_not_for_me_calls_off_an_appointment_that_has_left(stage, visit, delivered):
    visit.asked()
    send(visit)
    stage.delivered()
    disown(visit)
    (mail,) = stage.mails("visit_called_off")
    assert (mail.to_address, mail.facts["sequence"]) == ("wali.rekaan@contoh.example", 1)
    assert mail.facts["led_by"] == stage.counsellor.name
    assert delivered() == 1
    (line,) = page(visit).guardians
    assert line.told.called_off_at is not None


def test_after_not_for_me_the_address_is_neither_asked_nor_told_until_it_is_corrected(stage, visit):
    visit.asked()
    disown(visit)
    for act in (visit.asked, lambda: send(visit)):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.field == "guardian"
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).email = "baru@contoh.example"
    visit.asked()
    assert send(visit) == 1


def test_an_appointment_in_hand_when_its_address_says_not_for_me_does_not_leave(
    stage, visit, delivered, as_superuser
):
    visit.asked()
    send(visit)
    disown(visit)
    as_superuser.execute(
        text("UPDATE outbox SET state = 'queued', due_at = created_at WHERE activity_id = :id"),
        {"id": visit.id},
    )
    as_superuser.commit()
    assert delivered() == 0
    assert {mail.last_response for mail in stage.mails() if mail.kind in SENT} == {"disowned"}
