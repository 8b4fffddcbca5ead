"""Minutes and attendance list: after the sign-off, frozen, made by the worker, delivered; in two schools."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.conference_world import AFTER, STARTS_AT, STUDENT, TEXTS, Meeting
from tests.factories import MONDAY
from webapp import tenancy
from webapp.domain.dates import format_date, local_date
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.background import Report, ReportDelivery
from webapp.services import activities, commitments, documents, minutes, reports


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world, city="Kota Rekaan")


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def words(stage: Meeting, kind: str) -> str:
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        pdf = documents.open_document(actor, stage.extra[kind]).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_minutes_are_made_only_after_the_sign_off_and_by_the_signed_team(stage, other):
    stage.agreed()
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(Conflict):
        minutes.request(actor, stage.conference_id)
    stage.sign()
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            minutes.request(actor, stage.conference_id)
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        first = [row.id for row in minutes.request(actor, stage.conference_id)]
        again = [row.id for row in minutes.request(actor, stage.conference_id)]
        assert first == again
        assert "report.report" in activities.recorded(actor, stage.conference_id)


def test_the_minutes_say_what_was_said_with_strengths_before_symptoms(stage):
    stage.documented()
    text = words(stage, "minutes")
    places = [
        text.index(said.split("\n")[0]) for said in (TEXTS["strengths"], TEXTS["symptoms"], TEXTS["efforts"])
    ]
    assert places == sorted(places)
    for said in (
        STUDENT,
        TEXTS["decisions"],
        "Tugas rekaan staff",
        "Jam malam terlalu ketat",
        "Kota Rekaan",
        stage.principal.name,
        stage.counsellor.name,
    ):
        assert said in text, said
    assert "Tugas rekaan guardian" not in text, "a task that nobody has accepted is no promise"


def test_the_attendance_list_names_who_was_there_and_no_student(stage):
    stage.documented()
    text = words(stage, "attendance")
    for name in (stage.teacher.name, "Psikolog Rekaan"):
        assert name in text
    assert STUDENT not in text
    assert not any(part in text for part in STUDENT.split())


def test_an_issued_document_stays_as_it_was(stage):
    stage.documented()
    before = words(stage, "minutes")
    with stage.as_guest("guardian", when=AFTER) as actor:
        commitments.answer(actor, stage.extra["task_guardian"], accepts=True)
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        minutes.request(actor, stage.conference_id)
    with stage.world.app.app_context():
        reports.run(tenancy.system(stage.school.id, AFTER + timedelta(days=4000)), stage.extra["minutes"])
    assert words(stage, "minutes") == before


def test_minutes_are_collected_as_the_person_who_asked_and_refused_to_one_without_access(stage, as_superuser):
    from sqlalchemy import text

    stage.signed_off()
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        made = minutes.request(actor, stage.conference_id)[0].id
    as_superuser.execute(
        text("UPDATE participants SET signed_at = NULL WHERE school_id = :s AND user_id = :u"),
        {"s": stage.school.id, "u": stage.counsellor.user_id},
    )
    as_superuser.commit()
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, AFTER + timedelta(days=4000)), made)
    with stage.as_(stage.counsellor, when=AFTER):
        row = tenancy.session.scalars(select(Report).where(Report.id == made)).one()
        assert (row.state, row.snapshot) == ("failed", None)


def test_minutes_are_delivered_to_chosen_participants_who_are_told_by_mail(stage, other):
    stage.signed_off()
    guardian, expert = stage.participant("guardian").id, stage.participant("expert").id
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(Conflict):
        minutes.deliver(actor, stage.conference_id, [guardian])
    stage.make()
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        with pytest.raises(Invalid):
            minutes.deliver(actor, stage.conference_id, [])
        with pytest.raises(Invalid):
            minutes.deliver(actor, stage.conference_id, [1])
        with pytest.raises(Conflict) as refusal:
            minutes.deliver(actor, stage.conference_id, [expert])
        assert "signed" in str(refusal.value)
        assert minutes.deliver(actor, stage.conference_id, [guardian]) == 1
        assert minutes.deliver(actor, stage.conference_id, [guardian]) == 0
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person, when=AFTER) as actor, pytest.raises(NotFound):
            minutes.deliver(actor, stage.conference_id, [guardian])
    (mail,) = stage.mails("minutes_ready")
    assert mail.to_address == "wali.rekaan@contoh.example"
    assert not any(part in str(mail) for part in STUDENT.split())


def test_a_guardian_marked_do_not_contact_gets_no_minutes(stage, as_superuser):
    from sqlalchemy import text

    stage.documented()
    as_superuser.execute(
        text("UPDATE guardians SET do_not_contact = true WHERE school_id = :s"), {"s": stage.school.id}
    )
    as_superuser.commit()
    guardian = stage.participant("guardian").id
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(Conflict):
        minutes.deliver(actor, stage.conference_id, [guardian])
    assert stage.mails("minutes_ready") == []


def test_a_guest_opens_delivered_minutes_with_a_code_and_until_the_set_time(stage):
    stage.documented()
    report = stage.extra["minutes"]
    with stage.as_guest("guardian", when=AFTER) as actor, pytest.raises(NotFound):
        minutes.open_as_guest(actor, report)
    guardian = stage.participant("guardian").id
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        minutes.deliver(actor, stage.conference_id, [guardian])
    for refused in (
        lambda: stage.as_guest("guardian", when=AFTER, verified=False),
        lambda: stage.as_guest("expert", when=AFTER),
        lambda: stage.as_guest("guardian", when=AFTER + timedelta(days=15)),
    ):
        with refused() as actor, pytest.raises(NotFound):
            minutes.open_as_guest(actor, report)
    with stage.as_guest("guardian", when=AFTER + timedelta(days=1)) as actor:
        assert minutes.open_as_guest(actor, report).content.startswith(b"%PDF")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        sheet = next(sheet for sheet in minutes.sheets(actor, stage.conference_id) if sheet.kind == "minutes")
        assert sheet.opened_by == (guardian,)
        row = tenancy.session.scalars(select(ReportDelivery).where(ReportDelivery.report_id == report)).one()
        assert row.first_opened_at == AFTER + timedelta(days=1)


def test_two_schools_never_see_each_others_documents(stage, other):
    stage.documented()
    other.documented()
    for mine, theirs in ((stage, other), (other, stage)):
        with mine.as_(mine.counsellor, when=AFTER) as actor:
            assert len(minutes.sheets(actor, mine.conference_id)) == 2
            assert minutes.sheets(actor, theirs.conference_id) == []
            with pytest.raises(NotFound):
                documents.open_document(actor, theirs.extra["minutes"])


class FilledInLater(Meeting):
    """Somebody types the meeting in two days after it was."""

    during = STARTS_AT + timedelta(days=2)
    after = during


@pytest.mark.parametrize(
    ("make", "held_at"),
    [
        (lambda world: Meeting.build(world), STARTS_AT),
        (lambda world: Meeting.build(world, now=MONDAY + timedelta(minutes=1)), MONDAY),
        (lambda world: FilledInLater.build(world), STARTS_AT),
    ],
    ids=["on its day", "days before it was planned", "typed in later"],
)
def test_the_minutes_name_the_day_on_which_the_meeting_was(world, make, held_at):
    stage = make(world).documented()
    text = words(stage, "attendance")
    days = {at: format_date(local_date(at, "Asia/Jakarta"), "id") for at in (STARTS_AT, MONDAY)}
    assert days[held_at] in text
    if held_at == MONDAY:
        assert days[STARTS_AT] not in text
