"""The conference pages: list, request form, and one conference as each reader may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import csrf_token
from tests.services.stage import STUDENT, Stage


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC))


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC))


def address(stage: Stage, path: str = "") -> str:
    return f"/s/{stage.school.slug}/conferences/{path}"


def page_of(stage: Stage) -> str:
    return address(stage, f"{stage.conference_id}/")


def send(client, page: str, to: str | None = None, **data):
    token = csrf_token(client.get(page).text)
    return client.post(to or page, data=data | {"csrf_token": token})


def filled(stage: Stage, **changes) -> dict[str, str]:
    """The request form, complete: teacher, guardian and an expert."""
    on = (stage.now + timedelta(days=5)).date()
    return {
        "purpose": "Mencari jalan keluar bersama",
        "on": on.isoformat(),
        "at": "09:00",
        "minutes": "90",
        "place": "Ruang BK",
        "staff-0-user": str(stage.teacher.user_id),
        "staff-0-why": "information",
        "staff-0-role": "Menceritakan keadaan di kelas",
        f"guardian-{stage.guardian_id}-invite": "1",
        f"guardian-{stage.guardian_id}-why": "commitment",
        f"guardian-{stage.guardian_id}-role": "Mendampingi di rumah",
        "expert-0-id": "",
        "expert-0-name": "Psikolog Rekaan",
        "expert-0-position": "Psikolog",
        "expert-0-email": "psikolog@contoh.example",
        "expert-0-phone": "",
        "expert-0-why": "easing",
        "expert-0-role": "Memberi pandangan",
        "signature": stage.counsellor.name,
        "act": "request",
        **changes,
    }


def new_page(stage: Stage) -> str:
    return address(stage, f"new?case_id={stage.case_id}")


# --- the request ----------------------------------------------------------------------------------


def test_a_request_is_written_signed_and_sent_in_one_go(stage, as_superuser):
    browser = stage.counsellor.client()
    answer = send(browser, new_page(stage), **filled(stage))
    assert answer.status_code == 303
    page = browser.get(answer.location)
    assert "Mendampingi di rumah" in page.text
    stored = as_superuser.execute(
        text("SELECT state, starts_at, ends_at FROM conferences WHERE school_id = :id"),
        {"id": stage.school.id},
    ).one()
    assert stored.state == "requested"
    assert (stored.starts_at.astimezone(UTC).hour, stored.ends_at - stored.starts_at) == (
        2,
        timedelta(minutes=90),
    )
    assert [mail.kind for mail in stage.mails()] == ["approval_requested"]


def test_times_are_read_on_the_schools_own_clock(world, as_superuser):
    stage = Stage.build(world, now=datetime.now(UTC), time_zone="Asia/Jayapura")
    assert send(stage.counsellor.client(), new_page(stage), **filled(stage)).status_code == 303
    stored = as_superuser.execute(
        text("SELECT starts_at FROM conferences WHERE school_id = :id"), {"id": stage.school.id}
    ).scalar_one()
    assert stored.astimezone(UTC).hour == 0


def test_a_draft_is_kept_incomplete_and_completed_later(stage):
    browser = stage.counsellor.client()
    answer = send(browser, new_page(stage), **filled(stage, act="draft", on="", at="", signature=""))
    assert answer.status_code == 303
    edit = answer.location + "edit"
    form = browser.get(edit).text
    assert 'value="Psikolog Rekaan"' in form
    row_id = form.split('name="expert-0-id" value="')[1].split('"')[0]
    answer = send(
        browser, edit, **filled(stage, **{"expert-0-id": row_id, "expert-0-position": "Psikolog klinis"})
    )
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Psikolog klinis" in page
    assert page.count("Psikolog Rekaan") == 2  # in the request and among the participants


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": f"Tentang {STUDENT}"}, "purpose"),
        ({"on": "31/02/2027"}, "on"),
        ({"at": "25:00"}, "at"),
        ({"minutes": "0"}, "minutes"),
        ({"on": "2020-01-01"}, "on"),
        ({"place": ""}, "place"),
        ({"signature": ""}, "signature"),
        ({"expert-0-email": "bukan alamat"}, "expert-0-email"),
        ({"staff-0-role": ""}, "staff-0-role"),
        ({"expert-0-why": "curiosity"}, "expert-0-why"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_stores_nothing(stage, changes, field):
    answer = send(stage.counsellor.client(), new_page(stage), **filled(stage, **changes))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Menceritakan keadaan di kelas" in answer.text or "staff-0-role" in changes
    assert stage.mails() == []
    assert stage.counsellor.client().get(address(stage, "?show=waiting")).text.count("<tr>") <= 1


def test_all_that_the_participants_lack_is_said_at_once_each_at_its_field(stage):
    changes = {"staff-0-role": "", "expert-0-name": "", "expert-0-email": "bukan alamat"}
    answer = send(stage.counsellor.client(), new_page(stage), **filled(stage, **changes))
    assert answer.status_code == 422
    for field in changes:
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text


def test_a_guardian_marked_do_not_contact_is_shown_and_not_offered(stage):
    barred = stage.world.guardian(stage.school, stage.student_id, do_not_contact=True)
    browser = stage.counsellor.client()
    form = browser.get(new_page(stage)).text
    assert f'name="guardian-{stage.guardian_id}-invite"' in form
    assert f'name="guardian-{barred}-invite"' not in form
    forced = filled(stage) | {f"guardian-{barred}-invite": "1", f"guardian-{barred}-why": "information"}
    assert send(browser, new_page(stage), **forced).status_code == 422


def test_the_request_form_is_for_the_team_of_the_case(stage, other):
    stranger = stage.world.person(stage.school, "counsellor")
    for person in (stranger, stage.principal, stage.teacher):
        assert person.client().get(new_page(stage)).status_code == 404
    foreign = address(other, f"new?case_id={stage.case_id}")
    missing = address(other, "new?case_id=1")
    browser = other.counsellor.client()
    assert browser.get(foreign).status_code == browser.get(missing).status_code == 404
    assert stage.counsellor.client().get(address(stage, "new")).status_code == 200
