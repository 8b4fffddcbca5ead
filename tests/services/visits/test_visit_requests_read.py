"""What the team sees of an answer, what no longer leaves, and how long an answer counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.visits.asked import Visit
from webapp import tenancy
from webapp.domain.errors import Conflict
from webapp.services import (
    activity_fields,
    case_team,
    outbox_view,
    visit_desk,
    visit_guests,
    visit_requests,
)
from webapp.services.visit_permission import STEP


@pytest.fixture
def visit(stage) -> Visit:
    return Visit(stage)


@pytest.fixture
def delivered(app, as_superuser):
    """Let a good server take what waits, with nothing of other tests among it; how many mails left."""
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.commit()

    def deliver() -> int:
        with app.app_context(), scripted({}) as server:
            return run(server, Clock())["sent"]

    return deliver


def test_an_answer_waits_on_the_page_of_the_day_until_it_is_read(stage, visit, other):
    assert visit.asked().needs() == []
    visit.answer("yes")
    assert visit.needs() == ["visit_answered"]
    assert Visit(other).needs() == []
    visit.note()
    assert visit.needs() == []
    visit.answer("no")
    assert visit.needs() == ["visit_answered"]


def test_an_answer_that_changed_after_it_was_shown_is_not_noted_as_read(stage, visit):
    visit.asked().answer("yes")
    shown = visit.request()
    visit.answer("no")
    with pytest.raises(Conflict):
        visit.note(shown)
    assert visit.needs() == ["visit_answered"]
    visit.note()
    with pytest.raises(Conflict):
        visit.note()
    assert visit.needs() == []


def test_a_question_that_did_not_arrive_asks_for_a_phone_call(stage, visit, as_superuser):
    visit.asked()
    as_superuser.execute(text("UPDATE outbox SET state = 'bounced' WHERE kind = 'visit_asked'"))
    as_superuser.commit()
    assert visit.needs() == ["visit_unreached"]
    visit.answer("yes")
    assert visit.needs() == ["visit_answered"]


def test_the_desk_shows_who_can_be_asked_and_what_was_answered(world, stage, visit):
    world.guardian(stage.school, stage.student_id, email="b@contoh.example", do_not_contact=True)
    visit.asked().answer("other_time", proposed_time="Minggu")
    planned = visit.request().starts_at, visit.request().ends_at
    with stage.as_(stage.counsellor) as actor:
        desk = visit_desk.desk(actor, visit.id, stage.case_id, *planned)
    assert [one.may_be_mailed for one in desk.guardians] == [True, False]
    assert (desk.last.answer, desk.last.proposed_time, desk.last.mail) == ("other_time", "Minggu", "queued")
    assert desk.may_ask
    with stage.as_(stage.teacher) as actor:
        assert visit_desk.desk(actor, visit.id, stage.case_id, *planned) is None


def test_who_is_shut_out_of_the_case_sees_no_mail_to_its_family(world, stage, visit):
    visit.asked()
    colleague = world.person(stage.school, "counsellor")
    with stage.as_(colleague) as actor:
        assert len(outbox_view.page(actor).lines) == 1
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=colleague.user_id, reason="Masih kerabat")
    with stage.as_(colleague) as actor:
        assert outbox_view.page(actor).lines == ()


def test_a_question_is_taken_back_on_the_visits_page_and_not_in_the_outbox(stage, visit):
    visit.asked()
    with stage.as_(stage.counsellor) as actor:
        (line,) = outbox_view.page(actor).lines
        assert not line.can_withhold
        with pytest.raises(Conflict):
            outbox_view.withhold(actor, line.id)


def test_a_question_taken_back_while_it_waits_for_its_next_try_never_leaves(
    stage, visit, delivered, as_superuser
):
    visit.asked()
    as_superuser.execute(
        text("UPDATE visit_requests SET revoked_at = now() WHERE activity_id = :id"), {"id": visit.id}
    )
    as_superuser.commit()
    assert delivered() == 0
    (mail,) = stage.mails("visit_asked")
    assert (mail.state, mail.last_response) == ("withheld", "question_withdrawn")


def test_the_outbox_sends_no_mail_of_a_visit_again(stage, visit, as_superuser):
    visit.asked()
    as_superuser.execute(text("UPDATE outbox SET state = 'failed' WHERE kind = 'visit_asked'"))
    as_superuser.commit()
    with stage.as_(stage.counsellor) as actor:
        (line,) = (line for line in outbox_view.page(actor).lines if line.kind.key == "visit_asked")
        assert not line.can_retry
        with pytest.raises(Conflict):
            outbox_view.retry(actor, line.id)
    assert [mail.state for mail in stage.mails("visit_asked")] == ["failed"]


GIVEN = {
    "permission": "given",
    "permission_channel": "phone",
    "permission_on": MONDAY.date().isoformat(),
    "permission_by": "Ibu",
}


WAITING = {"permission": "waiting", "permission_channel": "", "permission_on": "", "permission_by": ""}


def test_a_yes_by_link_lapses_when_the_time_moves_and_the_gate_closes(stage, visit):
    visit.asked().answer("yes")
    visit.replan(place="Gang Rekaan 9")
    assert STEP in visit.run.recorded()
    visit.replan(visit_from="11:00", visit_until="11:45")
    assert visit.values() == WAITING
    assert STEP not in visit.run.recorded()
    with stage.as_(stage.counsellor) as actor:
        kept = activity_fields.history(actor, visit.id, STEP, "permission")
    assert [wording.value for wording in kept][:2] == ["waiting", "given"]


def test_a_yes_by_link_lapses_when_the_family_is_asked_anew(visit):
    visit.asked().answer("yes")
    visit.asked()
    assert visit.values() == WAITING
    visit.answer("yes")
    assert visit.values()["permission"] == "given"


def test_a_yes_by_phone_stays_when_the_time_moves_or_a_question_is_asked(visit):
    visit.replan(**GIVEN)
    visit.replan(visit_from="11:00", visit_until="11:45")
    visit.asked()
    assert visit.values() == GIVEN


def test_a_late_answer_by_link_does_not_overwrite_what_was_recorded_by_phone(visit):
    visit.asked()
    visit.replan(**GIVEN)
    visit.answer("no", when=MONDAY + timedelta(hours=1))
    assert visit.values() == GIVEN
    assert visit.request().answer == "no"
    assert visit.needs() == ["visit_answered"]


def test_an_answer_to_a_question_asked_after_a_phone_call_counts(stage, visit):
    visit.replan(**GIVEN | {"permission": "refused"})
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(hours=1)) as actor:
        visit_requests.ask(actor, visit.id, stage.guardian_id, locale="id")
    visit.answer("yes", when=MONDAY + timedelta(hours=2))
    assert (visit.values()["permission"], visit.values()["permission_channel"]) == ("given", "link")


def test_not_for_me_leaves_what_was_recorded_by_phone(stage, visit):
    visit.asked().answer("yes")
    visit.replan(**GIVEN)
    actor = visit.family()
    with stage.world.app.app_context(), tenancy.work(actor):
        visit_guests.disown(actor)
    assert visit.values() == GIVEN
