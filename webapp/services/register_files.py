"""What a register looks like as an XLSX file: the columns of its page, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, Any

from flask_babel import force_locale
from flask_babel import gettext as _

from webapp.domain import words
from webapp.reports import xlsx
from webapp.services.case_register import RegisterRow
from webapp.services.monitoring import GoalItem, PromiseItem
from webapp.services.students import StudentLine

Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]
"""Name of the sheet, headings, rows."""


def written(register: str, asked: Mapping[str, Any], lines: Iterable[Any], locale: str) -> IO[bytes]:
    """The lines of a register, asked for with these filters, as an open file that is read from its start.

    register: cases, students or monitoring.
    Nothing of it stands in memory or under a name: once closed, the file is gone.
    """
    target = TemporaryFile()  # noqa: SIM115 - whoever hands it on closes it
    try:
        with force_locale(locale), xlsx.writing(target) as book:
            xlsx.write_table(book, *_TABLES[register](asked, lines, locale))
        target.seek(0)
    except BaseException:
        target.close()
        raise
    return target


def _cases(asked: Mapping[str, Any], lines: Iterable[RegisterRow], locale: str) -> Table:
    headings = (
        _("Number"), _("Student"), _("Class"), _("Field"), _("Status"), _("Severity"), _("Owner"),
        _("Opened"),
    )  # fmt: skip
    fields, statuses, severities = (
        dict(terms.choices(locale)) for terms in (words.FIELDS, words.CASE_STATUSES, words.SEVERITIES)
    )
    rows = (
        (
            line.number,
            line.student,
            line.class_name,
            fields[line.field],
            statuses[line.status],
            severities[line.severity],
            line.owner,
            line.opened_on,
        )
        for line in lines
    )
    return _("Cases"), headings, rows


def _students(asked: Mapping[str, Any], lines: Iterable[StudentLine], locale: str) -> Table:
    headings = [_("Name"), _("Class"), _("Sex"), "NISN"]
    sexes = dict(words.SEXES.choices(locale))
    rows: Iterator[Sequence[Any]]
    if asked["left"]:
        headings.append(_("Left on"))
        rows = (
            (line.name, line.class_name, sexes.get(line.sex or ""), line.nisn, line.left_on) for line in lines
        )
    else:
        rows = ((line.name, line.class_name, sexes.get(line.sex or ""), line.nisn) for line in lines)
    return _("Students"), headings, rows


def _monitoring(
    asked: Mapping[str, Any], lines: Iterable[tuple[str, PromiseItem | GoalItem]], locale: str
) -> Table:
    headings = (
        _("When"), _("Case"), _("Kind"), _("What"), _("Who"), _("Relation"), _("State"), _("Next day"),
        _("Until"),
    )  # fmt: skip
    return _("Monitoring"), headings, _due_rows(lines, locale)


def _due_rows(lines: Iterable[tuple[str, PromiseItem | GoalItem]], locale: str) -> Iterator[Sequence[Any]]:
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


_TABLES: dict[str, Callable[[Mapping[str, Any], Iterable[Any], str], Table]] = {
    "cases": _cases,
    "students": _students,
    "monitoring": _monitoring,
}
