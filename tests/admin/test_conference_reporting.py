"""The report and the monitoring of a conference on its pages."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from tests.admin.test_conference_conduct import at, send
from tests.conference_world import STUDENT, TEXTS, Meeting
from tests.queries import count_queries
from webapp.services import behaviours


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world, now=datetime.now(UTC))


def test_agreement_signatures_minutes_and_delivery_on_the_report_page(stage):
    stage.concluded()
    counsellor, teacher, principal = (
        person.client() for person in (stage.counsellor, stage.teacher, stage.principal)
    )
    assert send(teacher, stage, "report", "opinion", opinion="reservation", reservation="").status_code == 422
    assert send(teacher, stage, "report", "opinion", opinion="agreed").status_code == 303
    assert send(counsellor, stage, "report", "opinion", opinion="agreed").status_code == 303
    assert "sign-off" not in counsellor.get(at(stage, "report")).text
    guardian = stage.participant("guardian").id
    said = {"opinion": "reservation", "reservation": "Jam malam ketat", "channel": "in_person"}
    assert send(counsellor, stage, "report", f"participants/{guardian}/opinion", **said).status_code == 303
    assert send(counsellor, stage, "report", "sign-off", part="counsellor").status_code == 303
    page = principal.get(at(stage, "report")).text
    assert "Jam malam ketat" not in page
    assert TEXTS["decisions"] not in page
    assert STUDENT not in page
    assert send(principal, stage, "report", "sign-off", part="principal").status_code == 303
    assert stage.conference().state == "monitoring"
    assert send(counsellor, stage, "report", "minutes").status_code == 303
    waiting = counsellor.get(at(stage, "report")).text
    assert "data-progress-url" in waiting
    assert counsellor.get(at(stage, "minutes/progress")).json["state"] == "running"
    stage.make()
    ready = counsellor.get(at(stage, "minutes/progress")).json
    assert (ready["state"], ready["done"]) == ("finished", ready["total"])
    delivered = send(counsellor, stage, "report", "minutes/deliver", participant=[str(guardian)])
    assert delivered.status_code == 303
    pdf = counsellor.get(f"/s/{stage.school.slug}/documents/{stage.extra['minutes']}/file").data
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert said.index("Rajin menggambar") < said.index("Sering tidak masuk")


def test_promises_and_behaviours_are_followed_until_the_conference_is_completed(stage):
    stage.with_tasks()
    with stage.as_(stage.counsellor) as actor:
        goal = behaviours.set_goal(actor, stage.conference_id, behaviour="Datang tepat waktu").id
    with stage.as_(stage.counsellor) as actor:
        from webapp.services import meeting

        meeting.conclude(actor, stage.conference_id)
    stage.speak().sign()
    counsellor, teacher = stage.counsellor.client(), stage.teacher.client()
    mine, theirs = stage.extra["task_staff"], stage.extra["task_guardian"]
    page = teacher.get(at(stage, "monitoring")).text
    assert "Tugas rekaan staff" in page
    assert "Tugas rekaan guardian" not in page
    assert send(teacher, stage, "monitoring", f"tasks/{mine}/report", state="done").status_code == 303
    assert send(counsellor, stage, "monitoring", "complete").status_code == 409
    answered = send(
        counsellor,
        stage,
        "monitoring",
        f"tasks/{theirs}/answer",
        accepts="no",
        reason="Sibuk",
        channel="phone",
    )
    assert answered.status_code == 303
    today = stage.now.date().isoformat()
    wrong = send(counsellor, stage, "monitoring", f"goals/{goal}/observations", score="9", observed_on=today)
    assert wrong.status_code == 422
    seen = send(
        counsellor,
        stage,
        "monitoring",
        f"goals/{goal}/observations",
        score="4",
        observed_on=today,
        note="Baik",
    )
    assert seen.status_code == 303
    assert send(counsellor, stage, "monitoring", f"goals/{goal}/close", state="reached").status_code == 303
    assert send(counsellor, stage, "monitoring", "complete").status_code == 303
    assert stage.conference().state == "completed"
    own = counsellor.get(at(stage, ""))
    assert own.status_code == 200


def test_the_conferences_own_page_leads_on_to_each_stage(stage):
    stage.signed_off()
    page = stage.counsellor.client().get(at(stage, "")).text
    for path in ("meeting", "report", "monitoring"):
        assert f"/conferences/{stage.conference_id}/{path}" in page


@pytest.mark.parametrize("path", ["meeting", "report", "monitoring"])
def test_the_pages_ask_the_database_little(stage, path):
    stage.documented()
    browser = stage.counsellor.client()
    with count_queries() as asked:
        assert browser.get(at(stage, path)).status_code == 200
    assert len(asked) <= 12, "\n".join(asked)


def test_reading_content_is_recorded_once_per_view(stage, as_superuser):
    from sqlalchemy import text

    stage.described()
    browser = stage.teacher.client()
    count = text(
        "SELECT count(*) FROM audit_entries"
        " WHERE school_id = :s AND action = 'content.read' AND person_id = :p"
    )
    values = {"s": stage.school.id, "p": stage.teacher.user_id}
    before = as_superuser.scalar(count, values)
    as_superuser.rollback()
    browser.get(at(stage, "meeting"))
    assert as_superuser.scalar(count, values) == before + 1
