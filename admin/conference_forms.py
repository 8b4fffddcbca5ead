"""The conference forms as people fill them in: local times, rows of participants; and the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from flask_babel import gettext as _

from webapp.domain import words
from webapp.domain.dates import local_time, parse_date, zone
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.http.attempts import form_error
from webapp.http.errors import say
from webapp.mail.clean import check_address
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.services.conference_drafts import Draft
from webapp.services.participants import Proposed

DEFAULT_MINUTES = 90
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
_PLAIN = ("purpose", "despite", "place", "on", "at", "minutes")
# Where a refusal of a service belongs on the form.
FIELDS = {
    "starts_at": "on",
    "ends_at": "minutes",
    "staff": "participants",
    "guardians": "participants",
    "experts": "participants",
    "participant": "participants",
    "why": "participants",
    "role_expected": "participants",
    "position": "participants",
    "email": "participants",
    "phone": "participants",
}


@dataclass
class RequestForm:
    """What stands in the form: as typed, or as stored."""

    purpose: str = ""
    despite: str = ""
    place: str = ""
    on: str = ""
    at: str = ""
    minutes: str = str(DEFAULT_MINUTES)
    staff: list[dict[str, str]] = field(default_factory=list)
    guardians: dict[int, dict[str, str]] = field(default_factory=dict)
    experts: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> RequestForm:
        """As typed; rows that name nobody are left out."""
        staff = [row for row in _rows(form, "staff", ("user", "why", "role", "key")) if row["user"]]
        guardians = {
            int(number): {key: form.get(f"guardian-{number}-{key}", "") for key in ("why", "role", "key")}
            for number in _numbers(form, "guardian", "invite")
            if number.isdigit()
        }
        keys = ("id", "name", "position", "email", "phone", "why", "role", "key")
        experts = [
            row
            for row in _rows(form, "expert", keys)
            if any(row[key].strip() for key in keys if key not in ("why", "key"))
        ]
        plain = {name: form.get(name, "").strip() for name in _PLAIN}
        return cls(**plain, staff=staff, guardians=guardians, experts=experts)

    @classmethod
    def stored(
        cls, conference: Conference, request: ConferenceRequest, rows: Sequence[Participant], tz: str
    ) -> RequestForm:
        """As stored; times on the school's clock."""
        form = cls(
            purpose=request.purpose or "", despite=request.despite or "", place=conference.place or ""
        )
        if times_typed := when(conference, tz):
            form.on, form.at, form.minutes = (times_typed[key] for key in ("on", "at", "minutes"))
        for row in rows:
            common = {"why": row.why, "role": row.role_expected or "", "key": "1" if row.is_key else ""}
            if row.kind == "staff" and row.user_id != conference.requester_id:
                form.staff.append({"user": str(row.user_id), **common})
            elif row.kind == "guardian" and row.guardian_id is not None:
                form.guardians[row.guardian_id] = common
            elif row.kind == "expert":
                contact = {"name": row.name, "position": row.position, "email": row.email, "phone": row.phone}
                form.experts.append(
                    {"id": str(row.id), **common, **{key: value or "" for key, value in contact.items()}}
                )
        return form

    def lacking(self, *, sends: bool) -> dict[str, str]:
        """What the rows of participants still lack, all at once: id of the field -> what it needs."""
        rows = [(f"staff-{number}", row) for number, row in enumerate(self.staff)]
        rows += [(f"guardian-{guardian_id}", row) for guardian_id, row in self.guardians.items()]
        experts = [(f"expert-{number}", row) for number, row in enumerate(self.experts)]
        found: dict[str, str] = {}
        for prefix, row in experts:
            if not row["name"]:
                found[f"{prefix}-name"] = _("Write the name of the outside expert.")
            if row["email"]:
                try:
                    check_address(row["email"])
                except Invalid as refusal:
                    found[f"{prefix}-email"] = say(refusal)
        for prefix, row in rows + experts:
            if row["why"] not in words.WHYS:
                found[f"{prefix}-why"] = _("Choose why this person is asked.")
            if sends and not row["role"].strip():
                found[f"{prefix}-role"] = _("Write the role expected of this person.")
        return found

    def draft(self, tz: str) -> Draft:
        """For the service; Invalid for a date or time that cannot be read."""
        starts_at, ends_at = times(self.on, self.at, self.minutes, tz)
        return Draft(
            purpose=self.purpose,
            despite=self.despite,
            place=self.place,
            starts_at=starts_at,
            ends_at=ends_at,
            proposed=(
                *(
                    Proposed(
                        "staff", row["why"], row["role"], user_id=int(row["user"]), is_key=row["key"] == "1"
                    )
                    for row in self.staff
                    if row["user"].isdigit()
                ),
                *(
                    Proposed(
                        "guardian",
                        row["why"],
                        row["role"],
                        guardian_id=guardian_id,
                        is_key=row["key"] == "1",
                    )
                    for guardian_id, row in self.guardians.items()
                ),
                *(
                    Proposed(
                        "expert",
                        row["why"],
                        row["role"],
                        participant_id=int(row["id"]) if row["id"].isdigit() else None,
                        name=row["name"],
                        position=row["position"],
                        email=row["email"],
                        phone=row["phone"],
                        is_key=row["key"] == "1",
                    )
                    for row in self.experts
                ),
            ),
        )


def by_field(refusal: DomainError | None) -> dict[str, str]:
    """Where a refusal belongs on the form -> what it says."""
    return {FIELDS.get(name, name): text for name, text in form_error(refusal).items()}


def when(conference: Conference, tz: str) -> dict[str, str]:
    """Date, time and length of a meeting as its form shows them."""
    if conference.starts_at is None or conference.ends_at is None:
        return {}
    local = local_time(conference.starts_at, tz)
    minutes = int((conference.ends_at - conference.starts_at).total_seconds() // 60)
    return {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "minutes": str(minutes)}


def times(on: str, at: str, minutes: str, tz: str) -> tuple[datetime | None, datetime | None]:
    """Start and end from what was typed on the school's clock; (None, None) when nothing was."""
    if not on and not at:
        return None, None
    day = parse_date(on, field="on")
    clock = _CLOCK.fullmatch(at)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
        raise Invalid(N_("Write the time as hours and minutes, for example 09:00."), field="at")
    if not minutes.isdigit() or not 1 <= int(minutes) <= 24 * 60:
        raise Invalid(N_("Write the length in minutes, for example 90."), field="minutes")
    starts_at = datetime.combine(day, time(int(clock[1]), int(clock[2])), tzinfo=zone(tz))
    return starts_at, starts_at + timedelta(minutes=int(minutes))


def _numbers(form: Mapping[str, str], group: str, key: str) -> list[str]:
    pattern = re.compile(rf"{group}-(\d+)-{key}")
    return [match[1] for name in form if (match := pattern.fullmatch(name))]


def _rows(form: Mapping[str, str], group: str, keys: Sequence[str]) -> list[dict[str, str]]:
    first = keys[0] if keys[0] != "id" else keys[1]
    return [
        {key: form.get(f"{group}-{number}-{key}", "").strip() for key in keys}
        for number in _numbers(form, group, first)
    ]
