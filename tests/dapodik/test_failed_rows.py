"""Rows that failed come back in a file that says why, and that can be corrected and imported."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import Babel

from tests.dapodik.lists import TODAY, read_file
from tests.dapodik.matches import match
from webapp.dapodik.failed_rows import write_failed_rows
from webapp.dapodik.faults import FAULTS
from webapp.dapodik.generator import invent, write_invented
from webapp.dapodik.layout import IMPORTED
from webapp.dapodik.rows import parse_rows

CLASSES = ["VII-1", "VII-2"]
REFUSED = [fault for fault, kind in FAULTS.items() if kind.outcome == "refused"]


@pytest.fixture
def faulty(tmp_path):
    """(what was invented, the table, problems) of a file with every refused fault once."""
    path = tmp_path / "list.xlsx"
    invented = write_invented(path, "SMP Contoh", CLASSES, 60, 11, dict.fromkeys(REFUSED, 1))
    table = read_file(path)
    good, problems = parse_rows(table.rows, TODAY)
    return invented, table, problems + match([], good).problems


def failed(table, problems):
    """The rows with all their problems, as the import hands them on."""
    reasons = {}
    for row in problems:
        reasons.setdefault(row.row_no, []).extend(row.problems)
    return [(row, reasons[row.number]) for row in table.rows if row.number in reasons]


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))["Daftar Peserta Didik"]


def test_the_file_holds_just_the_failed_rows_between_their_number_and_the_reason(faulty):
    _, table, problems = faulty
    sheet = opened(write_failed_rows(failed(table, problems), "en", "SMP Contoh"))
    assert (sheet["A5"].value, sheet.cell(5, 25).value) == ("Row", "Reason")
    assert [sheet.cell(5, n).value or sheet.cell(6, n).value for n in range(2, 7)] == [
        column.label for column in IMPORTED[:5]
    ]
    numbers = [sheet.cell(n, 1).value for n in range(7, sheet.max_row + 1)]
    assert numbers == sorted(problem.row_no for problem in problems)
    assert all(sheet.cell(n, 25).value for n in range(7, sheet.max_row + 1))


def test_every_reason_names_its_column(faulty):
    invented, table, problems = faulty
    sheet = opened(write_failed_rows(failed(table, problems), "en"))
    reasons = {sheet.cell(n, 1).value: sheet.cell(n, 25).value for n in range(7, sheet.max_row + 1)}
    rows = {fault: reasons[row_no] for row_no, fault in invented.faults.items()}
    assert rows["nisn_eleven_digits"] == "NISN: A NISN has ten digits."
    assert rows["name_missing"] == "Nama: The name is missing."
    assert "row 7" in rows["student_repeated"].replace("rows", "row")
    assert "%(" not in "".join(reasons.values())


def test_corrected_in_place_the_file_is_imported_without_a_problem(faulty, tmp_path):
    _, table, problems = faulty
    path = tmp_path / "failed.xlsx"
    path.write_bytes(write_failed_rows(failed(table, problems), "id", "SMP Contoh"))
    uncorrected = read_file(path)
    assert [row.values for row in uncorrected.rows] == [
        row.values for row in table.rows if row.number in {problem.row_no for problem in problems}
    ]
    sound = {7 + index: record for index, record in enumerate(invent(CLASSES, 60, 11))}
    book = openpyxl.load_workbook(path)
    sheet = book.active
    for n in range(7, sheet.max_row + 1):
        for offset, column in enumerate(IMPORTED):
            sheet.cell(n, 2 + offset).value = sound[sheet.cell(n, 1).value][column.label]
    book.save(path)
    corrected = read_file(path)
    good, bad = parse_rows(corrected.rows, TODAY)
    assert (corrected.school_name, bad, match([], good).problems) == ("SMP Contoh", [], [])
    assert len(good) == len({problem.row_no for problem in problems})


def test_a_file_without_a_school_s_name_is_not_given_one_by_its_hint(faulty, tmp_path):
    _, table, problems = faulty
    path = tmp_path / "failed.xlsx"
    path.write_bytes(write_failed_rows(failed(table, problems), "id"))
    assert read_file(path).school_name == ""


def test_what_looks_like_a_formula_comes_back_as_text(tmp_path):
    path = tmp_path / "list.xlsx"
    write_invented(path, "=1+1", CLASSES, 30, 1, {"formula_as_text": 3})
    table = read_file(path)
    good, _ = parse_rows(table.rows, TODAY)
    twice = match([], [*good, *good]).problems
    content = write_failed_rows(failed(table, twice), "id", table.school_name)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    path.write_bytes(content)
    assert [row.values for row in read_file(path).rows] == [row.values for row in table.rows]


def test_reasons_stand_in_the_language_asked_for(faulty, tmp_path):
    _, table, problems = faulty
    words = {"Row": "Baris", "Reason": "Alasan", "The name is missing.": "Nama kosong."}
    catalog = Catalog(locale="id")
    for english, indonesian in words.items():
        catalog.add(english, indonesian)
    folder = tmp_path / "translations" / "id" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as target:
        write_mo(target, catalog)
    app = Flask(__name__)
    Babel(app, default_translation_directories=str(tmp_path / "translations"))
    with app.app_context():
        indonesian, english = (
            opened(write_failed_rows(failed(table, problems), locale)) for locale in ("id", "en")
        )
    assert (indonesian["A5"].value, indonesian.cell(5, 25).value) == ("Baris", "Alasan")
    assert (english["A5"].value, english.cell(5, 25).value) == ("Row", "Reason")
    said = [{sheet.cell(n, 25).value for n in range(7, sheet.max_row + 1)} for sheet in (indonesian, english)]
    assert "Nama: Nama kosong." in said[0]
    assert "Nama: The name is missing." in said[1]
