"""The page for those who need more than an e-mail: letters, WhatsApp texts, reminders, what comes back."""

from __future__ import annotations

import html
import io
import re
from datetime import UTC, datetime

import pypdf
import pytest
from sqlalchemy import text

from tests.admin.test_conferences import page_of, send
from tests.reports.test_docx import words_of
from tests.services.stage import STUDENT, Stage
from tests.uploads import samples
from webapp import tenancy
from webapp.models.conferences import Participant
from webapp.models.students import Guardian
from webapp.reports.docx import MEDIA_TYPE
from webapp.services import access, reports


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC), letter_number_pattern="421.3/{nomor:03}").invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC), letter_number_pattern="421.3/{nomor:03}").invited()


def reach_page(stage: Stage) -> str:
    return page_of(stage) + "reach"


def ids(stage: Stage, *kinds: str) -> list[str]:
    return [str(stage.participant(kind).id) for kind in kinds]


def change(stage: Stage, kind: str, **values) -> None:
    participant_id = stage.participant(kind).id
    with stage.as_(stage.counsellor) as actor:
        row = access.get(actor, Participant, participant_id)
        for name, value in values.items():
            setattr(row, name, value)


def forbid(stage: Stage) -> None:
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True


def issue(stage: Stage, browser, *kinds: str, **data):
    given = {"participant": ids(stage, *kinds), "mode": "pattern"} | data
    return send(browser, reach_page(stage), page_of(stage) + "letters", **given)


def make_all(stage: Stage, as_superuser) -> list[int]:
    made = as_superuser.execute(
        text("SELECT id FROM reports WHERE school_id = :id AND kind = 'invitation' ORDER BY id"),
        {"id": stage.school.id},
    )
    found = list(made.scalars())
    with stage.world.app.app_context():
        for report_id in found:
            reports.run(tenancy.system(stage.school.id, datetime.now(UTC)), report_id)
    return found


def test_letters_for_those_ticked_are_made_watched_and_downloaded_in_both_forms(stage, as_superuser):
    browser = stage.counsellor.client()
    assert issue(stage, browser, "guardian", "expert").status_code == 303
    page = browser.get(reach_page(stage)).text
    progress = page_of(stage) + "letters/progress"
    assert f'data-progress-url="{progress}"' in page
    assert (browser.get(progress).json["done"], browser.get(progress).json["state"]) == (0, "running")
    first, second = make_all(stage, as_superuser)
    assert browser.get(progress).json["next"] == reach_page(stage)
    page = browser.get(reach_page(stage)).text
    assert "421.3/001" in page
    assert "421.3/002" in page
    pdf = browser.get(f"/s/{stage.school.slug}/documents/{first}/file")
    assert pdf.content_type == "application/pdf"
    assert "421.3/001" in pypdf.PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    docx = browser.get(f"/s/{stage.school.slug}/documents/{second}/file?form=docx")
    assert docx.content_type == MEDIA_TYPE
    assert "attachment" in docx.headers["Content-Disposition"]
    assert ".docx" in docx.headers["Content-Disposition"]
    assert "421.3/002" in words_of(docx.data)
    assert f"/documents/{second}/file?form=docx" in browser.get(f"/s/{stage.school.slug}/documents/").text
    assert browser.get(f"/s/{stage.school.slug}/documents/{second}/file?form=exe").status_code == 404


def test_a_letter_with_a_number_by_hand_and_one_without_a_number(stage, as_superuser):
    browser = stage.counsellor.client()
    assert issue(stage, browser, "guardian", mode="hand", number="015.A/2026").status_code == 303
    assert issue(stage, browser, "expert", mode="blank").status_code == 303
    make_all(stage, as_superuser)
    page = browser.get(reach_page(stage)).text
    assert "015.A/2026" in page
    assert "Letter without a number" in page


def test_a_refused_letter_keeps_the_ticks_and_says_at_its_field_what_is_wrong(stage):
    browser = stage.counsellor.client()
    answer = issue(stage, browser, "guardian", mode="hand", number="")
    assert answer.status_code == 422
    assert 'href="#number"' in answer.text
    (ticked,) = ids(stage, "guardian")
    assert f'value="{ticked}" form="ticked" checked' in answer.text
    assert issue(stage, browser, mode="pattern").status_code == 422


def test_a_voided_letter_cannot_be_opened_and_keeps_its_number_on_the_page(stage, as_superuser):
    browser = stage.counsellor.client()
    issue(stage, browser, "guardian")
    (report_id,) = make_all(stage, as_superuser)
    letter_id = as_superuser.scalar(text("SELECT id FROM letters WHERE report_id = :id"), {"id": report_id})
    done = send(browser, reach_page(stage), page_of(stage) + f"letters/{letter_id}/void")
    assert done.status_code == 303
    timeline = browser.get(f"/s/{stage.school.slug}/cases/{stage.case_id}/?kind=letter").text
    for page in (browser.get(reach_page(stage)).text, timeline):
        assert "421.3/001" in page
        assert "Voided" in page
    assert timeline.count("Letter 421.3/001") == 2
    for form in ("pdf", "docx"):
        file = f"/s/{stage.school.slug}/documents/{report_id}/file?form={form}"
        assert file not in page
        assert browser.get(file).status_code == 409


def test_the_whatsapp_text_is_shown_once_with_its_link_and_names_no_student(stage):
    browser = stage.counsellor.client()
    (expert,) = ids(stage, "expert")
    answer = send(browser, reach_page(stage), page_of(stage) + f"participants/{expert}/whatsapp")
    assert answer.status_code == 200
    assert 'href="https://wa.me/6281200000000?text=' in answer.text
    said = html.unescape(answer.text.split("<textarea")[1].split("</textarea>")[0])
    assert "/g/" in said
    assert not [name for name in STUDENT.split() if name in said]
    assert "wa.me/" not in browser.get(reach_page(stage)).text


def test_those_ticked_are_reminded_once_a_day_and_the_page_says_what_became_of_each(stage):
    change(stage, "expert", email=None)
    browser = stage.counsellor.client()
    remind = page_of(stage) + "remind"
    ticked = {"participant": ids(stage, "staff", "guardian", "expert")}
    done = send(browser, reach_page(stage), remind, **ticked)
    assert done.status_code == 303
    page = browser.get(done.location).text
    assert "2 people are reminded by e-mail." in page
    assert "1 person has no working e-mail address" in page
    assert page.count("Reminded today") == 2
    done = send(browser, reach_page(stage), remind, **ticked)
    assert "2 people had a reminder today already and get no second one." in browser.get(done.location).text
    assert len(stage.mails("answer_reminder")) == 2
    assert send(browser, reach_page(stage), remind).status_code == 422


def test_a_guardian_who_may_not_be_contacted_has_no_box_and_is_refused_on_every_way(stage, other):
    (guardian,) = ids(stage, "guardian")
    change(stage, "guardian", phone="+6281200000001")
    forbid(stage)
    browser = stage.counsellor.client()
    page = browser.get(reach_page(stage)).text
    assert f'name="participant" value="{guardian}"' not in page
    assert "Do not contact" in page
    person = page_of(stage) + f"participants/{guardian}/"
    ways = {
        page_of(stage) + "letters": {"participant": guardian, "mode": "blank"},
        page_of(stage) + "remind": {"participant": guardian},
        person + "whatsapp": {},
        person + "code": {},
        person + "answer": {"answer": "yes", "channel": "phone"},
        person + "commitment": {
            "signature": "Wali Rekaan",
            "channel": "paper",
            "scan": (io.BytesIO(samples.PDF), "Surat.pdf"),
        },
        person + "contact": {"email": "baru@contoh.example", "phone": ""},
    }
    for way, data in ways.items():
        refused = send(browser, reach_page(stage), way, **data)
        assert refused.status_code == 409, way
        assert "marked as not to be contacted" in refused.text, way
    assert stage.mails("answer_reminder") == []
    assert stage.participant("guardian").signed_at is None
    assert "Surat.pdf" not in browser.get(f"/s/{stage.school.slug}/cases/{stage.case_id}/").text
    free = other.counsellor.client()
    assert issue(other, free, "guardian").status_code == 303


def test_a_commitment_on_the_reply_slip_is_recorded_and_the_page_says_by_whom_and_how(stage):
    browser = stage.counsellor.client()
    (guardian,) = ids(stage, "guardian")
    record = page_of(stage) + f"participants/{guardian}/commitment"
    assert send(browser, page_of(stage), record, signature="", channel="paper").status_code == 422
    done = send(browser, page_of(stage), record, signature="Wali Rekaan", channel="phone")
    assert done.status_code == 303
    page = browser.get(page_of(stage)).text
    assert f"Commitment: By phone, recorded by {stage.counsellor.name}" in page


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("commitment", {"signature": "Wali Rekaan", "channel": "paper"}),
        ("answer", {"answer": "yes", "channel": "paper"}),
    ],
)
def test_the_scan_of_a_paper_is_kept_with_the_case_and_opened_from_the_page(stage, act, given):
    browser = stage.counsellor.client()
    (guardian,) = ids(stage, "guardian")
    record = page_of(stage) + f"participants/{guardian}/{act}"
    refused = send(browser, page_of(stage), record, **given, scan=(io.BytesIO(b"MZ"), "surat.pdf"))
    assert refused.status_code == 422
    assert "this file is none of them" in refused.text
    assert stage.participant("guardian").answered_at is None
    assert stage.participant("guardian").signed_at is None
    done = send(browser, page_of(stage), record, **given, scan=(io.BytesIO(samples.PDF), "Surat.pdf"))
    assert done.status_code == 303
    page = browser.get(page_of(stage)).text
    file = re.search(rf'href="(/s/{stage.school.slug}/cases/{stage.case_id}/files/\d+)" download>Scan', page)
    assert browser.get(file[1]).data == samples.PDF
    assert file[1] not in stage.principal.client().get(page_of(stage)).text


def test_the_paper_of_a_commitment_given_by_phone_is_scanned_when_it_arrives(stage):
    browser = stage.counsellor.client()
    (guardian,) = ids(stage, "guardian")
    record = page_of(stage) + f"participants/{guardian}/commitment"
    send(browser, page_of(stage), record, signature="Wali Rekaan", channel="phone")
    page = browser.get(page_of(stage)).text
    assert "Keep the scan" in page
    given = {"signature": "Wali Rekaan", "channel": "phone", "scan": (io.BytesIO(samples.PDF), "Surat.pdf")}
    assert send(browser, page_of(stage), record, **given).status_code == 303
    page = browser.get(page_of(stage)).text
    assert "Keep the scan" not in page
    assert "download>Scan" in page


def test_the_page_is_the_case_teams_and_closes_with_the_beginning_of_the_meeting(stage, other):
    assert 'href="' + reach_page(stage) in stage.counsellor.client().get(page_of(stage)).text
    for person in (stage.teacher, stage.principal):
        assert person.client().get(reach_page(stage)).status_code == 404
        assert reach_page(stage) not in person.client().get(page_of(stage)).text
    assert other.counsellor.client().get(reach_page(stage)).status_code == 404
    waiting = Stage.build(stage.world, now=datetime.now(UTC)).requested()
    page = waiting.counsellor.client().get(reach_page(waiting)).text
    assert "before the principal has approved" in page
    assert 'id="ticked"' not in page
