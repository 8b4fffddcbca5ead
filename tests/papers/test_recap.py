"""The monthly recap: whose figures, for whom, and the files that are made of it."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pypdf
import pytest

from tests.activity_world import Run
from tests.conference_world import Meeting
from tests.factories import MONDAY
from tests.papers.made import finished
from tests.services.stage import STUDENT, Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Forbidden, NotFound
from webapp.domain.months import Month
from webapp.domain.recap import Cell
from webapp.models.activities import Execution
from webapp.services import case_team, documents, recap, reports

NOVEMBER = Month(2026, 11)
DONE = "execution.recorded_and_concluded"


@pytest.fixture
def stage(world) -> Meeting:
    """One visit on Monday 23, one conference on Thursday 26 November."""
    stage = Meeting.build(world, city="Contohrejo").concluded()
    Run(stage, HOME_VISIT).started().filled(until=DONE)
    return stage


def _rows(found):
    return {row.service: row.total for row in found.recap.rows}


def test_a_counsellor_sees_what_they_carried_out_and_nobody_elses(world, stage):
    colleague = world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor) as actor:
        (own,) = recap.of_month(actor, NOVEMBER)
        assert own.user_id == stage.counsellor.user_id
        assert _rows(own) == {
            "home_visit": Cell(1, Decimal(2)), "conference": Cell(1, Decimal(2)),
            "advocacy": Cell(), "referral": Cell(),
        }  # fmt: skip
        assert [cell.times for cell in own.recap.sums] == [0, 0, 0, 2, 0]
        assert recap.of_month(actor, NOVEMBER.previous)[0].recap.total == Cell()
        with pytest.raises(NotFound):
            recap.of_counsellor(actor, colleague.user_id, NOVEMBER)
        with pytest.raises(NotFound):
            recap.request(actor, colleague.user_id, NOVEMBER, locale="id")
    with stage.as_(colleague) as actor:
        (theirs,) = recap.of_month(actor, NOVEMBER)
        assert (theirs.user_id, theirs.recap.total) == (colleague.user_id, Cell())


def test_the_principal_sees_every_counsellor_of_the_school_and_nobody_else_sees_any(world, stage):
    colleague = world.person(stage.school, "counsellor")
    elsewhere = Stage.build(world)
    Run(elsewhere, HOME_VISIT).started().filled(until=DONE)
    with stage.as_(stage.principal) as actor:
        found = {one.user_id: one.recap.total.times for one in recap.of_month(actor, NOVEMBER)}
        assert found == {stage.counsellor.user_id: 2, colleague.user_id: 0}
        with pytest.raises(NotFound):
            recap.of_counsellor(actor, elsewhere.counsellor.user_id, NOVEMBER)
    for role in ("homeroom", "teacher", "school_admin"):
        with stage.as_(world.person(stage.school, role)) as actor, pytest.raises(Forbidden):
            recap.of_month(actor, NOVEMBER)


def test_a_class_teacher_has_a_recap_of_their_own_and_stands_in_the_principals_list(world):
    stage, elsewhere = Meeting.build(world), Meeting.build(world)
    teacher = world.person(stage.school, "class_teacher")
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=teacher.user_id)
        case_team.hand_over(actor, stage.case_id, user_id=teacher.user_id)
    counsellor, stage.counsellor = stage.counsellor, teacher
    Run(stage, HOME_VISIT).started().filled(until=DONE)
    with stage.as_(teacher) as actor:
        (own,) = recap.of_month(actor, NOVEMBER)
        assert (own.user_id, own.recap.total.times, own.may_be_short) == (teacher.user_id, 1, False)
        report_id = recap.request(actor, teacher.user_id, NOVEMBER, locale="id").id
        with pytest.raises(NotFound):
            recap.of_counsellor(actor, counsellor.user_id, NOVEMBER)
    paper = finished(stage, report_id)
    assert "Guru kelas" in paper.text
    with stage.as_(stage.principal) as actor:
        found = {one.user_id: one.recap.total.times for one in recap.of_month(actor, NOVEMBER)}
        assert found == {counsellor.user_id: 0, teacher.user_id: 1}
    with elsewhere.as_(elsewhere.principal) as actor, pytest.raises(NotFound):
        recap.of_counsellor(actor, teacher.user_id, NOVEMBER)
    page = teacher.client().get(f"/s/{stage.school.slug}/recap/?month=2026-11")
    assert (page.status_code, teacher.name in page.text) == (200, True)


SHORT = "Without cases that are not shown to"


def _principals_recap(stage) -> tuple[str, str, str, int]:
    """Paper, workbook and page of the counsellor's recap as the principal makes them, and its total."""
    with stage.as_(stage.principal) as actor:
        report_id = recap.request(actor, stage.counsellor.user_id, NOVEMBER, locale="en").id
        total = recap.of_counsellor(actor, stage.counsellor.user_id, NOVEMBER).recap.total.times
        content = recap.workbook(actor, stage.counsellor.user_id, NOVEMBER, locale="en")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, MONDAY + timedelta(minutes=90)), report_id)
    with stage.as_(stage.principal) as actor:
        pdf = documents.open_document(actor, report_id).content
    paper = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    page = stage.principal.client().get(f"/s/{stage.school.slug}/recap/?month=2026-11").text
    return " ".join(paper.split()), cells, page, total


def test_the_principals_recap_says_that_cases_may_be_missing_whether_or_not_any_is(world, stage):
    colleague = world.person(stage.school, "counsellor")
    for total in (2, 0):
        *texts, counted = _principals_recap(stage)
        assert counted == total
        assert all(SHORT in text for text in texts)
        if total:
            with stage.as_(stage.counsellor) as actor:
                case_team.shut_out(
                    actor, stage.case_id, user_id=stage.principal.user_id, reason="Pihak perkara"
                )
            stage.now += timedelta(minutes=2)
    with stage.as_(stage.counsellor) as actor:
        report_id = recap.request(actor, stage.counsellor.user_id, NOVEMBER, locale="en").id
    assert SHORT not in finished(stage, report_id).text
    assert SHORT not in stage.counsellor.client().get(f"/s/{stage.school.slug}/recap/").text
    assert SHORT not in colleague.client().get(f"/s/{stage.school.slug}/recap/").text


def test_ones_own_executions_count_also_after_one_was_shut_out_of_the_case(world, stage):
    colleague = world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
        case_team.hand_over(actor, stage.case_id, user_id=colleague.user_id)
    with stage.as_(colleague) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.counsellor.user_id, reason="Pihak perkara")
    with stage.as_(stage.counsellor) as actor:
        assert recap.of_month(actor, NOVEMBER)[0].recap.total == Cell(2, Decimal(4))


def test_an_execution_that_was_taken_back_counts_no_more(stage):
    with stage.as_(stage.counsellor) as actor:
        row = tenancy.session.query(Execution).filter_by(procedure="conference").one()
        row.taken_back_at = actor.at
    with stage.as_(stage.counsellor) as actor:
        assert recap.of_month(actor, NOVEMBER)[0].recap.total == Cell(1, Decimal(2))


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("id", ("Minggu IV (23–29)", "Konferensi kasus", "1 kali 2 JP", "2 kali 4 JP", "Mengetahui",
                "bukan bukti beban kerja", "Contohrejo, 23 November 2026", "November 2026")),
        ("en", ("Week IV (23–29)", "Case conference", "1 × 2 JP", "2 × 4 JP", "Acknowledged by",
                "not proof of workload", "Contohrejo, 23 November 2026", "November 2026")),
    ],
)  # fmt: skip
def test_the_paper_is_signed_by_the_counsellor_known_by_the_principal_and_names_no_student(
    stage, locale, expected
):
    with stage.as_(stage.counsellor) as actor:
        report_id = recap.request(actor, stage.counsellor.user_id, NOVEMBER, locale=locale).id
        assert recap.request(actor, stage.counsellor.user_id, NOVEMBER, locale=locale).id == report_id
    paper = finished(stage, report_id).keep(f"recap-{locale}")
    for text in (paper.text, paper.words):
        for part in (*expected, stage.counsellor.name, stage.principal.name):
            assert part in text
        assert STUDENT.split()[0] not in text


def test_the_workbook_has_frequency_and_hours_of_every_week(stage):
    with stage.as_(stage.principal) as actor:
        content = recap.workbook(actor, stage.counsellor.user_id, NOVEMBER, locale="en")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    visits = next(row for row in rows if row[0] == "Home visit")
    total = [row for row in rows if row[0] == "Total"][-1]
    assert visits[1:] == [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 1, 2]
    assert total[-2:] == [2, 4]
    assert not any(STUDENT.split()[0] in str(cell) for row in rows for cell in row)


def test_the_page_shows_the_month_that_is_asked_for_and_the_present_one_for_nonsense(world):
    stage = Stage.build(world)
    client = stage.principal.client()
    url = f"/s/{stage.school.slug}/recap/"
    page = client.get(url + "?month=2026-10").text
    assert "October 2026" in page
    assert "Week I (1–4)" in page
    assert stage.counsellor.name in page
    assert client.get(url + "?month=13").status_code == 200
    assert "/recap/" in client.get(f"/s/{stage.school.slug}/documents/").text
    assert "/recap/" not in stage.teacher.client().get(f"/s/{stage.school.slug}/documents/").text


@pytest.mark.parametrize(
    ("language", "name"),
    [("id", "rekapitulasi-kegiatan-2026-11.xlsx"), ("en", "activity-recap-2026-11.xlsx")],
)
def test_the_workbook_is_named_in_the_language_of_its_reader(stage, world, language, name):
    client = world.person(stage.school, "principal", locale=language).client()
    path = f"/s/{stage.school.slug}/recap/{stage.counsellor.user_id}/workbook?month=2026-11"
    answer = client.get(path)
    assert name in answer.headers["Content-Disposition"]


def test_the_recap_is_found_where_a_counsellor_works_and_by_nobody_whom_it_is_not_for(stage, world):
    home = f"/s/{stage.school.slug}/"
    operator = world.person(stage.school, "school_admin").client()
    counsellor = stage.counsellor.client()
    for path in ("", "calendar/", "conferences/", "home-visits/", "advocacies/", "documents/"):
        assert f"{home}recap/" in counsellor.get(home + path).text, path
    for path in ("", "calendar/"):
        assert f"{home}recap/" not in operator.get(home + path).text, path
