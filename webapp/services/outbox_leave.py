"""Whether a mail may still leave, asked of the newest facts when it is taken; for many mails at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.conferences import APPROVED_STATES
from webapp.mail.messages import MAILS, MeetingFacts
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, Participant
from webapp.models.identity import User
from webapp.models.students import Guardian
from webapp.services import delivery_mails, participants, visit_mails

NEWS_OF_AN_END = ("conference_cancelled", "invitation_withdrawn")
"""Mails that take a meeting out of somebody's calendar."""

Stop = tuple[str | None, str | None]
"""The state in which a mail ends that may not leave, and why; (None, None) where it may."""


class Circumstances:
    """What is known now of those to whom these mails of one school go, in few statements for all of them."""

    def __init__(self, school_id: int, mails: Sequence[OutboxMail]) -> None:
        self._participants = _rows(Participant, school_id, (mail.participant_id for mail in mails))
        self._guardians = _rows(Guardian, school_id, (one.guardian_id for one in self._participants.values()))
        self._conferences = _rows(Conference, school_id, (mail.conference_id for mail in mails))
        self._shut_out = {
            conference_id: participants.barred(tenancy.current().actor, conference_id).user_ids
            for conference_id in {mail.conference_id for mail in mails}
            if conference_id is not None
        }
        self._accounts = _accounts(mail.user_id for mail in mails)
        self._visits = visit_mails.Visits(school_id, mails)

    def is_refused(self, mail: OutboxMail) -> bool:
        """Whether the account's address is noted as one that takes no mail."""
        account = self._accounts.get(mail.user_id)
        return account is not None and account.mail_bounced_at is not None

    def may_not_leave(self, mail: OutboxMail, at: datetime) -> Stop:
        """Why a mail may not leave any more."""
        if mail.expires_at is not None and mail.expires_at <= at:
            return "expired", None
        account = self._accounts.get(mail.user_id)
        if mail.optional and account is not None and mail.kind in (account.digests_off or ()):
            return "withheld", "switched_off"
        if mail.activity_id is not None:
            reason = self._visits.withheld_because(mail)
            if reason is not None:
                return "withheld", reason
        reason = delivery_mails.withheld_because(mail)
        if reason is not None:
            return "withheld", reason
        participant = self._participants.get(mail.participant_id)
        if mail.conference_id is not None and self._is_shut_out(mail, participant):
            return "withheld", "shut_out"
        if participant is not None:
            guardian = self._guardians.get(participant.guardian_id)
            if guardian is not None and guardian.do_not_contact:
                return "withheld", "do_not_contact"
            # Only the news that there is no meeting for them still goes to one who was taken off its list.
            if participant.removed_at is not None and mail.kind not in NEWS_OF_AN_END:
                return "withheld", "participant_removed"
        conference = self._conferences.get(mail.conference_id)
        about_the_meeting = issubclass(MAILS[mail.kind].facts, MeetingFacts) if mail.kind in MAILS else False
        if conference is not None and about_the_meeting and mail.kind not in NEWS_OF_AN_END:
            if conference.cancelled_at is not None:
                return "withheld", "conference_cancelled"
            if conference.state not in APPROVED_STATES:
                return "withheld", "not_approved"
        if participant is not None and participant.mail_bounced_at is not None:
            return "withheld", "address_bounced"
        # The links in it stopped when the address was corrected.
        if participant is not None and participant.email != mail.to_address:
            return "withheld", "address_changed"
        return None, None

    def _is_shut_out(self, mail: OutboxMail, participant: Participant | None) -> bool:
        user_id = participant.user_id if participant is not None else mail.user_id
        assert mail.conference_id is not None
        return user_id in self._shut_out[mail.conference_id]


def _rows(table: type[Any], school_id: int, ids: Iterable[int | None]) -> dict[int | None, Any]:
    wanted = set(ids) - {None}
    if not wanted:
        return {}
    found = tenancy.session.scalars(select(table).where(table.school_id == school_id, table.id.in_(wanted)))
    return {row.id: row for row in found}


def _accounts(ids: Iterable[int | None]) -> dict[int | None, Any]:
    wanted = set(ids) - {None}
    if not wanted:
        return {}
    known = select(User.id, User.digests_off, User.mail_bounced_at).where(User.id.in_(wanted))
    return {account.id: account for account in tenancy.session.execute(known)}
