"""Copies after the end, mails taken along, and the copy of an advocacy's report."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.papers.made import finished
from tests.services.stage import STUDENT, Stage
from tests.services.test_deliveries import Copy, _reads
from webapp import tenancy
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.errors import Invalid, NotFound
from webapp.models.background import OutboxMail, Report, ReportDelivery
from webapp.models.cases import Case
from webapp.services import (
    access,
    activity_documents,
    activity_entries,
    activity_runs,
    case_team,
    deliveries,
)
from webapp.services.outbox_leave import Circumstances


@pytest.fixture
def copy(world) -> Copy:
    return Copy(Stage.build(world))


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
