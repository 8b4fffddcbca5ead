"""Dapodik lists into two schools: looked at first, then imported, repeatable, and safe to kill."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tasks import nudge
from tests.factories import MONDAY
from tests.services.rosters import (
    SOON,
    Killed,
    carry_out,
    counts,
    imported,
    invented,
    killed_after,
    roster_of,
    row_of,
    started,
)
from webapp import tenancy
from webapp.dapodik.faults import FAULTS
from webapp.domain.errors import Conflict, Forbidden, NotFound
from webapp.services import import_requests, import_views, imports


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


def test_a_dry_run_shows_everything_and_changes_nothing(app, tmp_path, school, operator):
    import_id = started(operator, school, invented(tmp_path, 30, sex_unknown=2, class_blank=1))
    assert imports.run(operator.at(school), import_id)
    job = row_of(operator, school, import_id)
    assert (job.state, counts(job)) == ("ready", (28, 0, 0, 2))
    assert roster_of(operator, school) == []
    with tenancy.work(operator.at(school)):
        failed = import_views.rows(operator.at(school), import_id, "failed").rows
        shown = import_views.show(operator.at(school), import_id)
    assert [problem.label for row in failed for problem in row.problems] == ["JK", "JK"]
    assert [(problem.label, number) for problem, number, _ in shown.warnings] == [("Rombel Saat Ini", 1)]


def test_confirming_imports_the_same_file_and_then_forgets_its_bytes(app, tmp_path, world, school, operator):
    elsewhere = world.school()
    other = world.person(elsewhere, "school_admin")
    import_id = started(operator, school, invented(tmp_path, 30, sex_unknown=2))
    imports.run(operator.at(school), import_id)
    with tenancy.work(operator.at(school)):
        import_requests.confirm(operator.at(school), import_id)
    assert imports.run(operator.at(school), import_id)
    job = row_of(operator, school, import_id)
    assert (job.state, counts(job), job.done, job.total) == ("done", (28, 0, 0, 2), 30, 30)
    assert job.file is None
    roster = roster_of(operator, school)
    assert len(roster) == 28
    assert {relation for student in roster for relation, *_ in student["guardians"]} >= {"father", "mother"}
    assert roster_of(other, elsewhere) == []
    with tenancy.work(operator.at(school)), pytest.raises(Conflict):
        import_requests.confirm(operator.at(school), import_id)


def test_the_worker_is_told_of_every_list_that_waits(app, tmp_path, school, operator):
    told: list[frozenset[str]] = []
    tenancy.on_commit_wake(told.append)
    try:
        import_id = started(operator, school, invented(tmp_path, 3))
        imports.run(operator.at(school), import_id)
        with tenancy.work(operator.at(school)):
            import_requests.confirm(operator.at(school), import_id)
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    assert told == [frozenset({"imports"})] * 2
    assert nudge.NUDGES["imports"][0] == "tasks.imports.run"


def test_nobody_without_the_permission_imports(app, tmp_path, world, school):
    content = invented(tmp_path, 5)
    for role in ("principal", "homeroom", "teacher"):
        actor = world.person(school, role).at(school)
        with tenancy.work(actor), pytest.raises(Forbidden):
            import_requests.start(actor, "daftar.xlsx", content)
    for role in ("counsellor", "class_teacher", "school_admin"):
        assert started(world.person(school, role), school, content)


def test_an_import_of_one_school_does_not_exist_in_another(app, tmp_path, world, school, operator):
    import_id = started(operator, school, invented(tmp_path, 5, sex_unknown=1))
    imports.run(operator.at(school), import_id)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin").at(elsewhere)
    assert imports.run(stranger, import_id) is False
    for look in (import_views.show, import_views.failed_rows_file, import_requests.confirm):
        with tenancy.work(stranger), pytest.raises(NotFound):
            look(stranger, import_id)
    with tenancy.work(stranger):
        assert import_views.rows(stranger, import_id, "created").rows == []
        assert import_views.recent(stranger) == []
    with tenancy.work(operator.at(school)):
        assert import_views.failed_rows_file(operator.at(school), import_id)[:2] == b"PK"


def test_two_schools_may_hold_the_same_student(app, tmp_path, world, school, operator):
    elsewhere = world.school()
    colleague = world.person(elsewhere, "counsellor")
    content = invented(tmp_path, 10)
    assert counts(imported(operator, school, content)) == (10, 0, 0, 0)
    assert counts(imported(colleague, elsewhere, content)) == (10, 0, 0, 0)
    assert roster_of(operator, school) == roster_of(colleague, elsewhere)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(1, 9),
    faults=st.sets(st.sampled_from(sorted(FAULTS)), max_size=6),
)
def test_the_same_file_again_changes_nothing(app, tmp_path, world, seed, faults):
    school = world.school()
    operator = world.person(school, "school_admin")
    content = invented(tmp_path, 20, seed, **dict.fromkeys(faults, 1))
    first = imported(operator, school, content)
    before = roster_of(operator, school)
    again = imported(operator, school, content)
    created, _, _, failed = counts(first)
    assert created == len(before)
    assert counts(again) == (0, 0, created, failed)
    assert roster_of(operator, school) == before


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.integers(0, 3), min_size=1, max_size=3), seed=st.integers(1, 9))
def test_killed_between_chunks_and_run_again_the_result_is_the_same(
    app, tmp_path, world, monkeypatch, kills, seed
):
    monkeypatch.setattr(imports, "CHUNK", 7)
    content = invented(tmp_path, 30, seed, sex_unknown=2, nisn_repeated=1)
    whole, broken = world.school(), world.school()
    calm, unlucky = world.person(whole, "school_admin"), world.person(broken, "school_admin")
    expected = imported(calm, whole, content)

    import_id = started(unlucky, broken, content, dry_run=False)
    actor = unlucky.at(broken)
    for chunks in kills:
        if row_of(unlucky, broken, import_id).state == "done":
            break  # fewer chunks were left than this kill waited for
        try:
            carry_out(actor, import_id, tell=killed_after(chunks))
        except Killed:
            actor = actor.seen_at(actor.at + SOON)
    if row_of(unlucky, broken, import_id).state == "running":
        assert imports.run(actor, import_id)
    job = row_of(unlucky, broken, import_id)
    assert (job.state, counts(job), job.done) == ("done", counts(expected), 30)
    assert roster_of(unlucky, broken) == roster_of(calm, whole)
    assert openpyxl.load_workbook(io.BytesIO(job.failed_rows)).active.max_row == (
        openpyxl.load_workbook(io.BytesIO(expected.failed_rows)).active.max_row
    )


def test_while_one_worker_holds_an_import_no_other_takes_it(app, tmp_path, school, operator):
    import_id = started(operator, school, invented(tmp_path, 5), dry_run=False)
    second_file = started(operator, school, invented(tmp_path, 6), dry_run=False)
    actor = operator.at(school)
    with tenancy.work(actor):
        assert imports.claim(actor, import_id) is not None
    assert imports.run(actor, import_id) is False
    assert imports.run(actor, second_file) is False
    later = actor.seen_at(actor.at + SOON)
    assert imports.run(later, import_id) is True
    assert imports.run(later, second_file) is True


def test_a_worker_that_lost_its_claim_writes_nothing_more(app, tmp_path, school, operator):
    import_id = started(operator, school, invented(tmp_path, 5), dry_run=False)
    actor = operator.at(school)
    with tenancy.work(actor):
        stale = imports.claim(actor, import_id)
    later = actor.seen_at(actor.at + SOON)
    with tenancy.work(later):
        assert imports.claim(later, import_id) is not None
    assert imports.carry_out(actor, stale) is False
    assert roster_of(operator, school) == []


def test_an_import_that_never_ends_is_given_up_with_a_sentence(app, tmp_path, school, operator):
    import_id = started(operator, school, invented(tmp_path, 5))
    actor = operator.at(school)
    for _ in range(imports.MOST_ATTEMPTS):
        with tenancy.work(actor):
            assert imports.claim(actor, import_id) is not None
        actor = actor.seen_at(actor.at + SOON)
    assert imports.run(actor, import_id) is False
    job = row_of(operator, school, import_id)
    assert (job.state, job.error["message_id"]) == ("failed", imports.INTERRUPTED)


def test_the_sweep_runs_the_imports_of_all_schools_as_those_who_asked(app, tmp_path, world, as_superuser):
    content = invented(tmp_path, 5)
    places = [world.school(), world.school(time_zone="Asia/Jayapura")]
    people = [world.person(place, "counsellor") for place in places]
    ids = [
        started(person, place, content, dry_run=False) for person, place in zip(people, places, strict=True)
    ]
    assert imports.sweep(MONDAY) >= 2
    for person, place, import_id in zip(people, places, ids, strict=True):
        assert row_of(person, place, import_id).state == "done"
        assert len(roster_of(person, place)) == 5
        trail = as_superuser.execute(
            text("SELECT action, person_id FROM audit_entries WHERE school_id = :s ORDER BY id"),
            {"s": place.id},
        ).all()
        assert [tuple(entry) for entry in trail] == [
            ("import.started", person.user_id),
            ("import.done", person.user_id),
        ]
    imports.sweep(MONDAY + SOON)
    assert [len(roster_of(person, place)) for person, place in zip(people, places, strict=True)] == [5, 5]


def test_the_sweep_imports_nothing_for_a_person_who_has_left(app, tmp_path, school, operator, as_superuser):
    import_id = started(operator, school, invented(tmp_path, 5), dry_run=False)
    as_superuser.execute(
        text("UPDATE memberships SET ended_on = :on WHERE user_id = :user"),
        {"on": date(2026, 11, 22), "user": operator.user_id},
    )
    as_superuser.commit()
    imports.sweep(MONDAY)
    state, students_in = as_superuser.execute(
        text(
            "SELECT state, (SELECT count(*) FROM students WHERE school_id = :s)"
            " FROM student_imports WHERE id = :i"
        ),
        {"s": school.id, "i": import_id},
    ).one()
    assert (state, students_in) == ("failed", 0)


def test_progress_rises_chunk_by_chunk_and_is_visible_to_others(
    app, tmp_path, world, school, operator, monkeypatch
):
    monkeypatch.setattr(imports, "CHUNK", 10)
    import_id = started(operator, school, invented(tmp_path, 30), dry_run=False)
    seen = []

    def tell(done, total):
        job = row_of(operator, school, import_id)
        seen.append((done, total, job.done, job.total, job.state))

    carry_out(operator.at(school), import_id, tell=tell)
    assert seen == [(n, 30, n, 30, "running") for n in (10, 20, 30)]
