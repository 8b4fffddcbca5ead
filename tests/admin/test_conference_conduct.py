"""The pages of meeting, report and monitoring, as each reader may see them; in two schools."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.conference_world import STUDENT, TEXTS, Meeting
from tests.factories import csrf_token
from webapp.services import content


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world, now=datetime.now(UTC))


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world, now=datetime.now(UTC))


def at(stage: Meeting, path: str) -> str:
    return f"/s/{stage.school.slug}/conferences/{stage.conference_id}/{path}"


def send(browser, stage: Meeting, page: str, act: str, **data):
    token = csrf_token(browser.get(at(stage, page)).text)
    return browser.post(at(stage, act), data=data | {"csrf_token": token})


def autosave(browser, stage: Meeting, section: str, value, version="0"):
    token = csrf_token(browser.get(at(stage, "meeting")).text)
    return browser.post(
        at(stage, f"content/{section}"),
        json={"field": "text", "value": value, "version": version},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )


def texts(stage: Meeting) -> dict[str, str]:
    with stage.as_(stage.counsellor) as actor:
        return {key: section.text for key, section in content.sections(actor, stage.conference_id).items()}


# --- who sees what ----------------------------------------------------------------------------------


def test_the_meeting_is_not_there_for_those_who_have_not_signed(stage, other):
    stage.described()
    other.invited()
    outsiders = [
        stage.world.person(stage.school, "counsellor"),
        stage.world.person(stage.school, "school_admin"),
        stage.principal,
        other.counsellor,
    ]
    for person in outsiders:
        browser = person.client()
        for path in ("meeting", "content/strengths/wordings", "walk-ins", "minutes/progress"):
            answer = browser.get(at(stage, path))
            if person is stage.principal and path == "minutes/progress":
                continue
            assert answer.status_code in ((404, 403) if person is other.counsellor else (404,)), path
            assert STUDENT not in answer.text
    browser = stage.teacher.client()
    page = browser.get(at(stage, "meeting"))
    assert page.status_code == 200
    assert STUDENT in page.text
    assert TEXTS["symptoms"] in page.text
    assert "data-autosave-url" not in page.text
    assert browser.get(at(stage, "content/strengths/wordings")).status_code == 404
    assert browser.get(at(stage, "walk-ins")).status_code == 404


def test_a_foreign_conference_answers_like_one_that_does_not_exist(stage, other):
    stage.described()
    other.invited()
    browser = other.counsellor.client()
    for path in ("meeting", "report", "monitoring"):
        theirs = browser.get(f"/s/{other.school.slug}/conferences/{stage.conference_id}/{path}")
        nothing = browser.get(f"/s/{other.school.slug}/conferences/12345/{path}")
        assert theirs.status_code == nothing.status_code == 404
        strip = re.compile(r'nonce="[^"]*"|value="[^"]*"|\d{5,}')
        assert strip.sub("", theirs.text) == strip.sub("", nothing.text)


def test_every_act_of_a_stranger_is_refused_and_changes_nothing(stage, other):
    stage.concluded()
    before = texts(stage)
    other.invited()
    acts = (
        ("content/strengths", {"text": "Baru", "version": "1"}),
        ("attendance", {}),
        ("conflicts", {"topic": "x"}),
        ("tasks", {"what": "x"}),
        ("goals", {"behaviour": "x"}),
        ("open", {}),
        ("conclude", {}),
        ("resume", {"reason": "x"}),
        ("opinion", {"opinion": "agreed"}),
        ("sign-off", {"part": "counsellor"}),
        ("minutes", {}),
        ("minutes/deliver", {"participant": "1"}),
        ("complete", {}),
        (f"tasks/{stage.extra['task_staff']}/report", {"state": "done"}),
        (f"tasks/{stage.extra['task_staff']}/waive", {"reason": "x"}),
        (
            f"participants/{stage.participant('guardian').id}/signature",
            {"signature": "Abc", "channel": "paper"},
        ),
    )
    strangers = (stage.world.person(stage.school, "counsellor"), other.counsellor)
    for person in strangers:
        slug = other.school.slug if person is other.counsellor else stage.school.slug
        browser = person.client()
        token = csrf_token(browser.get(f"/s/{slug}/").text)
        for act, data in acts:
            url = f"/s/{slug}/conferences/{stage.conference_id}/{act}"
            assert browser.post(url, data=data | {"csrf_token": token}).status_code == 404, act
    assert texts(stage) == before
    assert stage.conference().state == "concluded"


# --- the meeting ------------------------------------------------------------------------------------


def test_a_counsellor_opens_the_meeting_and_records_who_is_there(stage):
    stage.invited()
    browser = stage.counsellor.client()
    assert STUDENT not in browser.get(at(stage, "meeting")).text
    assert send(browser, stage, "meeting", "open").status_code == 303
    guardian, expert = stage.participant("guardian").id, stage.participant("expert").id
    given = {f"attendance-{guardian}": "present", f"attendance-{expert}": "absent"}
    assert send(browser, stage, "meeting", "attendance", **given).status_code == 303
    assert stage.participant("guardian").attendance == "present"
    signed = send(
        browser, stage, "meeting", f"participants/{guardian}/signature", signature="Wali", channel="paper"
    )
    assert signed.status_code == 303
    assert stage.participant("guardian").signed_channel == "paper"
    assert STUDENT in browser.get(at(stage, "meeting")).text


def test_somebody_who_came_unasked_is_added(stage):
    stage.opened()
    browser = stage.counsellor.client()
    late = stage.world.person(stage.school, "teacher", name="Guru Susulan")
    assert "Guru Susulan" in browser.get(at(stage, "walk-ins")).text
    wrong = send(browser, stage, "walk-ins", "walk-ins", who="", name="", why="easing")
    assert wrong.status_code == 422
    done = send(browser, stage, "walk-ins", "walk-ins", who=f"staff-{late.user_id}", why="information")
    assert done.status_code == 303
    assert "Guru Susulan" in browser.get(at(stage, "meeting")).text


def test_the_page_refuses_symptoms_until_a_strength_is_saved(stage):
    stage.opened()
    browser = stage.counsellor.client()
    page = browser.get(at(stage, "meeting")).text
    assert re.search(r'<textarea id="text-symptoms"[^>]* disabled', page)
    refused = autosave(browser, stage, "symptoms", "Sering absen")
    assert (refused.status_code, refused.is_json) == (422, True)
    assert autosave(browser, stage, "strengths", "Rajin").json == {"version": "1"}
    assert autosave(browser, stage, "symptoms", "Sering absen").json == {"version": "1"}
    assert not re.search(
        r'<textarea id="text-symptoms"[^>]* disabled', browser.get(at(stage, "meeting")).text
    )


def test_two_browsers_saving_one_field_both_keep_their_text(stage):
    stage.opened()
    first, second = stage.counsellor.client(), stage.counsellor.client()
    autosave(first, stage, "strengths", "Rajin")
    assert autosave(first, stage, "strengths", "Rajin dan ramah", "1").json == {"version": "2"}
    met = autosave(second, stage, "strengths", "Rajin dan sopan", "1")
    assert (met.status_code, met.json) == (409, {"version": "2", "value": "Rajin dan ramah"})
    page = send(second, stage, "meeting", "content/strengths", text="Rajin dan sopan", version="1")
    assert page.status_code == 409
    assert "Rajin dan ramah" in page.text
    assert "Rajin dan sopan" in page.text
    kept = second.post(
        at(stage, "content/strengths"),
        data={"text": "Rajin dan sopan", "version": "2", "csrf_token": csrf_token(page.text)},
    )
    assert kept.status_code == 303
    history = first.get(at(stage, "content/strengths/wordings")).text
    for wording in ("Rajin dan ramah", "Rajin dan sopan"):
        assert wording in history
    assert texts(stage)["strengths"] == "Rajin dan sopan"


@pytest.mark.parametrize(
    "body", [None, [], {"value": 3, "version": "0"}, {"value": "x"}, {"value": "x", "version": "²"}]
)
def test_a_save_that_makes_no_sense_is_refused_and_changes_nothing(stage, body):
    stage.opened()
    browser = stage.counsellor.client()
    token = csrf_token(browser.get(at(stage, "meeting")).text)
    answer = browser.post(at(stage, "content/strengths"), json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 422
    assert texts(stage)["strengths"] == ""
    assert autosave(browser, stage, "verdict", "x").status_code == 404


def test_conflicting_information_is_recorded_and_settled_on_the_page(stage):
    stage.described()
    browser = stage.counsellor.client()
    rows = {"statement-0-source": "Ibu", "statement-0-text": "Sakit kepala"}
    refused = send(browser, stage, "meeting", "conflicts", topic="Alasan absen", **rows)
    assert refused.status_code == 422
    assert "Sakit kepala" in refused.text
    rows |= {"statement-1-source": "Wali kelas", "statement-1-text": "Tidak ada surat"}
    assert send(browser, stage, "meeting", "conflicts", topic="Alasan absen", **rows).status_code == 303
    page = browser.get(at(stage, "meeting")).text
    conflict = re.search(r'id="conflict-(\d+)"', page).group(1)
    settled = send(
        browser, stage, "meeting", f"conflicts/{conflict}", state="clarified", clarification="Keduanya"
    )
    assert settled.status_code == 303
    assert "Keduanya" in browser.get(at(stage, "meeting")).text


def test_tasks_and_behaviours_are_agreed_on_and_the_meeting_concluded(stage):
    stage.described()
    browser = stage.counsellor.client()
    early = send(browser, stage, "meeting", "conclude")
    assert early.status_code == 409
    teacher = stage.participant("staff").id
    task = {"participant": str(teacher), "what": "Mendampingi belajar", "due_on": "kemarin"}
    refused = send(browser, stage, "meeting", "tasks", **task)
    assert refused.status_code == 422
    assert "Mendampingi belajar" in refused.text
    day = stage.due_on.isoformat()
    done = send(browser, stage, "meeting", "tasks", **(task | {"due_on": day, "check_in": [day]}))
    assert done.status_code == 303
    goal = send(browser, stage, "meeting", "goals", behaviour="Datang tepat waktu", check_in_other=day)
    assert goal.status_code == 303
    page = browser.get(at(stage, "meeting")).text
    assert "Mendampingi belajar" in page
    assert "Datang tepat waktu" in page
    assert send(browser, stage, "meeting", "conclude").location.endswith("/report")
