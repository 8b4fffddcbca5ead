"""The page of one conference, and the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.admin.test_conferences import address, page_of, send
from tests.queries import count_queries
from tests.services.stage import STUDENT, Stage
from webapp.domain.words import OUTBOX_REASONS
from webapp.models.conferences import Participant
from webapp.services import access, conferences


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC))


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC))


def test_the_principal_reads_the_request_approves_it_and_invitations_leave(stage):
    stage.requested()
    browser = stage.principal.client()
    page = browser.get(page_of(stage)).text
    for words in ("Z.C.", "Mencari jalan keluar bersama", "Mendampingi di rumah"):
        assert words in page
    assert STUDENT not in page
    assert "wali.rekaan@contoh.example" not in page
    answer = send(browser, page_of(stage), page_of(stage) + "approve")
    assert answer.status_code == 303
    assert len(stage.mails("invitation")) == 4


def test_the_principal_returns_a_request_with_a_reason(stage):
    stage.requested()
    browser = stage.principal.client()
    assert send(browser, page_of(stage), page_of(stage) + "return", reason=" ").status_code == 422
    answer = send(browser, page_of(stage), page_of(stage) + "return", reason="Tambahkan puskesmas")
    assert answer.status_code == 303
    assert "Tambahkan puskesmas" in stage.counsellor.client().get(page_of(stage)).text


def test_another_counsellor_sees_logistics_only(stage):
    stage.invited()
    colleague = stage.world.person(stage.school, "counsellor")
    page = colleague.client().get(page_of(stage)).text
    assert "Ruang BK" in page
    for words in (
        "Mencari jalan keluar bersama",
        "Z.C.",
        "Mendampingi di rumah",
        "wali.rekaan@contoh.example",
    ):
        assert words not in page
    assert send(colleague.client(), page_of(stage), page_of(stage) + "cancel", reason="x").status_code == 404


def test_a_proposed_participant_sees_nothing_before_approval_and_answers_after(stage):
    stage.requested()
    browser = stage.teacher.client()
    assert browser.get(page_of(stage)).status_code == 404
    assert page_of(stage) not in browser.get(address(stage, "?show=waiting")).text
    with stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)
    page = browser.get(page_of(stage))
    assert page.status_code == 200
    assert "Mencari jalan keluar bersama" not in page.text
    assert send(browser, page_of(stage), page_of(stage) + "answer", answer="yes").status_code == 303
    signed = send(browser, page_of(stage), page_of(stage) + "sign", signature=stage.teacher.name)
    assert signed.status_code == 303
    row = stage.participant("staff")
    assert row.answer == "yes"
    assert row.signed_at is not None


def test_another_schools_people_find_no_such_conference(stage, other):
    stage.invited()
    for person in (other.counsellor, other.principal):
        browser = person.client()
        foreign = browser.get(address(other, f"{stage.conference_id}/"))
        missing = browser.get(address(other, "12345/"))
        assert foreign.status_code == missing.status_code == 404
        assert browser.get(page_of(stage)).status_code == 404


def test_the_team_records_answers_and_corrects_addresses(stage):
    stage.invited()
    row = stage.participant("guardian")
    browser = stage.counsellor.client()
    people = f"{page_of(stage)}participants/{row.id}/"
    refused = send(browser, page_of(stage), people + "answer", answer="other_time", channel="phone")
    assert refused.status_code == 422
    assert f'id="proposed-{row.id}-error"' in refused.text
    assert send(browser, page_of(stage), people + "answer", answer="no", channel="paper").status_code == 303
    moved = send(
        browser, page_of(stage), people + "contact", email="baru@contoh.example", phone="081234567890"
    )
    assert moved.status_code == 303
    row = stage.participant("guardian")
    assert (row.answer, row.answer_channel, row.email) == ("no", "paper", "baru@contoh.example")


def test_a_code_is_shown_once_and_stands_in_no_later_page(stage):
    stage.invited()
    row = stage.participant("guardian")
    browser = stage.counsellor.client()
    shown = send(browser, page_of(stage), f"{page_of(stage)}participants/{row.id}/code")
    code = shown.text.split('<p class="code">')[1].split("<")[0]
    assert len(code) == 6
    assert code not in browser.get(page_of(stage)).text


def test_a_bounced_invitation_says_whom_to_phone(stage, as_superuser):
    stage.invited()
    row = stage.participant("guardian")
    as_superuser.execute(
        text("UPDATE outbox SET state = 'bounced' WHERE participant_id = :id"), {"id": row.id}
    )
    as_superuser.commit()
    page = stage.counsellor.client().get(page_of(stage)).text
    assert 'href="tel:0800000000"' in page
    assert "chip-danger" in page


def test_an_address_that_refuses_mails_is_said_to_the_team_until_it_is_corrected(stage, other):
    stage.invited()
    other.invited()
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Participant, row.id).mail_bounced_at = stage.now
    says = OUTBOX_REASONS["address_bounced"].en
    browser = stage.counsellor.client()
    assert says in browser.get(page_of(stage)).text
    assert says not in stage.principal.client().get(page_of(stage)).text
    assert says not in other.counsellor.client().get(page_of(other)).text
    contact = f"{page_of(stage)}participants/{row.id}/contact"
    assert send(browser, page_of(stage), contact, email="benar@contoh.example", phone="").status_code == 303
    assert says not in browser.get(page_of(stage)).text


def test_moving_and_calling_off_from_the_page(stage):
    stage.invited().delivered()
    browser = stage.counsellor.client()
    move = page_of(stage) + "reschedule"
    assert send(browser, move, on="2020-01-01", at="09:00", minutes="60", place="Aula").status_code == 422
    on = (stage.now + timedelta(days=9)).date().isoformat()
    assert send(browser, move, on=on, at="09:00", minutes="60", place="Aula").status_code == 303
    assert len(stage.mails("invitation_update")) == 4
    answer = send(browser, page_of(stage), page_of(stage) + "cancel", reason="Ditunda oleh semua pihak")
    assert answer.status_code == 303
    assert "Ditunda oleh semua pihak" in browser.get(page_of(stage)).text
    assert "Ditunda oleh semua pihak" not in stage.teacher.client().get(page_of(stage)).text


def test_the_list_shows_each_reader_their_own(stage, other):
    stage.invited()
    other.invited()
    for person, sees_number in ((stage.counsellor, True), (stage.principal, True), (stage.teacher, True)):
        page = person.client().get(address(stage)).text
        assert page_of(stage) in page
        assert page_of(other) not in page
        assert STUDENT not in page
        assert sees_number
    outsider = stage.world.person(stage.school, "teacher")
    assert page_of(stage) not in outsider.client().get(address(stage)).text
    assert outsider.client().get(address(stage, "?show=anything")).status_code == 422
    assert outsider.client().get(address(stage, "?after=x")).status_code == 422


def test_the_list_goes_on_by_key(stage, monkeypatch):
    from webapp.services import conference_list

    monkeypatch.setattr(conference_list, "PAGE_SIZE", 1)
    stage.drafted()
    first = page_of(stage)
    stage.drafted()
    second = page_of(stage)
    browser = stage.counsellor.client()
    page = browser.get(address(stage, "?show=waiting")).text
    assert second in page
    assert first not in page
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    page = browser.get(older).text
    assert first in page
    assert second not in page


def test_pages_ask_the_database_little(stage, session_app):
    stage.invited()
    browser = stage.counsellor.client()
    for path in (address(stage), page_of(stage), page_of(stage) + "edit"):
        browser.get(path)
        with session_app.app_context(), count_queries() as seen:
            browser.get(path)
        assert len(seen) <= 12, path + "\n" + "\n".join(seen)
