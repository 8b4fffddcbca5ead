"""Copies of reports delivered to people of the school: who reads what, and what is left once taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.activity_world import Run
from tests.factories import MONDAY
from tests.papers.made import finished
from tests.services.stage import STUDENT, Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.months import Month
from webapp.models.background import OutboxMail, Report, ReportDelivery
from webapp.services import (
    activities,
    activity_documents,
    activity_entries,
    activity_runs,
    case_team,
    deliveries,
    documents,
    recap,
    today,
)

STEP = "report.delivered"


class Copy:
    """A finished copy of the report of a visit in a school, and acts on it."""

    def __init__(self, stage: Stage, kind: str = "visit_report_copy") -> None:
        self.stage = stage
        self.run = Run(stage, HOME_VISIT).started().filled(until="report.compiled")
        with stage.as_(stage.counsellor) as actor:
            self.id = activity_documents.request(actor, self.run.activity_id, kind, locale="id").id
        finished(stage, self.id)

    def to(self, *people) -> int:
        with self.stage.as_(self.stage.counsellor) as actor:
            return deliveries.deliver(actor, self.id, [person.user_id for person in people])

    def delivery(self) -> int:
        with self.stage.as_(self.stage.counsellor):
            return tenancy.session.scalars(
                select(ReportDelivery.id).order_by(ReportDelivery.id.desc())
            ).first()

    def take_back(self, reason="Salah orang") -> None:
        delivery_id = self.delivery()
        with self.stage.as_(self.stage.counsellor) as actor:
            deliveries.withdraw(actor, delivery_id, reason=reason)

    def entries(self) -> list[str]:
        with self.stage.as_(self.stage.counsellor) as actor:
            found = activity_entries.read(actor, self.run.activity_id)[STEP]
            return [entry.values["to_whom"] for entry in found]


@pytest.fixture
def copy(world) -> Copy:
    return Copy(Stage.build(world))


def _reads(stage, person, report_id) -> bool:
    with stage.as_(person) as actor:
        listed = [line.id for line in documents.list_documents(actor).lines]
        try:
            documents.open_document(actor, report_id)
        except NotFound:
            assert report_id not in listed
            return False
        assert report_id in listed
        return True


def _waits(stage, person) -> bool:
    with stage.as_(person) as actor:
        return "document_delivered" in {need.kind for need in today.show(actor).needs}


def test_a_copy_opens_to_those_who_are_named_and_to_nobody_else(world, copy, as_superuser):
    stage = copy.stage
    other = world.person(stage.school, "teacher")
    assert not _reads(stage, stage.principal, copy.id)
    assert copy.to(stage.principal, stage.teacher) == 2
    assert _waits(stage, stage.principal)
    assert not _waits(stage, other)
    assert _reads(stage, stage.principal, copy.id)
    assert not _waits(stage, stage.principal), "what was opened waits no more"
    assert _waits(stage, stage.teacher)
    assert not _reads(stage, other, copy.id)
    elsewhere = Stage.build(world)
    assert not _reads(elsewhere, elsewhere.principal, copy.id)
    read = as_superuser.execute(
        text("SELECT person_id FROM audit_entries WHERE action = 'report.read' AND subject_id = :id"),
        {"id": copy.id},
    )
    assert stage.principal.user_id in read.scalars().all()


def test_a_recipient_reads_their_own_delivery_and_that_one_report_and_no_more(copy):
    stage = copy.stage
    copy.to(stage.principal, stage.teacher)
    with stage.as_(stage.teacher) as actor:
        rows = tenancy.session.scalars(select(ReportDelivery)).all()
        assert [row.user_id for row in rows] == [stage.teacher.user_id]
        assert tenancy.session.scalars(select(Report.id)).all() == [copy.id]
        (line,) = documents.list_documents(actor).lines
        assert line.delivered_to == (stage.teacher.name,)
        assert not line.has_docx
        with pytest.raises(NotFound):
            documents.open_document(actor, copy.id, form="docx")
        for act in (
            lambda: deliveries.page(actor, copy.id),
            lambda: deliveries.deliver(actor, copy.id, [stage.principal.user_id]),
            lambda: deliveries.withdraw(actor, rows[0].id, reason="Coba"),
            lambda: activity_runs.find(actor, copy.run.activity_id, HOME_VISIT),
        ):
            with pytest.raises(NotFound):
                act()


def test_each_delivery_is_an_entry_in_its_step(copy):
    stage = copy.stage
    assert copy.entries() == []
    copy.to(stage.principal, stage.teacher)
    assert copy.entries() == [stage.principal.name, stage.teacher.name]
    assert copy.to(stage.principal) == 0, "whoever has it gets no second one"
    assert len(copy.entries()) == 2
    assert STEP in copy.run.recorded()


def test_the_mail_says_neither_of_whom_nor_of_what(copy):
    stage = copy.stage
    copy.to(stage.teacher)
    with stage.as_(stage.counsellor):
        (mail,) = tenancy.session.scalars(select(OutboxMail).where(OutboxMail.kind == "report_delivered"))
        assert (mail.user_id, mail.conference_id) == (stage.teacher.user_id, None)
        assert STUDENT.split()[0] not in str(mail.facts)
        assert "K-2026" not in str(mail.facts)


def test_what_was_never_opened_leaves_no_entry_when_it_is_taken_back_with_a_reason(copy):
    stage = copy.stage
    copy.to(stage.teacher)
    with pytest.raises(Invalid):
        copy.take_back(" ")
    copy.take_back()
    assert not _reads(stage, stage.teacher, copy.id)
    assert not _waits(stage, stage.teacher)
    assert copy.entries() == []
    assert STEP not in copy.run.recorded()
    with pytest.raises(Conflict):
        copy.take_back()
    assert copy.to(stage.teacher) == 1
    assert _reads(stage, stage.teacher, copy.id)


def test_what_was_read_was_delivered_also_after_it_is_taken_back(copy):
    stage = copy.stage
    copy.to(stage.teacher)
    assert _reads(stage, stage.teacher, copy.id)
    copy.take_back()
    assert not _reads(stage, stage.teacher, copy.id)
    assert copy.entries() == [stage.teacher.name]


def test_a_copy_is_taken_back_also_when_the_visit_has_ended(copy):
    copy.to(copy.stage.teacher)
    copy.run.record("report.documented")
    with copy.stage.as_(copy.stage.counsellor) as actor:
        activity_runs.complete(actor, copy.run.activity_id)
    copy.take_back()
    assert not _reads(copy.stage, copy.stage.teacher, copy.id)
    assert copy.entries() == [copy.stage.teacher.name]
    with copy.stage.as_(copy.stage.counsellor) as actor:
        assert activities.get(actor, copy.run.activity_id).state == "completed"


def test_whoever_is_shut_out_of_the_case_gets_none_and_reads_none_that_they_had(copy):
    stage = copy.stage
    copy.to(stage.teacher)
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.teacher.user_id, reason="Pihak perkara")
        assert stage.teacher.user_id not in {m.user_id for m in deliveries.page(actor, copy.id).may_receive}
    assert not _reads(stage, stage.teacher, copy.id)
    assert not _waits(stage, stage.teacher)
    copy.take_back()
    with pytest.raises(Invalid) as refused:
        copy.to(stage.teacher)
    assert refused.value.field == "person"


def test_nobody_of_another_school_is_named_and_no_report_of_the_team_is_given_on(world, copy):
    elsewhere = Stage.build(world)
    with pytest.raises(Invalid):
        copy.to(elsewhere.principal)
    whole = Copy(Stage.build(world), "visit_report")
    with pytest.raises(NotFound):
        whole.to(whole.stage.principal)
    with elsewhere.as_(elsewhere.counsellor) as actor, pytest.raises(NotFound):
        deliveries.deliver(actor, copy.id, [elsewhere.principal.user_id])


def test_what_is_not_ready_is_not_delivered(copy):
    with copy.stage.as_(copy.stage.counsellor, when=MONDAY + timedelta(minutes=5)) as actor:
        fresh = activity_documents.request(actor, copy.run.activity_id, "visit_report_copy", locale="id")
        with pytest.raises(Conflict):
            deliveries.deliver(actor, fresh.id, [copy.stage.principal.user_id])


def test_what_one_asked_for_shuts_when_one_leaves_the_team_or_is_shut_out_of_the_case(world):
    for leave in (
        lambda actor, case_id, user_id: case_team.remove_member(actor, case_id, user_id=user_id),
        lambda actor, case_id, user_id: case_team.shut_out(actor, case_id, user_id=user_id, reason="Pihak"),
    ):
        stage = Stage.build(world)
        helper = world.person(stage.school, "counsellor")
        with stage.as_(stage.counsellor) as actor:
            case_team.add_member(actor, stage.case_id, user_id=helper.user_id)
        run = Run(stage, HOME_VISIT).started().filled(until="report.compiled")
        with stage.as_(helper) as actor:
            whole = activity_documents.request(actor, run.activity_id, "visit_report", locale="id").id
        finished(stage, whole)
        assert _reads(stage, helper, whole)
        with stage.as_(stage.counsellor) as actor:
            leave(actor, stage.case_id, helper.user_id)
        assert not _reads(stage, helper, whole)
        assert _reads(stage, stage.counsellor, whole), "the team keeps what was asked for"
        with stage.as_(helper):
            assert tenancy.session.scalars(select(Report.id)).all() == []
            changed = tenancy.session.execute(text("UPDATE reports SET done = done"))
            assert changed.rowcount == 0


def test_what_belongs_to_no_case_stays_with_whoever_asked_for_it(world):
    stage = Stage.build(world)
    with stage.as_(stage.counsellor) as actor:
        own = recap.request(actor, stage.counsellor.user_id, Month(2026, 10), locale="id").id
    with stage.as_(stage.counsellor) as actor:
        assert own in [line.id for line in documents.list_documents(actor).lines]
    with stage.as_(stage.teacher) as actor:
        assert documents.list_documents(actor).lines == ()
