"""The appointment of a home visit: sent to the family that agreed, and to companions from the staff."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _

from webapp import tenancy
from webapp.domain import contacts, dates
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.procedures import HOME_VISIT
from webapp.models.activities import Activity, Appointment
from webapp.models.cases import Case
from webapp.models.students import Guardian, Student
from webapp.models.visits import VisitInvitee
from webapp.services import (
    access,
    activity_fields,
    activity_runs,
    audit,
    conference_drafts,
    letterheads,
    participants,
    people,
    visit_comers,
    visit_post,
    visit_requests,
    whatsapp,
)
from webapp.services.activity_fields import Stored
from webapp.services.visit_permission import STEP
from webapp.services.visit_post import VisitPost
from webapp.services.visit_requests import LANGUAGES
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Text:
    """A text for a guardian, shown once, and the address that opens it in WhatsApp."""

    guardian_id: int
    text: str
    url: str


def send(actor: Actor, activity_id: int, *, guardian_ids: Collection[int], locale: str) -> int:
    """Send the time that stands in the plan to these guardians and to all companions; how many mails. Who
    has it as it stands gets none. Asked of the team.

    Conflict without the family's permission or a time ahead, and when everybody has it already; Invalid
    naming the field for a guardian who may not be written to, for nobody, and for a place or a companion
    that names the student.
    """
    activity = _held(actor, activity_id)
    planned, fields = _agreed(actor, activity)
    place = fields.get("place", Stored())
    case = access.get(actor, Case, activity.case_id)
    if place.value:
        conference_drafts.check_place(place.value, access.get(actor, Student, case.student_id).name)
    if locale not in LANGUAGES:
        raise Invalid(N_("Choose one of the values in the list."), field="locale")
    rows = visit_post.invitees(actor, activity.id)
    comers = visit_comers.along(actor, activity, leader_id=actor.person_id)
    visit_comers.check_neutral(actor, activity, comers)
    post = VisitPost(actor)
    family = [
        _of_guardian(post, activity, rows, visit_requests.askable(actor, activity, one), locale)
        for one in dict.fromkeys(guardian_ids)
    ]
    barred = participants.barred_from_case(actor, case.id)
    companions = [row for row in rows if row.user_id and not row.removed_at and row.user_id not in barred]
    if not family and not companions:
        raise Invalid(N_("Choose who is told."), field="guardian")
    stale = [row for row in family if is_stale(row, planned, place.version)]
    for row in stale:
        post.appoint(
            row,
            planned.starts_at,
            planned.ends_at,
            place=place.value,
            place_version=place.version,
            along=visit_comers.shown(comers, locale),
        )
    late = [row for row in companions if is_stale(row, planned, None)]
    for row in late:
        post.appoint(row, planned.starts_at, planned.ends_at, place="", place_version=None)
    told = len(stale) + len(late)
    if not told:
        raise Conflict(N_("Everybody chosen has the appointment as it stands."))
    audit.record(actor, "visit.appointed", activity, told=told)
    return told


def take_back(actor: Actor, activity_id: int) -> None:
    """Tell everybody who has the appointment that it does not stand any more; the plan stays as it is."""
    activity = _held(actor, activity_id)
    if not any(row.sent_at and not row.called_off_at for row in visit_post.invitees(actor, activity.id)):
        raise Conflict(N_("The appointment was not sent to anybody."))
    visit_post.call_off(actor, activity)


def add_companion(actor: Actor, activity_id: int, user_id: int) -> VisitInvitee:
    """Somebody of the staff comes along; told with the appointment. Asked of the team; Invalid (field "user")
    for one who does not work here, who is shut out of the case, or oneself."""
    activity = _held(actor, activity_id)
    member = next((one for one in people.staff(actor) if one.user_id == user_id), None)
    barred = participants.barred_from_case(actor, activity.case_id)
    if member is None or user_id in barred or user_id == actor.person_id:
        raise Invalid(N_("Choose somebody who works at the school and may come along."), field="user")
    rows = visit_post.invitees(actor, activity.id)
    row = next((one for one in rows if one.user_id == user_id), None)
    if row is None:
        row = tenancy.add(_new(actor, activity, user_id=user_id))
    row.removed_at = None
    row.name, row.email, row.locale = member.name, member.email, member.locale
    _name_companion(actor, activity, member.name)
    audit.record(actor, "visit.companion_added", row, user=user_id)
    return row


def remove_companion(actor: Actor, activity_id: int, invitee_id: int) -> None:
    """Who came along does so no more; who had the appointment is told."""
    activity = _held(actor, activity_id)
    row = access.get(actor, VisitInvitee, invitee_id)
    if row.activity_id != activity.id or row.user_id is None or row.removed_at is not None:
        raise NotFound()
    row.removed_at = actor.at
    _unname_companion(actor, activity, row.name or "")
    VisitPost(actor).call_off(row)
    audit.record(actor, "visit.companion_removed", row, user=row.user_id)


def compose(actor: Actor, activity_id: int, guardian_id: int, *, locale: str) -> Text:
    """The appointment as a text for a guardian's WhatsApp; that it was made is recorded, never its words.

    Asked of the team; Conflict as `send`. Invalid for who may not be contacted or has no number that can
    exist, and for a companion that names the student.
    """
    activity = _held(actor, activity_id)
    planned, _fields = _agreed(actor, activity)
    case = access.get(actor, Case, activity.case_id)
    guardian = access.get(actor, Guardian, guardian_id)
    if guardian.student_id != case.student_id:
        raise NotFound()
    if guardian.do_not_contact:
        raise Invalid(visit_requests.NO_CONTACT, field="guardian")
    phone = contacts.phone_number(guardian.phone)
    if phone is None:
        raise Invalid(N_("There is no phone number: correct the contact first."), field="guardian")
    if locale not in LANGUAGES:
        raise Invalid(N_("Choose one of the values in the list."), field="locale")
    comers = visit_comers.along(actor, activity, leader_id=actor.person_id)
    visit_comers.check_neutral(actor, activity, comers)
    leader = people.signatory(actor, actor.person_id or 0).name
    school = letterheads.school(actor)
    with force_locale(locale):
        text = _(
            "Dear %(name)s, thank you that %(school)s may visit you.\n\n"
            "When: %(when)s\nWho comes: %(person)s\n\n"
            "Is something in the way? Please phone the school: %(phone)s",
            name=guardian.name or "",
            school=school.name,
            when=dates.format_meeting(planned.starts_at, planned.ends_at, actor.time_zone, locale),
            person="; ".join((leader, *visit_comers.shown(comers, locale))),
            phone=school.phone or "",
        )
    audit.record(actor, "visit.whatsapp_composed", guardian, activity_id=activity.id)
    return Text(guardian.id, text, whatsapp.address(phone, text))


def is_stale(row: VisitInvitee, planned: Appointment, place_version: int | None) -> bool:
    """Whether a person's calendar does not hold what stands in the plan."""
    if row.sent_at is None or row.called_off_at is not None:
        return True
    held = (row.sent_starts_at, row.sent_ends_at, row.sent_place_version)
    return held != (planned.starts_at, planned.ends_at, place_version)


# --- inside ---------------------------------------------------------------------------------------


def _held(actor: Actor, activity_id: int) -> Activity:
    activity, procedure = activity_runs.hold(actor, activity_id)
    if procedure is not HOME_VISIT:
        raise NotFound()
    return activity


def _agreed(actor: Actor, activity: Activity) -> tuple[Appointment, dict[str, Stored]]:
    fields = activity_fields.read(actor, activity.id).get(STEP, {})
    if fields.get("permission", Stored()).value != "given":
        raise Conflict(N_("The family's permission is not recorded: nothing is sent before."))
    planned = visit_requests.appointment(actor, activity.id)
    if planned is None or planned.starts_at <= actor.at:
        raise Conflict(N_("The time of the visit has passed: set a new one first."))
    return planned, fields


def _new(
    actor: Actor, activity: Activity, *, user_id: int | None = None, guardian_id: int | None = None
) -> VisitInvitee:
    return VisitInvitee(
        activity_id=activity.id,
        case_id=activity.case_id,
        user_id=user_id,
        guardian_id=guardian_id,
        added_by=actor.person_id,
        added_at=actor.at,
        sequence=0,
    )


def _of_guardian(
    post: VisitPost, activity: Activity, rows: Collection[VisitInvitee], guardian: Guardian, locale: str
) -> VisitInvitee:
    row = next((one for one in rows if one.guardian_id == guardian.id), None)
    if row is None:
        row = tenancy.add(_new(post.actor, activity, guardian_id=guardian.id))
    elif row.email not in (None, guardian.email):
        post.call_off(row)  # the calendar at the new address holds nothing yet, that at the old one no more
    row.name, row.email, row.locale = guardian.name, guardian.email, locale
    return row


def _name_companion(actor: Actor, activity: Activity, name: str) -> None:
    """Put the first companion into the plan's own line, which printed forms take; what stands there stays."""
    stored = activity_fields.read(actor, activity.id).get(STEP, {}).get("companion", Stored())
    if not stored.value:
        activity_fields.put(
            actor, activity, HOME_VISIT, STEP, {"companion": name}, {"companion": stored.version}
        )


def _unname_companion(actor: Actor, activity: Activity, name: str) -> None:
    """Take who was removed out of the plan's own line; another name in it stays."""
    stored = activity_fields.read(actor, activity.id).get(STEP, {}).get("companion", Stored())
    if stored.value and stored.value == name:
        activity_fields.put(
            actor, activity, HOME_VISIT, STEP, {"companion": ""}, {"companion": stored.version}
        )
