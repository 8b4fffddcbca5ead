"""A student who moves: the old school with a case, the new one of the same district, and two that look on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from tests.conference_world import Meeting
from tests.factories import MONDAY, Office, Person, Place, World
from webapp import tenancy
from webapp.domain.transfers import USUAL_PARTS, CaseChoice, Choice
from webapp.services import attachments, case_notes, transfer_arrivals, transfers
from webapp.tenancy import Actor

LATER = MONDAY + timedelta(hours=3)
FACT, IMPRESSION = "Tiga kali terlambat rekaan", "Tampak sedih rekaan"
PAPER = b"%PDF-1.7 surat rekaan %%EOF"


@dataclass
class Move:
    """`old` sends, `new` receives; `near` is of the same district, `far` of another."""

    world: World
    old: Meeting
    new: Place
    receiver: Person
    near: Place
    far: Place

    @classmethod
    def build(cls, world: World, *, now: datetime = MONDAY) -> Move:
        office = world.district()
        old = Meeting.build(world, now=now, district=office)
        new, near, far = world.school(office), world.school(office), world.school()
        receiver = world.person(new, "counsellor")
        for place in (near, far):
            world.person(place, "counsellor")
        return cls(world, old, new, receiver, near, far)

    @classmethod
    def beside(cls, old: Meeting) -> Move:
        """Out of a school that exists, into a new one of its district."""
        office = Office(old.school.district_id, "")
        new, near = old.world.school(office), old.world.school(office)
        return cls(old.world, old, new, old.world.person(new, "counsellor"), near, near)

    def sent_here(self, fact: str = FACT) -> int:
        """Another student's transfer, out of a further school of the district, that waits in the old one."""
        other = Meeting.build(self.world, now=self.old.now, district=Office(self.old.school.district_id, ""))
        back = Move(self.world, other, self.old.school, self.old.counsellor, self.near, self.far)
        return back.noted(fact).released()

    @contextmanager
    def as_(self, person: Person, place: Place, *, when: datetime | None = None) -> Iterator[Actor]:
        """Work as this person in one of the schools."""
        actor = person.at(place, when=when or self.old.now)
        with self.world.app.app_context(), tenancy.work(actor):
            yield actor

    def sender(self):
        return self.as_(self.old.counsellor, self.old.school)

    def receives(self, person: Person | None = None):
        return self.as_(person or self.receiver, self.new, when=self.old.now + (LATER - MONDAY))

    def noted(self, fact: str = FACT) -> Move:
        """The case has a fact, an impression and a file."""
        with self.sender() as actor:
            day = {"happened_on": actor.today - timedelta(days=9)}
            case_notes.add_note(actor, self.old.case_id, kind="fact", body=fact, **day)
            case_notes.add_note(actor, self.old.case_id, kind="impression", body=IMPRESSION, **day)
            file = attachments.add(actor, self.old.case_id, name="surat rekaan.pdf", content=PAPER)
            self.old.extra["file"] = file.id
        return self

    def choice(self, *, parts=USUAL_PARTS, guardians: bool = True, **more) -> Choice:
        return Choice(guardians, (CaseChoice(self.old.case_id, parts, **more),))

    def basis(self, **changes: str) -> dict[str, str]:
        """A consent that the guardian gave on paper the week before."""
        given = {
            "key": "consent",
            "guardian": str(self.old.guardian_id),
            "consent_on": (self.old.now - timedelta(days=7)).date().isoformat(),
            "consent_channel": "paper",
        }
        return given | changes

    def prepared(self, choice: Choice | None = None, *, to: Place | None = None, **basis: str) -> int:
        """A draft's id."""
        with self.sender() as actor:
            return transfers.prepare(
                actor,
                self.old.student_id,
                to_school_id=(to or self.new).id,
                choice=choice or self.choice(),
                basis=self.basis(**basis),
            ).id

    def released(self, choice: Choice | None = None) -> int:
        transfer_id = self.prepared(choice)
        with self.sender() as actor:
            transfers.release(actor, transfer_id)
        return transfer_id

    def accepted(self, choice: Choice | None = None) -> tuple[int, int]:
        """(the transfer's id, the student's id in the new school)."""
        transfer_id = self.released(choice)
        with self.receives() as actor:
            student = transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan Penerima")
            return transfer_id, student.id

    def states(self, as_superuser) -> tuple[str, str | None, int]:
        """(the sender's state, the receiver's or None, packages that still exist)."""
        as_superuser.rollback()
        asked = {"old": self.old.school.id, "new": self.new.id}
        row = as_superuser.execute(
            text(
                "SELECT (SELECT state FROM transfers WHERE school_id = :old ORDER BY id DESC LIMIT 1),"
                " (SELECT state FROM transfer_arrivals WHERE school_id = :new ORDER BY id DESC LIMIT 1),"
                " (SELECT count(*) FROM transfer_packages WHERE school_id = :new)"
            ),
            asked,
        ).one()
        return tuple(row)
