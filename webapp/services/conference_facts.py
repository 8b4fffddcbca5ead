"""One conference as its rules see it, held still while somebody changes it; and the steps that follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import exists, func, select, text

from webapp import tenancy
from webapp.domain import commitments as promises
from webapp.domain import minutes as rules
from webapp.domain.errors import Conflict
from webapp.domain.permissions import Permission
from webapp.domain.words import CONTENT_SECTIONS
from webapp.models.background import Report
from webapp.models.commitments import BehaviourGoal, Commitment, Observation
from webapp.models.conferences import Conference, Participant
from webapp.models.content import ContentField, InformationConflict, SignOff
from webapp.services import access, activities, participants
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Held:
    """A conference that stays as it is until the transaction ends, and the actor's parts in it."""

    conference: Conference
    parts: frozenset[str]

    @property
    def is_team(self) -> bool:
        return "team" in self.parts


def hold(actor: Actor, conference_id: int, *, need: Permission) -> Held:
    """Ask for `need` and make every other change of this conference wait; NotFound for those without.

    Nothing slips in behind a sign-off: whoever waited sees the state that the other left.
    """
    lock(actor, conference_id)
    conference = access.get(actor, Conference, conference_id)
    parts = access.conference_parts(actor, conference)
    access.require_part(actor, need, parts)
    may_lock = not parts.isdisjoint({"team", "approver"})
    tenancy.session.refresh(conference, with_for_update=may_lock)
    return Held(conference, frozenset(parts))


def lock(actor: Actor, conference_id: int) -> None:
    """Make every other change of this conference wait until the transaction ends; before reading anything."""
    # By name, not by row: guests may change their own answers and have no right on the conference's row.
    tenancy.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"conference:{actor.school_id}:{conference_id}"},
    )


def recorded_sections(actor: Actor, conference_id: int) -> frozenset[str]:
    """Sections with a text, as far as the actor may read content."""
    rows = tenancy.session.scalars(
        select(ContentField.section).where(
            ContentField.school_id == actor.school_id,
            ContentField.conference_id == conference_id,
            ContentField.body_enc.is_not(None),  # type: ignore[attr-defined]
        )
    )
    return frozenset(section for section in rows if section in CONTENT_SECTIONS)


def sign_offs(actor: Actor, conference: Conference) -> dict[str, SignOff]:
    """Signatures under the present conclusion by part; what was signed before a resumption counts no more."""
    if conference.concluded_at is None:
        return {}
    rows = tenancy.session.scalars(
        select(SignOff).where(
            SignOff.school_id == actor.school_id,
            SignOff.conference_id == conference.id,
            SignOff.signed_at >= conference.concluded_at,
        )
    )
    return {row.part: row for row in rows}


def gather(
    actor: Actor,
    conference: Conference,
    *,
    people: Sequence[Participant] | None = None,
    signed: Collection[str] | None = None,
    sections: frozenset[str] | None = None,
) -> rules.ConferenceFacts:
    """All that the rules ask of one conference; what is at hand is not read again.

    What the policies hide from the actor counts as not there: ask as somebody who has signed.
    """
    people = participants.of(actor, conference.id) if people is None else people
    signed = sign_offs(actor, conference) if signed is None else signed
    counts = _counts(actor, conference.id)
    return rules.ConferenceFacts(
        state=conference.state,
        recorded_sections=recorded_sections(actor, conference.id) if sections is None else sections,
        present=present_of(people),
        unresolved_conflicts=counts.unresolved,
        tasks=counts.tasks,
        counsellor_signed="counsellor" in signed,
        principal_signed="principal" in signed,
        minutes_issued=counts.issued,
        open_commitments=counts.open_commitments,
        open_goals=counts.open_goals,
        observations=counts.observations,
    )


def sync_steps(actor: Actor, conference: Conference) -> None:
    """Record the steps that the conference now shows as done, and take back those it does not any more.

    With the act itself, whoever acts: a guest's report can end the last promise. The conference is locked.
    """
    tenancy.session.flush()
    done = rules.recorded_steps(_facts_of_steps(conference))
    activity = activities.get(actor, conference.id)
    known = activities.recorded(actor, conference.id)
    for path in _ORDER:
        if path in done and path not in known:
            # The act itself stands, also where a gate is not recorded yet: the step follows with the next.
            with suppress(Conflict):
                activities.record_step(actor, activity, path)
        elif path in known and path not in done:
            activities.undo_step(actor, activity, path)


_ORDER = (
    "conduct.opening",
    "conduct.description",
    "conduct.discussion",
    "conduct.roles",
    "report.conclusion",
    "report.report",
    "monitoring.support_actions",
    "monitoring.positive_behaviour",
)


def _facts_of_steps(conference: Conference) -> rules.ConferenceFacts:
    """The facts that steps follow from, also for those who may not read what is counted."""
    found = tenancy.session.execute(
        text(
            "SELECT present, signed, sections, unresolved, tasks, open_commitments, observations, issued"
            " FROM app_conference_facts(:conference)"
        ),
        {"conference": conference.id},
    ).one()
    return rules.ConferenceFacts(
        state=conference.state,
        recorded_sections=frozenset(key for key in found.sections if key in CONTENT_SECTIONS),
        present=tuple(rules.PresentPerson(signed=number < found.signed) for number in range(found.present)),
        unresolved_conflicts=found.unresolved,
        tasks=found.tasks,
        minutes_issued=found.issued,
        open_commitments=found.open_commitments,
        observations=found.observations,
    )


def present_of(people: Sequence[Participant]) -> tuple[rules.PresentPerson, ...]:
    """Those who are there, as the rules see them."""
    return tuple(_present(row) for row in people if row.attendance == "present")


def _present(row: Participant) -> rules.PresentPerson:
    # That there is a reservation is logistics; what it says is content.
    return rules.PresentPerson(
        signed=row.signed_at is not None,
        agreed=row.opinion == "agreed",
        reservation="recorded" if row.opinion == "reservation" else "",
    )


def _counts(actor: Actor, conference_id: int):
    tasks = select(func.count()).where(
        Commitment.school_id == actor.school_id, Commitment.activity_id == conference_id
    )
    goals = select(func.count()).where(
        BehaviourGoal.school_id == actor.school_id, BehaviourGoal.activity_id == conference_id
    )
    unresolved = select(func.count()).where(
        InformationConflict.school_id == actor.school_id,
        InformationConflict.conference_id == conference_id,
        InformationConflict.state == "unresolved",
    )
    observed = select(func.count()).where(
        Observation.school_id == actor.school_id,
        Observation.goal_id.in_(
            select(BehaviourGoal.id).where(
                BehaviourGoal.school_id == actor.school_id, BehaviourGoal.activity_id == conference_id
            )
        ),
    )
    issued = exists().where(
        Report.school_id == actor.school_id,
        Report.conference_id == conference_id,
        Report.kind == "minutes",
        Report.state != "failed",
    )
    counted = select(
        unresolved.scalar_subquery().label("unresolved"),
        tasks.where(Commitment.state.not_in(("declined", "waived"))).scalar_subquery().label("tasks"),
        tasks.where(Commitment.state.in_(promises.OPEN_STATES)).scalar_subquery().label("open_commitments"),
        goals.where(BehaviourGoal.state.in_(promises.OPEN_GOAL_STATES)).scalar_subquery().label("open_goals"),
        observed.scalar_subquery().label("observations"),
        issued.label("issued"),
    )
    return tenancy.session.execute(counted).one()
