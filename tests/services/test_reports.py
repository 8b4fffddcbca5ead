"""Documents in the background: the same request, the person's rights, three tries, and a kill anywhere."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.reports import samples
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.background import OutboxMail, Report
from webapp.models.identity import Membership
from webapp.services import documents, reports

LATER = MONDAY + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def nothing_waits(app, as_superuser) -> None:
    as_superuser.execute(text("UPDATE reports SET state = 'failed', due_at = now() WHERE state <> 'ready'"))
    as_superuser.commit()


@pytest.fixture
def collector(monkeypatch):
    """A collector of the tests: notes in whose name it was called."""
    called: list[tenancy.Actor] = []

    def collect(actor, report):
        called.append(actor)
        return samples.ATTENDANCE

    monkeypatch.setitem(reports.COLLECTORS, "attendance", collect)
    return called


def ask(stage: Stage, person=None, key: str = "daftar", when=MONDAY) -> int:
    with stage.as_(person or stage.counsellor, when=when) as actor:
        return reports.request(actor, "attendance", dedupe_key=key, case_id=stage.case_id, locale="id").id


def stored(stage: Stage, report_id: int) -> Report:
    with tenancy.work(tenancy.system(stage.school.id, LATER)) as session:
        return session.scalars(
            select(Report).where(Report.school_id == stage.school.id, Report.id == report_id)
        ).one()


def make(stage: Stage, report_id: int, when=LATER) -> bool:
    return reports.run(tenancy.system(stage.school.id, when), report_id)


def test_the_same_request_gives_the_same_row_in_each_school(world, collector):
    one, two = Stage.build(world), Stage.build(world)
    assert ask(one) == ask(one)
    assert ask(one) != ask(two)
    assert ask(one, key="lain") != ask(one)


def test_a_document_is_collected_as_the_person_who_asked_and_then_ready(world, collector):
    stage = Stage.build(world)
    report_id = ask(stage)
    assert stored(stage, report_id).state == "queued"
    assert make(stage, report_id) is True
    found = stored(stage, report_id)
    assert (found.state, found.done, found.total, found.attempts) == ("ready", 2, 2, 1)
    assert collector[0].person_id == stage.counsellor.user_id
    assert collector[0].kind == "person"
    with stage.as_(stage.counsellor) as actor:
        document = documents.open_document(actor, report_id)
    assert document.content.startswith(b"%PDF")
    assert document.file_name.endswith(".pdf")


def test_what_is_made_is_not_made_again(world, collector):
    stage = Stage.build(world)
    report_id = ask(stage)
    make(stage, report_id)
    before = stored(stage, report_id)
    assert make(stage, report_id) is False
    assert ask(stage) == report_id
    assert make(stage, report_id) is False
    after = stored(stage, report_id)
    assert (after.state, after.content_enc) == (before.state, before.content_enc)


def test_a_run_killed_after_collecting_goes_on_from_the_stored_snapshot(world, collector, monkeypatch):
    stage = Stage.build(world)
    report_id = ask(stage)
    real = reports.render_pdf

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(reports, "render_pdf", killed)
    with pytest.raises(KeyboardInterrupt):
        make(stage, report_id)
    assert (stored(stage, report_id).state, stored(stage, report_id).done) == ("running", 1)
    monkeypatch.setattr(reports, "render_pdf", real)
    assert make(stage, report_id) is False  # its lease still holds
    assert make(stage, report_id, when=LATER + reports.LEASE) is True
    assert stored(stage, report_id).state == "ready"
    assert len(collector) == 1


def test_three_deaths_and_the_document_has_failed_visibly_and_its_asker_is_told(world, monkeypatch):
    stage = Stage.build(world)

    def killed(actor, report):
        raise KeyboardInterrupt

    monkeypatch.setitem(reports.COLLECTORS, "attendance", killed)
    report_id = ask(stage)
    at = LATER
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            make(stage, report_id, when=at)
        at += reports.LEASE
    assert make(stage, report_id, when=at) is True
    assert stored(stage, report_id).state == "failed"
    assert stored(stage, report_id).error["message_id"]
    with tenancy.work(tenancy.system(stage.school.id, at)) as session:
        mails = session.scalars(select(OutboxMail).where(OutboxMail.kind == "report_failed")).all()
        assert [mail.to_address for mail in mails] == [stage.counsellor.email]
    assert make(stage, report_id, when=at + reports.LEASE) is False


def test_a_document_that_cannot_be_set_has_failed_at_once(world, collector, monkeypatch):
    stage = Stage.build(world)
    broken = dataclasses.replace(samples.ATTENDANCE, template_version=999)
    monkeypatch.setitem(reports.COLLECTORS, "attendance", lambda *_: broken)
    report_id = ask(stage)
    assert make(stage, report_id) is True
    found = stored(stage, report_id)
    assert (found.state, found.attempts, found.lease_until) == ("failed", 1, None)


def test_a_refusal_while_collecting_is_shown_with_its_sentence(world, monkeypatch):
    stage = Stage.build(world)

    def refuse(actor, report):
        raise Invalid("Row %(row)s is missing.", row=3)

    monkeypatch.setitem(reports.COLLECTORS, "attendance", refuse)
    report_id = ask(stage)
    make(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        line = documents.get_document(actor, report_id)
    assert line.state.key == "failed"
    assert line.message_id % line.params == "Row 3 is missing."


def test_a_failed_document_is_tried_again_when_it_is_asked_for_again(world, collector, monkeypatch):
    stage = Stage.build(world)

    def refuse(actor, report):
        raise NotFound()

    with monkeypatch.context() as broken:
        broken.setitem(reports.COLLECTORS, "attendance", refuse)
        report_id = ask(stage)
        make(stage, report_id)
    assert stored(stage, report_id).state == "failed"
    assert ask(stage, when=LATER) == report_id
    assert make(stage, report_id, when=LATER + timedelta(minutes=1)) is True
    assert stored(stage, report_id).state == "ready"


def test_nothing_is_collected_for_somebody_who_has_left(world, collector, as_superuser):
    stage = Stage.build(world)
    report_id = ask(stage)
    as_superuser.execute(
        text(f"UPDATE {Membership.__tablename__} SET ended_on = '2026-11-20' WHERE user_id = :user"),
        {"user": stage.counsellor.user_id},
    )
    as_superuser.commit()
    make(stage, report_id)
    assert stored(stage, report_id).state == "failed"
    assert collector == []


def test_due_documents_of_all_schools_are_made_each_in_its_own_scope(world, collector):
    one, two = Stage.build(world), Stage.build(world)
    ids = [ask(one), ask(two), ask(two, key="lain")]
    assert reports.run_due(lambda: LATER, stop_at=LATER + timedelta(seconds=1)) == 3
    assert reports.run_due(lambda: LATER, stop_at=LATER + timedelta(seconds=1)) == 0
    assert [stored(one, ids[0]).state, stored(two, ids[1]).state, stored(two, ids[2]).state] == ["ready"] * 3
    assert {actor.school_id for actor in collector} == {one.school.id, two.school.id}


def test_another_schools_worker_cannot_make_a_document(world, collector):
    one, two = Stage.build(world), Stage.build(world)
    report_id = ask(one)
    assert reports.run(tenancy.system(two.school.id, LATER), report_id) is False
    assert stored(one, report_id).state == "queued"


def test_a_document_opens_for_its_case_team_and_for_nobody_else(world, collector):
    stage, other = Stage.build(world), Stage.build(world)
    report_id = ask(stage)
    with pytest.raises(Conflict), stage.as_(stage.counsellor) as actor:
        documents.open_document(actor, report_id)
    make(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        assert documents.open_document(actor, report_id).content
        assert [line.id for line in documents.list_documents(actor).lines] == [report_id]
    for place, person in ((stage, stage.principal), (stage, stage.teacher), (other, other.counsellor)):
        with place.as_(person) as actor:
            assert documents.list_documents(actor).lines == ()
        with pytest.raises(NotFound), place.as_(person) as actor:
            documents.open_document(actor, report_id)


def test_reading_a_document_is_recorded(world, collector, as_superuser):
    stage = Stage.build(world)
    report_id = ask(stage)
    make(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        documents.open_document(actor, report_id)
    found = as_superuser.execute(
        text("SELECT person_id FROM audit_entries WHERE action = 'report.read' AND subject_id = :id"),
        {"id": report_id},
    ).scalars()
    assert list(found) == [stage.counsellor.user_id]
