"""Tasks that participants take on: proposed, accepted or declined, reported on, waived."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import update

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain import minutes, words
from webapp.domain.cases import check_open_for_work
from webapp.domain.conferences import HELD_STATES
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines
from webapp.mail.messages import CommitmentFacts
from webapp.models.commitments import CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit, conference_facts, dues, participants
from webapp.services.invitations import Post
from webapp.tenancy import Actor

LONGEST_TEXT = 2000


def propose(
    actor: Actor,
    conference_id: int,
    *,
    participant_id: int,
    what: str,
    due_on: date | None,
    check_ins: Collection[date] = (),
) -> Commitment:
    """Propose a task to a participant, who accepts or declines it; those who are not there are told by mail.

    Asked of a team member who has signed, in the open meeting. check_ins: days on which the counsellor looks.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    conference = held.conference
    minutes.check_can_write(conference.state, "discussion", signed="signed" in held.parts)
    people = {row.id: row for row in participants.of(actor, conference_id)}
    minutes.check_task(
        what=what, due_on=due_on, participant_id=participant_id, participant_ids=people, on=actor.today
    )
    if people[participant_id].pledge_refused_at is not None:
        raise Conflict(N_("Whoever declined the commitment takes no part."), field="participant_id")
    rules.check_check_ins(check_ins, today=actor.today)
    row = Commitment(
        case_id=conference.case_id,
        activity_id=conference.id,
        participant_id=participant_id,
        due_on=due_on,
        state=rules.FIRST_STATE,
        created_by=actor.person_id,
        created_at=actor.at,
    )
    row.what = _text(what, "what")
    tenancy.add(row)
    for day in sorted(set(check_ins)):
        tenancy.add(CheckIn(case_id=row.case_id, commitment_id=row.id, due_on=day))
    audit.record(actor, "commitment.proposed", row, participant_id=participant_id)
    dues.plan_commitment(actor, row)
    if people[participant_id].attendance != "present":
        _tell(actor, conference, people[participant_id], row)
    conference_facts.sync_steps(actor, held.conference)
    return row


def answer(actor: Actor, commitment_id: int, *, accepts: bool, reason: str = "") -> Commitment:
    """Accept one's own task, or decline it with a reason; possible for those who have signed."""
    row, conference, own = _own(actor, commitment_id)
    return _answer(actor, row, conference, own, accepts, reason, by="owner", channel=_own_channel(actor))


def answer_on_behalf(
    actor: Actor, commitment_id: int, *, accepts: bool, channel: str, reason: str = ""
) -> Commitment:
    """Record the answer of a participant who gave it by phone, on paper or in person; asked of the team."""
    row, conference, participant = _of_team(actor, commitment_id)
    participants.check_channel(channel)
    return _answer(actor, row, conference, participant, accepts, reason, by="counsellor", channel=channel)


def report(actor: Actor, commitment_id: int, *, state: str, note: str = "") -> CommitmentReport:
    """Say of one's own task that it is done, under way or stuck; possible for those who have signed."""
    row, conference, own = _own(actor, commitment_id)
    return _report(actor, row, conference, state, note, by="owner", channel=_own_channel(actor), who=own)


def report_on_behalf(
    actor: Actor, commitment_id: int, *, state: str, channel: str, note: str = ""
) -> CommitmentReport:
    """Record a report that a participant gave by phone, on paper or in person; asked of the case team."""
    row, conference, participant = _of_team(actor, commitment_id)
    participants.check_channel(channel)
    return _report(actor, row, conference, state, note, by="counsellor", channel=channel, who=participant)


def waive(actor: Actor, commitment_id: int, *, reason: str) -> Commitment:
    """Let a task go, with a reason; asked of the case team."""
    row, conference, _ = _of_team(actor, commitment_id)
    rules.check_move(row.state, "waived", by="counsellor", reason=reason)
    _move(actor, row, "waived", reason)
    audit.record(actor, "commitment.waived", row)
    _sync(actor, conference)
    return row


# --- inside ---------------------------------------------------------------------------------------


def _own(actor: Actor, commitment_id: int) -> tuple[Commitment, Conference, Participant]:
    # A link alone shows nothing: a guest has entered a code as well.
    if actor.kind == "guest" and not actor.verified:
        raise NotFound()
    row = access.get(actor, Commitment, commitment_id)
    conference_facts.lock(actor, row.activity_id)
    conference, own = access.get_own_participant(actor, row.activity_id)
    if row.participant_id != own.id:
        raise NotFound()
    access.require_part(actor, Permission.COMMITMENT_ANSWER, {"own"})
    minutes.check_signed(own.signed_at is not None)
    _check_state(conference)
    tenancy.session.refresh(row, with_for_update=True)
    return row, conference, own


def _of_team(
    actor: Actor, commitment_id: int
) -> tuple[Commitment, Conference | None, Participant | None]:
    """A promise of one of the actor's cases; outside a conference nobody who takes part stands beside it."""
    row = access.get(actor, Commitment, commitment_id)
    if row.participant_id is None:
        case = access.get_case(actor, row.case_id, need=Permission.COMMITMENT_MANAGE)
        check_open_for_work(case.status)
        tenancy.session.refresh(row, with_for_update=True)
        return row, None, None
    conference_facts.lock(actor, row.activity_id)
    conference = access.get_conference(actor, row.activity_id, need=Permission.COMMITMENT_MANAGE)
    _check_state(conference)
    tenancy.session.refresh(row, with_for_update=True)
    return row, conference, access.get(actor, Participant, row.participant_id)


def _check_state(conference: Conference) -> None:
    if conference.state not in HELD_STATES - {"completed"}:
        raise Conflict(N_("The conference is not in a state that allows this."))


def _own_channel(actor: Actor) -> str:
    return "link" if actor.kind == "guest" else "app"


def _text(text: str, field: str) -> str:
    text = many_lines(text).strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field=field, most=LONGEST_TEXT
        )
    return text


def _answer(
    actor: Actor,
    row: Commitment,
    conference: Conference | None,
    participant: Participant | None,
    accepts: bool,
    reason: str,
    *,
    by: str,
    channel: str,
) -> Commitment:
    target = "accepted" if accepts else "declined"
    rules.check_move(row.state, target, by=by, reason=reason)
    _move(actor, row, target, reason)
    row.answered_at = actor.at
    audit.record(
        actor,
        f"commitment.{target}",
        row,
        participant_id=None if participant is None else participant.id,
        channel=channel,
    )
    _sync(actor, conference)
    return row


def _report(
    actor: Actor,
    row: Commitment,
    conference: Conference | None,
    state: str,
    note: str,
    *,
    by: str,
    channel: str,
    who: Participant | None,
) -> CommitmentReport:
    if state not in ("under_way", "stuck", "done"):
        raise Invalid(N_("Say whether the task is done, under way or stuck."), field="state")
    if state != row.state:
        rules.check_move(row.state, state, by=by)
    elif not note.strip():
        raise Invalid(N_("This was reported before: add a note on what is new."), field="note")
    said = CommitmentReport(
        commitment_id=row.id,
        case_id=row.case_id,
        state=state,
        by_participant_id=None if who is None else who.id,
        by_user_id=actor.person_id,
        at=actor.at,
        channel=channel,
    )
    said.note = _text(note, "note") or None
    tenancy.add(said)
    _move(actor, row, state, "")
    audit.record(actor, "commitment.reported", row, state=state, channel=channel)
    _sync(actor, conference)
    return said


def _sync(actor: Actor, conference: Conference | None) -> None:
    # Elsewhere a step is recorded by what was promised, and not by how it goes.
    if conference is not None:
        conference_facts.sync_steps(actor, conference)


def _move(actor: Actor, row: Commitment, target: str, reason: str) -> None:
    """Into the next state, and the reminders with it: they were planned with the proposal."""
    assert target in words.COMMITMENT_STATES
    was_open = row.state in rules.OPEN_STATES
    row.state = target
    row.state_reason = _text(reason, "reason") or None if target in rules.STATES_WITH_REASON else None
    row.ended_at = actor.at if target in rules.ENDED_STATES else None
    tenancy.session.flush()
    if target in rules.ENDED_STATES:
        dues.cancel(actor, row.id)
        _end_check_ins(actor, row)
    elif not was_open:
        dues.plan_commitment(actor, row)


def _end_check_ins(actor: Actor, row: Commitment) -> None:
    # Participants may not touch check-ins; the counsellor looks once more at what they say is done.
    tenancy.session.execute(
        update(CheckIn)
        .where(
            CheckIn.school_id == actor.school_id, CheckIn.commitment_id == row.id, CheckIn.done_at.is_(None)
        )
        .values(done_at=actor.at, done_by=actor.person_id),
        execution_options={"synchronize_session": False},
    )


def _tell(actor: Actor, conference: Conference, participant: Participant, row: Commitment) -> None:
    post = Post(actor, conference)

    def facts(reader: Participant) -> CommitmentFacts:
        return CommitmentFacts(
            letterhead=post.letterhead, to_name=reader.name or "", due_on=row.due_on, link=post.link(reader)
        )

    post.tell(participant, "commitment_assigned", facts, dedupe_key=f"commitment_assigned:{row.id}")
