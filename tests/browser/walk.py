"""One walk through the product: who takes part, and what they have come by so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.browser.language import Language
from tests.browser.mailbox import Mailbox
from tests.browser.person import Person, Sight
from tests.engines.demo import Demo
from webapp.dapodik.generator import invent
from webapp.domain.dates import zone
from webapp.domain.school_clock import SchoolClock

STUDENTS = 12
CLASSES = ("X-1", "X-2")
SCHOOL_ZONE = "Asia/Jakarta"

ROLES = ("school_admin", "counsellor", "principal", "homeroom")
NAMES = {
    "school_admin": "Tata Usaha Rekaan",
    "counsellor": "Kartini Pembimbing Rekaan, S.Pd.",
    "principal": "Bapak Kepala Rekaan, M.Pd.",
    "homeroom": "Ibu Wali Rekaan, S.Pd.",
}


@dataclass
class Walk:
    """The stack, the language and size of this walk, and the people by role."""

    demo: Demo
    sight: Sight
    mailbox: Mailbox
    folder: Path
    number: int
    people: dict[str, Person] = field(default_factory=dict)
    conference_url: str = ""
    case_url: str = ""
    case_number: str = ""

    @property
    def t(self) -> Language:
        return self.sight.t

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.demo.port}"

    @property
    def school(self) -> str:
        return f"SMA Jalan {('Terang', 'Teduh')[self.number - 1]}"

    @property
    def student(self) -> dict[str, Any]:
        """The first student of the file, whom the case is about."""
        return next(invent(CLASSES, STUDENTS, self.number))

    @property
    def clock(self) -> SchoolClock:
        return SchoolClock(SCHOOL_ZONE)

    @property
    def today(self) -> date:
        return datetime.now(zone(SCHOOL_ZONE)).date()

    @property
    def meets_on(self) -> date:
        return self.clock.day_after(self.today + timedelta(days=6))

    @property
    def due_on(self) -> date:
        """When the task is due."""
        return self.clock.day_after(self.today + timedelta(days=2))

    @property
    def morning_after(self) -> datetime:
        """The first school morning on which the task is late, after the reminders' and digests' hours."""
        return self.clock.moment(self.clock.day_after(self.due_on), self.clock.reminders_at)

    def address(self, who: str) -> str:
        return f"{who.replace('_', '.')}.{self.sight.size}@jalan.example"

    def arrives(self, who: str, name: str = "") -> Person:
        """A browser of their own for one more person."""
        person = Person(self.sight, self.base_url, name=name or NAMES.get(who, ""), email=self.address(who))
        self.people[who] = person
        return person

    def everybody_leaves(self) -> None:
        for person in self.people.values():
            person.close()
