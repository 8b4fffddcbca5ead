"""Addenda: signed minutes stay as they are, what is added is numbered and signed by two; two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.conference_world import AFTER, Meeting
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.background import Report
from webapp.models.conferences import Conference
from webapp.services import (
    access,
    addenda,
    case_team,
    content,
    minutes,
    participants,
    report_view,
    reports,
    today,
)

LATER = AFTER + timedelta(days=2)
ADDED = "Wali menambahkan bahwa jam tidur sudah diatur"


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world).documented()


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world).documented()


def write(stage: Meeting, said: str = ADDED) -> int:
    with stage.as_(stage.counsellor, when=LATER) as actor:
        return addenda.write(actor, stage.conference_id, text=said).number


def first(stage: Meeting) -> int:
    with stage.as_(stage.counsellor, when=LATER) as actor:
        return addenda.of_conference(actor, access.get(actor, Conference, stage.conference_id))[0].id


def countersign(stage: Meeting) -> None:
    addendum_id = first(stage)
    with stage.as_(stage.principal, when=LATER) as actor:
        addenda.countersign(actor, stage.conference_id, addendum_id)


def seen(stage: Meeting, person) -> list[tuple[int, str | None, bool]]:
    with stage.as_(person, when=LATER) as actor:
        rows = addenda.of_conference(actor, access.get(actor, Conference, stage.conference_id))
        return [(row.number, row.text, row.countersigned_at is not None) for row in rows]


def remake(stage: Meeting) -> list[int]:
    """Ask for the documents again, as the worker makes them; the ids of the minutes, oldest first."""
    with stage.as_(stage.counsellor, when=LATER) as actor:
        made = [row.id for row in minutes.request(actor, stage.conference_id)]
    with stage.world.app.app_context():
        for report_id in made:
            reports.run(tenancy.system(stage.school.id, LATER), report_id)
    with stage.as_(stage.counsellor, when=LATER) as actor:
        return [sheet.id for sheet in minutes.sheets(actor, stage.conference_id) if sheet.kind == "minutes"]


def content_of(stage: Meeting, report_id: int) -> bytes:
    with stage.as_(stage.counsellor, when=LATER) as actor:
        return access.get(actor, Report, report_id).content


def test_an_addendum_is_numbered_signed_by_two_and_the_minutes_stay_as_they_were(stage):
    with stage.as_(stage.counsellor, when=LATER) as actor:
        before = content.read(actor, stage.conference_id)
    assert write(stage) == 1
    assert write(stage, "Yang kedua") == 2
    assert seen(stage, stage.counsellor) == [(1, ADDED, False), (2, "Yang kedua", False)]
    countersign(stage)
    assert seen(stage, stage.counsellor) == [(1, ADDED, True), (2, "Yang kedua", False)]
    with stage.as_(stage.counsellor, when=LATER) as actor:
        assert content.read(actor, stage.conference_id) == before
    assert stage.conference().state == "monitoring"


def test_the_principal_is_asked_sees_that_it_waits_and_reads_no_text(stage, other):
    asked = len(stage.mails("signature_requested"))
    write(stage)
    assert len(stage.mails("signature_requested")) == asked + 1
    with stage.as_(stage.principal, when=LATER) as actor:
        assert "sign_addendum" in {need.kind for need in today.show(actor).needs}
    with other.as_(other.principal, when=LATER) as actor:
        assert "sign_addendum" not in {need.kind for need in today.show(actor).needs}
    assert seen(stage, stage.principal) == [(1, None, False)]
    countersign(stage)
    with stage.as_(stage.principal, when=LATER) as actor:
        assert "sign_addendum" not in {need.kind for need in today.show(actor).needs}


def test_those_who_took_part_are_told_in_neutral_words_and_nobody_else_is(stage, other):
    write(stage)
    assert stage.mails("addendum_added") == []
    countersign(stage)
    told = stage.mails("addendum_added")
    present = {stage.participant("staff").id, stage.participant("guardian").id}
    assert {mail.participant_id for mail in told} == present
    assert all("jam tidur" not in str(mail) for mail in told)
    assert other.mails("addendum_added") == []


def test_guests_whose_access_has_ended_are_not_told(stage):
    write(stage)
    addendum_id = first(stage)
    with stage.as_(stage.principal, when=AFTER + timedelta(days=60)) as actor:
        addenda.countersign(actor, stage.conference_id, addendum_id)
    assert {mail.participant_id for mail in stage.mails("addendum_added")} == {stage.participant("staff").id}


def test_the_document_with_the_addendum_is_another_one_and_the_earlier_is_kept(stage):
    (first,) = remake(stage)
    kept = content_of(stage, first)
    write(stage)
    assert remake(stage) == [first]  # not signed by two: it does not belong to the minutes yet
    countersign(stage)
    with stage.as_(stage.counsellor, when=LATER) as actor:
        assert report_view.report(actor, stage.conference_id).waits_for_edition
    earlier, newer = remake(stage)
    assert (earlier, content_of(stage, earlier)) == (first, kept)
    assert content_of(stage, newer) != kept
    assert remake(stage) == [earlier, newer]
    with stage.as_(stage.counsellor, when=LATER) as actor:
        page = report_view.report(actor, stage.conference_id)
        assert not page.waits_for_edition
        newest = {sheet.id: sheet.is_newest for sheet in page.sheets if sheet.kind == "minutes"}
        assert newest == {earlier: False, newer: True}
        guardian = next(
            row.id for row in participants.of(actor, stage.conference_id) if row.kind == "guardian"
        )
        assert minutes.deliver(actor, stage.conference_id, [guardian]) == 1
    with stage.as_(stage.counsellor, when=LATER) as actor:
        given = {
            sheet.id
            for sheet in minutes.sheets(actor, stage.conference_id)
            if guardian in sheet.delivered_to and sheet.kind == "minutes"
        }
    assert given == {newer}


def test_only_the_signed_team_writes_and_only_whoever_approves_signs_beside(stage, other):
    write(stage), write(other)
    addendum_id, theirs = first(stage), first(other)
    stranger = stage.world.person(stage.school, "counsellor")
    for person, school in ((stage.teacher, stage), (stranger, stage), (other.counsellor, other)):
        with school.as_(person, when=LATER) as actor, pytest.raises(NotFound):
            addenda.write(actor, stage.conference_id, text="Rekaan")
    for person, school in (
        (stage.counsellor, stage),
        (stage.teacher, stage),
        (other.principal, other),
    ):
        with school.as_(person, when=LATER) as actor, pytest.raises(NotFound):
            addenda.countersign(actor, stage.conference_id, addendum_id)
    with stage.as_(stage.principal, when=LATER) as actor, pytest.raises(NotFound):
        addenda.countersign(actor, stage.conference_id, theirs)
    assert seen(stage, stage.counsellor) == [(1, ADDED, False)]


def test_a_team_member_who_has_not_signed_knows_that_there_is_one_and_reads_nothing(stage):
    write(stage)
    colleague = stage.world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor, when=LATER) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
    assert seen(stage, colleague) == [(1, None, False)]


def test_before_the_sign_off_and_without_words_nothing_is_added_and_twice_is_not_signed(stage, world):
    unsigned = Meeting.build(world).concluded()
    with unsigned.as_(unsigned.counsellor, when=AFTER) as actor, pytest.raises(Conflict):
        addenda.write(actor, unsigned.conference_id, text="Rekaan")
    with stage.as_(stage.counsellor, when=LATER) as actor, pytest.raises(Invalid):
        addenda.write(actor, stage.conference_id, text="  \n ")
    write(stage)
    countersign(stage)
    with pytest.raises(Conflict):
        countersign(stage)


def test_nobody_signs_an_addendum_twice_in_the_database_either(stage, as_superuser):
    write(stage)
    with pytest.raises(IntegrityError):
        as_superuser.execute(
            text("UPDATE minutes_addenda SET countersigned_by = written_by WHERE conference_id = :id"),
            {"id": stage.conference_id},
        )
    as_superuser.rollback()
