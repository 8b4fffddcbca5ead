"""Cases of the demo, and conferences in their first states; their mails are really delivered."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from webapp import tenancy
from webapp.demo.cast import DemoSchool, actor
from webapp.models.cases import Case
from webapp.models.students import Student
from webapp.services import case_notes, cases
from webapp.services import conferences as service
from webapp.services.conference_drafts import Draft
from webapp.services.participants import Proposed

STORIES = (
    ("social", "truancy", "medium", "Sering tidak hadir pada jam pertama."),
    ("academic", "learning_difficulty", "low", "Nilai matematika menurun sejak semester lalu."),
    ("personal", "communication_breakdown", "medium", "Jarang bercerita; rumah dan sekolah jarang bertemu."),
    ("social", "conflict_peer", "high", "Berselisih dengan teman sekelas."),
    ("career", "parental_disinterest", "low", "Bingung memilih jurusan."),
    ("social", "bullying", "high", "Diejek di kelas dan di grup percakapan."),
    ("academic", "truancy", "low", "Tugas banyak yang belum selesai."),
    ("personal", "conflict_parent", "medium", "Berbeda pendapat dengan orang tua."),
    ("social", "conflict_teacher", "medium", "Salah paham dengan seorang guru."),
    ("career", "learning_difficulty", "low", "Minat praktik kuat, teori tertinggal."),
)


def seed(school: DemoSchool, at: datetime) -> None:
    """Ten cases, and on three of them a draft, a request that waits, and invitations that went out."""
    role = "class_teacher" if school.level == "sd" else "counsellor"
    owner = actor(school, role, at)
    with tenancy.work(owner) as session:
        count = session.scalar(
            select(func.count()).select_from(Case).where(Case.school_id == owner.school_id)
        )
        if count:
            return
        chosen = session.scalars(
            select(Student.id)
            .where(Student.school_id == owner.school_id)
            .order_by(Student.id)
            .limit(len(STORIES))
        ).all()
        opened = []
        for student_id, (field, kind, severity, story) in zip(chosen, STORIES, strict=True):
            case = cases.open_case(
                owner,
                student_id=student_id,
                field=field,
                kinds=[kind],
                source="homeroom",
                severity=severity,
                summary=story,
            )
            case_notes.add_note(
                owner,
                case.id,
                kind="fact",
                body="Rajin membantu teman dan disenangi adik kelas.",
                happened_on=owner.today,
            )
            case_notes.add_note(
                owner, case.id, kind="impression", body="Tampak ingin didengar.", happened_on=owner.today
            )
            opened.append(case.id)
        service.start(owner, opened[0], _draft(school, owner.time_zone, at, days=9))
        waiting = service.start(owner, opened[1], _draft(school, owner.time_zone, at, days=8))
        invited = service.start(owner, opened[2], _draft(school, owner.time_zone, at, days=7))
        for conference in (waiting, invited):
            service.request(owner, conference.id, signed_name=f"Ratna Contoh {school.number}")
    principal = actor(school, "principal", at)
    with tenancy.work(principal):
        service.approve(principal, invited.id)


def _draft(school: DemoSchool, zone: str, at: datetime, *, days: int) -> Draft:
    day = (at.astimezone(ZoneInfo(zone)) + timedelta(days=days)).date()
    starts_at = datetime.combine(day, time(9, 0), ZoneInfo(zone))
    return Draft(
        purpose="Mencari jalan terbaik bersama dan berbagi peran",
        place="Ruang BK",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        proposed=(
            Proposed(
                "expert",
                "easing",
                "Memberi pandangan",
                name="Psikolog Rekaan",
                position="Psikolog",
                email=f"psikolog.{school.number}@contoh.example",
            ),
            Proposed(
                "expert",
                "information",
                "Menceritakan keadaan di lingkungan",
                name="Pendamping Umpama",
                position="Pekerja sosial",
                email=f"bounce.pendamping.{school.number}@contoh.example",
            ),
        ),
    )
