"""Whom a meeting misses: key people who cannot come or stay silent, and whoever refused the commitment.

The request marks its key people: without them the meeting has no point. The counsellor decides over every
such absence: hold the meeting without the person (with a reason), postpone it, or call it off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.vocabulary import Term, Vocabulary

ANSWER_BEFORE = timedelta(days=1)
"""A key person who has not answered so long before the meeting counts as missed."""

ABSENCES = Vocabulary(
    Term("refused", "Menolak komitmen: tidak ikut serta", "Declined the commitment: takes no part"),
    Term("disowned", "Menyatakan undangan bukan untuknya", "Says the invitation is not for them"),
    Term("no", "Tidak dapat hadir", "Cannot come"),
    Term("other_time", "Meminta waktu lain", "Asks for another time"),
    Term("silent", "Belum menjawab, batas waktunya sudah lewat", "Has not answered by the deadline"),
)

DECIDABLE_STATES = frozenset({"approved", "invited"})


@dataclass(frozen=True)
class Expected:
    """One participant as the question sees them; `answer` is a key of ANSWERS."""

    answer: str
    is_key: bool
    is_disowned: bool = False
    is_refused: bool = False


def answer_deadline(starts_at: datetime) -> datetime:
    """Until when key people are asked to have answered."""
    return starts_at - ANSWER_BEFORE


def absence(person: Expected, *, starts_at: datetime, now: datetime) -> str | None:
    """Why the meeting misses this person (a key of ABSENCES), or None.

    Whoever takes no part or was never meant is missed by every meeting; the rest is asked of key people.
    """
    if person.is_refused:
        return "refused"
    if person.is_disowned:
        return "disowned"
    if not person.is_key:
        return None
    if person.answer in ("no", "other_time"):
        return person.answer
    return "silent" if person.answer == "pending" and now >= answer_deadline(starts_at) else None


def check_can_hold_without(state: str, missed: int, reason: str) -> None:
    """A meeting ahead is held without those who are missed, for a reason that is written down."""
    if state not in DECIDABLE_STATES:
        raise Conflict(N_("The conference is not in a state that allows this."))
    if not missed:
        raise Conflict(N_("Nobody is missed who has not been decided over."))
    if not reason.strip():
        raise Invalid(N_("Please give a reason."), field="reason")


def check_can_refuse(state: str, *, signed: bool) -> None:
    """The commitment is declined after the approval until the meeting ends, by one who has not signed it."""
    if state not in ("approved", "invited", "open"):
        raise Conflict(N_("The conference is not in a state that allows this."))
    if signed:
        raise Conflict(N_("The commitment is signed already: what was promised stands."))


def check_can_sign_after_refusal(state: str) -> None:
    """Minds change until the meeting; afterwards the counsellor lets the person answer anew."""
    if state not in DECIDABLE_STATES:
        raise Conflict(
            N_("You declined the commitment before the meeting: speak with the counsellor, who can ask anew.")
        )
