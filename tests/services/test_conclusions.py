"""Agreement by name, signatures, the lock, and the end of a conference; in two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conference_world import AFTER, DURING, Meeting
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.activities import Activity
from webapp.models.schools import School
from webapp.services import (
    access,
    activities,
    behaviours,
    cases,
    commitments,
    conclusions,
    content,
    meeting,
    pledges,
    report_view,
)


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world)


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def sign(stage: Meeting, person, part: str):
    with stage.as_(person, when=AFTER) as actor:
        return conclusions.sign_off(actor, stage.conference_id, part=part)


def test_everyone_present_agrees_or_records_a_reservation_by_name(stage):
    stage.concluded()
    with stage.as_(stage.teacher, when=AFTER) as actor:
        for wrong in ({"opinion": "maybe"}, {"opinion": "reservation", "reservation": " "}):
            with pytest.raises(Invalid):
                conclusions.give_opinion(actor, stage.conference_id, **wrong)
        conclusions.give_opinion(
            actor, stage.conference_id, opinion="reservation", reservation="Terlalu berat"
        )
        conclusions.give_opinion(actor, stage.conference_id, opinion="reservation", reservation="Cukup berat")
    with stage.as_guest("guardian", when=AFTER) as actor:
        conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
        assert list(conclusions.reservations(actor, stage.conference_id).values()) == ["Cukup berat"]
    with stage.as_(stage.teacher, when=AFTER) as actor:
        conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
        assert conclusions.reservations(actor, stage.conference_id) == {}


def test_an_earlier_reservation_is_kept_as_it_was_written(stage, as_superuser):
    from sqlalchemy import text

    stage.concluded()
    with stage.as_(stage.teacher, when=AFTER) as actor:
        for words in ("Terlalu berat", "Cukup berat"):
            conclusions.give_opinion(actor, stage.conference_id, opinion="reservation", reservation=words)
    kept = as_superuser.scalar(
        text("SELECT count(*) FROM content_versions WHERE school_id = :s AND section LIKE 'reservation:%'"),
        {"s": stage.school.id},
    )
    assert kept == 1


def test_only_those_who_were_present_and_signed_speak_and_only_after_the_conclusion(stage, other):
    stage.with_tasks()
    with stage.as_(stage.teacher, when=DURING) as actor, pytest.raises(Conflict):
        conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        meeting.conclude(actor, stage.conference_id)
    with stage.as_guest("expert", when=AFTER) as actor:
        with pytest.raises(NotFound):
            conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
        pledges.sign(actor, stage.conference_id, typed_name="Psikolog Rekaan")
    with stage.as_guest("expert", when=AFTER) as actor, pytest.raises(Conflict) as refusal:
        conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
    assert "present" in str(refusal.value)
    with stage.as_guest("guardian", when=AFTER, verified=False) as actor, pytest.raises(NotFound):
        conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
    for person, school in ((stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")


def test_the_team_records_a_word_given_in_person(stage, other):
    stage.concluded()
    guardian = stage.participant("guardian").id
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        with pytest.raises(Invalid):
            conclusions.give_opinion_on_behalf(actor, guardian, opinion="agreed", channel="app")
        conclusions.give_opinion_on_behalf(
            actor, guardian, opinion="reservation", reservation="Jam malam", channel="in_person"
        )
        assert conclusions.reservations(actor, stage.conference_id) == {guardian: "Jam malam"}
    for person, school in ((stage.teacher, stage), (other.counsellor, other)):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            conclusions.give_opinion_on_behalf(actor, guardian, opinion="agreed", channel="phone")


def test_the_counsellor_signs_once_everyone_has_spoken_and_the_principal_is_asked(stage):
    stage.concluded()
    with pytest.raises(Conflict) as refusal:
        sign(stage, stage.counsellor, "counsellor")
    assert "neither agreed" in str(refusal.value)
    stage.speak()
    with pytest.raises(Conflict):
        sign(stage, stage.principal, "principal")
    assert sign(stage, stage.counsellor, "counsellor").state == "concluded"
    (mail,) = stage.mails("signature_requested")
    assert mail.to_address == stage.principal.email
    assert mail.facts["link"].endswith(f"/conferences/{stage.conference_id}/report")


def test_the_principals_signature_locks_the_minutes_and_starts_the_time_of_access(stage):
    stage.agreed()
    sign(stage, stage.counsellor, "counsellor")
    with stage.as_(stage.principal, when=AFTER) as actor:
        page = report_view.report(actor, stage.conference_id)
        assert "sign_principal" in page.frame.may
        assert (page.sections, page.reservations, page.missing[0].message_id[:13]) == (
            (),
            {},
            "The principal",
        )
    conference = sign(stage, stage.principal, "principal")
    assert (conference.state, conference.signed_off_at) == ("monitoring", AFTER)
    with stage.as_(stage.counsellor) as actor:
        days = access.tenancy.session.get(School, stage.school.id).minutes_access_days
    assert conference.minutes_open_until == AFTER + timedelta(days=days)


def test_after_the_set_time_only_the_team_still_reads(stage):
    stage.signed_off()
    late = AFTER + timedelta(days=15)
    with stage.as_(stage.counsellor, when=late) as actor:
        assert content.sections(actor, stage.conference_id)["strengths"].text
    for actor_of in (
        lambda: stage.as_(stage.teacher, when=late),
        lambda: stage.as_guest("guardian", when=late),
    ):
        with actor_of() as actor:
            assert not any(text.text for text in content.sections(actor, stage.conference_id).values())


def test_nobody_else_signs_and_nobody_signs_both_parts(stage, other):
    stage.agreed()
    for person, part, school in (
        (stage.teacher, "counsellor", stage),
        (stage.principal, "counsellor", stage),
        (stage.counsellor, "principal", stage),
        (other.principal, "principal", other),
        (other.counsellor, "counsellor", other),
        (stage.counsellor, "janitor", stage),
    ):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            conclusions.sign_off(actor, stage.conference_id, part=part)
    stage.world.join(stage.counsellor, stage.school, "principal")
    sign(stage, stage.counsellor, "counsellor")
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises((Conflict, NotFound)):
        conclusions.sign_off(actor, stage.conference_id, part="principal")
    assert stage.conference().state == "concluded"


def test_a_signature_from_before_a_resumption_counts_no_more(stage):
    stage.agreed()
    sign(stage, stage.counsellor, "counsellor")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        meeting.resume(actor, stage.conference_id, reason="Ada yang terlewat")
    later = AFTER + timedelta(minutes=5)
    with stage.as_(stage.counsellor, when=later) as actor:
        meeting.conclude(actor, stage.conference_id)
    with stage.as_(stage.principal, when=later) as actor, pytest.raises(Conflict):
        conclusions.sign_off(actor, stage.conference_id, part="principal")


def test_a_new_principal_signs_what_an_earlier_one_approved(stage, as_superuser):
    from sqlalchemy import text

    stage.agreed()
    as_superuser.execute(
        text("UPDATE memberships SET ended_on = '2026-11-25' WHERE user_id = :id"),
        {"id": stage.principal.user_id},
    )
    as_superuser.commit()
    successor = stage.world.person(stage.school, "principal")
    sign(stage, stage.counsellor, "counsellor")
    assert sign(stage, successor, "principal").state == "monitoring"


def test_a_conference_is_completed_when_promises_and_goals_are_closed(stage, other):
    stage.with_tasks()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        goal = behaviours.set_goal(actor, stage.conference_id, behaviour="Datang tepat waktu").id
        meeting.conclude(actor, stage.conference_id)
    stage.speak().sign()
    for refused in (Conflict,):
        with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(refused):
            conclusions.complete(actor, stage.conference_id)
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            conclusions.complete(actor, stage.conference_id)
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="done")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        commitments.waive(actor, stage.extra["task_guardian"], reason="Sudah teratasi")
        with pytest.raises(Conflict) as refusal:
            conclusions.complete(actor, stage.conference_id)
        assert "Behaviours" in str(refusal.value)
        behaviours.close(actor, goal, state="reached")
        conclusions.complete(actor, stage.conference_id)
        activity = access.get(actor, Activity, stage.conference_id)
        assert activity.state == "completed"
        assert {"monitoring.support_actions", "monitoring.positive_behaviour"} <= set(
            activities.recorded(actor, stage.conference_id)
        )
        with pytest.raises(Conflict):
            commitments.report_on_behalf(
                actor, stage.extra["task_staff"], state="stuck", note="x", channel="phone"
            )
        assert cases.change_status(actor, stage.case_id, to="closed", reason="Selesai").status == "closed"
