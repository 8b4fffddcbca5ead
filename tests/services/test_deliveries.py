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
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.months import Month
from webapp.models.background import OutboxMail, Report, ReportDelivery
from webapp.models.cases import Case
from webapp.services import (
    access,
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
from webapp.services.outbox_leave import Circumstances

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


def test_whoever_only_runs_the_accounts_gets_no_copy_and_one_who_teaches_as_well_does(world, copy):
    stage = copy.stage
    admin, both = world.person(stage.school, "school_admin"), world.person(stage.school, "school_admin")
    world.join(both, stage.school, "teacher")
    with stage.as_(stage.counsellor) as actor:
        offered = {member.user_id for member in deliveries.page(actor, copy.id).may_receive}
    assert both.user_id in offered
    assert admin.user_id not in offered
    with pytest.raises(Invalid):
        copy.to(admin)
    assert copy.to(both) == 1


def test_a_copy_is_delivered_also_when_the_visit_has_ended_and_the_case_is_closed(copy):
    stage = copy.stage
    copy.to(stage.teacher)
    copy.run.record("report.documented")
    with stage.as_(stage.counsellor) as actor:
        activity_runs.complete(actor, copy.run.activity_id)
    assert copy.to(stage.principal) == 1
    assert _reads(stage, stage.principal, copy.id)
    assert copy.entries() == [stage.teacher.name], "the visit stays as it was completed"
    with stage.as_(stage.counsellor) as actor:
        case = access.get(actor, Case, stage.case_id)
        case.status, case.closed_on = "closed", actor.today
    other = stage.world.person(stage.school, "teacher")
    assert copy.to(other) == 1
    assert _reads(stage, other, copy.id)


def _mail_states(stage) -> list[tuple[str, str | None]]:
    with stage.as_(stage.counsellor):
        mails = select(OutboxMail).where(OutboxMail.kind == "report_delivered").order_by(OutboxMail.id)
        return [(mail.state, mail.last_response) for mail in tenancy.session.scalars(mails)]


def test_a_copy_that_is_taken_back_takes_its_mail_along_while_it_waits(copy):
    copy.to(copy.stage.teacher)
    copy.to(copy.stage.principal)
    copy.take_back()
    assert [state for state, _ in _mail_states(copy.stage)] == ["queued", "superseded"]


def test_the_mail_is_withheld_from_whoever_is_shut_out_or_has_their_copy_no_more(world, copy):
    stage = copy.stage
    helper = world.person(stage.school, "teacher")
    for person in (stage.teacher, helper, stage.principal):
        copy.to(person)
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.teacher.user_id, reason="Pihak perkara")
        case_team.add_member(actor, stage.case_id, user_id=helper.user_id)
        rows = tenancy.session.scalars(select(ReportDelivery).order_by(ReportDelivery.id)).all()
        rows[1].withdrawn_at, rows[1].withdrawn_by = actor.at, actor.person_id
    with stage.as_(stage.counsellor):
        mails = tenancy.session.scalars(
            select(OutboxMail).where(OutboxMail.kind == "report_delivered").order_by(OutboxMail.id)
        ).all()
        told = [mail.id for mail in mails]
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, stage.now)):
        mails = [tenancy.session.get(OutboxMail, (stage.school.id, one)) for one in told]
        known = Circumstances(stage.school.id, mails)
        assert [known.may_not_leave(mail, stage.now) for mail in mails] == [
            ("withheld", "shut_out"),
            ("withheld", "delivery_withdrawn"),
            (None, None),
        ]


def test_the_report_of_an_advocacy_is_delivered_by_a_copy_that_tells_less_than_the_team_reads(world):
    stage, elsewhere = Stage.build(world), Stage.build(world)
    run = Run(stage, ADVOCACY).started()
    for path in run.paths():
        if path != "outcome.delivered":
            run.record(path, **({"stakeholders": "PIHAKREKAAN"} if path == "basis.situation" else {}))
    with stage.as_(stage.counsellor) as actor:
        whole, copy_id = (
            activity_documents.request(actor, run.activity_id, kind, locale="id", with_impressions=True).id
            for kind in ("advocacy_report", "advocacy_report_copy")
        )
        assert not tenancy.session.get(Report, (stage.school.id, copy_id)).with_impressions
        with pytest.raises(NotFound):
            deliveries.deliver(actor, whole, [stage.principal.user_id])
    assert "PIHAKREKAAN" in finished(stage, whole).text
    copied = finished(stage, copy_id).keep("advocacy-report-copy")
    for said in (copied.text, copied.words):
        assert "PIHAKREKAAN" not in said
        for word in ("Rekaan part", "Rekaan name", "Rekaan despite"):
            assert word not in said
        for word in ("Rekaan right", "Rekaan result", "Rekaan janji", STUDENT):
            assert word in said
    with stage.as_(stage.counsellor) as actor:
        assert deliveries.deliver(actor, copy_id, [stage.principal.user_id]) == 1
        entries = activity_entries.read(actor, run.activity_id)["outcome.delivered"]
        assert [entry.values["to_whom"] for entry in entries] == [stage.principal.name]
    assert _reads(stage, stage.principal, copy_id)
    assert not _reads(stage, stage.principal, whole)
    assert not _reads(elsewhere, elsewhere.principal, copy_id)


def test_an_advocacy_is_completed_also_when_its_report_was_delivered_to_nobody(world):
    run = Run(Stage.build(world), ADVOCACY).started()
    for path in run.paths():
        if path != "outcome.delivered":
            run.record(path)
    with run.stage.as_(run.stage.counsellor) as actor:
        assert activity_runs.complete(actor, run.activity_id).state == "completed"
