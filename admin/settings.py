"""What the school sets for itself: letterhead, clock and schedules, numbers and approval."""

from __future__ import annotations

from flask import Response, jsonify, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain import dates, numbering
from webapp.domain.errors import DomainError, Invalid
from webapp.domain.permissions import Permission
from webapp.http.errors import say
from webapp.http.i18n import current_locale
from webapp.reports.data import DOCUMENTS
from webapp.services import people, school_settings
from webapp.services.school_settings import LETTERHEAD_FIELDS, LOGO_SLOTS, Schedule

_LETTER_FIELDS = ("letter_number_pattern", "letter_code", "letter_unit")
_KIND_FIELDS = {kind: f"pattern_{kind}" for kind in numbering.LETTER_KINDS}
_CLOCK_FIELDS = ("daily_digest_at", "weekly_digest_at", "reminders_at")


def sections(active: str) -> list[dict[str, object]]:
    """The tabs of the settings; each is a page of its own."""
    return [
        {"label": label, "url": url_for(endpoint), "active": endpoint == active}
        for endpoint, label in (
            ("settings.index", _("Letterhead")),
            ("settings.schedule", _("Clock and mails")),
            ("settings.cases", _("Cases and approval")),
            ("settings.letters", _("Letter numbers")),
            ("holidays.index_view", _("Days off")),
            ("homerooms.index_view", _("Homeroom teachers")),
        )
    ]


class SettingsPages(SchoolPages):
    """The school's own settings, for its admin."""

    noun = "settings"
    path = "/s/<school>/settings"
    need = Permission.SETTINGS_MANAGE

    @expose("/", methods=("GET", "POST"))
    def index(self):
        school = school_settings.own(actor())
        values = {field: getattr(school, field) or "" for field in LETTERHEAD_FIELDS}
        refusal = None
        if request.method == "POST":
            values = {field: request.form.get(field, "") for field in LETTERHEAD_FIELDS}
            refusal = attempt(lambda: school_settings.change_letterhead(actor(), values))
            if refusal is None:
                return done(_("The letterhead is saved."), "settings.index")
        return self._letterhead_page(values, refusal)

    @expose("/logos/<slot>", methods=("GET", "POST"))
    def logo(self, slot: str):
        if request.method == "GET":
            media_type, content = school_settings.logo(actor(), slot)
            return Response(content, content_type=media_type)
        sent = request.files.get("logo")
        refusal = attempt(
            lambda: school_settings.set_logo(actor(), slot, sent.read() if sent is not None else b"")
        )
        if refusal is None:
            return done(_("The logo is saved."), "settings.index")
        school = school_settings.own(actor())
        return self._letterhead_page(
            {field: getattr(school, field) or "" for field in LETTERHEAD_FIELDS}, refusal
        )

    @expose("/logos/<slot>/remove", methods=("POST",))
    def remove_logo(self, slot: str):
        school_settings.remove_logo(actor(), slot)
        return done(_("The logo is removed."), "settings.index")

    def _letterhead_page(self, values: dict[str, str], refusal: DomainError | None):
        page = render_template(
            "pages/settings/index.html",
            sections=sections("settings.index"),
            school=school_settings.own(actor()),
            values=values,
            slots=LOGO_SLOTS,
            filled=school_settings.filled_logo_slots(actor()),
            errors=form_error(refusal),
        )
        return page, refusal.status if refusal else 200

    @expose("/schedule", methods=("GET", "POST"))
    def schedule(self):
        school = school_settings.own(actor())
        values = {
            "time_zone": school.time_zone,
            "school_year_starts_month": str(school.school_year_starts_month),
            "six_day_week": school.six_day_week,
            "weekly_digest_weekday": str(school.weekly_digest_weekday),
            **{field: getattr(school, field).strftime("%H:%M") for field in _CLOCK_FIELDS},
        }
        refusal = None
        if request.method == "POST":
            values = {name: request.form.get(name, "") for name in values}
            values["six_day_week"] = "six_day_week" in request.form
            refusal = attempt(lambda: school_settings.change_schedule(actor(), _schedule(values)))
            if refusal is None:
                return done(_("The clock is saved; mails that wait are planned anew."), "settings.schedule")
        locale = current_locale()
        page = render_template(
            "pages/settings/schedule.html",
            sections=sections("settings.schedule"),
            values=values,
            months=list(enumerate(dates.MONTHS[locale], 1)),
            weekdays=list(enumerate(dates.WEEKDAYS[locale][:6])),
            errors=form_error(refusal),
        )
        return page, refusal.status if refusal else 200

    @expose("/cases", methods=("GET", "POST"))
    def cases(self):
        school = school_settings.own(actor())
        values = {
            "case_number_pattern": school.case_number_pattern,
            "minutes_access_days": str(school.minutes_access_days),
            "overdue_counsellor_days": str(school.overdue_counsellor_days),
            "overdue_principal_days": str(school.overdue_principal_days),
            "substitute_approver_id": str(school.substitute_approver_id or ""),
        }
        refusal = None
        if request.method == "POST":
            values = {name: request.form.get(name, "") for name in values}
            refusal = attempt(lambda: self._change_case_rules(values))
            if refusal is None:
                return done(_("The settings are saved."), "settings.cases")
        page = render_template(
            "pages/settings/cases.html",
            sections=sections("settings.cases"),
            values=values,
            example=_example(values["case_number_pattern"]).get("example", ""),
            staff=[(member.user_id, f"{member.name} · {member.title}") for member in people.staff(actor())],
            errors=form_error(refusal),
        )
        return page, refusal.status if refusal else 200

    @expose("/cases/example")
    def example(self):
        """What a case number would look like: {example} or {error}."""
        answer = _example(request.args.get("pattern", ""))
        return jsonify(answer), 200 if "example" in answer else 422

    @expose("/letters", methods=("GET", "POST"))
    def letters(self):
        school = school_settings.own(actor())
        values = {field: getattr(school, field) or "" for field in _LETTER_FIELDS}
        values |= {field: school.letter_patterns.get(kind, "") for kind, field in _KIND_FIELDS.items()}
        refusal = None
        if request.method == "POST":
            values = {field: request.form.get(field, "") for field in values}
            own = {kind: values[field] for kind, field in _KIND_FIELDS.items()}
            refusal = attempt(
                lambda: school_settings.change_letter_numbers(
                    actor(), **_letter_numbers(values), patterns=own
                )
            )
            if refusal is None:
                return done(_("The numbers of letters are saved."), "settings.letters")
        page = render_template(
            "pages/settings/letters.html",
            sections=sections("settings.letters"),
            values=values,
            kinds=[(kind, DOCUMENTS[kind].title) for kind in _KIND_FIELDS],
            example=_letter_example(values).get("example", ""),
            examples=_examples(values),
            alike=[
                [DOCUMENTS[kind].title for kind in kinds] for kinds in school_settings.letters_alike(actor())
            ],
            errors=form_error(refusal),
        )
        return page, refusal.status if refusal else 200

    @expose("/letters/example")
    def letter_example(self):
        """What the number of a letter would look like: {example} or {error}."""
        given = {field: request.args.get(field, "") for field in _LETTER_FIELDS}
        answer = _letter_example(given | {"letter_number_pattern": request.args.get("pattern", "")})
        return jsonify(answer), 200 if "example" in answer else 422

    @staticmethod
    def _change_case_rules(values: dict[str, str]) -> None:
        substitute = values["substitute_approver_id"]
        school_settings.change_case_rules(
            actor(),
            case_number_pattern=values["case_number_pattern"],
            minutes_access_days=_number(values["minutes_access_days"]),
            overdue_counsellor_days=_number(values["overdue_counsellor_days"]),
            overdue_principal_days=_number(values["overdue_principal_days"]),
            substitute_approver_id=None if not substitute else _number(substitute),
        )


def _example(pattern: str) -> dict[str, str]:
    try:
        return {"example": school_settings.number_example(actor(), pattern)}
    except Invalid as refusal:
        return {"error": say(refusal)}


def _letter_numbers(values: dict[str, str]) -> dict[str, str]:
    return {
        "pattern": values["letter_number_pattern"],
        "code": values["letter_code"],
        "unit": values["letter_unit"],
    }


def _letter_example(values: dict[str, str]) -> dict[str, str]:
    try:
        return {"example": school_settings.letter_number_example(actor(), **_letter_numbers(values))}
    except Invalid as refusal:
        return {"error": say(refusal)}


def _examples(values: dict[str, str]) -> dict[str, str]:
    """What a letter of each kind would bear."""
    common = values["letter_number_pattern"]
    patterns = {kind: values[field] or common for kind, field in _KIND_FIELDS.items()}
    return school_settings.letter_number_examples(
        actor(), patterns, code=values["letter_code"], unit=values["letter_unit"]
    )


def _schedule(values: dict[str, str]) -> Schedule:
    return Schedule(
        time_zone=values["time_zone"],
        school_year_starts_month=_number(values["school_year_starts_month"]),
        six_day_week=bool(values["six_day_week"]),
        daily_digest_at=values["daily_digest_at"],
        weekly_digest_at=values["weekly_digest_at"],
        weekly_digest_weekday=_number(values["weekly_digest_weekday"]),
        reminders_at=values["reminders_at"],
    )


def _number(text: str) -> int:
    """The number in a field; -1, which no rule takes, when there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
