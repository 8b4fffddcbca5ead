"""Invented files: the same seed gives the same students, and the reader gives them back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dapodik.lists import TODAY, imported, read_file
from tests.dapodik.matches import match
from webapp.dapodik.faults import FAULTS
from webapp.dapodik.generator import invent, write_invented
from webapp.dapodik.layout import COLUMNS, FIELDS, IMPORTED
from webapp.dapodik.reader import RawRow
from webapp.dapodik.rows import parse_row

CLASSES = ["VII-1", "VII-2", "VIII-1", "IX-1"]


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 9),
    students=st.integers(1, 60),
    classes=st.lists(st.sampled_from(["VII-1", "8B", "X IPA 1", "Kelas 4", "Rombel Mawar"]), min_size=1),
)
def test_what_was_invented_is_what_is_read(seed, students, classes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_invented(path, "SMP Contoh", classes, students, seed)
        table = read_file(path)
    records = list(invent(classes, students, seed))
    expected = [
        parse_row(
            RawRow(7 + index, {c.field: record[c.label] for c in IMPORTED if record[c.label] is not None}),
            TODAY,
        )
        for index, record in enumerate(records)
    ]
    assert table.school_name == "SMP Contoh"
    assert [parse_row(row, TODAY) for row in table.rows] == expected
    assert [row.name for row in expected] == [record["Nama"] for record in records]


def test_the_same_seed_writes_the_same_students_and_another_seed_others():
    first, again, other = (list(invent(CLASSES, 200, seed)) for seed in (3, 3, 4))
    assert first == again
    assert {r["NISN"] for r in first}.isdisjoint(r["NISN"] for r in other)


def test_no_two_invented_students_of_a_school_share_a_name_or_number():
    records = list(invent(CLASSES, 3000, 1))
    for label in ("Nama", "NISN", "NIPD"):
        assert len({r[label] for r in records}) == 3000, label


def test_invented_people_look_invented():
    made_up = {"Rekaan", "Karangan", "Umpama", "Contoh", "Misalan", "Andaian"}
    for record in invent(CLASSES, 500, 2):
        assert record["Nama"].split()[2] in made_up
        assert record["NISN"].startswith("0999")
        assert (record["HP"] or "0800").startswith("0800")
        assert (record["E-Mail"] or ".example").endswith(".example")


def test_students_are_as_old_as_their_class():
    for record in invent(["I-A", "XII-1"], 40, 5, school_year=2026):
        age = 2026 - int(record["Tanggal Lahir"][:4])
        assert age in ((7, 8) if record["Rombel Saat Ini"] == "I-A" else (18, 19))


def test_every_column_of_the_layout_stands_in_the_file():
    assert len(COLUMNS) == 66
    assert len(FIELDS) == 23
    assert set(next(invent(CLASSES, 1, 1))) == {column.label for column in COLUMNS}


def test_a_fault_nobody_knows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such faults"):
        write_invented(tmp_path / "list.xlsx", "SMP Contoh", CLASSES, 10, 1, {"mystery": 1})


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """One file with every trap in three rows: where each stands, and what the import makes of it."""
    path = tmp_path_factory.mktemp("faulty") / "list.xlsx"
    invented = write_invented(path, "SMP Contoh", CLASSES, 600, 7, dict.fromkeys(FAULTS, 3))
    good, bad = imported(path)
    matched = match([], good)
    return invented, good, bad + matched.problems, matched


@pytest.mark.parametrize("fault", FAULTS)
def test_each_trap_of_real_files_is_met_as_expected(faulty, fault):
    invented, good, bad, _ = faulty
    rows = {row_no for row_no, name in invented.faults.items() if name == fault}
    assert len(rows) == 3
    refused = {problem.row_no for problem in bad}
    warned = {row.row_no for row in good if row.warnings}
    if FAULTS[fault].outcome == "refused":
        assert rows <= refused
        assert all(problem.problems for problem in bad if problem.row_no in rows)
    else:
        assert rows.isdisjoint(refused)
        assert (rows <= warned) if FAULTS[fault].outcome == "warned" else rows.isdisjoint(warned)


def test_faults_hurt_only_their_own_rows(faulty):
    invented, _, bad, matched = faulty
    # Row 7 is the student whom the repeating faults repeat.
    assert {problem.row_no for problem in bad} <= set(invented.faults) | {7}
    assert len(matched.changes) + len({problem.row_no for problem in bad}) == 600


def test_a_trap_that_is_accepted_gives_the_same_student_as_without_it(faulty):
    invented, good, _, _ = faulty
    sound = list(invent(CLASSES, 600, 7))
    by_row = {row.row_no: row for row in good}
    compared = 0
    for row_no, fault in invented.faults.items():
        record = sound[row_no - 7]
        if fault.startswith(("birth_as", "birth_with", "sex_as", "spaces", "nisn_as", "nisn_without")):
            row = by_row[row_no]
            assert (row.name, row.nisn, row.sex) == (record["Nama"], record["NISN"], record["JK"])
            assert row.birth_on.isoformat() == record["Tanggal Lahir"]
            compared += 1
    assert compared == 24
