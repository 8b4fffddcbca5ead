"""The trail: who did or read what. Plain inserts in the transaction of the act itself."""

from __future__ import annotations

from typing import Any

from webapp import tenancy
from webapp.models.schools import AuditEntry
from webapp.tenancy import Actor


def record(
    actor: Actor,
    action: str,
    subject: Any = None,
    *,
    school_id: int | None = None,
    **detail: str | int | None,
) -> None:
    """Append one entry; `detail` holds ids, counts and keys of vocabularies, never names or narrative.

    subject: the row that was changed or read, or None. school_id: where the actor's scope is no
    single school (district, sign-in), the school that is concerned; the platform otherwise.
    """
    if school_id is None:
        school_id = tenancy.PLATFORM_SCHOOL_ID if actor.school_id is None else actor.school_id
    tenancy.session.add(
        AuditEntry(
            school_id=school_id,
            at=actor.at,
            actor_kind=actor.kind,
            person_id=actor.person_id,
            participant_id=actor.participant_id,
            action=action,
            subject_type="" if subject is None else subject.__tablename__,
            subject_id=None if subject is None else subject.id,
            detail=detail,
        )
    )
