"""The family's permission in the plan of a visit: what an answer by link writes there, and when it lapses."""

from __future__ import annotations

from webapp.domain.procedures import HOME_VISIT
from webapp.models.activities import Activity
from webapp.models.visits import VisitRequest
from webapp.services import activity_fields
from webapp.services.activity_fields import Stored
from webapp.tenancy import Actor

STEP = "planning.paperwork"
FIELDS = ("permission", "permission_channel", "permission_on", "permission_by")
_BY_ANSWER = {"yes": "given", "no": "refused", "other_time": "waiting"}


def record(actor: Actor, activity: Activity, asked: VisitRequest) -> None:
    """Put an answer by link into the plan, unless the team has recorded one by phone, on paper or in person
    since it asked: that stands, and the answer waits to be read."""
    held = _held(actor, activity)
    channel = held.get("permission_channel", Stored())
    if channel.value not in ("", "link") and channel.updated_at and channel.updated_at >= asked.asked_at:
        return
    permission = _BY_ANSWER[asked.answer]
    if permission == "waiting":
        _put(actor, activity, held, permission)
        return
    _put(actor, activity, held, permission, "link", actor.today.isoformat(), asked.name or "")


def lapse(actor: Actor, activity: Activity) -> None:
    """An answer by link counts no more: the permission is waited for again. One that was given by phone, on
    paper or in person stays."""
    held = _held(actor, activity)
    if held.get("permission_channel", Stored()).value == "link":
        _put(actor, activity, held, "waiting")


# An answer by link was about the time that was asked about.
activity_fields.MOVED[HOME_VISIT.key] = lapse


# --- inside ---------------------------------------------------------------------------------------


def _held(actor: Actor, activity: Activity) -> dict[str, Stored]:
    return activity_fields.read(actor, activity.id).get(STEP, {})


def _put(actor: Actor, activity: Activity, held: dict[str, Stored], *values: str) -> None:
    typed = dict(zip(FIELDS, (*values, "", "", ""), strict=False))
    versions = {key: stored.version for key, stored in held.items()}
    activity_fields.put(actor, activity, HOME_VISIT, STEP, typed, versions)
