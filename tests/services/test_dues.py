"""Reminders: planned with the act they stand on, sent once, to whom it may concern."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.conference_world import AFTER, Meeting
from tests.factories import MONDAY
from tests.services.stage import Stage
from webapp import tenancy
from webapp.models.schools import SchoolHoliday
from webapp.models.students import Guardian
from webapp.services import answers, commitments, conferences, dues, dues_list, dues_sweep


def local(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of late 2026 on the clocks of WIB."""
    return datetime(2026, month, day, hour - 7, minute, tzinfo=UTC)


@pytest.fixture
def rows(as_superuser):
    """Due rows of a school as they were stored: (kind, recipient, period, state, outcome)."""

    def read(school, *kinds: str) -> list[tuple]:
        as_superuser.rollback()
        found = as_superuser.execute(
            text(
                "SELECT kind, recipient, period, state, outcome FROM dues WHERE school_id = :school"
                " ORDER BY kind, recipient, period"
            ),
            {"school": school.id},
        )
        return [tuple(row) for row in found if not kinds or row.kind in kinds]

    return read


def sent(stage: Stage, kind: str) -> list[str]:
    return sorted(mail.to_address for mail in stage.mails(kind))


def test_a_waiting_request_is_reminded_of_every_school_day_until_it_is_decided(app, world, rows):
    stage, other = Stage.build(world).requested(), Stage.build(world).requested()
    planned = [row[2] for row in rows(stage.school, "approval_reminder")]
    assert planned == ["2026-11-24", "2026-11-25", "2026-11-26"]
    dues_sweep.sweep(local(24, 7), school=stage.school.slug)
    assert sent(stage, "approval_reminder") == [stage.principal.email]
    assert sent(other, "approval_reminder") == []
    with stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)
    dues_sweep.sweep(local(25, 7), school=stage.school.slug)
    assert len(sent(stage, "approval_reminder")) == 1
    assert [row[3:] for row in rows(stage.school, "approval_reminder")] == [("done", "queued")]


def test_a_request_whose_approver_has_left_is_reminded_of_to_the_new_principal(
    app, world, rows, as_superuser
):
    stage = Stage.build(world).requested()
    successor = world.person(stage.school, "principal")
    as_superuser.execute(
        text("UPDATE memberships SET ended_on = '2026-11-20' WHERE user_id = :who"),
        {"who": stage.principal.user_id},
    )
    as_superuser.commit()
    dues_sweep.sweep(local(24, 7), school=stage.school.slug)
    assert sent(stage, "approval_reminder") == [successor.email]


def test_those_who_have_not_answered_are_reminded_and_those_who_come_are_told_the_day_before(
    app, world, rows
):
    stage, other = Stage.build(world), Stage.build(world)
    for each in (stage, other):
        each.invited(starts_at=MONDAY + timedelta(days=7), ends_at=MONDAY + timedelta(days=7, hours=1))
    guardian, expert = stage.participant("guardian"), stage.participant("expert")
    with stage.world.app.app_context(), tenancy.work(stage.guest("guardian")) as _:
        answers.answer(tenancy.current().actor, stage.conference_id, answer="yes")
    assert {row[:3] for row in rows(stage.school, "attendance_reminder") if str(guardian.id) in row[1]} == {
        ("attendance_reminder", f"participant:{guardian.id}", "2026-11-27")
    }
    assert [row[2] for row in rows(stage.school, "answer_reminder") if str(expert.id) in row[1]] == [
        "2026-11-27"  # three days and one day before a Monday are the same Friday
    ]
    dues_sweep.sweep(local(27, 7), school=stage.school.slug)
    assert sent(stage, "answer_reminder") == sorted(["psikolog@contoh.example", stage.teacher.email])
    assert "wali.rekaan@contoh.example" in sent(stage, "attendance_reminder")
    links = {mail.facts["link"] for mail in stage.mails("answer_reminder")}
    assert any("/g/" in link for link in links)
    assert stage.token() not in " ".join(links)
    assert sent(other, "answer_reminder") == []


def test_a_no_and_another_time_are_not_reminded(app, world, rows):
    stage = Stage.build(world).invited()
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="no")
    teacher = stage.participant("staff")
    assert not [row for row in rows(stage.school) if row[1] == f"participant:{teacher.id}"]
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="yes")
    assert [row[0] for row in rows(stage.school) if row[1] == f"participant:{teacher.id}"] == [
        "attendance_reminder"
    ]


def test_a_guardian_marked_do_not_contact_is_not_reminded_and_is_not_listed(app, world, rows):
    stage, other = Stage.build(world).invited(), Stage.build(world).invited()
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor):
        tenancy.session.query(Guardian).filter_by(id=stage.guardian_id).one().do_not_contact = True
    at = local(25, 7)
    listed = {line.recipient for line in dues_list.list_due(at, school=stage.school.slug)}
    assert f"participant:{guardian.id}" not in listed
    assert f"participant:{other.participant('guardian').id}" in {
        line.recipient for line in dues_list.list_due(at, school=other.school.slug)
    }
    dues_sweep.sweep(at, school=stage.school.slug)
    dues_sweep.sweep(at, school=other.school.slug)
    assert "wali.rekaan@contoh.example" not in sent(stage, "answer_reminder")
    assert "wali.rekaan@contoh.example" in sent(other, "answer_reminder")
    assert ("done", "unreachable") in {
        row[3:] for row in rows(stage.school, "answer_reminder") if row[1] == f"participant:{guardian.id}"
    }


def test_a_cancelled_meeting_and_one_that_was_moved_take_their_reminders_along(app, world, rows):
    stage, moved = Stage.build(world).invited(), Stage.build(world).invited()
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Batal")
    assert rows(stage.school, "answer_reminder", "attendance_reminder") == []
    with moved.as_(moved.counsellor) as actor:
        start = MONDAY + timedelta(days=14)
        conferences.reschedule(
            actor,
            moved.conference_id,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            place="Ruang BK",
        )
    assert {row[2] for row in rows(moved.school, "answer_reminder")} == {"2026-12-04"}


def test_a_promise_is_reminded_of_before_on_and_after_its_day_until_it_is_kept(app, world, rows):
    stage, other = Meeting.build(world), Meeting.build(world)
    stage.concluded(), other.concluded()
    participant = stage.participant("staff")
    planned = rows(stage.school, "commitment_reminder")
    assert [row[2] for row in planned if row[1] == f"participant:{participant.id}"] == [
        "2026-12-09", "2026-12-10", "2026-12-11", "2026-12-14", "2026-12-17",
    ]  # fmt: skip
    for day in (9, 10, 11):
        dues_sweep.sweep(local(day, 7, month=12), school=stage.school.slug)
    moments = [mail.facts["moment"] for mail in stage.mails("commitment_reminder")]
    assert moments == ["before", "on", "after"]
    assert other.mails("commitment_reminder") == []
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="done")
    dues_sweep.sweep(local(14, 7, month=12), school=stage.school.slug)
    assert len(stage.mails("commitment_reminder")) == 3


def test_the_clock_stepped_day_by_day_sends_each_period_at_most_once(app, world):
    stage = Stage.build(world).invited(
        starts_at=MONDAY + timedelta(days=9), ends_at=MONDAY + timedelta(days=9, hours=1)
    )
    for hour in range(0, 24 * 10, 8):
        dues_sweep.sweep(MONDAY + timedelta(hours=hour), school=stage.school.slug)
        dues_sweep.sweep(MONDAY + timedelta(hours=hour), school=stage.school.slug)
    by_person = [(mail.participant_id, mail.kind) for mail in stage.mails("answer_reminder")]
    expert = stage.participant("expert").id
    # Wednesday 2 December: three days before is a Sunday, so the Friday before; and the Tuesday.
    assert by_person.count((expert, "answer_reminder")) == 2


def test_two_sweeps_at_once_decide_each_row_once(app, world, rows):
    stage, other = Stage.build(world).invited(), Stage.build(world).invited()
    dues.reconcile(local(24, 20))
    at = local(25, 7)
    barrier = threading.Barrier(2)

    def run() -> int:
        with world.app.app_context():
            barrier.wait()
            return sum(dues_sweep.sweep(at, school=each.school.slug) for each in (stage, other))

    with ThreadPoolExecutor(2) as pool:
        decided = [done.result() for done in [pool.submit(run), pool.submit(run)]]
    done = [row for each in (stage, other) for row in rows(each.school) if row[3] == "done"]
    assert sum(decided) == len(done)
    assert {row[0] for row in done} == {"answer_reminder", "attendance_reminder", "daily_digest"}
    assert len(sent(stage, "answer_reminder")) == 3
    assert len(set(sent(stage, "answer_reminder"))) == 3


def test_a_sweep_that_dies_leaves_the_row_waiting_and_the_next_one_sends_it(app, world, rows, monkeypatch):
    stage = Stage.build(world).requested()
    at = local(24, 7)

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(dues_sweep, "_finish", die)
        with pytest.raises(Killed):
            dues_sweep.sweep(at, school=stage.school.slug)
    assert sent(stage, "approval_reminder") == []
    dues_sweep.sweep(at, school=stage.school.slug)
    assert sent(stage, "approval_reminder") == [stage.principal.email]


@pytest.mark.usefixtures("alone")
def test_a_row_that_cannot_be_handled_holds_back_no_other(app, world, rows, as_superuser):
    broken, sound = Stage.build(world).requested(), Stage.build(world).requested()
    as_superuser.execute(
        text("UPDATE users SET email = 'bukan alamat' || id WHERE id = :who"),
        {"who": broken.principal.user_id},
    )
    as_superuser.commit()
    dues_sweep.sweep(local(24, 7))
    assert sent(sound, "approval_reminder") == [sound.principal.email]
    assert ("waiting", None) in [row[3:] for row in rows(broken.school, "approval_reminder")]


def test_a_schools_new_holiday_moves_what_is_planned(app, world, rows):
    stage, other = Stage.build(world), Stage.build(world)
    for each in (stage, other):
        each.invited(starts_at=MONDAY + timedelta(days=7), ends_at=MONDAY + timedelta(days=7, hours=1))
    admin = world.person(stage.school, "school_admin")
    with tenancy.work(admin.at(stage.school)) as session:
        session.add(SchoolHoliday(on=date(2026, 11, 27), name="Libur rekaan"))
        dues.replan_school(admin.at(stage.school))
    dues_sweep.sweep(MONDAY + timedelta(minutes=1), school=stage.school.slug)
    assert {row[2] for row in rows(stage.school, "answer_reminder")} == {"2026-11-26"}
    assert {row[2] for row in rows(other.school, "answer_reminder")} == {"2026-11-27"}


def test_a_guests_answer_counts_the_schools_own_holidays(app, world, rows):
    stage = Stage.build(world)
    with tenancy.work(world.person(stage.school, "school_admin").at(stage.school)) as session:
        session.add(SchoolHoliday(on=date(2026, 11, 25), name="Libur rekaan"))
    stage.invited()
    actor = stage.guest("guardian")
    with tenancy.work(actor):
        answers.answer(actor, stage.conference_id, answer="yes")
    participant = stage.participant("guardian")
    # Answered on Monday for Thursday: Wednesday is free, so the Tuesday before.
    assert [row[2] for row in rows(stage.school, "attendance_reminder") if str(participant.id) in row[1]] == [
        "2026-11-24"
    ]


@pytest.mark.usefixtures("alone")
def test_reminders_keep_to_the_schools_own_zone(app, world):
    east, west = Stage.build(world, time_zone="Asia/Jayapura"), Stage.build(world)
    east.requested(), west.requested()
    at = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # 07.30 on Tuesday in Jayapura, 05.30 in Jakarta
    dues_sweep.sweep(at)
    assert len(sent(east, "approval_reminder")) == 1
    assert sent(west, "approval_reminder") == []


def test_what_is_listed_is_what_a_sweep_then_sends(app, world):
    stage, other = Stage.build(world).invited(), Stage.build(world).requested()
    at = local(25, 7)
    listed = [(line.kind, line.recipient) for line in dues_list.list_due(at, school=stage.school.slug)]
    before = len(stage.mails())
    assert {kind for kind, _ in listed} == {"answer_reminder", "attendance_reminder"}
    assert len(stage.mails()) == before
    dues_sweep.sweep(at, school=stage.school.slug)
    assert len(stage.mails()) - before == len(listed)
    assert dues_list.list_due(at, school=stage.school.slug) == []
    assert [line.recipient for line in dues_list.list_due(at, school=other.school.slug)] == [
        other.principal.email
    ]
