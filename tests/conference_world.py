"""A conference from the open meeting to its end: acts on top of the stage, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy import select

from tests.factories import MONDAY
from tests.services.stage import ENDS_AT, STARTS_AT, STUDENT, Stage
from webapp import tenancy
from webapp.models.commitments import Commitment
from webapp.services import (
    commitments,
    conclusions,
    content,
    meeting,
    minutes,
    participants,
    pledges,
    reports,
)
from webapp.tenancy import Actor

__all__ = ["AFTER", "DURING", "ENDS_AT", "STARTS_AT", "STUDENT", "TEXTS", "Meeting"]

DURING = STARTS_AT + timedelta(minutes=5)
AFTER = ENDS_AT + timedelta(minutes=10)
TEXTS = {
    "purpose": "Mencari jalan keluar rekaan bersama",
    "strengths": "Rajin menggambar\nRamah kepada teman",
    "symptoms": "Sering tidak masuk pada hari Senin",
    "data": "Rekap kehadiran Juli sampai Oktober",
    "efforts": "Konseling perorangan dua kali",
    "discussion": "Orang tua bercerita tentang jam tidur",
    "recommendations": "Pendampingan belajar sore",
    "decisions": "Jam malam diatur bersama",
}


class Meeting(Stage):
    """The stage with its meeting. Present: counsellor, teacher and guardian; the expert is absent.

    For pages, whose clock is the real one, build it at the present moment: everything then happens now.
    """

    @property
    def during(self) -> datetime:
        return DURING if self.now == MONDAY else self.now

    @property
    def after(self) -> datetime:
        return AFTER if self.now == MONDAY else self.now

    @property
    def due_on(self) -> date:
        return (self.now + timedelta(days=17)).date()

    def opened(self) -> Meeting:
        """The meeting is open, those present have signed, attendance is recorded."""
        if not self.conference_id:
            self.invited()
        with self.as_(self.counsellor, when=self.during) as actor:
            meeting.open_meeting(actor, self.conference_id)
        with self.as_(self.teacher, when=self.during) as actor:
            pledges.sign(actor, self.conference_id, typed_name=self.teacher.name)
        with self.as_guest("guardian", when=self.during, verified=False) as actor:
            pledges.sign(actor, self.conference_id, typed_name="Wali Rekaan")
        with self.as_(self.counsellor, when=self.during) as actor:
            rows = participants.of(actor, self.conference_id)
            attendance = {row.id: "absent" if row.kind == "expert" else "present" for row in rows}
            meeting.record_attendance(actor, self.conference_id, attendance)
        return self

    def described(self, **changes: str) -> Meeting:
        """Opened, and every section has a text."""
        self.opened()
        with self.as_(self.counsellor, when=self.during) as actor:
            for section, text in (TEXTS | changes).items():
                version = content.read(actor, self.conference_id)[section].version
                content.save(actor, self.conference_id, section, text=text, version=version)
        return self

    def with_tasks(self) -> Meeting:
        """Described, and teacher and guardian have a task each; the teacher has accepted."""
        self.described()
        for kind in ("staff", "guardian"):
            participant = self.participant(kind)
            with self.as_(self.counsellor, when=self.during) as actor:
                row = commitments.propose(
                    actor,
                    self.conference_id,
                    participant_id=participant.id,
                    what=f"Tugas rekaan {kind}",
                    due_on=self.due_on,
                    check_ins=[self.due_on - timedelta(days=7)],
                )
                self.extra[f"task_{kind}"] = row.id
        with self.as_(self.teacher, when=self.during) as actor:
            commitments.answer(actor, self.extra["task_staff"], accepts=True)
        return self

    def concluded(self) -> Meeting:
        self.with_tasks()
        with self.as_(self.counsellor, when=self.after) as actor:
            meeting.conclude(actor, self.conference_id)
        return self

    def agreed(self) -> Meeting:
        """Concluded; the guardian has a reservation, the others agree."""
        return self.concluded().speak()

    def speak(self) -> Meeting:
        """Everyone present says their word on the conclusion."""
        for person in (self.counsellor, self.teacher):
            with self.as_(person, when=self.after) as actor:
                conclusions.give_opinion(actor, self.conference_id, opinion="agreed")
        with self.as_guest("guardian", when=self.after) as actor:
            conclusions.give_opinion(
                actor, self.conference_id, opinion="reservation", reservation="Jam malam terlalu ketat"
            )
        return self

    def signed_off(self) -> Meeting:
        return self.agreed().sign()

    def sign(self) -> Meeting:
        """Counsellor and principal sign the minutes."""
        for person, part in ((self.counsellor, "counsellor"), (self.principal, "principal")):
            with self.as_(person, when=self.after) as actor:
                conclusions.sign_off(actor, self.conference_id, part=part)
        return self

    def documented(self) -> Meeting:
        """Signed off, and both documents made."""
        return self.signed_off().make()

    def make(self) -> Meeting:
        """Minutes and attendance list, as the worker makes them."""
        with self.as_(self.counsellor, when=self.after) as actor:
            made = [(row.kind, row.id) for row in minutes.request(actor, self.conference_id)]
        with self.world.app.app_context():
            for kind, report_id in made:
                self.extra[kind] = report_id
                assert reports.run(
                    tenancy.system(self.school.id, self.after + timedelta(days=3650)), report_id
                )
        return self

    def task(self, kind: str) -> Commitment:
        with self.as_(self.counsellor):
            wanted = select(Commitment).where(Commitment.id == self.extra[f"task_{kind}"])
            return tenancy.session.scalars(wanted).one()

    @contextmanager
    def as_guest(
        self, kind: str = "guardian", *, when: datetime | None = None, verified: bool = True
    ) -> Iterator[Actor]:
        """Work as a guest who came by the invitation's link."""
        actor = self.guest(kind, when=when or self.during, verified=verified)
        with self.world.app.app_context(), tenancy.work(actor):
            yield actor
