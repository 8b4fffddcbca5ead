"""The form of what a person does in a school; the district and the school admin fill in the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import request

from webapp.domain import dates, words
from webapp.services.memberships import Duties
from webapp.services.staff_register import StaffView


@dataclass(frozen=True)
class DutiesForm:
    """What stands in the fields: from the database first, as typed afterwards."""

    roles: tuple[str, ...]
    positions: Mapping[str, str] = field(default_factory=dict)
    number_label: str = "none"
    number: str = ""
    phone: str = ""
    acting: bool = False
    acting_until_on: str = ""

    def duties(self) -> Duties:
        """What the service is asked for; Invalid when the day is no day."""
        until: date | None = None
        if self.acting and self.acting_until_on:
            until = dates.parse_date(self.acting_until_on, field="acting_until_on")
        return Duties(
            {role: self.positions.get(role) for role in self.roles},
            self.number_label,
            self.number,
            self.phone,
            self.acting,
            until,
        )


def of_person(person: StaffView) -> DutiesForm:
    """The form as it is first shown."""
    return DutiesForm(
        tuple(person.positions),
        {role: position or "" for role, position in person.positions.items()},
        person.number_label,
        person.number or "",
        person.phone or "",
        person.acting,
        person.acting_until_on.isoformat() if person.acting_until_on else "",
    )


def of_request() -> DutiesForm:
    """The form as it was sent."""
    form = request.form
    return DutiesForm(
        tuple(form.getlist("roles")),
        {role: form.get(f"position-{role}", "") for role in words.SCHOOL_ROLES.keys},
        form.get("number_label", "none"),
        form.get("number", ""),
        form.get("phone", ""),
        "acting" in form,
        form.get("acting_until_on", "").strip(),
    )


def successor_id() -> int | None:
    """The chosen successor's id; None when nobody was chosen."""
    chosen = request.form.get("successor_id", "").strip()
    return int(chosen) if chosen.isdigit() else None
