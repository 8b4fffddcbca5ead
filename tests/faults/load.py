"""Mails by the hundred through the real outbox, for several schools, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

import webapp.models  # noqa: F401 - registers the tables
from tasks import nudge
from tests.factories import Place, World
from tests.faults.services import KINDS, Services
from tests.faults.system import System
from tests.services.stage import Stage
from tests.services.test_outbox import meeting
from webapp import tenancy
from webapp.app import create_app
from webapp.models.cases import CaseNote
from webapp.services import boot, outbox, sending

SCHOOLS = 4
FOLLOWED_EACH = 10
"""Of so many invitations one is followed by a newer one in the same stream: it must arrive after it."""


JOURNAL = (
    "CREATE TABLE taken_back (message_id text)",
    "CREATE FUNCTION note_taken_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN INSERT INTO public.taken_back VALUES (NEW.message_id); RETURN NULL; END $$",
    "CREATE TRIGGER note_taken_back AFTER UPDATE OF state ON outbox FOR EACH ROW"
    " WHEN (OLD.state = 'transmitting' AND NEW.state IN ('deferred', 'failed'))"
    " EXECUTE FUNCTION note_taken_back()",
)
"""What the rows themselves do not keep: that a mail was in DATA when it was taken from its run."""


OWN = "(starts_with(dedupe_key, %s) OR kind = ANY (%s))"
"""The mails of a batch: those of services have no name of it, but were put away with the batch before."""


def own(batch: str) -> tuple[str, list[str]]:
    """The values for OWN."""
    return f"{batch}:", list(KINDS)


@dataclass(frozen=True)
class Row:
    message_id: str
    state: str
    attempts: int
    stream: str
    response: str | None


class Load:
    """The world that the mails come from. Queues as services do: in transactions, nudged after the commit."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._app: Flask = create_app(system.settings)
        nudge.connect(self._app)
        world = World(self._app)
        with self._app.app_context():
            boot.ensure_platform(datetime.now(UTC))
        self.stage = Stage.build(world, now=datetime.now(UTC))
        self._schools: list[Place] = [self.stage.school, *(world.school() for _ in range(SCHOOLS - 1))]

        self._services = Services(self._app, self.stage)
        for statement in JOURNAL:
            system.sql(statement)

    def taken_back(self) -> set[str]:
        """Messages whose run let its lease pass while they were in DATA."""
        return {message_id for (message_id,) in self._system.sql("SELECT message_id FROM taken_back")}

    def queue(self, batch: str, mails: int) -> int:
        """So many invitations and a round of services, held back until `release`: what is broken then is all
        of them in flight. How many mails that is."""
        self._system.sql("INSERT INTO sending_holds (held_at, backup_at) VALUES (now(), now())")
        for number, school in enumerate(self._schools):
            share = mails // SCHOOLS + (number < mails % SCHOOLS)
            actor = tenancy.system(school.id, datetime.now(UTC))
            with self._app.app_context(), tenancy.work(actor):
                for place in range(share):
                    is_second = place % FOLLOWED_EACH == 1
                    stream = f"{batch}:{place - is_second}"
                    outbox.queue(
                        actor,
                        "invitation_update" if is_second else "invitation",
                        replace(meeting(int(is_second)), to_name=f"Tamu Rekaan {place}"),
                        to_address=f"tamu{place}@contoh.example",
                        to_name=f"Tamu Rekaan {place}",
                        locale="id",
                        dedupe_key=f"{batch}:{place}",
                        stream=stream,
                    )
        self._services.queue()
        return mails + self._services.MAILS

    def release(self) -> None:
        """As `pamong release`: everything is due, and the workers are told."""
        actor = tenancy.system(tenancy.PLATFORM_SCHOOL_ID, datetime.now(UTC))
        with self._app.app_context(), tenancy.work(actor):
            sending.release(actor)

    def nudge(self, times: int) -> None:
        """Tell the workers so many times more, as so many commits of schools would."""
        for number in range(times):
            actor = tenancy.system(self._schools[number % SCHOOLS].id, datetime.now(UTC))
            with self._app.app_context(), tenancy.work(actor):
                tenancy.wake("mail")

    def unfinished(self, batch: str) -> int:
        ((number,),) = self._system.sql(
            f"SELECT count(*) FROM outbox WHERE {OWN} AND state = ANY (%s)", *own(batch), list(outbox.UNSENT)
        )
        return number

    def documents(self) -> Counter[str]:
        """State -> how many documents stand in it."""
        return Counter(dict(self._system.sql("SELECT state, count(*) FROM reports GROUP BY state")))

    def transmitting(self, batch: str) -> list[tuple[str, int]]:
        """Message and process of what is in DATA by the rows."""
        rows = self._system.sql(
            f"SELECT message_id, claimed_by FROM outbox WHERE {OWN} AND state = 'transmitting'", *own(batch)
        )
        return [(message_id, int(worker.split(":")[1])) for message_id, worker in rows]

    def in_hand(self) -> set[int]:
        """Processes that hold a mail."""
        rows = self._system.sql("SELECT DISTINCT claimed_by FROM outbox WHERE claimed_by IS NOT NULL")
        return {int(worker.split(":")[1]) for (worker,) in rows}

    def being_built(self) -> list[int]:
        """Processes that have claimed a mail which has no text yet."""
        rows = self._system.sql(
            "SELECT DISTINCT claimed_by FROM outbox WHERE state = 'claimed' AND content_enc IS NULL"
        )
        return [int(worker.split(":")[1]) for (worker,) in rows]

    def rows(self, batch: str) -> list[Row]:
        """In the order in which they were queued."""
        found = self._system.sql(
            "SELECT message_id, state, attempts, school_id || ':' || coalesce(stream, message_id),"
            f" last_response FROM outbox WHERE {OWN} ORDER BY school_id, id",
            *own(batch),
        )
        return [Row(*row) for row in found]

    def forget(self, batch: str) -> None:
        """Put away what is done: the last fault of a long run meets the same database as the first."""
        self._system.sql(f"DELETE FROM outbox WHERE {OWN}", *own(batch))

    def notes(self) -> set[str]:
        """The texts of the visitor's notes as they stand in the case."""
        mine = select(CaseNote).where(
            CaseNote.school_id == self.stage.school.id, CaseNote.case_id == self.stage.case_id
        )
        with self.stage.as_(self.stage.counsellor, when=datetime.now(UTC)):
            return {note.body for note in tenancy.session.scalars(mine)}
