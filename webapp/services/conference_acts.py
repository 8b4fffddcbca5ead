"""What a reader of a conference could do now, for the buttons of its page."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.domain import conferences as rules
from webapp.models.conferences import Conference, Participant
from webapp.services import meeting, pledges
from webapp.tenancy import Actor


def of_reader(
    actor: Actor, conference: Conference, parts: set[str], rows: Sequence[Participant]
) -> set[str]:
    """What the reader could do now; the services ask again."""
    events = set(rules.allowed_events(conference.state))
    acts: set[str] = set()
    if "team" in parts:
        acts |= events & {"request", "withdraw", "reschedule", "cancel"}
        if "request" in events:
            acts.add("edit")
    if "approver" in parts:
        acts |= events & {"approve", "return"}
        if conference.starts_at is not None and conference.starts_at <= actor.at:
            acts.discard("approve")
    open_for_answers = (
        conference.state in ("approved", "invited")
        and conference.starts_at is not None
        and actor.at < conference.starts_at
    )
    if open_for_answers and "team" in parts:
        acts |= {"answer_on_behalf", "ask_by_hand", "change_list", "hold_without"}
    if "team" in parts and conference.state in meeting.SIGNED_ON_BEHALF:
        acts.add("sign_on_behalf")
    own = next((row for row in rows if row.user_id is not None and row.user_id == actor.person_id), None)
    if own is not None and "participant" in parts:
        if open_for_answers:
            acts.add("answer")
        if own.signed_at is None and conference.state in pledges.SIGNABLE_STATES:
            acts.add("sign")
            if own.pledge_refused_at is None and conference.approved_at is not None:
                acts.add("refuse")
            elif own.pledge_refused_at is not None and not open_for_answers:
                acts.discard("sign")
    return acts
