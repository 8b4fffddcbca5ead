"""The counsellors of a school are told that another school sends a student: by a row that falls due at once.

A row and not a mail: who sends reads no address of the other school. Whether it still waits is asked when the
mail leaves.
"""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_
from webapp.mail.cases import TransferReceivedFacts
from webapp.models.background import Due
from webapp.models.transfers import TransferArrival
from webapp.services import letterheads, links, outbox, people
from webapp.tenancy import Actor

KIND = "transfer_received"
_REASON = N_("Another school has sent a student's transfer.")


def send(actor: Actor, row: Due) -> str:
    """Queue a mail to each counsellor (where there is none, to each class teacher), if it still waits; a word
    of what became of the row."""
    arrival = _waiting(actor, row)
    if arrival is None:
        return "ended"
    readers = people.staff(actor, "counsellor") or people.staff(actor, "class_teacher")
    letterhead = letterheads.mail_letterhead(actor)
    link = links.school_url(actor, f"transfers/arrivals/{arrival.id}/")
    for reader in readers:
        facts = TransferReceivedFacts(
            letterhead=letterhead, to_name=reader.name, from_school=arrival.from_school_name, link=link
        )
        outbox.queue_to_staff(actor, KIND, facts, reader, dedupe_key=f"{KIND}:{arrival.id}:{reader.user_id}")
    return "queued" if readers else "unreachable"


def reason(actor: Actor, row: Due) -> str | None:
    """Why the mail is due, or None when nothing waits any more."""
    return None if _waiting(actor, row) is None else _REASON


def _waiting(actor: Actor, row: Due) -> TransferArrival | None:
    return tenancy.session.scalar(
        select(TransferArrival).where(
            TransferArrival.school_id == actor.school_id,
            TransferArrival.id == row.subject_id,
            TransferArrival.state == "waiting",
        )
    )
