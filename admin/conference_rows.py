"""What the forms of a meeting send, as the services take it."""

from __future__ import annotations

import re
from datetime import date

from werkzeug.datastructures import FileStorage, MultiDict

from webapp.domain.dates import parse_date
from webapp.domain.minutes import Statement
from webapp.services.papers import Scan
from webapp.services.participants import Proposed

_STATEMENT = re.compile(r"statement-(\d{1,3})-text")


def days(form: MultiDict[str, str]) -> list[date]:
    """The ticked check-ins and the one that was written, without repeats; Invalid where one is no date."""
    typed = [*form.getlist("check_in"), form.get("check_in_other", "")]
    return sorted({parse_date(text, field="check_in") for text in typed if text.strip()})


def brought_scan(files: MultiDict[str, FileStorage]) -> Scan | None:
    """The file in the field `scan`, None when none was chosen."""
    sent = files.get("scan")
    return Scan(sent.filename, sent.read()) if sent is not None and sent.filename else None


def statements(form: MultiDict[str, str]) -> list[Statement]:
    """The filled rows of statements, in the order of their numbers."""
    numbers = sorted(int(found[1]) for name in form if (found := _STATEMENT.fullmatch(name)))
    rows = [
        Statement(form.get(f"statement-{number}-text", ""), form.get(f"statement-{number}-source", ""))
        for number in numbers
    ]
    return [row for row in rows if row.text.strip() or row.source.strip()]


def statement_rows(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """The same rows for the form that is shown again."""
    return [{"text": row.text, "source": row.source} for row in statements(form)]


def named(form: MultiDict[str, str]) -> Proposed:
    """Somebody who came, or is asked as well: `who` is staff-<user id>, guardian-<id>, or empty for one
    described here."""
    kind, _, number = form.get("who", "").partition("-")
    identity = int(number) if number.isdecimal() and len(number) < 20 else None
    why = form.get("why", "")
    role = form.get("role_expected", "")
    is_key = form.get("is_key") == "1"
    if kind == "staff":
        return Proposed("staff", why, role, user_id=identity, is_key=is_key)
    if kind == "guardian":
        return Proposed("guardian", why, role, guardian_id=identity, is_key=is_key)
    return Proposed(
        "expert",
        why,
        role,
        name=form.get("name", ""),
        position=form.get("position", ""),
        email=form.get("email", ""),
        phone=form.get("phone", ""),
        is_key=is_key,
    )
