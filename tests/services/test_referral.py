"""Referral: a fourth service by its declaration; consent before anything is sent."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.referral import REFERRAL
from webapp.domain.errors import Conflict, Invalid
from webapp.models.activities import Execution
from webapp.services import activity_documents, activity_fields, activity_runs, activity_view

CONSENT = "preparation.consent"
REFUSED = {"student": "no", "guardian": "yes"}


@pytest.fixture
def run(world) -> Run:
    return Run(Stage.build(world), REFERRAL).started().filled(until="preparation.receiver")


def test_a_referral_is_sent_answered_and_returned_to_its_end(run):
    run.filled()
    with run.stage.as_(run.stage.counsellor) as actor:
        assert activity_runs.complete(actor, run.activity_id).state == "completed"
        (execution,) = tenancy.session.scalars(
            select(Execution).where(Execution.activity_id == run.activity_id)
        )
        assert (execution.procedure, execution.quarter_hours) == ("referral", 0)


def test_nothing_is_sent_before_the_consent_is_recorded_or_after_it_is_withdrawn(run):
    sent = {"on": "2026-11-20", "how": "mail"}
    with run.stage.as_(run.stage.counsellor) as actor, pytest.raises(Conflict):
        activity_fields.save(actor, run.activity_id, "sending.sent", sent, {})
    run.record(CONSENT)
    run.record(CONSENT, **REFUSED, basis="none")
    with run.stage.as_(run.stage.counsellor) as actor:
        assert activity_view.page(actor, run.activity_id, REFERRAL).shut_by.key == "consent"
        with pytest.raises(Conflict):
            activity_fields.save(actor, run.activity_id, "sending.sent", sent, {})
        ended = activity_runs.cancel(actor, run.activity_id, kind="student_unwilling", reason="")
        assert ended.state == "cancelled"


@pytest.mark.parametrize("person", ["student", "guardian"])
def test_consent_is_no_basis_where_one_of_the_two_has_not_given_it(run, person):
    with pytest.raises(Invalid) as refused:
        run.record(CONSENT, **{person: "no"}, basis="consent")
    assert refused.value.field == person


def test_the_childs_safety_is_a_basis_without_consent_and_its_reason_is_required(run):
    run.record(CONSENT, **REFUSED, basis="safety", because="")
    assert CONSENT not in run.recorded()
    run.record(CONSENT, **REFUSED, basis="safety", because="Orang tua diduga pelaku")
    assert CONSENT in run.recorded()


def test_a_receiver_outside_needs_institution_and_contact_one_inside_does_not(run):
    run.record("preparation.receiver", place="outside", institution="Puskesmas Contoh", contact="0800")
    with pytest.raises(Invalid) as refused:
        run.record("preparation.receiver", place="outside", institution="")
    assert refused.value.field == "institution"
    run.record("preparation.receiver", place="inside", institution="", contact="")


def test_what_continues_there_needs_no_report_and_what_returns_does(run):
    run.filled(until="sending.answer")
    path = "return.outcome"
    run.record(path, outcome="returned", report="")
    assert path not in run.recorded()
    run.record(path, outcome="continues_there", report="", at_school="")
    assert path in run.recorded()


def test_its_letter_is_asked_for_at_the_step_where_it_is_sent():
    assert REFERRAL.step("sending.sent").documents == ("referral_letter",)
    assert set(activity_documents.kinds(REFERRAL)) <= {"referral_letter"}
