"""Letters of visits, advocacies and referrals: what they say, to whom, and which number they bear."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.activity_world import Run
from tests.papers.made import Made, finished
from tests.papers.moves import KINDS, LETTERS, run_of
from tests.services.stage import STUDENT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.letters import Letter
from webapp.models.students import Guardian
from webapp.services import (
    access,
    activity_documents,
    activity_letters,
    case_team,
    documents,
    letters,
    visit_appointments,
)

LANGUAGES = pytest.mark.parametrize("locale", ["id", "en"])
EVERY_LETTER = pytest.mark.parametrize("kind", LETTERS)
PATTERN = {
    "letter_number_pattern": "{kode}/{nomor:03}/{unit}/{tahun}",
    "letter_code": "421.3",
    "letter_unit": "SMAN1",
}


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, city="Contohrejo", **PATTERN)


def ask(
    run: Run, kind: str, *, mode: str = "pattern", number: str = "", minute: int = 0, by=None, locale="id"
) -> tuple[int, str | None]:
    """Ask for a letter; the document's id, and the number that it got."""
    stage = run.stage
    with stage.as_(by or stage.counsellor, when=stage.now + timedelta(minutes=minute)) as actor:
        report = activity_documents.request(
            actor, run.activity_id, kind, locale=locale, mode=mode, number=number
        )
        letter = tenancy.session.query(Letter).filter_by(report_id=report.id).one()
        return report.id, letter.number


def letter_id(run: Run, report_id: int) -> int:
    with run.stage.as_(run.stage.counsellor):
        return tenancy.session.query(Letter).filter_by(report_id=report_id).one().id


def void(run: Run, report_id: int) -> None:
    row_id = letter_id(run, report_id)
    with run.stage.as_(run.stage.counsellor) as actor:
        activity_letters.void(actor, run.activity_id, row_id)


def said(paper: Made) -> tuple[str, str]:
    return paper.text, paper.words


@EVERY_LETTER
def test_the_same_request_gives_the_same_letter_and_number(stage, kind):
    run = run_of(stage, kind)
    first = ask(run, kind)
    assert first[1] == "421.3/001/SMAN1/2026"
    assert ask(run, kind, minute=7) == first
    assert ask(run_of(stage, kind), kind)[1] == "421.3/002/SMAN1/2026"


def test_each_kind_is_counted_by_itself_and_each_school_too(stage, world):
    run = run_of(stage, "visit_notice")
    assert ask(run, "visit_notice")[1] == ask(run, "visit_assignment")[1] == "421.3/001/SMAN1/2026"
    other = Stage.build(world, city="Lain", **PATTERN)
    assert ask(run_of(other, "visit_notice"), "visit_notice")[1] == "421.3/001/SMAN1/2026"


def test_no_two_kinds_issued_on_one_day_bear_the_same_number_in_a_school_that_set_nothing(world):
    stage = Stage.build(world, city="Contohrejo").invited()
    born = [ask(run_of(stage, kind), kind)[1] for kind in LETTERS]
    guardian = stage.participant("guardian").id
    with stage.as_(stage.counsellor) as actor:
        (letter,) = letters.issue(actor, stage.conference_id, [guardian], mode="pattern")
        born.append(letter.number)
    assert sorted(born) == [f"001/{code}/XI/2026" for code in ("ADV", "PEM", "RUJ", "ST", "UND")]


def test_a_kind_with_a_pattern_of_its_own_is_numbered_by_it(world):
    stage = Stage.build(world, letter_patterns={"visit_assignment": "ST-{nomor}/{bulan_romawi}"}, **PATTERN)
    run = run_of(stage, "visit_assignment")
    assert ask(run, "visit_assignment")[1] == "ST-1/XI"
    assert ask(run, "visit_notice")[1] == "421.3/001/SMAN1/2026"


def test_a_number_is_written_by_hand_or_left_to_a_pen(stage):
    run = run_of(stage, "visit_notice")
    assert ask(run, "visit_notice", mode="hand", number=" 015.A / 2026 ")[1] == "015.A / 2026"
    report_id, number = ask(run, "visit_assignment", mode="blank")
    assert number is None
    assert "Nomor: " in finished(stage, report_id).words
    with pytest.raises(Invalid) as refused:
        ask(run_of(stage, "visit_notice"), "visit_notice", mode="hand", number="015.A / 2026")
    assert refused.value.field == "number"
    with pytest.raises(Invalid):
        ask(run, "visit_notice", mode="guessed")


@EVERY_LETTER
def test_a_voided_letter_is_not_opened_any_more_and_its_number_stays_taken(stage, kind):
    run = run_of(stage, kind)
    report_id, number = ask(run, kind)
    finished(stage, report_id)
    void(run, report_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        documents.open_document(actor, report_id)
    with pytest.raises(Conflict):
        void(run, report_id)
    again, next_number = ask(run, kind)
    assert again != report_id
    assert (number, next_number) == ("421.3/001/SMAN1/2026", "421.3/002/SMAN1/2026")


def test_after_a_change_of_the_day_a_new_letter_is_issued_and_the_old_one_is_kept(stage):
    run = run_of(stage, "visit_notice")
    old, waiting = ask(run, "visit_notice"), ask(run, "visit_assignment")
    finished(stage, old[0])
    run.record("planning.paperwork", visit_on="2026-12-01")
    new = ask(run, "visit_notice")
    assert new[1] == "421.3/002/SMAN1/2026"
    assert "Selasa, 1 Desember 2026" in finished(stage, new[0]).text
    with stage.as_(stage.counsellor) as actor:
        assert documents.open_document(actor, old[0])
    with pytest.raises(AssertionError):
        finished(stage, waiting[0])


def test_nothing_is_issued_before_the_consent_that_it_needs_nor_while_a_day_is_missing(stage):
    referral = run_of(stage, "referral_letter", until="preparation.receiver")
    with pytest.raises(Conflict):
        ask(referral, "referral_letter")
    referral.record("preparation.consent", basis="none", student="no")
    with pytest.raises(Conflict):
        ask(referral, "referral_letter")
    visit = run_of(stage, "visit_notice", until="planning.topics_and_roles")
    with pytest.raises(Conflict) as refused:
        ask(visit, "visit_notice")
    assert [term.key for term in refused.value.params["fields"]] == ["visit_on", "visit_from", "place"]


def test_a_letter_whose_consent_is_taken_back_before_it_is_made_is_not_made(stage):
    run = run_of(stage, "referral_letter")
    report_id, _ = ask(run, "referral_letter")
    run.record("preparation.consent", basis="none", student="no")
    with pytest.raises(AssertionError):
        finished(stage, report_id)
    with stage.as_(stage.counsellor) as actor:
        assert documents.get_document(actor, report_id).state.key == "failed"


def test_a_notice_names_only_guardians_who_may_be_contacted(world, stage):
    other_id = world.guardian(stage.school, stage.student_id)
    with stage.as_(stage.counsellor) as actor:
        other = access.get(actor, Guardian, other_id)
        other.name, other.do_not_contact = "Bapak Terlarang", True
        named = access.get(actor, Guardian, stage.guardian_id).name
    run = run_of(stage, "visit_notice")
    report_id, _ = ask(run, "visit_notice")
    for text in said(finished(stage, report_id)):
        assert named in text
        assert "Terlarang" not in text
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        documents.open_document(actor, report_id)


def test_letters_name_every_colleague_who_was_chosen_and_whom_the_plan_names(world, stage):
    second = world.person(stage.school, "teacher")
    run = run_of(stage, "visit_notice")
    with stage.as_(stage.counsellor) as actor:
        for person in (stage.teacher, second):
            visit_appointments.add_companion(actor, run.activity_id, person.user_id)
    for kind in ("visit_notice", "visit_assignment"):
        text = said(finished(stage, ask(run, kind)[0]))[0]
        for name in (stage.counsellor.name, stage.teacher.name, second.name, "Rekaan companion"):
            assert name in text, (kind, name)


def test_who_may_not_know_the_guardians_issues_no_notice(world, stage):
    run = run_of(stage, "visit_notice")
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=stage.teacher.user_id)
    with pytest.raises(Forbidden):
        ask(run, "visit_notice", by=stage.teacher)
    assert ask(run, "visit_assignment", by=stage.teacher)[1] == "421.3/001/SMAN1/2026"


def test_letters_are_for_the_case_team_of_their_own_school(world, stage):
    run = run_of(stage, "visit_notice")
    report_id, _ = ask(run, "visit_notice")
    row_id = letter_id(run, report_id)
    for by in (stage.teacher, stage.principal):
        with pytest.raises(NotFound):
            ask(run, "visit_assignment", by=by)
        with stage.as_(by) as actor, pytest.raises(NotFound):
            activity_letters.void(actor, run.activity_id, row_id)
    other = Stage.build(world, city="Lain")
    theirs = run_of(other, "visit_notice")
    with other.as_(other.counsellor) as actor, pytest.raises(NotFound):
        activity_letters.void(actor, theirs.activity_id, row_id)
    second = run_of(stage, "visit_notice")
    with stage.as_(stage.counsellor) as actor, pytest.raises(NotFound):
        activity_letters.void(actor, second.activity_id, row_id)


EXPECTED: dict[str, dict[str, tuple[str, ...]]] = {
    "visit_plan": {
        "id": ("Rekaan topic", "Ganjil, 2026/2027", "60 menit", "Rekaan who", "26 Desember 2026"),
        "en": ("Rekaan topic", "Odd, 2026/2027", "60 minutes", "Rekaan who", "26 December 2026"),
    },
    "visit_form": {
        "id": (STUDENT, "Kamis, 26 November 2026", "Penerangan meja belajar", "☐ Demokratis", "Paraf"),
        "en": (STUDENT, "Thursday, 26 November 2026", "Light to study by", "☐ Democratic", "Initials"),
    },
    "visit_assignment": {
        "id": ("menugaskan", "09.30 sampai dengan 10.30 WIB", "Rekaan place", "Z.C., kelas X-1"),
        "en": ("hereby assigns", "09:30 to 10:30 WIB", "Rekaan place", "Z.C., class X-1"),
    },
    "visit_notice": {
        "id": (STUDENT, "Rekaan companion (Pendamping)", "mengizinkan kunjungan", "Mengetahui,"),
        "en": (STUDENT, "Rekaan companion (Companion)", "agree to the visit", "Acknowledged by"),
    },
    "advocacy_letter": {
        "id": ("Rekaan name", "Rekaan position", "Rekaan right", "Rekaan goal", "Rekaan text"),
        "en": ("Rekaan name", "Rekaan position", "Rekaan right", "Rekaan goal", "Rekaan text"),
    },
    "referral_letter": {
        "id": ("Rekaan institution", "Rekaan reason", "Rekaan so_far", "Ya (Rekaan guardian_name)",
               "Rekaan special"),
        "en": ("Rekaan institution", "Rekaan reason", "Rekaan so_far", "Yes (Rekaan guardian_name)",
               "Rekaan special"),
    },
}


@LANGUAGES
@pytest.mark.parametrize("kind", KINDS)
def test_every_paper_says_what_was_recorded_in_both_forms_and_languages(stage, kind, locale):
    run = run_of(stage, kind)
    with stage.as_(stage.counsellor) as actor:
        report_id = activity_documents.request(actor, run.activity_id, kind, locale=locale).id
    for text in said(finished(stage, report_id).keep(f"{kind}-{locale}")):
        assert [part for part in EXPECTED[kind][locale] if part not in text] == []
        assert (STUDENT in text) is (kind != "visit_assignment"), "it passes through many hands"


def test_whoever_decides_does_not_acknowledge_a_letter_to_themselves(stage):
    run = run_of(stage, "advocacy_letter")
    run.record("influence.decision_maker", name=stage.principal.name)
    paper = finished(stage, ask(run, "advocacy_letter")[0])
    assert "Mengetahui," not in paper.text
    assert stage.counsellor.name in paper.text
