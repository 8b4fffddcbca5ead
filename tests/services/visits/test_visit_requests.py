"""A family is asked by mail whether the school may visit; what it answers stands in the plan of the visit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.activity_world import Run
from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.stage import STUDENT
from tests.services.visits.asked import BEFORE, Visit
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.activities import ActivityField, ActivityWording
from webapp.models.cases import Case
from webapp.models.students import Guardian
from webapp.models.visits import VisitRequest
from webapp.services import (
    access,
    activities,
    activity_runs,
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


# --- asking ---------------------------------------------------------------------------------------


def test_a_question_goes_to_the_guardian_alone_and_names_neither_student_nor_case(stage, visit):
    visit.asked(locale="en")
    (mail,) = stage.mails("visit_asked")
    assert mail.to_address == "wali.rekaan@contoh.example"
    said = str(mail.facts)
    for word in (STUDENT, *STUDENT.split(), "Rekaan topic", "K-2026"):
        assert word not in said
    assert stage.counsellor.name in mail.facts["asked_by"]
    assert "/v/" in mail.facts["link"]


def test_only_the_hash_of_a_links_token_is_kept(stage, visit, as_superuser):
    visit.asked()
    rows = as_superuser.execute(text("SELECT visit_requests::text FROM visit_requests")).scalars().all()
    assert rows
    assert not any(visit.token() in row for row in rows)


def test_only_the_team_of_an_open_case_asks(world, stage, visit, other):
    colleague = world.person(stage.school, "counsellor")
    for person, place in ((colleague, stage), (stage.principal, stage), (other.counsellor, other)):
        with place.as_(person) as actor, pytest.raises((NotFound, Forbidden)):
            visit_requests.ask(actor, visit.id, stage.guardian_id, locale="id")
    with stage.as_(stage.counsellor) as actor, pytest.raises(NotFound):
        visit_requests.ask(actor, visit.id, other.guardian_id, locale="id")
    assert stage.mails("visit_asked") == []


def test_a_guardian_who_may_not_be_contacted_or_has_no_address_is_not_asked(world, stage, visit):
    barred = world.guardian(stage.school, stage.student_id, email="b@contoh.example", do_not_contact=True)
    silent = world.guardian(stage.school, stage.student_id, email=None)
    for guardian_id in (barred, silent):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid) as refused:
            visit_requests.ask(actor, visit.id, guardian_id, locale="id")
        assert refused.value.field == "guardian"
    assert stage.mails("visit_asked") == []


def test_nobody_is_asked_before_the_student_is_or_without_a_time(stage):
    early = Run(stage, HOME_VISIT).started().filled(until="planning.case_and_student")
    without = Run(stage, HOME_VISIT).started().filled(until=BEFORE)
    for run_ in (early, without):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
            visit_requests.ask(actor, run_.activity_id, stage.guardian_id, locale="id")


def test_a_visit_whose_time_has_passed_is_not_asked_about(stage, visit):
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(days=8)) as actor, pytest.raises(Conflict):
        visit_requests.ask(actor, visit.id, stage.guardian_id, locale="id")


# --- answering ------------------------------------------------------------------------------------


def test_a_yes_becomes_the_permission_and_records_the_step(stage, visit):
    visit.asked()
    assert STEP not in visit.run.recorded()
    visit.answer("yes", message="Silakan, kami tunggu")
    values = visit.values()
    assert (values["permission"], values["permission_channel"]) == ("given", "link")
    assert (values["permission_on"], bool(values["permission_by"])) == (MONDAY.date().isoformat(), True)
    assert STEP in visit.run.recorded()
    with stage.as_(stage.counsellor) as actor:
        assert activities.recorded(actor, visit.id)[STEP].done_by is None
        rows = tenancy.session.scalars(select(ActivityWording).where(ActivityWording.activity_id == visit.id))
        by_link = [row.value for row in rows if row.saved_by == 0]
    assert "given" in by_link
    assert visit.request().message == "Silakan, kami tunggu"


def test_a_no_shuts_the_gate_and_a_later_yes_opens_it(stage, visit):
    visit.asked().answer("no")
    assert visit.values()["permission"] == "refused"
    assert STEP not in visit.run.recorded()
    visit.answer("yes")
    assert visit.values()["permission"] == "given"
    assert STEP in visit.run.recorded()


def test_another_time_waits_for_the_team(stage, visit):
    visit.asked().answer("other_time", proposed_time="Sabtu pagi")
    assert visit.values()["permission"] == "waiting"
    assert visit.request().proposed_time == "Sabtu pagi"
    with pytest.raises(Invalid):
        visit.answer("other_time")


def test_another_time_takes_an_earlier_yes_back(stage, visit):
    visit.asked().answer("yes")
    visit.answer("other_time", proposed_time="Minggu sore")
    assert visit.values() == {
        "permission": "waiting", "permission_channel": "", "permission_on": "", "permission_by": ""
    }  # fmt: skip
    assert STEP not in visit.run.recorded()


def test_an_answer_counts_until_the_visit_begins_and_no_longer(stage, visit):
    visit.asked()
    begins = visit.request().starts_at
    visit.answer("yes", when=begins - timedelta(minutes=1))
    with pytest.raises(Conflict):
        visit.answer("no", when=begins)
    assert visit.values()["permission"] == "given"


def test_where_the_plan_has_moved_an_answer_about_the_earlier_time_counts_no_more(stage, visit):
    visit.asked()
    visit.replan(visit_from="11:00", visit_until="11:45")
    with pytest.raises(Conflict):
        visit.answer("yes")
    assert visit.values()["permission"] == "waiting"
    actor = visit.family()
    with stage.world.app.app_context(), tenancy.work(actor):
        assert visit_guests.question(actor).has_moved


def test_a_cancelled_visit_takes_no_answer_and_its_mail_does_not_leave(stage, visit, delivered):
    visit.asked()
    token = visit.token()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_doubted", reason="")
    with pytest.raises(Conflict):
        visit.answer("yes", token=token)
    assert delivered() == 0
    assert [mail.state for mail in stage.mails("visit_asked")] == ["withheld"]


def test_asked_anew_the_earlier_link_opens_nothing_and_its_mail_is_superseded(stage, visit):
    visit.asked()
    first = visit.token()
    visit.asked()
    assert [mail.state for mail in stage.mails("visit_asked")] == ["superseded", "queued"]
    with stage.world.app.app_context():
        assert not visit_guests.identify(first, now=stage.now).is_live
    with pytest.raises(Conflict):
        visit.answer("yes", token=first)
    visit.answer("yes")
    assert visit.values()["permission"] == "given"


def test_a_question_taken_back_opens_nothing(stage, visit):
    visit.asked()
    with stage.as_(stage.counsellor) as actor:
        visit_requests.withdraw(actor, visit.id)
        with pytest.raises(Conflict):
            visit_requests.withdraw(actor, visit.id)
    with pytest.raises(Conflict):
        visit.answer("yes")


def test_a_link_changes_its_answer_only_so_often(stage, visit):
    visit.asked()
    for _ in range(visit_guests.MOST_ANSWERS):
        visit.answer("yes")
    with pytest.raises(Conflict):
        visit.answer("no")


# --- whom nobody may contact, and strangers ---------------------------------------------------------


def test_a_guardian_marked_after_the_question_gets_no_mail_and_has_no_link(stage, visit, delivered):
    visit.asked()
    token = visit.token()
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
    assert delivered() == 0
    assert [mail.state for mail in stage.mails("visit_asked")] == ["withheld"]
    with pytest.raises(NotFound):
        visit.family(token)


def test_a_mail_to_an_address_that_was_corrected_since_does_not_leave(stage, visit, delivered):
    visit.asked()
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).email = "baru@contoh.example"
    assert delivered() == 0


def test_a_question_that_may_leave_arrives(stage, visit, delivered):
    visit.asked()
    assert delivered() == 1


def test_not_for_me_stops_the_link_takes_the_answer_back_and_tells_the_team(stage, visit):
    visit.asked().answer("yes")
    actor = visit.family()
    with stage.world.app.app_context(), tenancy.work(actor):
        visit_guests.disown(actor)
    assert visit.values()["permission"] == "waiting"
    assert visit.needs() == ["visit_disowned"]
    with stage.world.app.app_context():
        assert not visit_guests.identify(visit.token(), now=stage.now).is_live


def test_a_family_reads_nothing_of_the_case_even_in_the_database(stage, visit, other):
    theirs = Visit(other).asked()
    visit.asked()
    own_id, their_id, actor = visit.request().id, theirs.request().id, visit.family()
    with stage.world.app.app_context(), tenancy.work(actor):
        assert tenancy.session.scalars(select(Case)).all() == []
        assert tenancy.session.scalars(select(Guardian)).all() == []
        steps = {row.step for row in tenancy.session.scalars(select(ActivityField))}
        assert steps == {STEP}
        assert [row.id for row in tenancy.session.scalars(select(VisitRequest))] == [own_id]
        with pytest.raises(NotFound):
            access.get(actor, VisitRequest, their_id)


def test_a_family_may_write_nothing_but_the_permission_even_in_the_database(stage, visit, app):
    visit.asked()
    actor = visit.family()
    for change in (
        "UPDATE activity_fields SET version = 9 WHERE field = 'visit_on'",
        "UPDATE activities SET state = 'cancelled'",
        "UPDATE appointments SET sequence = 9",
        "UPDATE outbox SET state = 'cancelled'",
    ):
        with app.app_context(), tenancy.work(actor):
            assert tenancy.session.execute(text(change)).rowcount == 0, change
