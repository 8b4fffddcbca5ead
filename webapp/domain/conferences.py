"""The case conference as rules: its states, and what each step asks before it may happen.

Stages and their order follow POP BK SMA 2016 as the article reports it: preparation, conduct, report,
monitoring. Facts come in as small frozen values; a refusal is a DomainError, silence means yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.identifiers import mentions
from webapp.domain.words import WHYS

# --- the state machine ------------------------------------------------------------------------------

FIRST_STATE = "draft"
FINAL_STATES = frozenset({"completed", "cancelled"})

TRANSITIONS: dict[tuple[str, str], str] = {
    ("draft", "request"): "requested",
    ("requested", "withdraw"): "draft",
    ("requested", "return"): "returned",
    ("requested", "approve"): "approved",
    ("returned", "request"): "requested",
    ("approved", "invite"): "invited",
    ("approved", "reschedule"): "approved",
    ("invited", "reschedule"): "invited",
    ("invited", "open"): "open",
    ("open", "conclude"): "concluded",
    ("concluded", "resume"): "open",
    ("concluded", "sign_off"): "monitoring",
    ("monitoring", "complete"): "completed",
}
TRANSITIONS |= {(state, "cancel"): "cancelled" for state, _ in tuple(TRANSITIONS)}

EVENTS = tuple(dict.fromkeys(event for _, event in TRANSITIONS))
EVENTS_WITH_REASON = frozenset({"return", "cancel", "resume"})

# Up to approval nothing may reach a participant; from then on invitations, changes and tasks may.
APPROVED_STATES = frozenset({"approved", "invited", "open", "concluded", "monitoring", "completed"})
# Time and people are still proposed, and nobody has been asked.
UNDECIDED_STATES = frozenset({"draft", "returned", "requested"})
BEFORE_MEETING_STATES = UNDECIDED_STATES | {"approved", "invited"}
# The conference took place (its figures count it as held).
HELD_STATES = frozenset({"open", "concluded", "monitoring", "completed"})
LOCKED_STATES = frozenset({"monitoring", "completed", "cancelled"})


def move(state: str, event: str, *, reason: str = "") -> str:
    """The state after `event`; raises Conflict where the state does not allow it, Invalid without a reason
    where one is asked (return, cancel, resume)."""
    target = TRANSITIONS.get((state, event))
    if target is None:
        raise Conflict(N_("The conference is not in a state that allows this."))
    if event in EVENTS_WITH_REASON and not reason.strip():
        raise Invalid(N_("Please give a reason."), field="reason")
    return target


def allowed_events(state: str) -> tuple[str, ...]:
    """Events that `state` allows, in the order of the procedure."""
    return tuple(event for event in EVENTS if (state, event) in TRANSITIONS)


def is_locked(state: str) -> bool:
    """True once content can no longer change: after sign-off, or when the conference was cancelled."""
    return state in LOCKED_STATES


def may_mail(state: str, *, was_invited: bool = False) -> bool:
    """Whether anything may be sent to participants: only after approval; a cancelled conference may still
    tell those who had been invited."""
    return state in APPROVED_STATES or (state == "cancelled" and was_invited)


NOT_BEFORE_APPROVAL = N_("Nothing is sent to participants before the principal has approved the request.")


def check_can_invite(state: str, starts_at: datetime, now: datetime) -> None:
    """Whether people may be asked to come, by any way: after approval, until the meeting starts."""
    if state == "cancelled":
        raise Conflict(N_("This meeting has been cancelled."))
    if not may_mail(state):
        raise Conflict(NOT_BEFORE_APPROVAL)
    if state not in ("approved", "invited") or now >= starts_at:
        raise Conflict(N_("The meeting has started: nobody is invited any more."))


DO_NOT_CONTACT = N_("This person is marked as not to be contacted and cannot be invited.")
SIGN_FIRST = N_("Sign the commitment to confidentiality and readiness to help first.")

# --- preparation ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invitee:
    """One proposed participant: why this person is asked (a key of WHYS)."""

    why: str
    is_requester: bool = False
    do_not_contact: bool = False


@dataclass(frozen=True)
class RequestFacts:
    """What the request to the principal holds when it is handed in; `is_suspected`: violence, harassment or
    a crime."""

    purpose: str
    student_name: str
    place: str
    starts_at: datetime | None
    ends_at: datetime | None
    invitees: tuple[Invitee, ...]
    requester_signed: bool
    is_suspected: bool = False
    despite: str = ""


def check_purpose(purpose: str, student_name: str) -> None:
    """The purpose is neutral: it is there, and names the student neither fully nor in part."""
    if not purpose.strip():
        raise Invalid(N_("Say in neutral words what the meeting is for."), field="purpose")
    if mentions(purpose, student_name):
        raise Invalid(N_("The purpose is read in mails: leave out the student's name."), field="purpose")


def check_despite(despite: str, student_name: str, *, is_suspected: bool) -> None:
    """Where violence, harassment or a crime is suspected a conference needs its reason, which names the
    student no more than the purpose does."""
    if is_suspected and not despite.strip():
        raise Invalid(
            N_("Violence, harassment or a crime is suspected: say why a conference all the same."),
            field="despite",
        )
    if mentions(despite, student_name):
        raise Invalid(N_("The principal reads the reason: leave out the student's name."), field="despite")


def check_meeting_time(starts_at: datetime | None, ends_at: datetime | None, *, now: datetime) -> None:
    """The meeting lies ahead and ends after it starts, on the same or the next day."""
    if starts_at is None or starts_at <= now:
        raise Invalid(N_("The meeting must lie in the future."), field="starts_at")
    if ends_at is None or ends_at <= starts_at:
        raise Invalid(N_("The meeting must end after it starts."), field="ends_at")
    if (ends_at - starts_at).total_seconds() > 24 * 3600:
        raise Invalid(N_("A meeting lasts at most one day."), field="ends_at")


def check_invitee(invitee: Invitee) -> None:
    """Each participant is asked for a reason, and may be contacted at all."""
    if invitee.why not in WHYS:
        message = N_("Choose why each participant is asked: information, easing or commitment.")
        raise Invalid(message, field="why")
    if invitee.do_not_contact:
        raise Invalid(DO_NOT_CONTACT, field="participant")


def check_can_request(facts: RequestFacts, *, now: datetime) -> None:
    """Whether the request can go to the principal (article: preparation)."""
    check_purpose(facts.purpose, facts.student_name)
    check_despite(facts.despite, facts.student_name, is_suspected=facts.is_suspected)
    check_meeting_time(facts.starts_at, facts.ends_at, now=now)
    if not facts.place.strip():
        raise Invalid(N_("Say where the meeting is held."), field="place")
    if mentions(facts.place, facts.student_name):
        raise Invalid(N_("The place is read in mails: leave out the student's name."), field="place")
    for invitee in facts.invitees:
        check_invitee(invitee)
    if all(invitee.is_requester for invitee in facts.invitees):
        raise Invalid(N_("Name at least one participant besides yourself."), field="participants")
    if not facts.requester_signed:
        raise Invalid(SIGN_FIRST, field="signature")


def check_can_approve(state: str, *, starts_at: datetime, now: datetime) -> None:
    """A request is approved while it waits and its meeting still lies ahead."""
    move(state, "approve")
    if starts_at <= now:
        raise Conflict(N_("The proposed time has passed: return the request so that a new time is chosen."))


def check_can_change_list(state: str, starts_at: datetime | None, *, now: datetime) -> None:
    """People are added and taken off after the invitations until the meeting starts; who comes unasked is
    added while it is open, and a request that is not decided is edited."""
    if state not in ("approved", "invited"):
        raise Conflict(N_("The conference is not in a state that allows this."))
    if starts_at is None or now >= starts_at:
        raise Conflict(N_("The meeting has started: mark who is there on its own page."))


def check_can_answer(state: str, starts_at: datetime, now: datetime) -> None:
    """An invitation is answered, or the answer changed, until the meeting starts."""
    if state == "cancelled":
        raise Conflict(N_("This meeting has been cancelled."))
    if state not in ("approved", "invited") or now >= starts_at:
        raise Conflict(N_("The meeting has started: answers can no longer be changed."))
