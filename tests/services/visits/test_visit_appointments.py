"""The appointment of a visit: for the family that agreed and for companions; changes reach calendars."""

from __future__ import annotations

import pytest
from icalendar import Calendar
from sqlalchemy import text

from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.stage import STUDENT, Stage
from tests.services.visits.asked import Visit
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.mail.messages import VisitFacts, render
from webapp.services import (
    visit_appointment_view,
    visit_appointments,
)

SENT = ("visit_appointment", "visit_companion", "visit_called_off")


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
