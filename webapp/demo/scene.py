"""One case on the stage: its team, its conference, and guests as their links and codes make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp import tenancy
from webapp.demo.cast import Person, SchoolPlan
from webapp.demo.plans import CasePlan
from webapp.demo.stage import Stage
from webapp.models.conferences import Participant
from webapp.services import case_page, guests, participants
from webapp.tenancy import Actor


@dataclass
class Scene:
    """Acts are transactions of their own; `conference_id` is 0 until there is a conference."""

    stage: Stage
    school: SchoolPlan
    owner: Person
    plan: CasePlan
    case_id: int
    conference_id: int = 0

    def team(self, at: datetime) -> AbstractContextManager[Actor]:
        """Work as the owner of the case."""
        return self.stage.work(self.school, self.owner, at)

    def principal(self, at: datetime) -> AbstractContextManager[Actor]:
        """Work as the school's principal."""
        return self.stage.work(self.school, self.school.holders("principal")[0], at)

    def teacher_of_class(self) -> Person:
        """Who knows the student from class: the class's own teacher, or one who teaches there."""
        per_class = self.school.students // len(self.school.classes)
        class_no = self.plan.place // per_class
        own = self.school.holders("homeroom") or self.school.holders("class_teacher")
        chosen = own[class_no] if class_no < len(own) else self.school.holders("teacher")[0]
        return chosen if chosen.key != self.owner.key else self.school.holders("teacher")[0]

    def teacher(self, at: datetime) -> AbstractContextManager[Actor]:
        """Work as that teacher."""
        return self.stage.work(self.school, self.teacher_of_class(), at)

    def conference(self) -> tuple[int, str]:
        """(id, state) of the case's conference; (0, "") while there is none."""
        with self.team(self.stage.now) as actor:
            lines = case_page.page(actor, self.case_id).activities
        if not lines:
            return 0, ""
        return lines[0].id, lines[0].conference_state or ""

    def people(self, actor: Actor) -> dict[str, Participant]:
        """The participants by what they are here: owner, teacher, mother, father, expert."""
        named = {}
        for row in participants.of(actor, self.conference_id):
            if row.kind == "staff":
                named["owner" if row.user_id == actor.person_id else "teacher"] = row
            elif row.kind == "guardian":
                named["father" if row.position == "Ayah" else "mother"] = row
            else:
                named["expert"] = row
        return named

    def those(self, wanted: Callable[[Participant], bool], at: datetime) -> list[str]:
        """Which participants are wanted, by what they are here."""
        with self.team(at) as actor:
            return [who for who, row in self.people(actor).items() if wanted(row)]

    @contextmanager
    def guest(self, who: str, at: datetime) -> Iterator[Actor]:
        """Work as a guest who came by a link and entered a code that the school read out on the phone."""
        with self.team(at) as actor:
            row = self.people(actor)[who]
            token = guests.mint_link(actor, row, expires_at=at + guests.LINK_LIFE)
            code = guests.give_code(actor, row.id)
        arrival = guests.identify(token, {}, now=at + timedelta(minutes=1))
        with tenancy.work(arrival.actor):
            grant = guests.enter_code(arrival.actor, code)
        if grant is None:
            raise RuntimeError("a fresh code was refused")
        cookies = {guests.cookie_name(row.id): grant.secret}
        actor = guests.identify(token, cookies, now=at + timedelta(minutes=2)).actor
        with tenancy.work(actor):
            yield actor

    def act_as(self, who: str, at: datetime) -> AbstractContextManager[Actor]:
        """Work as a participant, staff or guest."""
        acts = {"owner": self.team, "teacher": self.teacher}
        return acts[who](at) if who in acts else self.guest(who, at)
