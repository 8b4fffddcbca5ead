"""A case with promises and behaviours around a moment, put together row by row."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tests.factories import Person, Place, World
from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.services import cases


@dataclass
class Watched:
    """One case of one counsellor with its conference and one participant; days are counted from today."""

    world: World
    place: Place
    counsellor: Person
    now: datetime
    case_id: int = 0
    number: str = ""
    conference_id: int = 0
    participant_id: int = 0

    @classmethod
    def build(
        cls,
        world: World,
        place: Place | None = None,
        *,
        counsellor: Person | None = None,
        state: str = "monitoring",
        starts_in: timedelta = timedelta(days=-3),
        now: datetime | None = None,
    ) -> Watched:
        place = place or world.school()
        counsellor = counsellor or world.person(place, "counsellor")
        watched = cls(world, place, counsellor, now or datetime.now(UTC))
        student = world.student(place)
        with watched.work() as actor:
            case = cases.open_case(
                actor,
                student_id=student,
                field="social",
                kinds=["truancy"],
                source="counsellor",
                severity="low",
                summary="Ringkasan rekaan",
            )
            watched.case_id, watched.number = case.id, case.number
        watched.conference(state, starts_in)
        return watched

    @contextmanager
    def work(self):
        actor = self.counsellor.at(self.place, when=self.now)
        with self.world.app.app_context(), tenancy.work(actor):
            yield actor

    @property
    def today(self) -> date:
        return self.counsellor.at(self.place, when=self.now).today

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def conference(self, state: str, starts_in: timedelta, **values) -> None:
        """The conference that what follows belongs to, with an outside expert in it."""
        starts_at = self.now + starts_in
        was_held = state in ("concluded", "monitoring")
        with self.work() as actor:
            activity = tenancy.add(
                Activity(
                    case_id=self.case_id,
                    procedure="conference",
                    created_by=actor.person_id,
                    created_at=self.now,
                )
            )
            tenancy.add(
                Conference(
                    id=activity.id,
                    case_id=self.case_id,
                    state=state,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=1),
                    place="Ruang BK",
                    requester_id=actor.person_id,
                    requested_at=self.now,
                    approved_at=None if state in ("draft", "requested") else self.now,
                    opened_at=starts_at if was_held else None,
                    concluded_at=starts_at if was_held else None,
                    created_at=self.now,
                    **values,
                )
            )
            self.conference_id = activity.id
        self.participant_id = self.participant(name="Psikolog Rekaan", phone="081200000000")

    def participant(self, person: Person | None = None, *, answer: str = "pending", **values) -> int:
        """Another participant: a person of the school, or an outside expert."""
        with self.work():
            row = Participant(
                conference_id=self.conference_id,
                kind="expert" if person is None else "staff",
                user_id=None if person is None else person.user_id,
                why="easing",
                answer=answer,
                created_at=self.now,
                email="luar@contoh.example" if person is None else person.email,
                **({"name": person.name} if person else {}),
                **values,
            )
            return tenancy.add(row).id

    def promise(
        self,
        days: int,
        state: str = "accepted",
        *,
        what: str = "Tugas rekaan",
        participant_id: int | None = None,
    ) -> int:
        """A promise due so many days from today."""
        with self.work() as actor:
            row = Commitment(
                case_id=self.case_id,
                activity_id=self.conference_id,
                participant_id=participant_id or self.participant_id,
                due_on=self.day(days),
                state=state,
                created_by=actor.person_id,
                created_at=self.now,
                what=what,
            )
            return tenancy.add(row).id

    def report(self, promise_id: int, *, days: int = -1, state: str = "under_way", note: str = "") -> None:
        """The owner of a promise said so."""
        with self.work():
            tenancy.add(
                CommitmentReport(
                    commitment_id=promise_id,
                    case_id=self.case_id,
                    state=state,
                    by_participant_id=self.participant_id,
                    at=self.now + timedelta(days=days),
                    channel="link",
                    note=note,
                )
            )

    def goal(self, *scores: int, behaviour: str = "Perilaku rekaan") -> int:
        """A behaviour that is watched, observed on the days before today."""
        with self.work() as actor:
            row = tenancy.add(
                BehaviourGoal(
                    case_id=self.case_id,
                    activity_id=self.conference_id,
                    created_by=actor.person_id,
                    created_at=self.now,
                    behaviour=behaviour,
                )
            )
            for number, score in enumerate(scores):
                tenancy.add(
                    Observation(
                        goal_id=row.id,
                        case_id=self.case_id,
                        observed_on=self.day(number - len(scores)),
                        score=score,
                        by_user_id=actor.person_id,
                        at=self.now,
                        note=f"Catatan rekaan {number}",
                    )
                )
            return row.id

    def check_in(self, days: int, **subject: int) -> int:
        """A check-in of a goal_id or a commitment_id."""
        with self.work():
            return tenancy.add(CheckIn(case_id=self.case_id, due_on=self.day(days), **subject)).id
