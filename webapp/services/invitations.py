"""What participants are told: every mail to a participant of a conference goes through `Post.tell`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from webapp.domain import conferences as rules
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.mail.clean import check_address
from webapp.mail.messages import Facts, FreshLinkFacts, InvitationFacts, Letterhead, MeetingFacts
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import School
from webapp.services import audit, dues, guests, letterheads, links, outbox, participants, reply_addresses
from webapp.tenancy import Actor

WITH_LIVE_LINKS = ("open", "concluded", "monitoring")
"""States after the invitation in which guests still have something to do on their page."""


class Post:
    """The post of one conference: refuses to exist before the principal's approval (Conflict)."""

    def __init__(self, actor: Actor, conference: Conference) -> None:
        if not rules.may_mail(conference.state, was_invited=conference.approved_at is not None):
            raise Conflict(rules.NOT_BEFORE_APPROVAL)
        self.actor = actor
        self.conference = conference
        self.school: School = letterheads.school(actor)
        self.letterhead = _letterhead(self.school)
        self._barred = participants.barred(actor, conference.id)

    def reaches(self, participant: Participant) -> bool:
        """Whether this participant may be written to at all, and has an address that takes mails."""
        return bool(
            participant.conference_id == self.conference.id
            and not self._barred.covers(participant)
            and participant.removed_at is None
            and participant.disowned_at is None
            and participant.mail_bounced_at is None
            and participant.email
        )

    def tell(
        self,
        participant: Participant,
        kind: str,
        make_facts: Callable[[Participant], Facts],
        *,
        dedupe_key: str,
        expires_at: datetime | None = None,
    ) -> bool:
        """Queue one mail to one participant; False when they may not be reached or were told before.

        make_facts: one of the `…_facts` below, or a function of the participant.
        """
        if not self.reaches(participant) or participant.email is None:
            return False
        return outbox.queue(
            self.actor,
            kind,
            make_facts(participant),
            to_address=participant.email,
            to_name=participant.name or "",
            locale=participant.locale,
            dedupe_key=dedupe_key,
            user_id=participant.user_id,
            participant_id=participant.id,
            conference_id=self.conference.id,
            expires_at=expires_at,
        )

    def link(self, participant: Participant) -> str:
        """The page of this participant: a fresh guest link, or the page in the app for staff."""
        if participant.kind == "staff":
            return links.school_url(self.actor, f"conferences/{self.conference.id}/")
        return links.guest_url(guests.mint_link(self.actor, participant, expires_at=self.link_expiry()))

    def link_expiry(self) -> datetime:
        """Until when a link that is minted now works."""
        return max(self.conference.ends_at or self.actor.at, self.actor.at) + guests.LINK_LIFE

    def fresh_link_facts(self, participant: Participant) -> FreshLinkFacts:
        """Facts of a mail that brings a guest a new link and nothing else."""
        return FreshLinkFacts(
            letterhead=self.letterhead,
            to_name=participant.name or "",
            link=self.link(participant),
            valid_until=self.link_expiry(),
        )

    def meeting_facts(self, participant: Participant) -> MeetingFacts:
        """Facts of a reminder about the meeting."""
        starts_at, ends_at = meeting_times(self.conference)
        return MeetingFacts(
            letterhead=self.letterhead,
            to_name=participant.name or "",
            invited_by=self.conference.invited_by or "",
            starts_at=starts_at,
            ends_at=ends_at,
            place=self.conference.place or "",
            link=self.link(participant),
        )

    def first_facts(self, participant: Participant) -> InvitationFacts:
        """Facts of an invitation: from it on, the participant's calendar answers to one secret address."""
        reply_addresses.for_invitation(self.actor, participant)
        return self.invitation_facts(participant)

    def invitation_facts(self, participant: Participant) -> InvitationFacts:
        """Facts of a change or a cancellation, with its calendar entry; the organiser stays the same."""
        return calendar_invitation(
            self.actor,
            self.conference,
            participant,
            self.school,
            link=self.link(participant),
            stamped_at=self.actor.at,
        )


def meeting_times(conference: Conference) -> tuple[datetime, datetime]:
    """Start and end of a conference that was requested; Invalid while the time is not set."""
    if conference.starts_at is None or conference.ends_at is None:
        raise Invalid(N_("The meeting must lie in the future."), field="starts_at")
    return conference.starts_at, conference.ends_at


def calendar_invitation(
    actor: Actor,
    conference: Conference,
    participant: Participant,
    school: School,
    *,
    link: str,
    stamped_at: datetime,
) -> InvitationFacts:
    """The meeting as one participant's calendar knows it; equal facts give the same entry."""
    starts_at, ends_at = meeting_times(conference)
    return InvitationFacts(
        letterhead=_letterhead(school),
        to_name=participant.name or "",
        invited_by=conference.invited_by or "",
        starts_at=starts_at,
        ends_at=ends_at,
        place=conference.place or "",
        link=link,
        uid=calendar_uid(participant),
        sequence=calendar_sequence(conference, participant),
        stamped_at=stamped_at,
        organiser_address=reply_addresses.current(actor, participant) or organiser_address(school),
        attendee_address=participant.email or "",
        has_account=participant.kind == "staff",
    )


def calendar_uid(participant: Participant) -> str:
    """What a calendar knows a participant's meeting by, through all its changes."""
    return f"{participant.conference_id}-{participant.id}@pamong"


def calendar_sequence(conference: Conference, participant: Participant) -> int:
    """How often what a participant's calendar holds has changed: with the meeting, or for them alone."""
    return conference.sequence + participant.own_changes


def _letterhead(school: School) -> Letterhead:
    return Letterhead(name=school.name, phone=school.phone or "", zone=school.time_zone)


def organiser_address(school: School) -> str:
    """The school's own mailbox; the installation's where the school has none that can be written to."""
    try:
        return check_address((school.email or "").strip())
    except Invalid:
        return str(current_app.config["PAMONG"].mail_from)


def send_all(actor: Actor, conference: Conference, rows: list[Participant]) -> int:
    """Invite everyone who can be reached; returns how many mails were queued."""
    post = Post(actor, conference)
    sent = sum(_invite(post, row) for row in rows)
    for row in rows:
        dues.plan_invitation(actor, conference, row)
    return sent


def send_update(actor: Actor, conference: Conference, rows: list[Participant]) -> int:
    """Tell everyone the new time or place; the sequence was raised before. Whoever's first invitation has not
    left yet gets one with the new time in its place."""
    post = Post(actor, conference)
    sent = 0
    for row in rows:
        if outbox.take_back(row.school_id, f"participant:{row.id}", "invitation"):
            sent += _invite(post, row)
        else:
            key = f"invitation_update:{row.id}:{conference.sequence}"
            sent += post.tell(
                row,
                "invitation_update",
                post.invitation_facts,
                dedupe_key=key,
                expires_at=conference.starts_at,
            )
        dues.plan_invitation(actor, conference, row)
    return sent


def send_cancellation(actor: Actor, conference: Conference, rows: list[Participant]) -> int:
    """Tell those who had been invited that the meeting is called off; the sequence was raised before."""
    post = Post(actor, conference)
    sent = 0
    for row in rows:
        key = f"conference_cancelled:{row.id}:{conference.sequence}"
        sent += post.tell(
            row, "conference_cancelled", post.invitation_facts, dedupe_key=key, expires_at=conference.ends_at
        )
    return sent


def send_withdrawal(actor: Actor, conference: Conference, participant: Participant) -> bool:
    """Tell one person that they are asked no more, though the others meet; counted as their own change."""
    participant.own_changes += 1
    post = Post(actor, conference)
    key = f"invitation_withdrawn:{participant.id}:{calendar_sequence(conference, participant)}"
    return post.tell(
        participant,
        "invitation_withdrawn",
        post.invitation_facts,
        dedupe_key=key,
        expires_at=conference.ends_at,
    )


def invite(actor: Actor, conference: Conference, participant: Participant) -> bool:
    """Invite somebody who is named when the others have been asked already; whether a mail was queued."""
    sent = _invite(Post(actor, conference), participant)
    dues.plan_invitation(actor, conference, participant)
    return sent


def readdress(actor: Actor, participant_id: int, *, email: str, phone: str) -> bool:
    """Correct a guest's contact; another address gets the invitation, and the links sent before stop.

    Once the meeting has begun, it gets a new link instead. Asked of the case team. Returns whether a mail
    was queued.
    """
    conference, participant = participants.get_for_team(actor, participant_id)
    participants.require_contact(actor, participant)
    if not participants.change_contact(actor, participant, email=email, phone=phone):
        return False
    guests.revoke_links(actor, participant)
    if conference.state in WITH_LIVE_LINKS:
        key = f"fresh_link:{participant.id}:{actor.at.isoformat()}"
        post = Post(actor, conference)
        return post.tell(participant, "fresh_link", post.fresh_link_facts, dedupe_key=key)
    if conference.state != "invited" or actor.at >= meeting_times(conference)[0]:
        return False
    post = Post(actor, conference)
    sent = _invite(post, participant, suffix=f":{actor.at:%Y%m%dT%H%M%S}")
    dues.plan_invitation(actor, conference, participant)
    return sent


def _invite(post: Post, participant: Participant, *, suffix: str = "") -> bool:
    key = f"invitation:{participant.id}:{calendar_sequence(post.conference, participant)}{suffix}"
    sent = post.tell(
        participant, "invitation", post.first_facts, dedupe_key=key, expires_at=post.conference.starts_at
    )
    audit.record(
        post.actor, "participant.invited", participant, conference_id=post.conference.id, mailed=int(sent)
    )
    return sent
