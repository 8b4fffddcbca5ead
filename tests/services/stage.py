"""A school with a case about to be conferred on, and the acts that bring its conference forward."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from tests.factories import MONDAY, Person, Place, World
from webapp import tenancy
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, Participant
from webapp.services import cases, conference_drafts, conferences, guests
from webapp.services.participants import Proposed
from webapp.tenancy import Actor

STARTS_AT = MONDAY + timedelta(days=3, hours=2)
ENDS_AT = STARTS_AT + timedelta(minutes=90)
STUDENT = "Zubaidah Contohwati"


@dataclass
class Stage:
    """One school's own cast; every act runs in a transaction of its own, as the person who does it."""

    world: World
    school: Place
    counsellor: Person
    principal: Person
    teacher: Person
    student_id: int
    guardian_id: int
    case_id: int
    conference_id: int = 0
    now: datetime = MONDAY
    extra: dict[str, int] = field(default_factory=dict)

    @classmethod
    def build(cls, world: World, *, now: datetime = MONDAY, **school_values) -> Stage:
        school = world.school(email="sekolah@contoh.example", **school_values)
        counsellor = world.person(school, "counsellor")
        principal = world.person(school, "principal")
        teacher = world.person(school, "homeroom")
        student_id = world.student(school, name=STUDENT)
        guardian_id = world.guardian(school, student_id, email="wali.rekaan@contoh.example")
        stage = cls(world, school, counsellor, principal, teacher, student_id, guardian_id, 0, now=now)
        with stage.as_(counsellor) as actor:
            stage.case_id = cases.open_case(
                actor,
                student_id=student_id,
                field="social",
                kinds=["truancy"],
                source="counsellor",
                severity="medium",
                summary="Ringkasan rekaan",
            ).id
        return stage

    @property
    def starts_at(self) -> datetime:
        """When the meeting begins: STARTS_AT, as seen from the stage's own moment."""
        return self.now + (STARTS_AT - MONDAY)

    @contextmanager
    def as_(self, person: Person, *, when: datetime | None = None):
        """Work as this person at a moment; the stage's own, where none is named."""
        actor = person.at(self.school, when=when or self.now)
        with self.world.app.app_context(), tenancy.work(actor):
            yield actor

    def draft(self, **changes) -> conference_drafts.Draft:
        """A complete request: teacher, guardian and outside expert; all read English, as in World.person."""
        draft = conference_drafts.Draft(
            purpose="Mencari jalan keluar bersama",
            place="Ruang BK",
            starts_at=self.starts_at,
            ends_at=self.starts_at + (ENDS_AT - STARTS_AT),
            proposed=(
                Proposed(
                    "staff", "information", "Menceritakan keadaan di kelas", user_id=self.teacher.user_id
                ),
                Proposed(
                    "guardian",
                    "commitment",
                    "Mendampingi di rumah",
                    guardian_id=self.guardian_id,
                    locale="en",
                ),
                Proposed(
                    "expert",
                    "easing",
                    "Memberi pandangan",
                    name="Psikolog Rekaan",
                    position="Psikolog",
                    email="psikolog@contoh.example",
                    phone="081200000000",
                    locale="en",
                ),
            ),
        )
        return replace(draft, **changes)

    def drafted(self, **changes) -> Stage:
        with self.as_(self.counsellor) as actor:
            self.conference_id = conferences.start(actor, self.case_id, self.draft(**changes)).id
        return self

    def requested(self, **changes) -> Stage:
        self.drafted(**changes)
        with self.as_(self.counsellor) as actor:
            conferences.request(actor, self.conference_id, signed_name=self.counsellor.name)
        return self

    def invited(self, **changes) -> Stage:
        self.requested(**changes)
        with self.as_(self.principal) as actor:
            conferences.approve(actor, self.conference_id)
        return self

    def participant(self, kind: str) -> Participant:
        """The participant of that kind (for staff: the teacher)."""
        with self.as_(self.counsellor):
            rows = tenancy.session.scalars(
                select(Participant).where(
                    Participant.conference_id == self.conference_id, Participant.kind == kind
                )
            ).all()
        return next(row for row in rows if row.user_id in (None, self.teacher.user_id))

    def conference(self) -> Conference:
        with self.as_(self.counsellor):
            return tenancy.session.scalars(
                select(Conference).where(Conference.id == self.conference_id)
            ).one()

    def delivered(self) -> Stage:
        """What waits in the outbox has left."""
        with self.world.app.app_context(), tenancy.work(tenancy.system(self.school.id, self.now)):
            tenancy.session.execute(
                update(OutboxMail)
                .where(OutboxMail.school_id == self.school.id, OutboxMail.state == "queued")
                .values(state="sent", due_at=None, sent_at=self.now)
            )
        return self

    def mails(self, kind: str | None = None) -> list[Mail]:
        """What stands in the school's outbox, oldest first."""
        with self.world.app.app_context(), tenancy.work(tenancy.system(self.school.id, MONDAY)):
            rows = tenancy.session.scalars(
                select(OutboxMail).where(OutboxMail.school_id == self.school.id).order_by(OutboxMail.id)
            ).all()
            return [
                Mail(row.kind, row.to_address, row.participant_id, row.facts, row.state, row.last_response)
                for row in rows
                if kind in (None, row.kind)
            ]

    def token(self, kind: str = "guardian") -> str:
        """The token in a guest's invitation."""
        participant = self.participant(kind)
        mail = next(mail for mail in self.mails("invitation") if mail.participant_id == participant.id)
        return mail.facts["link"].rstrip("/").rpartition("/")[2]

    def guest(self, kind: str = "guardian", *, when: datetime | None = None, verified: bool = False) -> Actor:
        """The guest as an actor, as their link makes them."""
        with self.world.app.app_context():
            arrival = guests.identify(self.token(kind), {}, now=when or self.now)
        return replace(arrival.actor, verified=verified)


@dataclass(frozen=True)
class Mail:
    """One queued mail, opened."""

    kind: str
    to_address: str
    participant_id: int | None
    facts: dict
    state: str
    last_response: str | None

    def __str__(self) -> str:
        return json.dumps(self.facts, ensure_ascii=False)
