"""The minutes of a case conference: what is recorded in which order, and what concluding, signing off and
completing ask.

The article: strengths first, then symptoms and data, then efforts; discussion with conflicting information
clarified; each participant takes a role; a conclusion that all present agree to; monitoring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from webapp.domain.conferences import APPROVED_STATES, HELD_STATES, SIGN_FIRST, is_locked, move
from webapp.domain.errors import N_, Conflict, Forbidden, Invalid
from webapp.domain.words import CONTENT_SECTIONS, INFORMATION_CONFLICT_STATES

# --- conduct ----------------------------------------------------------------------------------------

DESCRIPTION_SECTIONS = ("strengths", "symptoms", "data", "efforts")
CONCLUSION_SECTIONS = ("recommendations", "decisions", "alternatives")
REQUIRED_SECTIONS = ("purpose", *DESCRIPTION_SECTIONS, "discussion")

# What must be recorded before a section may be: the good comes first, and is talked about before concluding.
PREREQUISITES: dict[str, tuple[str, ...]] = {
    "purpose": (),
    "strengths": (),
    "symptoms": ("strengths",),
    "data": ("strengths",),
    "efforts": ("strengths",),
    "discussion": ("strengths", "symptoms"),
    "recommendations": ("strengths", "symptoms", "discussion"),
    "decisions": ("strengths", "symptoms", "discussion"),
    "alternatives": ("strengths", "symptoms", "discussion"),
}
# Whoever asked for the conference prepares the description beforehand; the rest is said in the meeting.
PREPARABLE_SECTIONS = frozenset({"purpose", *DESCRIPTION_SECTIONS})
_PREPARING_STATES = frozenset({"draft", "requested", "returned", "approved", "invited"})


def check_signed(signed: bool) -> None:
    """Content opens only to a participant who has signed the commitment."""
    if not signed:
        raise Forbidden(SIGN_FIRST)


def check_section_allowed(section: str, recorded_sections: Collection[str]) -> None:
    """The order of the description: strengths before symptoms, discussion before conclusions."""
    if section not in CONTENT_SECTIONS:
        raise Invalid(N_("There is no such section."), field="section")
    missing = next((key for key in PREREQUISITES[section] if key not in recorded_sections), None)
    if missing == "strengths":
        raise Conflict(N_("Record the student's strengths first."), field=section)
    if missing is not None:
        raise Conflict(N_("Record this first: %(section)s"), field=section, section=CONTENT_SECTIONS[missing])


def check_section_can_be_emptied(section: str, recorded_sections: Collection[str]) -> None:
    """A section on which a recorded one rests keeps some text."""
    resting = [key for key in recorded_sections if section in PREREQUISITES.get(key, ())]
    if resting:
        raise Conflict(N_("Later sections rest on this one: correct it, but do not empty it."), field=section)


def check_can_write(state: str, section: str, *, signed: bool) -> None:
    """Whether content may be written now: signed, not locked, and preparation holds the description only."""
    check_signed(signed)
    if is_locked(state):
        raise Conflict(N_("The minutes are locked."))
    if state == "concluded":
        raise Conflict(N_("The meeting is concluded: resume it to change the minutes."))
    if state in _PREPARING_STATES and section not in PREPARABLE_SECTIONS:
        raise Conflict(N_("This is recorded once the meeting is open."), field=section)


def content_open_to_guests(state: str) -> bool:
    """Guests read content from the opening until sign-off; afterwards only delivered minutes."""
    return state in ("open", "concluded")


@dataclass(frozen=True)
class Statement:
    """One side of conflicting information, and who or what it comes from."""

    text: str
    source: str


def check_conflict_of_information(
    statements: Iterable[Statement], *, state: str = "unresolved", clarification: str = ""
) -> None:
    """At least two statements, each with its source; "clarified" says how, the other states do not."""
    statements = tuple(statements)
    if len(statements) < 2:
        raise Invalid(N_("A conflict of information needs at least two statements."), field="statements")
    for statement in statements:
        if not statement.text.strip():
            raise Invalid(N_("A statement is empty."), field="statements")
        if not statement.source.strip():
            raise Invalid(N_("Each statement needs its source."), field="statements")
    if state not in INFORMATION_CONFLICT_STATES:
        raise Invalid(N_("Say whether the conflict was clarified or left open."), field="state")
    if (state == "clarified") != bool(clarification.strip()):
        raise Invalid(N_("Either clarify the conflict or leave it open, not both."), field="clarification")


def check_task(
    *, what: str, due_on: date | None, participant_id: int, participant_ids: Collection[int], on: date
) -> None:
    """A task says what and by when (today or later), and belongs to a participant of this conference."""
    if not what.strip():
        raise Invalid(N_("Say what is to be done."), field="what")
    if due_on is None or due_on < on:
        raise Invalid(N_("A task is due today or later."), field="due_on")
    if participant_id not in participant_ids:
        raise Invalid(N_("A task belongs to a participant of this conference."), field="participant")


# --- addenda ----------------------------------------------------------------------------------------

SIGNED_OFF_STATES = ("monitoring", "completed")
LONGEST_ADDENDUM = 5000
TWO_SIGN = N_("Two people sign an addendum: you wrote it.")
SIGNED_ALREADY = N_("The addendum is signed already.")


def check_can_add(state: str, text: str) -> None:
    """Something is added to minutes that are signed off; before, their text itself is changed."""
    if state not in SIGNED_OFF_STATES:
        raise Conflict(N_("Addenda follow the sign-off: before it, the minutes themselves are changed."))
    if not text:
        raise Invalid(N_("Write what is added."), field="addendum")
    if len(text) > LONGEST_ADDENDUM:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field="addendum", most=LONGEST_ADDENDUM
        )


# --- report and monitoring --------------------------------------------------------------------------


@dataclass(frozen=True)
class PresentPerson:
    """Someone who was there: signed the commitment, agreed to the conclusion, or holds a reservation."""

    signed: bool
    agreed: bool = False
    reservation: str = ""

    @property
    def has_spoken(self) -> bool:
        """Agreed or recorded a reservation."""
        return self.agreed or bool(self.reservation.strip())


@dataclass(frozen=True)
class ConferenceFacts:
    """All that the rules after the opening need to know of one conference."""

    state: str
    recorded_sections: frozenset[str] = frozenset()
    present: tuple[PresentPerson, ...] = ()
    unresolved_conflicts: int = 0
    tasks: int = 0
    counsellor_signed: bool = False
    principal_signed: bool = False
    minutes_issued: bool = False
    open_commitments: int = 0
    open_goals: int = 0
    observations: int = 0


def missing_to_conclude(facts: ConferenceFacts) -> list[Conflict]:
    """All that is still to be recorded before the meeting can be concluded, in the order of the procedure."""
    missing = []
    if not facts.present:
        missing.append(Conflict(N_("Record who is present first.")))
    unsigned = sum(not person.signed for person in facts.present)
    if unsigned:
        message = N_("Present and not yet signed the commitment: %(count)s.")
        missing.append(Conflict(message, count=unsigned))
    missing += [
        Conflict(N_("Record this first: %(section)s"), section=CONTENT_SECTIONS[section])
        for section in REQUIRED_SECTIONS
        if section not in facts.recorded_sections
    ]
    if not any(section in facts.recorded_sections for section in CONCLUSION_SECTIONS):
        missing.append(Conflict(N_("Record at least one recommendation, decision or alternative.")))
    if facts.unresolved_conflicts:
        missing.append(Conflict(N_("Clarify each conflict of information, or mark it as left open.")))
    if not facts.tasks:
        missing.append(Conflict(N_("Give at least one participant a task.")))
    return missing


def missing_to_sign(facts: ConferenceFacts) -> list[Conflict]:
    """What stands between the conclusion and the counsellor's signature: everyone present has spoken."""
    missing = missing_to_conclude(facts)
    silent = sum(not person.has_spoken for person in facts.present)
    if silent:
        message = N_("Present and have neither agreed nor recorded a reservation: %(count)s.")
        missing.append(Conflict(message, count=silent))
    return missing


def missing_to_sign_off(facts: ConferenceFacts) -> list[Conflict]:
    """What stands between the conclusion and the locked minutes."""
    missing = missing_to_sign(facts)
    if not facts.counsellor_signed:
        missing.append(Conflict(N_("The counsellor has not signed the minutes yet.")))
    if not facts.principal_signed:
        missing.append(Conflict(N_("The principal has not signed the minutes yet.")))
    return missing


def missing_to_complete(facts: ConferenceFacts) -> list[Conflict]:
    """What keeps a conference in monitoring: every promise ends, every goal is closed."""
    missing = []
    if facts.open_commitments:
        message = N_("Promises that are neither done, declined nor waived: %(count)s.")
        missing.append(Conflict(message, count=facts.open_commitments))
    if facts.open_goals:
        missing.append(
            Conflict(N_("Behaviours that are still being watched: %(count)s."), count=facts.open_goals)
        )
    return missing


def _refuse(missing: list[Conflict]) -> None:
    if missing:
        raise missing[0]


def check_can_conclude(facts: ConferenceFacts) -> None:
    """The meeting ends when what it must hold is recorded: sections, a conclusion, tasks, people."""
    move(facts.state, "conclude")
    _refuse(missing_to_conclude(facts))


def check_can_sign(facts: ConferenceFacts) -> None:
    """The counsellor signs once everyone present has agreed or recorded a reservation."""
    move(facts.state, "sign_off")
    _refuse(missing_to_sign(facts))


def check_can_sign_off(facts: ConferenceFacts) -> None:
    """Sign-off locks: everything `check_can_conclude` asks still holds, everyone present has agreed or
    recorded a reservation, counsellor and principal have signed."""
    move(facts.state, "sign_off")
    _refuse(missing_to_sign_off(facts))


def check_can_complete(facts: ConferenceFacts) -> None:
    """A conference is completed when every promise is done, waived or declined and every goal is closed."""
    move(facts.state, "complete")
    _refuse(missing_to_complete(facts))


def recorded_steps(facts: ConferenceFacts) -> frozenset[str]:
    """Paths of the steps of the procedure (procedures.CASE_CONFERENCE) that these facts show as done."""
    sections, present = facts.recorded_sections, facts.present
    held = facts.state in HELD_STATES
    opened = held and bool(present) and all(person.signed for person in present)
    signed_off = facts.state in ("monitoring", "completed")
    completed = facts.state == "completed"
    kept = signed_off and facts.tasks > 0 and not facts.open_commitments
    done = {
        "preparation.request": facts.state not in ("draft", "cancelled"),
        "preparation.approval": facts.state in APPROVED_STATES,
        "preparation.invitations": facts.state in APPROVED_STATES - {"approved"},
        "conduct.opening": opened and "purpose" in sections,
        "conduct.description": all(section in sections for section in DESCRIPTION_SECTIONS),
        "conduct.discussion": "discussion" in sections and not facts.unresolved_conflicts,
        "conduct.roles": held and facts.tasks > 0,
        "report.conclusion": facts.state in ("concluded", "monitoring", "completed"),
        "report.report": signed_off and facts.minutes_issued,
        "monitoring.support_actions": completed or kept,
        "monitoring.positive_behaviour": completed or (signed_off and facts.observations > 0),
    }
    return frozenset(path for path, is_done in done.items() if is_done)
