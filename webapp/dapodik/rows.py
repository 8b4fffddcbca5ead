"""From cells to a student: each rule names the cell and the reason when it refuses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from email_validator import EmailNotValidError, validate_email

from webapp.dapodik.layout import LABELS
from webapp.dapodik.reader import Cell, RawRow
from webapp.domain import identifiers
from webapp.domain.dates import parse_date
from webapp.domain.errors import N_, Invalid

# Days between Excel's first day and ours; the numbers that can be a birth date lie in these bounds.
_EXCEL_FIRST_DAY = date(1899, 12, 30)
_EXCEL_DAYS = range(14_000, 74_000)
_YOUNGEST, _OLDEST = 2, 60
_SEXES = {"l": "L", "lakilaki": "L", "p": "P", "perempuan": "P"}
_PLAIN_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_PLAIN_NAME = re.compile(r"[a-z0-9_]+([.+-][a-z0-9_]+)*")
_PLAIN_ADDRESS = 60  # far below what a mail address may have in all
_PLACEHOLDERS = {"", "-", "--", "0", "null", "none", "#n/a"}
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))

_LENGTHS = {
    "name": 150, "birth_place": 100, "address": 250, "rt": 10, "rw": 10, "hamlet": 100, "village": 100,
    "subdistrict": 100, "postal_code": 10, "class_name": 60, "father_name": 150, "father_occupation": 100,
    "mother_name": 150, "mother_occupation": 100, "guardian_name": 150, "guardian_occupation": 100,
}  # fmt: skip


class Problem(NamedTuple):
    """What is wrong with one cell: the column's label in the file, a msgid, its parameters."""

    label: str
    message_id: str
    params: dict[str, Any]


@dataclass(frozen=True)
class RowProblems:
    """A row that is not imported, with every reason."""

    row_no: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class StudentRow:
    """A student as the file states it; "" (None for the birth date) means that the cell was blank.

    `nisn` has ten digits; `sex` is "L" or "P"; `phone` and `mobile` are international (`+62…`), and
    whose they are, like `email`, the file does not say. `warnings` are cells left out or repaired.
    """

    row_no: int
    name: str
    nipd: str = ""
    nisn: str = ""
    sex: str = ""
    birth_place: str = ""
    birth_on: date | None = None
    address: str = ""
    rt: str = ""
    rw: str = ""
    hamlet: str = ""
    village: str = ""
    subdistrict: str = ""
    postal_code: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    class_name: str = ""
    father_name: str = ""
    father_occupation: str = ""
    mother_name: str = ""
    mother_occupation: str = ""
    guardian_name: str = ""
    guardian_occupation: str = ""
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def name_key(self) -> str:
        return identifiers.search_key(self.name)


def parse_row(raw: RawRow, today: date) -> StudentRow | RowProblems:
    """The student in a row, or every reason why there is none; `today` bounds the birth date."""
    parser = _Parser(raw, today)
    values = parser.values()
    if parser.problems:
        return RowProblems(raw.number, tuple(parser.problems))
    return StudentRow(row_no=raw.number, **values, warnings=tuple(parser.warnings))


def parse_rows(rows: Iterable[RawRow], today: date) -> tuple[list[StudentRow], list[RowProblems]]:
    """All rows parsed: the good ones and the refused ones, each in the order of the file."""
    good, bad = [], []
    for raw in rows:
        parsed = parse_row(raw, today)
        if isinstance(parsed, StudentRow):
            good.append(parsed)
        else:
            bad.append(parsed)
    return good, bad


class _Parser:
    """One row being read; collects problems and warnings on the way."""

    def __init__(self, raw: RawRow, today: date) -> None:
        self.raw, self.today = raw, today
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = self._texts()
        values["name"] = self._name(values["name"])
        values["nisn"] = self._checked("nisn", self._nisn)
        values["nipd"] = self._checked("nipd", _nipd)
        values["sex"] = self._checked("sex", _sex)
        values["birth_on"] = self._checked("birth_on", self._birth_on, blank=None)
        for name, rule in (("phone", _phone), ("mobile", _phone), ("email", _email)):
            values[name] = self._optional(name, rule)
        if not values["class_name"] and "class_name" not in self._refused:
            self._warn("class_name", N_("The class is blank; the student is imported without one."))
        recognised_by = ("nisn", "nipd", "birth_on")
        if not any(values[name] for name in recognised_by) and not self._refused & set(recognised_by):
            self._refuse(
                "nisn", N_("NISN, NIPD and birth date are all blank: nothing tells this student apart.")
            )
        return values

    @property
    def _refused(self) -> set[str]:
        if not self.problems:
            return set()
        labels = {problem.label for problem in self.problems}
        return {name for name, label in LABELS.items() if label in labels}

    def _refuse(self, name: str, message_id: str, **params: Any) -> None:
        self.problems.append(Problem(LABELS[name], message_id, params))

    def _warn(self, name: str, message_id: str, **params: Any) -> None:
        self.warnings.append(Problem(LABELS[name], message_id, params))

    def _texts(self) -> dict[str, str]:
        texts = dict.fromkeys(_LENGTHS, "")
        for name, cell in self.raw.values.items():
            if name not in texts:
                continue
            text = _clean(cell) if isinstance(cell, str) else _text(cell)
            if len(text) > _LENGTHS[name]:
                limit = _LENGTHS[name]
                self._refuse(name, N_("The text is longer than %(limit)s characters."), limit=limit)
                continue
            texts[name] = text
        return texts

    def _checked(self, name: str, rule: Callable[[Cell], Any], blank: Any = "") -> Any:
        """The cell by its rule; what the rule refuses fails the row."""
        cell = self.raw.values.get(name)
        if cell is None:
            cell = ""
        try:
            return rule(cell) or blank
        except Invalid as error:
            self._refuse(name, error.message_id, **error.params)
            return blank

    def _optional(self, name: str, rule: Callable[[Cell], str]) -> str:
        """The cell by its rule; what the rule refuses is left out with a warning."""
        try:
            return rule(self.raw.values.get(name, ""))
        except Invalid:
            self._warn(name, N_("This is not valid and is left out."))
            return ""

    def _name(self, text: str) -> str:
        if "name" in self._refused:
            return ""
        if not text:
            self._refuse("name", N_("The name is missing."))
        elif not any(sign.isalpha() for sign in text):
            self._refuse("name", N_("The name has no letters."))
        return text

    def _nisn(self, cell: Cell) -> str:
        if isinstance(cell, date | bool) or (isinstance(cell, float) and not cell.is_integer()):
            raise Invalid(N_("A NISN has ten digits."))
        if isinstance(cell, str) and len(cell) == identifiers.NISN_DIGITS and _has_only_digits(cell):
            return (identifiers.nisn(cell) or "") if cell.startswith("00000") else cell
        number = identifiers.nisn(cell) or ""
        written = re.sub(r"\.0+$|\D", "", _text(cell))
        if number and len(written) < identifiers.NISN_DIGITS:
            self._warn("nisn", N_("Zeros lost at its beginning were put back."))
        return number

    def _birth_on(self, cell: Cell) -> date | None:
        on = _date(cell)
        if on is None:
            return None
        age = self.today.year - on.year - ((self.today.month, self.today.day) < (on.month, on.day))
        if on > self.today:
            raise Invalid(N_("The birth date lies in the future."))
        if not _YOUNGEST <= age <= _OLDEST:
            raise Invalid(N_("By this birth date the student is %(age)s years old."), age=age)
        return on


def _text(cell: Cell | None) -> str:
    """A cell as one line of text; whole numbers without ".0", placeholders such as "-" as blank."""
    if isinstance(cell, str):
        return _clean(cell)
    if cell is None:
        return ""
    if isinstance(cell, date):
        text = cell.isoformat()
    else:
        text = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)
    return _clean(text)


@lru_cache(maxsize=8192)  # places, occupations and classes stand in a list over and over
def _clean(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        # Control, format and surrogate signs (zero bytes, direction overrides) never belong into a register.
        text = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
        text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))
    text = " ".join(text.split())
    return "" if len(text) <= _LONGEST_PLACEHOLDER and text.casefold() in _PLACEHOLDERS else text


def _has_only_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _nipd(cell: Cell) -> str:
    if isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell):
        return cell
    if isinstance(cell, date | bool):
        raise Invalid(N_("This is not a student number."))
    return identifiers.nipd(_text(cell)) or ""


def _sex(cell: Cell) -> str:
    if cell in ("L", "P"):
        return str(cell)
    known = _SEXES.get(re.sub(r"\W", "", _text(cell)).casefold())
    if known is None:
        raise Invalid(N_("Write L or P."))
    return known


def _phone(cell: Cell) -> str:
    if cell == "":
        return ""
    if isinstance(cell, date | bool):
        raise Invalid(N_("A phone number has digits only."))
    return identifiers.phone(_text(cell)) or ""


def _email(cell: Cell) -> str:
    text = _text(cell)
    if not text:
        return ""
    # A plain name before the @ is always well-formed, and a list names few hosts: each is looked at once.
    name, _, host = text.rpartition("@")
    if _PLAIN_NAME.fullmatch(name) and len(text) <= _PLAIN_ADDRESS:
        return f"{name}@{_mail_host(host)}"
    return _mail_address(text)


@lru_cache(maxsize=1024)
def _mail_host(host: str) -> str:
    return _mail_address(f"a@{host}").partition("@")[2]


def _mail_address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(N_("This is not an e-mail address.")) from error


def _date(cell: Cell) -> date | None:
    """A birth date in the forms seen: a date cell, Excel's day number, ISO text, day/month/year."""
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if int(cell) not in _EXCEL_DAYS:
            raise Invalid(N_("This number is not a date."))
        return _EXCEL_FIRST_DAY + timedelta(days=int(cell))
    text = _text(cell)
    return _written_date(text) if text else None


@lru_cache(maxsize=8192)
def _written_date(text: str) -> date:
    return parse_date(re.sub(r"[T ]\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?Z?$", "", text))
