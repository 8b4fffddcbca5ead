"""The private calendar address: what stands in it, who gets it, and everything that ends it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import text

from tests.factories import csrf_token
from tests.services.stage import STUDENT, Stage
from tests.services.test_calendar_page import visit
from webapp import tenancy
from webapp.services import calendar_feeds, case_team, conferences, departures, sign_in_throttle


@pytest.fixture
def stage(world):
    return Stage.build(world, now=datetime.now(UTC).replace(microsecond=0)).invited()


def made(stage, person) -> str:
    """The path of a new address, as the person copies it from the settings."""
    client = person.client()
    token = csrf_token(client.get("/me/").text)
    page = client.post(f"/me/calendars/{stage.school.slug}", data={"csrf_token": token})
    assert page.status_code == 200
    found = re.search(r'value="(https?://[^"]+\.ics)"', page.text)
    assert found is not None, page.text
    assert f'href="webcal:{found.group(1).partition(":")[2]}"' in page.text
    assert found.group(1) not in client.get("/me/").text, "it is shown once"
    return "/cal/" + found.group(1).rsplit("/", 1)[1]


def fetched(world, path):
    return world.app.test_client().get(path)


def events(world, path):
    answer = fetched(world, path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    calendar = Calendar.from_ical(answer.data)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    return sorted(calendar.walk("VEVENT"), key=lambda event: event.start)


def test_the_feed_holds_service_number_time_and_room_and_no_name(stage):
    visit(stage, at=stage.starts_at - timedelta(days=1))
    path = made(stage, stage.counsellor)
    of_visit, of_meeting = events(stage.world, path)
    assert of_meeting["summary"] == f"Case conference K-{stage.now.year}-001"
    assert (of_meeting.start, of_meeting.end) == (stage.starts_at, stage.starts_at + timedelta(minutes=90))
    assert (of_meeting["location"], of_meeting["status"], of_meeting["class"]) == (
        "Ruang BK",
        "CONFIRMED",
        "PRIVATE",
    )
    assert of_meeting["url"].endswith(f"/s/{stage.school.slug}/conferences/{stage.conference_id}/")
    assert of_visit["summary"] == f"Home visit K-{stage.now.year}-001"
    assert "location" not in of_visit
    whole = fetched(stage.world, path).text
    assert not any(word in whole for word in (*STUDENT.split(), "Wali", "Psikolog"))


def test_times_are_moments_whatever_the_schools_zone(world):
    stage = Stage.build(
        world, now=datetime.now(UTC).replace(microsecond=0), time_zone="Asia/Jayapura"
    ).invited()
    (event,) = events(world, made(stage, stage.counsellor))
    assert event["dtstart"].to_ical() == stage.starts_at.strftime("%Y%m%dT%H%M%SZ").encode()


def test_the_invited_teacher_reads_of_the_meeting_and_no_case(stage):
    visit(stage)
    (event,) = events(stage.world, made(stage, stage.teacher))
    assert event["summary"] == "Case conference"
    assert (
        fetched(stage.world, made(stage, stage.world.person(stage.school, "counsellor"))).data.count(
            b"BEGIN:VEVENT"
        )
        == 0
    ), "a colleague's meetings are not one's own"


def test_a_feed_speaks_its_readers_language(stage, as_superuser):
    path = made(stage, stage.counsellor)
    as_superuser.execute(
        text("UPDATE users SET locale = 'id' WHERE id = :id"), {"id": stage.counsellor.user_id}
    )
    as_superuser.commit()
    (event,) = events(stage.world, path)
    assert event["summary"] == f"Konferensi kasus K-{stage.now.year}-001"


def test_what_is_called_off_or_only_being_prepared_is_gone_or_tentative(world):
    stage = Stage.build(world, now=datetime.now(UTC)).drafted()
    path = made(stage, stage.counsellor)
    (event,) = events(world, path)
    assert event["status"] == "TENTATIVE"
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Batal rekaan")
    assert events(world, path) == []


def test_a_renewed_or_closed_address_opens_nothing(stage):
    client = stage.counsellor.client()
    first = made(stage, stage.counsellor)
    second = made(stage, stage.counsellor)
    assert fetched(stage.world, first).status_code == 404
    assert len(events(stage.world, second)) == 1
    token = csrf_token(client.get("/me/").text)
    closing = client.post(f"/me/calendars/{stage.school.slug}/close", data={"csrf_token": token})
    assert closing.status_code == 303
    assert fetched(stage.world, second).status_code == 404


def test_only_the_hash_is_kept(stage, as_superuser):
    path = made(stage, stage.counsellor)
    token = path.removeprefix("/cal/").removesuffix(".ics")
    (kept,) = as_superuser.execute(
        text("SELECT token_hash FROM calendar_feeds WHERE user_id = :id"), {"id": stage.counsellor.user_id}
    ).one()
    assert len(token) >= 43
    assert token not in kept


def test_who_leaves_the_school_loses_the_address_and_does_not_get_it_back(stage, world):
    path = made(stage, stage.teacher)
    assert len(events(world, path)) == 1
    admin = world.person(stage.school, "school_admin")
    with stage.as_(admin) as actor:
        departures.end(actor, stage.school.id, stage.teacher.user_id)
    assert fetched(world, path).status_code == 404
    with world.app.app_context(), tenancy.work(tenancy.Actor("setup", stage.now)) as session:
        session.execute(
            text(
                "INSERT INTO memberships (school_id, id, user_id, role, number_label, acting, started_on)"
                " VALUES (:school, 7, :who, 'teacher', 'none', false, '2026-11-01')"
            ),
            {"school": stage.school.id, "who": stage.teacher.user_id},
        )
    assert fetched(world, path).status_code == 404


def test_a_locked_account_and_an_ended_role_close_the_feed(stage, as_superuser):
    for change in (
        "UPDATE users SET active = false WHERE id = :id",
        "UPDATE memberships SET ended_on = '2026-11-01' WHERE user_id = :id",
    ):
        person = stage.world.person(stage.school, "counsellor")
        path = made(stage, person)
        assert fetched(stage.world, path).status_code == 200
        as_superuser.execute(text(change), {"id": person.user_id})
        as_superuser.commit()
        assert fetched(stage.world, path).status_code == 404


def test_one_who_is_shut_out_of_the_case_reads_of_nothing_in_it(stage):
    path = made(stage, stage.teacher)
    assert len(events(stage.world, path)) == 1
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.teacher.user_id, reason="Pihak rekaan")
    assert events(stage.world, path) == []


def test_a_feed_shows_one_school_and_an_address_of_another_school_cannot_be_made(stage, world):
    other = Stage.build(world, now=stage.now).invited()
    world.join(stage.counsellor, other.school, "counsellor")
    with other.as_(other.counsellor) as actor:
        case_team.add_member(actor, other.case_id, user_id=stage.counsellor.user_id)
    (event,) = events(world, made(stage, stage.counsellor))
    assert str(stage.conference_id) in event["url"]
    (event,) = events(world, made(other, stage.counsellor))
    assert str(other.conference_id) in event["url"]
    stranger = other.principal.client()
    token = csrf_token(stranger.get("/me/").text)
    for path in ("", "/close"):
        refused = stranger.post(f"/me/calendars/{stage.school.slug}{path}", data={"csrf_token": token})
        assert refused.status_code == 404


def test_nobody_reads_or_closes_another_persons_row_past_the_services(stage, world):
    made(stage, stage.counsellor)
    for person in (stage.principal, world.person(stage.school, "school_admin")):
        with stage.as_(person):
            seen = tenancy.session.execute(text("SELECT id FROM calendar_feeds")).all()
            changed = tenancy.session.execute(text("UPDATE calendar_feeds SET token_hash = NULL"))
            assert (seen, changed.rowcount) == ([], 0)


def test_a_program_that_asks_too_often_waits(stage, monkeypatch):
    monkeypatch.setattr(calendar_feeds, "MOST_PER_HOUR", 2)
    path = made(stage, stage.counsellor)
    assert [fetched(stage.world, path).status_code for _ in range(3)] == [200, 200, 429]
    assert "Last read:" in stage.counsellor.client().get("/me/").text


def test_guessing_addresses_is_slowed_down_and_signing_in_from_there_is_not(stage, monkeypatch):
    path = made(stage, stage.counsellor)
    # After the sign-in: other tests have signed in from the same machine.
    monkeypatch.setattr(sign_in_throttle, "PER_ADDRESS", 3)
    machine = f"203.0.113.{stage.school.id % 250}"

    def asked(where):
        return stage.world.app.test_client().get(where, environ_base={"REMOTE_ADDR": machine}).status_code

    assert [asked(f"/cal/{'x' * 40}{number}.ics") for number in range(5)] == [404, 404, 404, 429, 429]
    assert asked(path) == 200
    with stage.world.app.app_context():
        assert not sign_in_throttle.is_closed(stage.counsellor.email, machine, datetime.now(UTC))
