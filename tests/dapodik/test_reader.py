"""Reading the file: where columns may stand, what never leaves, and what a wrong file is told."""

from __future__ import annotations

import zipfile
from datetime import date
from random import Random

import pytest

from tests.dapodik.lists import TITLES, imported, read_file, record, write, write_as_excel, write_rows
from tests.dapodik.test_reader_refusals import refusal
from webapp.dapodik.columns import MissingColumns, guess, headers_key
from webapp.dapodik.generator import invent, write_invented
from webapp.dapodik.layout import COLUMNS, FIELDS, GROUP_HEADERS, IMPORTED, SHEET_NAME, Column


def offered(path) -> list[str]:
    """The labels that a person may choose from when columns are missing."""
    with pytest.raises(MissingColumns) as caught:
        read_file(path)
    return caught.value.labels


# --- the layout -----------------------------------------------------------------------------------


def test_a_file_as_dapodik_writes_it_is_read_with_its_school_and_row_numbers(tmp_path):
    table = read_file(write(tmp_path / "list.xlsx", [record(), record(Nama="Bayu Rimba Rekaan")]))
    assert table.school_name == "SMP Contoh Rekaan"
    assert [row.number for row in table.rows] == [7, 8]
    assert table.rows[1].values["name"] == "Bayu Rimba Rekaan"


def test_only_imported_columns_leave_the_reader(tmp_path):
    secrets = [column for column in COLUMNS if not column.field]
    marked = record() | {column.label: f"RAHASIA {index}" for index, column in enumerate(secrets)}
    table = read_file(write(tmp_path / "list.xlsx", [marked]))
    assert len(secrets) == 43
    assert "RAHASIA" not in repr(table)
    assert set(table.rows[0].values) <= set(FIELDS)


def test_columns_may_stand_anywhere_and_strange_ones_between_them(tmp_path):
    records = list(invent(["VII-1"], 20, 3))
    plain = write(tmp_path / "plain.xlsx", records)
    units = [[column] for column in COLUMNS if not column.group]
    units += [[c for c in COLUMNS if c.group == group] for group in ("Data Ayah", "Data Ibu", "Data Wali")]
    units += [[Column(f"Kolom baru {n}")] for n in range(5)]
    Random(1).shuffle(units)
    for index, item in enumerate(records):
        item |= {f"Kolom baru {n}": f"asing {index}" for n in range(5)}
    moved = write(tmp_path / "moved.xlsx", records, [column for unit in units for column in unit])
    assert read_file(moved).rows == read_file(plain).rows


def test_headers_are_known_whatever_their_case_spaces_and_dots(tmp_path):
    heads = [
        "  NAMA ",
        "nipd",
        "jk",
        "N I S N",
        "TANGGAL  LAHIR",
        "rombel\nsaat ini",
        "email",
        "Tempat_Lahir",
    ]
    cells = [
        "Jati Embun Contoh",
        "1",
        "L",
        "0999000001",
        "2012-01-01",
        "VII-1",
        "a@contoh.example",
        "Kota Contoh",
    ]
    table = read_file(
        write_rows(tmp_path / "list.xlsx", [["Daftar Peserta Didik"], heads, cells], "daftar peserta didik ")
    )
    assert table.rows[0].values == {
        "name": cells[0], "nipd": "1", "sex": "L", "nisn": "0999000001", "birth_on": "2012-01-01",
        "class_name": "VII-1", "email": cells[6], "birth_place": "Kota Contoh",
    }  # fmt: skip
    assert (table.school_name, table.rows[0].number) == ("", 3)


def test_the_headers_of_father_mother_and_guardian_are_told_apart(tmp_path):
    item = record() | {
        f"{group} / Nama": f"Orang {group}" for group in ("Data Ayah", "Data Ibu", "Data Wali")
    }
    item |= {"Data Ibu / Pekerjaan": "Petani"}
    values = read_file(write(tmp_path / "list.xlsx", [item])).rows[0].values
    assert values["name"] == "Melati Senja Rekaan"
    assert [values[f"{who}_name"] for who in ("father", "mother", "guardian")] == [
        "Orang Data Ayah", "Orang Data Ibu", "Orang Data Wali"
    ]  # fmt: skip
    assert values["mother_occupation"] == "Petani"
    assert "father_occupation" not in values


def test_a_group_title_repeated_over_its_columns_is_the_same_as_a_merged_one(tmp_path):
    heads = ["Nama", "NIPD", "JK", "NISN", "Tanggal Lahir", "Rombel Saat Ini", *["Data Ibu"] * 6, "HP"]
    subs = [None] * 6 + list(GROUP_HEADERS)
    cells = [
        "Jati Embun Contoh",
        "1",
        "L",
        "0999000001",
        "2012-01-01",
        "VII-1",
        "Intan",
        1980,
        "S1",
        "Guru",
        "x",
        "y",
        "0800",
    ]
    values = read_file(write_rows(tmp_path / "list.xlsx", [heads, subs, cells])).rows[0].values
    assert (values["mother_name"], values["mother_occupation"], values["mobile"]) == ("Intan", "Guru", "0800")


def test_blank_rows_are_passed_over_and_the_numbers_stay_those_of_excel(tmp_path):
    path = write(
        tmp_path / "list.xlsx", [record(), {}, {"No": 3, "NIK": "1"}, record(Nama="Bayu Rimba Rekaan")]
    )
    assert [row.number for row in read_file(path).rows] == [7, 10]


def test_cells_keep_their_types(tmp_path):
    item = record(NISN=999000001.0, Tanggal_Lahir=date(2012, 3, 4), RT=3, HP=True)
    values = read_file(write(tmp_path / "list.xlsx", [item])).rows[0].values
    assert (values["nisn"], values["birth_on"], values["rt"], values["mobile"]) == (
        999000001,
        date(2012, 3, 4),
        3,
        True,
    )


def test_optional_columns_may_be_missing(tmp_path):
    needed = [c for c in IMPORTED if c.field in ("name", "nipd", "sex", "nisn", "birth_on", "class_name")]
    good, bad = imported(write(tmp_path / "list.xlsx", [record()], needed))
    assert (len(good), bad, good[0].mobile) == (1, [], "")


# --- choosing the columns by hand ------------------------------------------------------------------


def test_a_column_under_another_name_is_mapped_by_hand(tmp_path):
    columns = [Column("Nama Lengkap Siswa") if c.field == "name" else c for c in COLUMNS]
    item = record() | {"Nama Lengkap Siswa": "Cakra Telaga Umpama", "Data Ibu / Nama": "Kirana"}
    path = write(tmp_path / "list.xlsx", [item], columns)
    assert refusal(path) == 'These columns are missing in the sheet "Daftar Peserta Didik": Nama.'
    assert {"Nama Lengkap Siswa", "Data Ibu / Nama"} <= set(offered(path))
    mapping = {"name": "nama lengkap siswa", "guardian_name": "Data Ibu / Nama"}
    values = read_file(path, mapping).rows[0].values
    assert (values["name"], values["guardian_name"]) == ("Cakra Telaga Umpama", "Kirana")


def test_a_mapping_to_a_header_that_is_not_there_is_named(tmp_path):
    path = write(tmp_path / "list.xlsx", [record()])
    assert refusal(path, {"email": "Surel"}).endswith('"Daftar Peserta Didik": Surel.')


def test_a_mapping_cannot_reach_past_our_fields(tmp_path):
    path = write(tmp_path / "list.xlsx", [record()])
    with pytest.raises(ValueError, match="income"):
        read_file(path, {"income": "Penghasilan"})


def test_headers_that_nobody_knows_are_offered_all_the_same(tmp_path):
    header = ["Siswa", "No Induk", "L/P", "Nomor NISN", "Tgl Lahir", "Kelas", "Catatan"]
    rows = [["Data siswa"], header, ["Melati Rekaan", "1", "P", "0999000001", "2012-03-04", "VII-1", "-"]]
    path = write_rows(tmp_path / "list.xlsx", rows)
    assert offered(path) == header
    assert guess(header) == dict(
        zip(("name", "nipd", "sex", "nisn", "birth_on", "class_name"), header, strict=False)
    )
    table = read_file(path, guess(header))
    assert [row.values["name"] for row in table.rows] == ["Melati Rekaan"]
    assert table.labels == header


def test_a_choice_is_remembered_for_the_same_headers_in_any_order_and_for_no_others(tmp_path):
    def listed(name, header):
        cells = {"Murid": "Melati Rekaan", "Kelas": "VII-1", "JK": "P", "Lain": "x"}
        cells |= {"NIPD": "1", "NISN": "0999000001", "Tanggal Lahir": "2012-03-04"}
        return write_rows(tmp_path / f"{name}.xlsx", [header, [cells[label] for label in header]])

    header = ["Murid", "Kelas", "JK", "NIPD", "NISN", "Tanggal Lahir"]
    remembered = {headers_key(header): {"name": "Murid", "class_name": "Kelas"}}
    for name, same in (("same", header), ("turned", header[::-1])):
        table = read_file(listed(name, same), None, remembered)
        assert (table.rows[0].values["name"], table.columns["class_name"]) == ("Melati Rekaan", "Kelas")
    with pytest.raises(MissingColumns):
        read_file(listed("more", [*header, "Lain"]), None, remembered)


def test_a_column_that_a_person_left_out_is_not_read_under_its_own_name(tmp_path):
    path = write(tmp_path / "list.xlsx", [record(HP="08001234567")])
    assert read_file(path).rows[0].values["mobile"] == "08001234567"
    assert "mobile" not in read_file(path, {"mobile": ""}).rows[0].values


# --- wrong files ------------------------------------------------------------------------------------


def test_a_workbook_without_the_sheet_lists_the_sheets_it_has(tmp_path):
    path = write_rows(tmp_path / "list.xlsx", [["Nama"]], "Daftar Guru")
    assert refusal(path) == 'The sheet "Daftar Peserta Didik" is missing. The file has: Daftar Guru.'


def test_missing_columns_are_listed_by_the_names_in_the_file(tmp_path):
    columns = [c for c in COLUMNS if c.field not in ("nisn", "class_name")]
    said = refusal(write(tmp_path / "list.xlsx", [record()], columns))
    assert said == 'These columns are missing in the sheet "Daftar Peserta Didik": NISN, Rombel Saat Ini.'


@pytest.mark.parametrize("rows", [[], [["Catatan rapat"]], [[None], ["a", "b", "c"]]])
def test_a_sheet_without_the_headers_says_which_are_missing(tmp_path, rows):
    said = refusal(write_rows(tmp_path / "list.xlsx", rows))
    assert "Nama, NIPD, JK, NISN, Tanggal Lahir, Rombel Saat Ini" in said


@pytest.mark.parametrize("records", [[], [{}], [{"No": 1}]])
def test_a_list_without_students_says_so(tmp_path, records):
    assert "0 rows" in refusal(write(tmp_path / "list.xlsx", records))


def test_the_file_is_left_as_it_was(tmp_path):
    path = tmp_path / "list.xlsx"
    write_invented(path, "SMP Contoh", ["VII-1"], 5, 1)
    before = path.read_bytes()
    read_file(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_list_saved_by_excel_with_shared_strings_reads_the_same(tmp_path):
    """Excel keeps texts in a table of its own; our writer puts them into the cells."""
    records = list(invent(["VII-1"], 30, 4))
    shared = write_as_excel(tmp_path / "shared.xlsx", records)
    with zipfile.ZipFile(shared) as source:
        assert records[0]["Nama"] in source.read("xl/sharedStrings.xml").decode()
    assert read_file(shared).rows == read_file(write(tmp_path / "inline.xlsx", records)).rows


def test_the_sheet_may_have_the_layout_lines_or_none_above_its_headers(tmp_path):
    heads = [column.header for column in IMPORTED if not column.group]
    cells = [record().get(head) for head in heads]
    for lines in range(8):
        rows = [*([line] for line in TITLES[:lines]), *([["."]] * (lines - 2)), heads, cells]
        table = read_file(write_rows(tmp_path / f"{lines}.xlsx", rows, SHEET_NAME))
        assert [row.values["name"] for row in table.rows] == ["Melati Senja Rekaan"]
