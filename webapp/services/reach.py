"""Whom the team may ask to a meeting by hand: the one door for letters, WhatsApp texts and reminders."""

from __future__ import annotations

from collections.abc import Collection

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.conferences import Conference, Participant
from webapp.services import access, participants
from webapp.tenancy import Actor


def chosen(
    actor: Actor, conference_id: int, participant_ids: Collection[int]
) -> tuple[Conference, list[Participant]]:
    """The conference, locked, and these of its participants; asked of the case team.

    Conflict before approval, once the meeting has started, and where only one of them may not be contacted:
    then nobody is asked. Invalid for nobody, NotFound for one who is not on the list.
    """
    conference = access.get_conference(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    tenancy.session.refresh(conference, with_for_update=True)
    rules.check_can_invite(conference.state, conference.starts_at or actor.at, actor.at)
    wanted = list(dict.fromkeys(participant_ids))
    if not wanted:
        raise Invalid(N_("Tick at least one participant."), field="participant")
    rows = {row.id: row for row in participants.of(actor, conference.id)}
    if not rows.keys() >= set(wanted):
        raise NotFound()
    barred = participants.barred(actor, conference.id)
    people = [rows[row_id] for row_id in wanted]
    if any(barred.covers(row) for row in people):
        raise Conflict(rules.DO_NOT_CONTACT, field="participant")
    return conference, people
