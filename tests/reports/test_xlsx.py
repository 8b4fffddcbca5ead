"""Spreadsheets that run nothing: every value keeps its type, and text stays text."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from webapp.reports.csv_cells import csv_lines, escape_cell
from webapp.reports.xlsx import MAX_TEXT, clean_text, table_bytes, writing

HOSTILE = [
    *(
        "=1+1",
        '=HYPERLINK("http://jahat.example","x")',
        "+62812",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1",
    ),
    *("|calc", "{=1}", "007", "1e5", "TRUE", "2026-01-01", "_x0041_", "&#65;", "<b>"),
    *("http://jahat.example", "mailto:a@contoh.example", "internal:Sheet1!A1", "external:c:\\x.xlsx"),
]


def cells(content: bytes) -> list[list]:
    return load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode() if name in archive.namelist() else ""


def test_text_is_never_a_formula_a_link_or_a_number():
    content = table_bytes("Data", ["Teks"], [[text] for text in HOSTILE])
    assert [row[0] for row in cells(content)] == ["Teks", *HOSTILE]
    sheet = part(content, "xl/worksheets/sheet1.xml")
    for forbidden in ("<f>", "<hyperlink", "<v>"):
        assert forbidden not in sheet
    assert part(content, "xl/worksheets/_rels/sheet1.xml.rels") == ""


def test_the_same_text_written_carelessly_would_be_one():
    """The control: what `write` makes of it, so that the test above means something."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        sheet = workbook.add_worksheet()
        for row, text in enumerate(HOSTILE):
            sheet.write(row, 0, text)
    xml = part(buffer.getvalue(), "xl/worksheets/sheet1.xml")
    assert "<f>" in xml
    assert "<hyperlink" in xml


def test_text_like_a_formula_carries_excel_s_own_text_mark():
    sheet = openpyxl.load_workbook(io.BytesIO(table_bytes("Data", ["Teks"], [["=1"], ["biasa"]]))).active
    assert [sheet[f"A{row}"].quotePrefix for row in (2, 3)] == [True, False]
    assert [sheet[f"A{row}"].data_type for row in (2, 3)] == ["s", "s"]


def test_each_type_keeps_its_type():
    moment = datetime(2026, 8, 3, 17, 30, tzinfo=UTC)
    row = [1, 2.5, True, None, date(2026, 8, 3), moment, "x", float("nan")]
    content = table_bytes("Data", list("abcdefgh"), [row], zone=ZoneInfo("Asia/Jayapura"))
    local = moment.replace(day=4, hour=2, tzinfo=None)
    assert cells(content)[1] == [1.0, 2.5, True, "", date(2026, 8, 3), local, "x", ""]


def test_a_value_without_a_cell_type_is_an_error_of_the_program():
    with pytest.raises(TypeError, match="dict"):
        table_bytes("Data", ["a"], [[{}]])


@pytest.mark.parametrize("name", ["Kelas [7]/A: x?", "x" * 40, "'", ""])
def test_a_sheet_takes_any_name(name):
    assert cells(table_bytes(name, ["a"], [["b"]])) == [["a"], ["b"]]


def test_text_longer_than_a_cell_is_cut():
    assert cells(table_bytes("Data", ["a"], [["x" * (MAX_TEXT + 1)]]))[1] == ["x" * MAX_TEXT]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=20))
def test_any_text_comes_back_as_it_was_but_for_signs_that_xml_forbids(texts):
    content = table_bytes("Data", ["a"], [["|" + text] for text in texts])
    assert [row[0] for row in cells(content)][1:] == [clean_text("|" + text) for text in texts]


def test_a_merged_title_is_text_too():
    buffer = io.BytesIO()
    with writing(buffer) as book:
        sheet = book.sheet("Data")
        sheet.merge_in_next_row(1, 3, "=1+1")
        sheet.row(["a", None, None, None])
    assert "<f>" not in part(buffer.getvalue(), "xl/worksheets/sheet1.xml")
    assert cells(buffer.getvalue())[0][:2] == ["a", "=1+1"]


# --- CSV --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+62812", "'+62812"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "  '=1"),
        ("\t=1", "'\t'=1"),
        ("＝1", "'＝1"),
        ("a;=1+1", "a;'=1+1"),
        ("satu\n=1", "satu\n'=1"),
        ("Melati - Rekaan", "Melati - Rekaan"),
        ("a=b", "a=b"),
        (-1, "-1"),
        (2.5, "2.5"),
        (True, "1"),
        (None, ""),
        (date(2026, 8, 3), "2026-08-03"),
    ],
)
def test_a_csv_cell_is_escaped_where_a_spreadsheet_would_run_it_and_nowhere_else(value, cell):
    assert escape_cell(value) == cell


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4), max_size=5))
def test_csv_lines_are_read_back_cell_by_cell(rows):
    text = "".join(csv_lines(rows)).removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        [escape_cell(cell) for cell in row] for row in rows
    ]


@given(st.text(alphabet=st.sampled_from("=+-@ \t\r\n;,a'\"1")))
def test_no_spreadsheet_finds_a_formula_in_an_escaped_cell_whatever_its_separator(text):
    for separator in ";\t\r\n":
        for piece in escape_cell(text).split(separator):
            assert not piece.strip(" ").startswith(tuple("=+-@"))


def test_what_begins_like_a_number_is_marked_as_text_and_days_stand_in_indonesian_order():
    content = table_bytes(
        "Uji",
        ["Kolom"] * 4,
        [["0081", "Melati", date(2026, 11, 24), datetime(2026, 11, 24, 7, 5, tzinfo=UTC)]],
    )
    cells = next(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2))
    assert [cell.number_format for cell in cells] == ["@", "General", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"]
