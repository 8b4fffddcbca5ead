"""The traps of real files, one by one, to be set into invented ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Record = dict[str, Any]
Outcome = Literal["accepted", "warned", "refused"]


@dataclass(frozen=True)
class Fault:
    """A trap: what the import makes of it, and how to set it (the record is changed in place; the first
    student of the file is given for those that repeat someone)."""

    outcome: Outcome
    spoil: Callable[[Record, Record], None]


def _set(label: str, value: Any) -> Callable[[Record, Record], None]:
    def spoil(record: Record, _first: Record) -> None:
        record[label] = value

    return spoil


def _change(label: str, change: Callable[[Any], Any]) -> Callable[[Record, Record], None]:
    def spoil(record: Record, _first: Record) -> None:
        record[label] = change(record[label])

    return spoil


def _repeat(*labels: str) -> Callable[[Record, Record], None]:
    def spoil(record: Record, first: Record) -> None:
        record.update({label: first[label] for label in labels})

    return spoil


def _blank(*labels: str) -> Callable[[Record, Record], None]:
    return lambda record, _first: record.update(dict.fromkeys(labels))


_FORMULA = '=HYPERLINK("http://jahat.example","klik")'

FAULTS: dict[str, Fault] = {
    "nisn_as_number": Fault("warned", _change("NISN", lambda text: float(text))),
    "nisn_without_zeros": Fault("warned", _change("NISN", lambda text: text.lstrip("0"))),
    "birth_as_excel_date": Fault("accepted", _change("Tanggal Lahir", date.fromisoformat)),
    "birth_as_excel_number": Fault(
        "accepted",
        _change("Tanggal Lahir", lambda text: (date.fromisoformat(text) - date(1899, 12, 30)).days),
    ),
    "birth_with_slashes": Fault(
        "accepted", _change("Tanggal Lahir", lambda text: date.fromisoformat(text).strftime("%d/%m/%Y"))
    ),
    "birth_with_clock": Fault("accepted", _change("Tanggal Lahir", lambda text: f"{text} 00:00:00")),
    "sex_as_word": Fault("accepted", _change("JK", {"L": "Laki-laki", "P": "perempuan "}.__getitem__)),
    "phone_as_number": Fault("accepted", _set("HP", 80012345678)),
    "spaces_around": Fault("accepted", _change("Nama", lambda text: f"  {text.replace(' ', '   ')} ")),
    "formula_as_text": Fault("accepted", _set("Alamat", _FORMULA)),
    "dashes_for_blank": Fault("accepted", _set("Data Ayah / Nama", "-")),
    "email_wrong": Fault("warned", _set("E-Mail", "tidak punya")),
    "phone_wrong": Fault("warned", _set("HP", "tidak ada")),
    "class_blank": Fault("warned", _blank("Rombel Saat Ini")),
    "nisn_eleven_digits": Fault("refused", _change("NISN", lambda text: f"{text}1")),
    "nisn_letters": Fault("refused", _set("NISN", "BELUM ADA")),
    "nisn_rounded": Fault("refused", _set("NISN", "9,99E+09")),
    "nisn_repeated": Fault("refused", _repeat("NISN")),
    "student_repeated": Fault("refused", _repeat("Nama", "NIPD", "NISN", "Tanggal Lahir")),
    "name_missing": Fault("refused", _blank("Nama")),
    "name_without_letters": Fault("refused", _set("Nama", "12345")),
    "name_too_long": Fault("refused", _change("Nama", lambda text: f"{text} " * 50)),
    "sex_unknown": Fault("refused", _set("JK", "X")),
    "sex_missing": Fault("refused", _blank("JK")),
    "birth_impossible": Fault("refused", _set("Tanggal Lahir", "31/02/2010")),
    "birth_month_first": Fault("refused", _set("Tanggal Lahir", "02/28/2010")),
    "birth_in_future": Fault("refused", _set("Tanggal Lahir", "2999-01-01")),
    "birth_year_only": Fault("refused", _set("Tanggal Lahir", 2010)),
    "nothing_to_tell_apart": Fault("refused", _blank("NISN", "NIPD", "Tanggal Lahir")),
}
