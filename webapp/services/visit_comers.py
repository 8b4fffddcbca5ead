"""Who comes along to a home visit: the colleagues chosen, and whom the plan names in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.domain import identifiers, words
from webapp.domain.errors import N_, Invalid
from webapp.mail.clean import one_line
from webapp.models.activities import Activity
from webapp.models.cases import Case
from webapp.models.students import Student
from webapp.services import access, activity_fields, participants, people, visit_post
from webapp.services.activity_fields import Stored
from webapp.services.people import StaffMember
from webapp.services.visit_permission import STEP
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Companion:
    """One who comes along. `member`: what is known of a colleague who still works here; `user_id`: None for
    whom the plan names in words."""

    name: str
    user_id: int | None = None
    member: StaffMember | None = None

    def shown(self, locale: str) -> str:
        """Name and position. A counsellor's position would say what the visit is about: the name alone."""
        if self.member is None or self.member.role == "counsellor":
            return self.name
        position = self.member.position or words.SCHOOL_ROLES[self.member.role].label(locale)
        return f"{self.name} ({position})"


def along(actor: Actor, activity: Activity, *, leader_id: int | None) -> tuple[Companion, ...]:
    """Everybody who comes along with the leader, each once, in the order chosen; asked of the team."""
    rows = visit_post.invitees(actor, activity.id)
    barred = participants.barred_from_case(actor, activity.case_id)
    staff = {member.user_id: member for member in people.staff(actor)}
    chosen = [row for row in rows if row.user_id and not row.removed_at and row.user_id not in barred]
    found = [
        Companion(row.name or "", row.user_id, staff.get(row.user_id or 0))
        for row in chosen
        if row.user_id != leader_id
    ]
    written = one_line(_written(actor, activity))
    leader = people.display_names(actor, [leader_id] if leader_id else [])
    # The plan's line was filled with the first colleague chosen: of one removed since it says nothing.
    named = {row.name for row in rows if row.user_id} | set(leader.values())
    if written and written.casefold() not in {(name or "").casefold() for name in named}:
        found.append(Companion(written))
    return tuple(found)


def check_neutral(actor: Actor, activity: Activity, companions: Iterable[Companion]) -> None:
    """Invalid (field "companion") where the plan's own words for a companion name the student."""
    student = access.get(actor, Student, access.get(actor, Case, activity.case_id).student_id)
    if any(one.user_id is None and identifiers.mentions(one.name, student.name) for one in companions):
        raise Invalid(
            N_("The companion is named to the family: leave out the student's name."), field="companion"
        )


def shown(companions: Sequence[Companion], locale: str) -> tuple[str, ...]:
    """Names and positions as a reader of this language reads them."""
    return tuple(one.shown(locale) for one in companions)


def _written(actor: Actor, activity: Activity) -> str:
    return activity_fields.read(actor, activity.id).get(STEP, {}).get("companion", Stored()).value
