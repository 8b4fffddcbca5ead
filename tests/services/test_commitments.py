"""Tasks and behaviours: proposed, accepted or declined, reported, waived, observed; in two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conference_world import AFTER, DURING, Meeting
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.background import Due
from webapp.models.commitments import CheckIn, Commitment
from webapp.services import behaviours, commitments, promises


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world)


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def propose(stage: Meeting, kind: str = "guardian", **changes) -> int:
    values = {
        "participant_id": stage.participant(kind).id,
        "what": "Mengantar Senin pagi",
        "due_on": stage.due_on,
    }
    with stage.as_(stage.counsellor, when=DURING) as actor:
        return commitments.propose(actor, stage.conference_id, **(values | changes)).id


def state(stage: Meeting, task: int) -> str:
    with stage.as_(stage.counsellor):
        return tenancy.session.scalars(select(Commitment.state).where(Commitment.id == task)).one()


def reminders(stage: Meeting, task: int) -> int:
    with stage.as_(stage.counsellor):
        rows = tenancy.session.scalars(select(Due).where(Due.subject_id == task, Due.state == "waiting"))
        return len(rows.all())


def test_a_task_says_who_what_and_by_when(stage, other):
    stage.opened()
    other.invited()
    yesterday = DURING.date() - timedelta(days=1)
    for wrong in (
        {"what": " "},
        {"due_on": None},
        {"due_on": yesterday},
        {"participant_id": other.participant("guardian").id},
        {"check_ins": [yesterday]},
        {"check_ins": [stage.due_on + timedelta(days=day) for day in range(13)]},
        {"what": "x" * 2001},
    ):
        with pytest.raises(Invalid):
            propose(stage, **wrong)
    task = propose(stage, check_ins=[stage.due_on, stage.due_on])
    assert state(stage, task) == "proposed"
    assert reminders(stage, task) > 0
    with stage.as_(stage.counsellor):
        rows = tenancy.session.scalars(select(CheckIn).where(CheckIn.commitment_id == task)).all()
        assert [row.due_on for row in rows] == [stage.due_on]


def test_only_the_signed_team_proposes_and_only_in_the_open_meeting(stage, other):
    stage.invited()
    with pytest.raises(Conflict):
        propose(stage)
    stage.opened()
    guardian = stage.participant("guardian").id
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=DURING) as actor, pytest.raises(NotFound):
            commitments.propose(
                actor, stage.conference_id, participant_id=guardian, what="x", due_on=stage.due_on
            )


def test_who_is_not_there_is_told_by_mail_and_who_is_there_is_not(stage):
    stage.opened()
    propose(stage, "guardian")
    assert stage.mails("commitment_assigned") == []
    propose(stage, "expert")
    mails = stage.mails("commitment_assigned")
    assert [mail.to_address for mail in mails] == ["psikolog@contoh.example"]
    assert "Mengantar" not in str(mails[0])
    assert "/g/" in mails[0].facts["link"]


def test_a_participant_accepts_or_declines_with_a_reason_and_may_change_their_mind(stage):
    stage.opened()
    task = propose(stage, "staff")
    with stage.as_(stage.teacher, when=DURING) as actor:
        with pytest.raises(Invalid):
            commitments.answer(actor, task, accepts=False)
        commitments.answer(actor, task, accepts=False, reason="Jadwal penuh")
    assert (state(stage, task), reminders(stage, task)) == ("declined", 0)
    with stage.as_(stage.teacher, when=DURING) as actor:
        commitments.answer(actor, task, accepts=True)
        with pytest.raises(Conflict):
            commitments.answer(actor, task, accepts=False, reason="x")
    assert state(stage, task) == "accepted"
    assert reminders(stage, task) > 0


def test_a_guest_answers_and_reports_by_any_link_with_a_code(stage):
    stage.signed_off()
    task = stage.extra["task_guardian"]
    with stage.as_guest("guardian", when=AFTER, verified=False) as actor:
        for refused in (
            lambda: commitments.answer(actor, task, accepts=True),
            lambda: commitments.report(actor, task, state="done"),
            lambda: promises.own_tasks(actor, stage.conference_id),
        ):
            with pytest.raises(NotFound):
                refused()
        assert tenancy.session.scalars(select(Commitment)).all() == []
    with stage.as_guest("guardian", when=AFTER) as actor:
        commitments.answer(actor, task, accepts=True)
        commitments.report(actor, task, state="under_way", note="Sudah dua kali")
        with pytest.raises(Invalid):
            commitments.report(actor, task, state="under_way")
        commitments.report(actor, task, state="under_way", note="Tiga kali")
        commitments.report(actor, task, state="done")
        (mine,) = promises.own_tasks(actor, stage.conference_id)
        assert [said.state for said in mine.reports] == ["done", "under_way", "under_way"]
        assert {said.channel for said in mine.reports} == {"link"}
    assert (state(stage, task), reminders(stage, task)) == ("done", 0)
    with stage.as_guest("guardian", when=AFTER) as actor:
        commitments.report(actor, task, state="stuck", note="Ternyata belum")
    assert reminders(stage, task) > 0


def test_nobody_answers_for_somebody_else_without_being_of_the_team(stage, other):
    stage.with_tasks()
    task = stage.extra["task_guardian"]
    for person, school in (
        (stage.teacher, stage),
        (stage.principal, stage),
        (stage.counsellor, stage),
        (other.counsellor, other),
    ):
        with school.as_(person, when=DURING) as actor, pytest.raises(NotFound):
            commitments.answer(actor, task, accepts=True)
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=DURING) as actor:
            for refused in (
                lambda actor=actor: commitments.answer_on_behalf(actor, task, accepts=True, channel="phone"),
                lambda actor=actor: commitments.report_on_behalf(actor, task, state="done", channel="phone"),
                lambda actor=actor: commitments.waive(actor, task, reason="x"),
            ):
                with pytest.raises(NotFound):
                    refused()
    assert state(stage, task) == "proposed"


def test_the_team_records_what_was_said_by_phone_and_how(stage):
    stage.with_tasks()
    task = stage.extra["task_guardian"]
    with stage.as_(stage.counsellor, when=DURING) as actor:
        with pytest.raises(Invalid):
            commitments.answer_on_behalf(actor, task, accepts=True, channel="link")
        commitments.answer_on_behalf(actor, task, accepts=True, channel="phone")
        commitments.report_on_behalf(actor, task, state="stuck", note="Belum sempat", channel="phone")
        with pytest.raises(Invalid):
            commitments.report_on_behalf(actor, task, state="waived", channel="phone")
        tasks, _ = promises.of_conference(actor, stage.conference_id, reports=True, observations=True)
        said = next(item for item in tasks if item.id == task).reports[0]
        assert (said.state, said.note, said.channel) == ("stuck", "Belum sempat", "phone")


def test_one_who_has_not_signed_sees_and_answers_no_task(stage):
    stage.opened()
    task = propose(stage, "expert")
    with stage.as_guest("expert") as actor:
        assert promises.own_tasks(actor, stage.conference_id) == []
        with pytest.raises(Forbidden):
            commitments.answer(actor, task, accepts=True)


def test_the_team_lets_a_task_go_with_a_reason(stage):
    stage.with_tasks()
    task = stage.extra["task_staff"]
    with stage.as_(stage.counsellor, when=DURING) as actor:
        with pytest.raises(Invalid):
            commitments.waive(actor, task, reason=" ")
        commitments.waive(actor, task, reason="Tidak lagi perlu")
        with pytest.raises(Conflict):
            commitments.waive(actor, task, reason="x")
        checks = tenancy.session.scalars(select(CheckIn).where(CheckIn.commitment_id == task)).all()
        assert all(row.done_at == DURING for row in checks)
    assert (state(stage, task), reminders(stage, task)) == ("waived", 0)


def test_a_behaviour_is_observed_from_one_to_five_and_its_check_ins_are_done(stage, other):
    stage.opened()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        with pytest.raises(Invalid):
            behaviours.set_goal(actor, stage.conference_id, behaviour=" ")
        goal = behaviours.set_goal(
            actor,
            stage.conference_id,
            behaviour="Datang tepat waktu",
            watch_until_on=stage.due_on,
            check_ins=[actor.today, stage.due_on],
        ).id
        for wrong in (
            {"score": 0, "observed_on": actor.today},
            {"score": 6, "observed_on": actor.today},
            {"score": 3, "observed_on": actor.today + timedelta(days=1)},
        ):
            with pytest.raises(Invalid):
                behaviours.observe(actor, goal, **wrong)
        behaviours.observe(actor, goal, observed_on=actor.today, score=2, note="Dua hari")
        _, (view,) = promises.of_conference(actor, stage.conference_id, reports=True, observations=True)
        assert [check.is_done for check in view.check_ins] == [True, False]
        assert [(seen.score, seen.note) for seen in view.observations] == [(2, "Dua hari")]
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=DURING) as actor:
            with pytest.raises(NotFound):
                behaviours.observe(actor, goal, observed_on=actor.today, score=3)
            with pytest.raises(NotFound):
                behaviours.close(actor, goal, state="reached")


def test_a_behaviour_is_closed_as_reached_or_dropped_with_a_reason(stage):
    stage.opened()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        goal = behaviours.set_goal(actor, stage.conference_id, behaviour="Datang tepat waktu").id
        with pytest.raises(Invalid):
            behaviours.close(actor, goal, state="waived")
        with pytest.raises(Invalid):
            behaviours.close(actor, goal, state="forgotten")
        behaviours.close(actor, goal, state="reached")
        with pytest.raises(Conflict):
            behaviours.observe(actor, goal, observed_on=actor.today, score=3)
        behaviours.close(actor, goal, state="watching")
        assert behaviours.close(actor, goal, state="waived", reason="Pindah sekolah").ended_at == DURING


def test_two_schools_keep_their_tasks_apart(stage, other):
    stage.with_tasks()
    other.with_tasks()
    for mine, theirs in ((stage, other), (other, stage)):
        with mine.as_(mine.counsellor, when=DURING) as actor:
            assert len(promises.of_conference(actor, mine.conference_id)[0]) == 2
            assert promises.of_conference(actor, theirs.conference_id) == ([], [])
