"""Pages on which people decline the commitment, and the counsellor decides over whom a meeting misses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.admin.test_conferences import filled, page_of, send
from tests.conference_world import Meeting
from tests.factories import csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.stage import Stage
from webapp.domain.absences import ABSENCES


@pytest.fixture
def stage(world) -> Stage:
    stage = Stage.build(world, now=datetime.now(UTC))
    teacher, guardian, expert = stage.draft().proposed
    return stage.invited(proposed=(replace(teacher, is_key=True), guardian, expert))


def test_a_guest_declines_on_their_page_and_may_sign_after_all(stage, session_app):
    guest, page = session_app.test_client(), f"/g/{stage.token()}/"
    shown = guest.get(page)
    assert "I do not want to sign" in shown.text
    token = csrf_token(shown.text)
    answer = guest.post(page + "decline", data={"csrf_token": token, "message": "Saya keberatan"})
    assert answer.status_code == 303
    assert stage.participant("guardian").refusal_message == "Saya keberatan"
    after = guest.get(page)
    assert "You declined the commitment" in after.text
    assert "I do not want to sign" not in after.text
    team = stage.counsellor.client().get(page_of(stage)).text
    assert ABSENCES["refused"].en in team
    assert "Saya keberatan" in team
    assert "Saya keberatan" not in stage.teacher.client().get(page_of(stage)).text
    token = csrf_token(after.text)
    assert (
        guest.post(page + "sign", data={"csrf_token": token, "signature": "Wali Rekaan"}).status_code == 303
    )
    assert ABSENCES["refused"].en not in stage.counsellor.client().get(page_of(stage)).text


def test_a_key_colleague_says_no_and_the_meeting_is_held_for_a_reason(stage):
    teacher, client = stage.teacher.client(), stage.counsellor.client()
    assert send(teacher, page_of(stage), page_of(stage) + "answer", answer="no").status_code == 303
    with count_queries() as seen:
        page = client.get(page_of(stage)).text
    assert len(seen) <= MOST_PER_PAGE
    assert ABSENCES["no"].en in page
    refused = send(client, page_of(stage), page_of(stage) + "hold-without", reason=" ")
    assert refused.status_code == 422
    answer = send(client, page_of(stage), page_of(stage) + "hold-without", reason="Sudah bercerita")
    assert answer.status_code == 303
    page = client.get(page_of(stage)).text
    assert "The meeting is held all the same" in page
    assert "Sudah bercerita" in page
    assert "Sudah bercerita" not in teacher.get(page_of(stage)).text


def test_a_colleague_declines_and_is_asked_anew_after_a_talk(stage):
    teacher, client = stage.teacher.client(), stage.counsellor.client()
    assert send(teacher, page_of(stage), page_of(stage) + "decline").status_code == 303
    assert "You declined the commitment" in teacher.get(page_of(stage)).text
    row = stage.participant("staff")
    path = page_of(stage) + f"participants/{row.id}/ask-anew"
    assert send(client, page_of(stage), path).status_code == 303
    assert "You declined the commitment" not in teacher.get(page_of(stage)).text


def test_a_refusal_said_in_the_meeting_stands_on_its_page_and_the_person_is_not_marked_present(world):
    stage = Meeting.build(world, now=datetime.now(UTC)).opened()
    row, client = stage.participant("expert"), stage.counsellor.client()
    meeting = page_of(stage) + "meeting"
    assert "Declined the commitment" not in client.get(meeting).text
    path = page_of(stage) + f"participants/{row.id}/decline"
    assert send(client, meeting, path, channel="in_person").status_code == 303
    assert "Declined the commitment" in client.get(meeting).text
    assert "Declined the commitment" not in stage.teacher.client().get(meeting).text
    refused = send(client, meeting, page_of(stage) + "attendance", **{f"attendance-{row.id}": "present"})
    assert refused.status_code == 409
    assert send(client, meeting, page_of(stage) + f"participants/{row.id}/ask-anew").status_code == 303
    present = send(client, meeting, page_of(stage) + "attendance", **{f"attendance-{row.id}": "present"})
    assert present.status_code == 303


def test_a_refusal_by_phone_is_recorded_for_a_guest(stage):
    client, row = stage.counsellor.client(), stage.participant("expert")
    path = page_of(stage) + f"participants/{row.id}/decline"
    assert send(client, page_of(stage), path, channel="phone").status_code == 303
    kept = stage.participant("expert")
    assert (kept.pledge_refused_channel, kept.pledge_refused_at is not None) == ("phone", True)


def test_the_request_form_marks_key_people_and_shows_the_mark_again(stage, world):
    draft = Stage.build(world, now=datetime.now(UTC)).drafted()
    form = page_of(draft) + "edit"
    client = draft.counsellor.client()
    assert 'name="staff-0-key" value="1" checked' not in client.get(form).text
    key = f"guardian-{draft.guardian_id}-key"
    typed = filled(draft) | {"act": "draft", key: "1", "staff-0-key": "1"}
    sent = send(client, form, **typed)
    assert sent.status_code == 303
    page = client.get(form).text
    assert f'name="{key}" value="1" checked' in page
    assert 'name="staff-0-key" value="1" checked' in page
    assert draft.participant("guardian").is_key
