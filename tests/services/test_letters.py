"""Letters of invitation: numbers that are taken once, refusals, and what the paper says."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdf
import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.reports.test_docx import words_of
from tests.services.stage import STARTS_AT, STUDENT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.conferences import Participant
from webapp.models.students import Guardian
from webapp.services import access, conferences, documents, letters, reports

PATTERN = {
    "letter_number_pattern": "{kode}/{nomor:03}/{unit}/{tahun}",
    "letter_code": "421.3",
    "letter_unit": "SMAN1",
}


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, city="Contohrejo", **PATTERN).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world, **PATTERN).invited()


def issue(stage: Stage, *kinds: str, mode: str = "pattern", number: str = "", when=MONDAY, by=None) -> list:
    ids = [stage.participant(kind).id for kind in kinds or ("guardian",)]
    with stage.as_(by or stage.counsellor, when=when) as actor:
        made = letters.issue(actor, stage.conference_id, ids, mode=mode, number=number)
        return [(letter.id, letter.number, letter.report_id) for letter in made]


def make(stage: Stage, report_id: int) -> None:
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, MONDAY + timedelta(minutes=5)), report_id)


def papers(stage: Stage, report_id: int) -> dict[str, str]:
    """What the letter says in each of its forms, with single spaces."""
    make(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        files = {form: documents.open_document(actor, report_id, form=form) for form in ("pdf", "docx")}
    assert [file.file_name.rpartition(".")[2] for file in files.values()] == ["pdf", "docx"]
    pdf = "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(files["pdf"].content)).pages)
    return {"pdf": " ".join(pdf.split()), "docx": " ".join(words_of(files["docx"].content).split())}


def read_in(stage: Stage, locale: str) -> None:
    guardian_id = stage.participant("guardian").id
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Participant, guardian_id).locale = locale


def forbid(stage: Stage) -> None:
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True


def test_each_letter_takes_the_next_number_of_its_own_school(stage, other):
    assert [number for _, number, _ in issue(stage, "guardian", "expert")] == [
        "421.3/001/SMAN1/2026",
        "421.3/002/SMAN1/2026",
    ]
    assert issue(other)[0][1] == "421.3/001/SMAN1/2026"


def test_who_holds_a_letter_gets_no_second_one_and_no_number_is_lost(stage):
    assert issue(stage) == issue(stage)
    assert issue(stage, "expert")[0][1] == "421.3/002/SMAN1/2026"


def test_the_number_of_a_voided_letter_stays_taken_and_a_new_letter_can_be_issued(stage):
    letter_id, _, report_id = issue(stage)[0]
    make(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        letters.void(actor, letter_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        letters.void(actor, letter_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        documents.open_document(actor, report_id)
    assert issue(stage)[0][1] == "421.3/002/SMAN1/2026"
    ids = [stage.participant("expert").id]
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        letters.issue(actor, stage.conference_id, ids, mode="hand", number="421.3/001/SMAN1/2026")
    with stage.as_(stage.counsellor) as actor:
        rows = letters.progress(actor, stage.conference_id)
    assert [(row.number, row.is_void) for row in rows] == [
        ("421.3/001/SMAN1/2026", True),
        ("421.3/002/SMAN1/2026", False),
    ]


def test_a_counted_number_passes_over_one_that_was_written_by_hand(stage):
    issue(stage, "expert", mode="hand", number="421.3/001/SMAN1/2026")
    assert issue(stage)[0][1] == "421.3/002/SMAN1/2026"


def test_a_number_is_written_by_hand_or_left_blank(stage, other):
    assert issue(stage, mode="hand", number=" 015.A / 2026 ")[0][1] == "015.A / 2026"
    assert issue(stage, "expert", mode="blank")[0][1] is None
    assert issue(other, "guardian", "expert", mode="blank") == issue(other, "guardian", "expert")


@pytest.mark.parametrize(("mode", "number", "field"), [("hand", "  ", "number"), ("other", "", "mode")])
def test_a_letter_without_a_way_of_numbering_is_not_issued(stage, mode, number, field):
    with pytest.raises(Invalid) as refused:
        issue(stage, mode=mode, number=number)
    assert refused.value.field == field


def test_one_number_by_hand_does_not_stand_on_two_letters(stage):
    with pytest.raises(Invalid):
        issue(stage, "guardian", "expert", mode="hand", number="1")
    assert issue(stage)[0][1] == "421.3/001/SMAN1/2026"


@pytest.mark.parametrize(
    ("locale", "translated"),
    [
        ("id", ("Kamis, 26 November 2026", "Yth. Bapak/Ibu", "Mengetahui,", "Saya akan hadir.")),
        ("en", ("Thursday, 26 November 2026", "Dear Sir or Madam,", "Acknowledged by", "I will come.")),
    ],
)
def test_the_paper_names_time_place_purpose_and_signers_and_never_the_student(stage, locale, translated):
    with stage.as_(stage.counsellor) as actor:
        number = access.get_case(actor, stage.case_id, need=letters.Permission.CASE_READ).number
    read_in(stage, locale)
    expected = (
        "421.3/001/SMAN1/2026",
        "Ruang BK",
        "Mencari jalan keluar bersama",
        stage.principal.name,
        stage.counsellor.name,
        "Contohrejo,",
        *translated,
    )
    for form, words in papers(stage, issue(stage)[0][2]).items():
        assert [text for text in expected if text not in words] == [], form
        assert [name for name in (*STUDENT.split(), number) if name in words] == [], form
        assert "konferensi" not in words.casefold(), form
        assert "conference" not in words.casefold(), form


def test_nothing_is_issued_before_the_approval_nor_once_the_meeting_has_started(world, stage):
    waiting = Stage.build(world).requested()
    with pytest.raises(Conflict):
        issue(waiting)
    with pytest.raises(Conflict):
        issue(stage, when=STARTS_AT)
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Alasan rekaan")
    with pytest.raises(Conflict):
        issue(stage)


def test_no_letter_for_a_guardian_who_may_not_be_contacted(stage, other):
    report_id = issue(stage)[0][2]
    make(stage, report_id)
    waiting = issue(other)[0][2]
    for each in (stage, other):
        forbid(each)
        with pytest.raises(Conflict):
            issue(each)
        with pytest.raises(Conflict):
            issue(each, "expert", "guardian")
    for form in ("pdf", "docx"):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
            documents.open_document(actor, report_id, form=form)
    make(other, waiting)
    with other.as_(other.counsellor) as actor:
        assert letters.progress(actor, other.conference_id)[0].state == "failed"


def test_letters_are_for_the_case_team_of_their_own_school(stage, other):
    letter_id = issue(stage)[0][0]
    for by in (stage.teacher, stage.principal):
        with pytest.raises(NotFound):
            issue(stage, by=by)
        with stage.as_(by) as actor, pytest.raises(NotFound):
            letters.void(actor, letter_id)
    strange = stage.participant("guardian").id
    with other.as_(other.counsellor) as actor:
        with pytest.raises(NotFound):
            letters.void(actor, letter_id)
        with pytest.raises(NotFound):
            letters.issue(actor, stage.conference_id, [1], mode="blank")
        with pytest.raises(NotFound):
            letters.issue(actor, other.conference_id, [strange], mode="blank")


def test_the_trail_says_who_issued_and_who_voided(stage, as_superuser):
    letter_id = issue(stage)[0][0]
    with stage.as_(stage.counsellor) as actor:
        letters.void(actor, letter_id)
    wanted = "SELECT action, person_id FROM audit_entries WHERE subject_id = :id ORDER BY id"
    found = as_superuser.execute(text(wanted), {"id": letter_id}).all()
    assert [tuple(row) for row in found] == [
        ("letter.issued", stage.counsellor.user_id),
        ("letter.voided", stage.counsellor.user_id),
    ]


def test_a_letter_of_the_old_time_is_not_made_any_more_and_a_new_one_is_issued(stage):
    old = issue(stage)[0]
    with stage.as_(stage.counsellor) as actor:
        conferences.reschedule(
            actor,
            stage.conference_id,
            starts_at=STARTS_AT + timedelta(days=1),
            ends_at=STARTS_AT + timedelta(days=1, hours=1),
            place="Ruang guru",
        )
    make(stage, old[2])
    new = issue(stage)[0]
    assert new[0] != old[0]
    with stage.as_(stage.counsellor) as actor:
        rows = letters.progress(actor, stage.conference_id)
    assert [(row.is_old, row.state) for row in rows] == [(True, "failed"), (False, "queued")]
    assert "Friday, 27 November 2026" in papers(stage, new[2])["pdf"]
