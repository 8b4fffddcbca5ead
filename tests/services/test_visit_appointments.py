"""The appointment of a visit: for the family that agreed and for companions; changes reach calendars."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from tests.factories import MONDAY, fresh_id
from tests.mail.servers import scripted
from tests.services.stage import STUDENT, Stage
from tests.services.test_outbox_delivery import Clock, run
from tests.services.test_visit_requests import Visit
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.mail.messages import VisitFacts, render
from webapp.models.activities import Appointment
from webapp.models.students import Guardian
from webapp.services import (
    access,
    activity_fields,
    activity_runs,
    calendar_page,
    case_team,
    today,
    visit_appointment_view,
    visit_appointments,
    visit_guests,
)
from webapp.services.visit_permission import STEP

SENT = ("visit_appointment", "visit_companion", "visit_called_off")


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


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


def allow(visit: Visit, permission: str = "given") -> None:
    visit.replan(
        permission=permission,
        permission_channel="phone",
        permission_on=MONDAY.date().isoformat(),
        permission_by="Ibu",
        companion="",
    )


def send(visit: Visit, *guardian_ids: int) -> int:
    chosen = guardian_ids or (visit.stage.guardian_id,)
    with visit.stage.as_(visit.stage.counsellor) as actor:
        return visit_appointments.send(actor, visit.id, guardian_ids=chosen, locale="id")


def with_companion(visit: Visit, user_id: int = 0) -> int:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        return visit_appointments.add_companion(actor, visit.id, user_id or visit.stage.teacher.user_id).id


def mails(visit: Visit) -> list[tuple[str, str, int]]:
    return [
        (mail.kind, mail.state, mail.facts["sequence"]) for mail in visit.stage.mails() if mail.kind in SENT
    ]


def page(visit: Visit, person=None):
    with visit.stage.as_(person or visit.stage.counsellor) as actor:
        return visit_appointment_view.page(actor, visit.id)


# --- sending --------------------------------------------------------------------------------------


def test_the_appointment_goes_to_the_family_with_the_place_and_to_a_companion_without(stage, visit):
    with_companion(visit)
    assert send(visit) == 2
    family, colleague = (mail for mail in stage.mails() if mail.kind in SENT)
    assert (family.kind, family.to_address) == ("visit_appointment", "wali.rekaan@contoh.example")
    assert (colleague.kind, colleague.to_address) == ("visit_companion", stage.teacher.email)
    assert family.facts["place"] == "Rekaan place"
    assert colleague.facts["place"] == ""
    for mail in (family, colleague):
        for word in (STUDENT, *STUDENT.split(), "K-2026", "Rekaan topic"):
            assert word not in str(mail.facts)
    assert family.facts["uid"] != colleague.facts["uid"]


def test_its_calendar_entry_asks_for_no_answer(stage, visit, app):
    send(visit)
    (mail,) = stage.mails("visit_appointment")
    with app.app_context():
        content = render("visit_appointment", VisitFacts(**mail.facts), "id")
    (event,) = Calendar.from_ical(content.calendar).walk("VEVENT")
    assert event["uid"] == mail.facts["uid"]
    assert event["attendee"].params["RSVP"] == "FALSE"
    assert content.calendar_method == "REQUEST"


def test_nothing_is_sent_without_the_familys_permission(stage, visit):
    allow(visit, "refused")
    with pytest.raises(Conflict):
        send(visit)
    assert mails(visit) == []


def test_nobody_is_written_to_who_may_not_be_contacted_has_no_address_or_belongs_elsewhere(
    world, stage, visit
):
    barred = world.guardian(stage.school, stage.student_id, email="b@contoh.example", do_not_contact=True)
    silent = world.guardian(stage.school, stage.student_id, email=None)
    for guardian_id in (barred, silent):
        with pytest.raises(Invalid):
            send(visit, stage.guardian_id, guardian_id)
    with pytest.raises(NotFound):
        send(visit, Stage.build(world).guardian_id)
    assert mails(visit) == []


def test_a_place_that_names_the_student_is_not_sent(visit):
    visit.replan(place=f"Rumah {STUDENT}")
    with pytest.raises(Invalid) as refused:
        send(visit)
    assert refused.value.field == "place"


def test_only_the_team_sends_and_reads(world, stage, visit):
    colleague, other = world.person(stage.school, "counsellor"), Stage.build(world)
    for person, place in ((colleague, stage), (stage.principal, stage), (other.counsellor, other)):
        for act in (
            lambda actor: visit_appointments.send(
                actor, visit.id, guardian_ids=[stage.guardian_id], locale="id"
            ),
            lambda actor: visit_appointments.add_companion(actor, visit.id, stage.teacher.user_id),
            lambda actor: visit_appointment_view.page(actor, visit.id),
        ):
            with place.as_(person) as actor, pytest.raises((NotFound, Forbidden)):
                act(actor)


def test_whoever_has_it_as_it_stands_gets_no_second_mail(visit):
    send(visit)
    with pytest.raises(Conflict):
        send(visit)
    with_companion(visit)
    assert send(visit) == 1


# --- changes --------------------------------------------------------------------------------------


def test_a_change_is_shown_and_sent_again_under_the_same_id_with_a_higher_number(stage, visit):
    send(visit)
    stage.delivered()
    assert not page(visit).has_moved
    visit.replan(visit_from="11:00", visit_until="11:45")
    assert page(visit).has_moved
    send(visit)
    assert mails(visit) == [("visit_appointment", "sent", 0), ("visit_appointment", "queued", 1)]
    assert len({mail.facts["uid"] for mail in stage.mails("visit_appointment")}) == 1
    assert not page(visit).has_moved


def test_another_place_is_a_change_for_the_family_alone(stage, visit):
    with_companion(visit)
    send(visit)
    stage.delivered()
    visit.replan(place="Gang Rekaan 9")
    assert send(visit) == 1
    assert mails(visit)[-1] == ("visit_appointment", "queued", 1)


def test_cancelling_the_visit_takes_it_out_of_every_calendar(stage, visit, delivered):
    with_companion(visit)
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    assert mails(visit)[-2:] == [("visit_called_off", "queued", 1), ("visit_called_off", "queued", 1)]
    assert delivered() == 2


def test_a_day_that_falls_away_takes_it_out_too_and_what_had_not_left_never_does(stage, visit):
    send(visit)
    allow(visit, "waiting")
    visit.replan(visit_on="", visit_from="")
    assert mails(visit) == [("visit_appointment", "superseded", 0)]
    assert not page(visit).has_appointment


def test_taken_back_and_agreed_anew_it_is_a_later_version_of_the_same_entry(stage, visit):
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.take_back(actor, visit.id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        visit_appointments.take_back(actor, visit.id)
    stage.delivered()
    assert send(visit) == 1
    assert mails(visit) == [
        ("visit_appointment", "sent", 0), ("visit_called_off", "sent", 1), ("visit_appointment", "queued", 2)
    ]  # fmt: skip


def test_a_visit_that_is_over_is_not_called_off(stage, visit):
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(days=9)) as actor:
        activity_runs.cancel(actor, visit.id, kind="other", reason="Selesai")
    assert mails(visit) == [("visit_appointment", "sent", 0)]


def test_a_guardian_marked_after_sending_is_told_nothing_more(stage, visit, delivered):
    send(visit)
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
    assert delivered() == 0
    assert mails(visit) == [("visit_appointment", "withheld", 0)]


def correct(visit: Visit, email: str = "baru@contoh.example") -> None:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        access.get(actor, Guardian, visit.stage.guardian_id).email = email


def test_at_a_corrected_address_the_appointment_is_new_and_the_old_calendar_is_cleared(
    stage, visit, delivered
):
    send(visit)
    stage.delivered()
    correct(visit)
    assert send(visit) == 1
    assert [(mail.kind, mail.to_address, mail.facts["sequence"]) for mail in stage.mails()[-2:]] == [
        ("visit_called_off", "wali.rekaan@contoh.example", 1),
        ("visit_appointment", "baru@contoh.example", 2),
    ]
    assert delivered() == 2
    assert {mail.state for mail in stage.mails() if mail.kind in SENT} == {"sent"}


def test_cancelling_reaches_the_address_that_has_the_appointment_also_after_it_was_corrected(
    stage, visit, delivered
):
    send(visit)
    stage.delivered()
    correct(visit)
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    assert delivered() == 1
    assert stage.mails("visit_called_off")[0].to_address == "wali.rekaan@contoh.example"


def test_nothing_is_called_off_where_nothing_had_arrived_or_nobody_may_be_contacted(
    stage, visit, delivered, as_superuser
):
    send(visit)
    as_superuser.execute(
        text("UPDATE outbox SET state = 'withheld', due_at = NULL WHERE activity_id = :id"), {"id": visit.id}
    )
    as_superuser.commit()
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.take_back(actor, visit.id)
    assert delivered() == 0
    assert stage.mails("visit_called_off")[-1].last_response == "never_told"
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
        visit_appointments.take_back(actor, visit.id)
    assert delivered() == 0
    assert stage.mails("visit_called_off")[-1].last_response == "do_not_contact"


def arrives(visit: Visit, as_superuser, kind: str, state: str) -> None:
    as_superuser.execute(
        text(
            "UPDATE outbox SET state = :state, due_at = NULL"
            " WHERE activity_id = :id AND kind = :kind AND state <> 'sent'"
        ),
        {"state": state, "id": visit.id, "kind": kind},
    )
    as_superuser.commit()


@pytest.mark.parametrize("state", ["bounced", "failed"])
def test_an_appointment_that_did_not_arrive_asks_for_a_phone_call_until_a_newer_mail_does(
    world, stage, visit, as_superuser, state
):
    other = Visit(Stage.build(world))
    send(visit)
    assert visit.needs() == []
    arrives(visit, as_superuser, "visit_appointment", state)
    assert visit.needs() == ["visit_untold"]
    assert other.needs() == []
    visit.replan(place="Gang Rekaan 9")
    send(visit)
    assert visit.needs() == []


def test_a_calling_off_that_did_not_arrive_asks_for_a_phone_call_while_the_visit_lies_ahead(
    stage, visit, as_superuser
):
    with_companion(visit)
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    arrives(visit, as_superuser, "visit_called_off", "bounced")
    assert visit.needs() == ["visit_untold"]
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(days=30)) as actor:
        assert "visit_untold" not in [need.kind for need in today.show(actor).needs]


# --- what no longer holds when a mail is taken in hand ----------------------------------------------


@pytest.mark.parametrize("permission", ["refused", "waiting"])
def test_an_appointment_does_not_leave_once_the_family_says_no(stage, visit, delivered, permission):
    with_companion(visit)
    send(visit)
    allow(visit, permission)
    assert delivered() == 0
    assert {(mail.state, mail.last_response) for mail in stage.mails() if mail.kind in SENT} == {
        ("withheld", "no_permission")
    }


def test_an_appointment_that_was_called_off_or_sent_anew_meanwhile_does_not_leave(
    stage, visit, delivered, as_superuser
):
    with_companion(visit)
    send(visit)
    for change in ("called_off_at = now()", "called_off_at = NULL, sequence = 1"):
        as_superuser.execute(
            text(f"UPDATE visit_invitees SET {change} WHERE activity_id = :id"), {"id": visit.id}
        )
        as_superuser.execute(
            text("UPDATE outbox SET state = 'queued', due_at = created_at WHERE activity_id = :id"),
            {"id": visit.id},
        )
        as_superuser.commit()
        assert delivered() == 0
        assert {mail.state for mail in stage.mails() if mail.kind in SENT} == {"withheld"}


def test_an_appointment_that_stands_leaves(visit, delivered):
    with_companion(visit)
    send(visit)
    assert delivered() == 2


# --- companions -----------------------------------------------------------------------------------


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


# --- WhatsApp -------------------------------------------------------------------------------------


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


# --- "this is not for me" ---------------------------------------------------------------------------


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
