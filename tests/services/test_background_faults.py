"""Faults at the outer edge of background work: failed at once with what to do, tried again by hand."""

from __future__ import annotations

import errno
import tempfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.conference_world import Meeting
from tests.reports.samples import png
from tests.services.rosters import SOON, Killed, carry_out, counts, invented, roster_of, row_of, started
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, NotFound
from webapp.models.background import Report
from webapp.models.schools import SchoolLogo
from webapp.services import documents, faults, import_requests, import_views, imports, minutes, reports


@pytest.fixture(autouse=True)
def nothing_waits(app, as_superuser) -> None:
    as_superuser.execute(text("UPDATE reports SET state = 'failed', due_at = now() WHERE state <> 'ready'"))
    as_superuser.execute(
        text("UPDATE student_imports SET state = 'failed' WHERE state IN ('queued', 'running')")
    )
    as_superuser.commit()


# --- documents --------------------------------------------------------------------------------------


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world).signed_off()


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world).signed_off()


def put_logo(stage: Meeting, as_superuser, content: bytes) -> None:
    """A picture as it lies in the table, past every check: damaged on the disk, say."""
    admin = stage.world.person(stage.school, "school_admin")
    with tenancy.work(admin.at(stage.school)):
        if (
            tenancy.session.scalar(select(SchoolLogo.id).where(SchoolLogo.school_id == stage.school.id))
            is None
        ):
            tenancy.add(SchoolLogo(slot="left", media_type="image/png", content=png()))
    as_superuser.execute(
        text("UPDATE school_logos SET content = :content WHERE school_id = :school"),
        {"content": content, "school": stage.school.id},
    )
    as_superuser.commit()


def ask(stage: Meeting) -> dict[str, int]:
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        return {row.kind: row.id for row in minutes.request(actor, stage.conference_id)}


def make_due(stage: Meeting, minutes_later: int = 1) -> None:
    """One run of the worker over everything that is due."""
    at = stage.after + timedelta(minutes=minutes_later)
    reports.run_due(lambda: at, stop_at=at + timedelta(seconds=1))


def line(stage: Meeting, report_id: int) -> documents.DocumentLine:
    with stage.as_(stage.counsellor) as actor:
        return documents.get_document(actor, report_id)


def test_a_damaged_logo_fails_the_document_at_once_and_says_where_to_choose_another(
    stage, other, as_superuser
):
    put_logo(stage, as_superuser, png()[:200])
    put_logo(other, as_superuser, png())
    mine, theirs = ask(stage), ask(other)
    make_due(stage)
    failed = line(stage, mine["minutes"])
    assert (failed.state.key, failed.message_id, failed.can_make_again) == ("failed", reports.BAD_LOGO, True)
    assert line(other, theirs["minutes"]).state.key == "ready", (
        "another school's documents are made all the same"
    )
    assert [mail.to_address for mail in stage.mails("report_failed")] == [stage.counsellor.email] * 2
    assert other.mails("report_failed") == []


def test_what_failed_is_made_once_it_is_asked_for_again(stage, as_superuser):
    ids = ask(stage)
    # The worker's copy of the kind's code is not there: what nobody foresaw.
    collect = reports.COLLECTORS.pop("attendance")
    try:
        make_due(stage)
    finally:
        reports.COLLECTORS["attendance"] = collect
    assert line(stage, ids["attendance"]).state.key == "failed"
    assert line(stage, ids["minutes"]).state.key == "ready"
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        documents.again(actor, ids["attendance"])
        with pytest.raises(Conflict):
            documents.again(actor, ids["minutes"])
    make_due(stage, 2)
    assert line(stage, ids["attendance"]).state.key == "ready"


def test_only_the_case_team_has_a_document_made_again(stage, other, as_superuser):
    put_logo(stage, as_superuser, png()[:200])
    ids = ask(stage)
    make_due(stage)
    for place, person in ((stage, stage.principal), (stage, stage.teacher), (other, other.counsellor)):
        with pytest.raises(NotFound), place.as_(person) as actor:
            documents.again(actor, ids["minutes"])
    assert line(stage, ids["minutes"]).state.key == "failed"


def test_a_killed_run_is_tried_again_by_its_lease_and_not_failed(stage, monkeypatch):
    ids = ask(stage)

    def killed(*_):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setitem(reports.COLLECTORS, "minutes", killed)
        with pytest.raises(Killed):
            make_due(stage)
    assert line(stage, ids["minutes"]).state.key == "running"
    make_due(stage, 30)
    assert line(stage, ids["minutes"]).state.key == "ready"


def test_a_fault_is_logged_by_class_and_line_without_its_text(stage, monkeypatch, caplog):
    ids = ask(stage)

    def broken(*_):
        raise ValueError("Zubaidah Contohwati")

    monkeypatch.setitem(reports.COLLECTORS, "minutes", broken)
    make_due(stage)
    assert line(stage, ids["minutes"]).state.key == "failed"
    assert "ValueError at test_background_faults.py:" in caplog.text
    assert "Zubaidah" not in caplog.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "full"), faults.NO_ROOM),
        (OSError(errno.EDQUOT, "quota"), faults.NO_ROOM),
        (PermissionError(errno.EACCES, "no"), faults.NOT_WRITABLE),
        (ValueError("?"), "otherwise"),
    ],
)
def test_what_a_person_can_do_about_a_fault(error, said):
    assert faults.advice(error, "otherwise") == said


# --- imports ----------------------------------------------------------------------------------------


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


def test_where_no_file_can_be_written_the_import_fails_at_once_and_goes_on_later(
    app, tmp_path, world, school, operator, monkeypatch
):
    import_id = started(operator, school, invented(tmp_path, 12))
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    with monkeypatch.context() as broken:
        broken.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        assert imports.run(operator.at(school), import_id)
    with tenancy.work(operator.at(school)):
        shown = import_views.show(operator.at(school), import_id)
    assert (shown.state, shown.error.message_id, shown.can_go_on) == ("failed", faults.NOT_WRITABLE, True)
    with tenancy.work(stranger.at(elsewhere)), pytest.raises(NotFound):
        import_requests.again(stranger.at(elsewhere), import_id)
    teacher = world.person(school, "teacher").at(school)
    with tenancy.work(teacher), pytest.raises(Forbidden):
        import_requests.again(teacher, import_id)
    with tenancy.work(operator.at(school)):
        import_requests.again(operator.at(school), import_id)
    assert imports.run(operator.at(school), import_id)
    assert counts(row_of(operator, school, import_id)) == (12, 0, 0, 0)
    with tenancy.work(operator.at(school)), pytest.raises(Conflict):
        import_requests.again(operator.at(school), import_id)


def test_an_import_that_a_fault_stopped_half_way_goes_on_and_does_nothing_twice(
    app, tmp_path, school, operator
):
    import_id = started(operator, school, invented(tmp_path, 1050), dry_run=False)
    told: list[int] = []

    def full_disk(done: int, total: int) -> None:
        told.append(done)
        if done == 1000:
            raise OSError(errno.ENOSPC, "full")

    assert carry_out(operator.at(school), import_id, tell=full_disk)
    assert row_of(operator, school, import_id).state == "failed"
    assert len(roster_of(operator, school)) == 1000
    with tenancy.work(operator.at(school)):
        import_requests.again(operator.at(school), import_id)
    assert imports.run(operator.at(school), import_id)
    job = row_of(operator, school, import_id)
    assert (job.state, counts(job), job.done) == ("done", (1050, 0, 0, 0), 1050)
    assert len(roster_of(operator, school)) == 1050


def test_a_wrong_file_is_not_tried_again(app, tmp_path, school, operator):
    import_id = started(operator, school, invented(tmp_path, 0))
    imports.run(operator.at(school), import_id)
    assert row_of(operator, school, import_id).state == "failed"
    with tenancy.work(operator.at(school)):
        assert not import_views.show(operator.at(school), import_id).can_go_on
        with pytest.raises(Conflict):
            import_requests.again(operator.at(school), import_id)


def test_a_fault_in_an_import_that_another_worker_has_taken_over_leaves_it_alone(
    app, tmp_path, school, operator
):
    import_id = started(operator, school, invented(tmp_path, 150), dry_run=False)

    def overtaken(done: int, total: int) -> None:
        later = operator.at(school, when=operator.at(school).at + SOON)
        with tenancy.work(later):
            assert imports.claim(later, import_id)
        raise OSError(errno.ENOSPC, "full")

    assert carry_out(operator.at(school), import_id, tell=overtaken) is False
    assert row_of(operator, school, import_id).state == "running"


def test_a_document_row_keeps_what_went_wrong_for_its_page_only(stage, as_superuser):
    """The sentence is one of ours: nothing of the fault's own text is stored."""
    put_logo(stage, as_superuser, b"\x89PNG\r\n\x1a\n")
    ids = ask(stage)
    make_due(stage)
    with stage.as_(stage.counsellor):
        row = tenancy.session.scalars(select(Report).where(Report.id == ids["minutes"])).one()
        assert row.error == {"message_id": reports.BAD_LOGO, "params": {}}
