"""What people are told of a visit: one calendar entry each, which stays the same through all changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from webapp import tenancy
from webapp.domain.errors import N_, Conflict
from webapp.domain.procedures import HOME_VISIT
from webapp.mail.messages import VisitFacts
from webapp.models.activities import Activity
from webapp.models.visits import VisitInvitee
from webapp.services import audit, invitations, letterheads, links, outbox, people
from webapp.tenancy import Actor


class VisitPost:
    """Mails of one person to those whom a visit concerns; the school is read once for all of them."""

    def __init__(self, actor: Actor, led_by: str | None = None) -> None:
        self.actor = actor
        self.school = letterheads.school(actor)
        self.letterhead = letterheads.mail_letterhead(actor)
        self.led_by = people.signatory(actor, actor.person_id or 0).name if led_by is None else led_by
        self.calendar_link = links.school_url(actor, "calendar/")

    def appoint(
        self,
        row: VisitInvitee,
        starts_at: datetime,
        ends_at: datetime | None,
        *,
        place: str,
        place_version: int | None,
        along: Sequence[str] = (),
    ) -> None:
        """Send the time, or that it has changed; the row says to whom. Companions are not told the place.
        along: who comes besides the leader."""
        if row.sent_at is not None:
            row.sequence += 1
        row.sent_at, row.called_off_at = self.actor.at, None
        row.sent_starts_at, row.sent_ends_at, row.sent_place_version = starts_at, ends_at, place_version
        kind = "visit_appointment" if row.guardian_id is not None else "visit_companion"
        self._queue(row, kind, place=place, along=along, expires_at=starts_at)

    def call_off(self, row: VisitInvitee) -> None:
        """Take what was sent out of a calendar; where it has not even left, nothing is sent at all."""
        if row.sent_at is None or row.called_off_at is not None:
            return
        taken_back = [
            outbox.take_back(row.school_id, stream(row), kind)
            for kind in ("visit_appointment", "visit_companion")
        ]
        self.call_off_taken_back(row, has_left=not any(taken_back) or row.sequence > 0)

    def call_off_taken_back(self, row: VisitInvitee, *, has_left: bool) -> None:
        """The same, once nothing waits in its stream; has_left: whether an appointment left before."""
        row.called_off_at = self.actor.at
        if not has_left:
            # A later appointment is the first that this person hears of.
            row.sent_at = None
            return
        row.sequence += 1
        self._queue(row, "visit_called_off", place="", expires_at=row.sent_ends_at or row.sent_starts_at)

    def _queue(
        self,
        row: VisitInvitee,
        kind: str,
        *,
        place: str,
        along: Sequence[str] = (),
        expires_at: datetime | None,
    ) -> None:
        assert row.sent_starts_at is not None
        assert row.email is not None
        facts = VisitFacts(
            letterhead=self.letterhead,
            to_name=row.name or "",
            led_by=self.led_by,
            along=tuple(along),
            starts_at=row.sent_starts_at,
            ends_at=row.sent_ends_at,
            place=place,
            link=self.calendar_link if kind == "visit_companion" else "",
            uid=f"visit-{row.activity_id}-{row.id}@pamong",
            sequence=row.sequence,
            stamped_at=self.actor.at,
            organiser_address=invitations.organiser_address(self.school),
            attendee_address=row.email,
        )
        outbox.queue(
            self.actor,
            kind,
            facts,
            to_address=row.email,
            to_name=row.name or "",
            locale=row.locale or "id",
            # An appointment that was taken back before it left is sent anew under the same number.
            dedupe_key=f"{kind}:{row.id}:{row.sequence}:{self.actor.at:%Y%m%dT%H%M%S}",
            user_id=row.user_id,
            activity_id=row.activity_id,
            guardian_id=row.guardian_id,
            stream=stream(row),
            expires_at=expires_at,
        )


def stream(row: VisitInvitee) -> str:
    """The outbox's stream of one person's mails about a visit."""
    return f"visit:{row.id}"


def invitees(actor: Actor, activity_id: int) -> list[VisitInvitee]:
    """Everybody who was named or told, also those who are not any more; none for others than the team."""
    return list(
        tenancy.session.scalars(
            select(VisitInvitee)
            .where(VisitInvitee.school_id == actor.school_id, VisitInvitee.activity_id == activity_id)
            .order_by(VisitInvitee.id)
        )
    )


def is_announced(activity: Activity) -> ColumnElement[bool]:
    """Whether somebody's calendar holds the visit, for queries."""
    return (
        select(VisitInvitee.id)
        .where(
            VisitInvitee.school_id == activity.school_id,
            VisitInvitee.activity_id == activity.id,
            VisitInvitee.sent_at.is_not(None),
            VisitInvitee.called_off_at.is_(None),
        )
        .exists()
    )


def check_not_announced(activity: Activity) -> None:
    """What others were told changes by the form's own button only, never while it is being written."""
    if tenancy.session.scalar(select(is_announced(activity))):
        raise Conflict(N_("Others were told this: press Save to change it."))


def call_off(actor: Actor, activity: Activity) -> None:
    """Tell everybody who had the appointment that it does not stand any more, unless it is over."""
    if activity.procedure != HOME_VISIT.key:
        return
    told = [
        row
        for row in invitees(actor, activity.id)
        if row.sent_at and not row.called_off_at and row.sent_starts_at and row.sent_starts_at > actor.at
    ]
    if not told:
        return
    post = VisitPost(actor)
    for row in told:
        post.call_off(row)
    audit.record(actor, "visit.called_off", activity, told=len(told))


def shut_out(actor: Actor, case_id: int, user_id: int) -> None:
    """Who is shut out of a case comes along on none of its visits; who had the appointment is told that it
    does not stand, and nothing else."""
    rows = tenancy.session.scalars(
        select(VisitInvitee).where(
            VisitInvitee.school_id == actor.school_id,
            VisitInvitee.case_id == case_id,
            VisitInvitee.user_id == user_id,
            VisitInvitee.removed_at.is_(None),
        )
    ).all()
    for row in rows:
        row.removed_at = actor.at
        if row.sent_starts_at is not None and row.sent_starts_at > actor.at:
            VisitPost(actor).call_off(row)
        audit.record(actor, "visit.companion_removed", row, user=user_id)
