"""Two schools in two districts, with one object of every kind and one person of every role in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.activity_world import Run
from tests.conference_world import Meeting
from tests.factories import Office, Person, World
from tests.services.moves import Move
from webapp import tenancy
from webapp.domain.minutes import Statement
from webapp.domain.procedures import FRAMED, HOME_VISIT
from webapp.models.background import OutboxMail, Report, ReportDelivery
from webapp.models.base import new_id
from webapp.models.commitments import BehaviourGoal, CheckIn
from webapp.models.content import MinutesAddendum
from webapp.models.incoming import IncomingMail
from webapp.models.letters import Letter
from webapp.models.schools import HomeroomAssignment, SchoolHoliday, SchoolLogo
from webapp.models.students import StudentImport
from webapp.services import (
    access,
    activity_entries,
    attachments,
    case_links,
    case_notes,
    case_team,
    cases,
    information_conflicts,
    lesson_hours,
    student_referrals,
    visit_appointments,
    visit_requests,
)

ROLES = {"C": "counsellor", "T": "teacher", "K": "class_teacher", "A": "school_admin"}


@dataclass
class Side:
    """One school: its people by letter, its objects by URL variable."""

    stage: Meeting
    office: Office
    people: dict[str, Person]
    objects: dict[str, int]
    visit_token: str

    @property
    def slug(self) -> str:
        return self.stage.school.slug


def build(world: World) -> Side:
    """A school of its own district with everything in it."""
    office = world.district()
    stage = Meeting.build(world, now=datetime.now(UTC), district=office).with_tasks()
    people = {letter: world.person(stage.school, role) for letter, role in ROLES.items()}
    people |= {"O": stage.counsellor, "P": stage.principal, "H": stage.teacher}
    people["D"], people["F"] = world.person(), world.person()
    world.join_district(people["D"], office, "district_admin")
    world.join_district(people["F"], office, "district_officer")
    people["X"] = world.person(stage.school, "counsellor")
    objects = _objects(stage, people)
    objects |= _weight(world, office, people["D"]) | _delivered(stage, people, objects)
    _shut_out_after_asking(stage, people["X"], objects)
    return Side(stage, office, people, objects, _question(stage))


def _shut_out_after_asking(stage: Meeting, party: Person, objects: dict[str, int]) -> None:
    """Somebody of the team who asked for the documents of the case, and then was shut out of it."""
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=party.user_id)
        for name in ("document_id", "documents.document_id"):
            access.get(actor, Report, objects[name]).requested_by = party.user_id
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=party.user_id, reason="Pihak rekaan")


def _delivered(stage: Meeting, people: dict[str, Person], objects: dict[str, int]) -> dict[str, int]:
    """A copy of a visit's report that is being made anew, and that was delivered and taken back before."""
    with stage.as_(stage.counsellor) as actor:
        copy = tenancy.add(
            Report(
                kind="visit_report_copy",
                dedupe_key=f"matrix:{new_id()}",
                case_id=stage.case_id,
                activity_id=objects["home_visits.activity_id"],
                requested_by=actor.person_id,
                requested_at=actor.at,
                due_at=actor.at,
            )
        )
        delivery = tenancy.add(
            ReportDelivery(
                report_id=copy.id,
                user_id=people["T"].user_id,
                delivered_by=actor.person_id,
                delivered_at=actor.at,
                withdrawn_at=actor.at,
            )
        )
        return {"documents.document_id": copy.id, "delivery_id": delivery.id}


def _weight(world: World, office: Office, admin: Person) -> dict[str, int]:
    """A weight of the district whose day is to come."""
    now = datetime.now(UTC)
    actor = office.actor(admin, when=now)
    with world.app.app_context(), tenancy.work(actor):
        row = lesson_hours.set_weight(
            actor, service="advocacy", hours=Decimal(3), valid_from=now.date() + timedelta(days=30)
        )
        return {"weight_id": row.id}


def _runs(stage: Meeting) -> dict[str, int]:
    """A run of each service that the frame draws, with its first step recorded and an entry somewhere."""
    found: dict[str, int] = {}
    for noun, procedure in FRAMED.items():
        run = Run(stage, procedure).started()
        with_entries = (path for path in run.paths() if procedure.step(path).entry_fields)
        run.filled(until="planning.paperwork" if procedure is HOME_VISIT else next(with_entries))
        found[f"{noun}.activity_id"] = run.activity_id
        with stage.as_(stage.counsellor) as actor:
            entries = activity_entries.read(actor, run.activity_id)
            found[f"{noun}.entry_id"] = next(iter(entries.values()))[0].id
            if procedure is HOME_VISIT:
                visit_requests.ask(actor, run.activity_id, stage.guardian_id, locale="id")
                companion = visit_appointments.add_companion(actor, run.activity_id, stage.teacher.user_id)
                found["invitee_id"] = companion.id
            letter = tenancy.add(
                Letter(
                    kind="visit_notice",
                    activity_id=run.activity_id,
                    sequence=0,
                    numbering="blank",
                    issued_by=actor.person_id,
                    issued_at=actor.at,
                )
            )
            found[f"{noun}.letter_id"] = letter.id
    return found


def _question(stage: Meeting) -> str:
    """The token by which a family answers about a home visit."""
    (mail,) = stage.mails("visit_asked")
    return mail.facts["link"].rstrip("/").rpartition("/")[2]


def _objects(stage: Meeting, people: dict[str, Person]) -> dict[str, int]:
    teacher_row = stage.participant("staff")
    with stage.as_(stage.teacher) as actor:
        referral_id = student_referrals.refer(actor, student_id=stage.student_id, body="Cerita rekaan").id
    with stage.as_(stage.counsellor) as actor:
        note = case_notes.add_note(
            actor, stage.case_id, kind="fact", body="Catatan rekaan", happened_on=stage.now.date()
        )
        other_case = cases.open_case(
            actor,
            student_id=stage.student_id,
            field="social",
            source="counsellor",
            severity="low",
            summary="Ringkasan rekaan",
        )
        link = case_links.link(actor, stage.case_id, number=other_case.number, kind="other")
        file = attachments.add(actor, stage.case_id, name="rekaan.pdf", content=b"%PDF-1.7 rekaan %%EOF")
        conflict = information_conflicts.add(
            actor,
            stage.conference_id,
            topic="Jam pulang",
            statements=[Statement("Pukul lima", "Guru"), Statement("Pukul tujuh", "Wali")],
        )
        addendum = tenancy.add(
            MinutesAddendum(
                conference_id=stage.conference_id,
                number=1,
                written_by=stage.counsellor.user_id,
                written_at=stage.now,
            )
        )
        goal = tenancy.add(
            BehaviourGoal(
                case_id=stage.case_id,
                created_by=stage.counsellor.user_id,
                created_at=stage.now,
                activity_id=stage.conference_id,
                behaviour="Perilaku rekaan",
            )
        )
        promise_id = stage.extra["task_staff"]
        check_in = tenancy.add(
            CheckIn(case_id=stage.case_id, commitment_id=promise_id, due_on=date(2027, 12, 1))
        )
        document = tenancy.add(
            Report(
                kind="minutes",
                dedupe_key=f"matrix:{new_id()}",
                case_id=stage.case_id,
                conference_id=stage.conference_id,
                requested_by=stage.counsellor.user_id,
                requested_at=stage.now,
                due_at=stage.now,
                state="queued",
            )
        )
        letter = tenancy.add(
            Letter(
                kind="invitation",
                conference_id=stage.conference_id,
                participant_id=teacher_row.id,
                sequence=0,
                numbering="blank",
                report_id=document.id,
                issued_by=stage.counsellor.user_id,
                issued_at=stage.now,
            )
        )
        job = tenancy.add(
            StudentImport(
                requested_by=stage.counsellor.user_id,
                created_at=stage.now,
                file_name="rekaan.xlsx",
                state="done",
                failed_rows=b"rekaan",
            )
        )
        mail_id = tenancy.session.query(OutboxMail.id).order_by(OutboxMail.id.desc()).first()[0]
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, stage.now)):
        incoming = tenancy.add(
            IncomingMail(
                digest=f"matrix:{new_id()}",
                state="review",
                reason="written",
                conference_id=stage.conference_id,
                participant_id=teacher_row.id,
                received_at=stage.now,
            )
        )
    other_id = stage.world.student(stage.school, name="Murid Lain Rekaan")
    with stage.as_(people["A"]):
        holiday = tenancy.add(SchoolHoliday(on=date(2026, 12, 14), name="Libur rekaan"))
        tenancy.add(SchoolLogo(slot="left", media_type="image/png", content=b"rekaan"))
        homeroom = tenancy.add(
            HomeroomAssignment(user_id=people["T"].user_id, class_name="X-9", school_year="2026/2027")
        )
    move = Move.beside(stage)
    return _runs(stage) | {
        "transfer_id": move.prepared(),
        "arrival_id": move.sent_here(),
        "case_id": stage.case_id,
        "note_id": note.id,
        "file_id": file.id,
        "link_id": link.id,
        "student_id": stage.student_id,
        "other_id": other_id,
        "guardian_id": stage.guardian_id,
        "conference_id": stage.conference_id,
        "participant_id": teacher_row.id,
        "referral_id": referral_id,
        "promise_id": promise_id,
        "task_id": promise_id,
        "conflict_id": conflict.id,
        "addendum_id": addendum.id,
        "report_id": document.id,
        "letter_id": letter.id,
        "goal_id": goal.id,
        "check_in_id": check_in.id,
        "document_id": document.id,
        "import_id": job.id,
        "mail_id": mail_id,
        "incoming_id": incoming.id,
        "user_id": people["T"].user_id,
        "recap.user_id": people["O"].user_id,
        "officer_id": people["F"].user_id,
        "school_id": stage.school.id,
        "holidays": holiday.id,
        "homerooms": homeroom.id,
    }
