"""A register as an XLSX file that leaves the page: its columns, its words, its headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any

from flask import send_file
from flask_babel import gettext as _
from werkzeug import Response

from webapp.domain import words
from webapp.http.i18n import current_locale
from webapp.reports import xlsx
from webapp.services.case_register import RegisterRow
from webapp.services.monitoring import GoalItem, PromiseItem
from webapp.services.students import StudentLine


def of_cases(lines: Iterable[RegisterRow]) -> Response:
    """The register of cases with the columns of its page."""
    headings = (
        _("Number"), _("Student"), _("Class"), _("Field"), _("Status"), _("Severity"), _("Owner"),
        _("Opened"),
    )  # fmt: skip
    locale = current_locale()
    rows = (
        (
            line.number,
            line.student,
            line.class_name,
            words.FIELDS[line.field].label(locale),
            words.CASE_STATUSES[line.status].label(locale),
            words.SEVERITIES[line.severity].label(locale),
            line.owner,
            line.opened_on,
        )
        for line in lines
    )
    return _file("pamong-cases.xlsx", _("Cases"), headings, rows)


def of_students(lines: Iterable[StudentLine], *, left: bool) -> Response:
    """The register of students with the columns of its page; those who left with the day."""
    headings = [_("Name"), _("Class"), _("Sex"), "NISN"] + ([_("Left on")] if left else [])
    locale = current_locale()
    rows = (
        (line.name, line.class_name, words.SEXES[line.sex].label(locale) if line.sex else None, line.nisn)
        + ((line.left_on,) if left else ())
        for line in lines
    )
    return _file("pamong-students.xlsx", _("Students"), headings, rows)


def of_monitoring(lines: Iterable[tuple[str, PromiseItem | GoalItem]]) -> Response:
    """The monitoring board, one line per promise or behaviour."""
    headings = (
        _("When"), _("Case"), _("Kind"), _("What"), _("Who"), _("Relation"), _("State"), _("Next day"),
        _("Until"),
    )  # fmt: skip
    return _file("pamong-monitoring.xlsx", _("Monitoring"), headings, _due_rows(lines))


def _due_rows(lines: Iterable[tuple[str, PromiseItem | GoalItem]]) -> Iterator[Sequence[Any]]:
    locale = current_locale()
    for section, item in lines:
        when = _("Newly reported") if section == "reported" else words.DUE_CLASSES[section].label(locale)
        start = (when, item.case_number)
        if isinstance(item, PromiseItem):
            state = words.COMMITMENT_STATES[item.state].label(locale)
            yield (
                *start, _("Promise"), item.text, item.who, item.relation, state, item.next_on, item.due_on,
            )  # fmt: skip
        else:
            state = words.GOAL_STATES[item.state].label(locale)
            yield (
                *start, _("Behaviour"), item.text, None, None, state, item.next_on, item.watch_until_on,
            )  # fmt: skip


def _file(name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The rows as a download. Nothing of it stands in memory or under a name: the file is gone once sent."""
    target = TemporaryFile()  # noqa: SIM115 - the answer closes it
    try:
        with xlsx.writing(target) as book:
            xlsx.write_table(book, title, headings, rows)
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return send_file(target, mimetype=xlsx.MEDIA_TYPE, as_attachment=True, download_name=name)
