"""From cells to a student, rule by rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dapodik.lists import TODAY
from webapp.dapodik.layout import FIELDS, LABELS
from webapp.dapodik.reader import RawRow
from webapp.dapodik.rows import RowProblems, StudentRow, parse_row

SOUND = {"name": "Elang Fajar Contoh", "nipd": "77", "nisn": "0123456789", "sex": "L",
         "birth_on": "2012-05-06", "class_name": "VII-1"}  # fmt: skip


def parse(**cells):
    values = {name: cell for name, cell in (SOUND | cells).items() if cell is not None}
    return parse_row(RawRow(12, values), TODAY)


def problems(**cells):
    parsed = parse(**cells)
    assert isinstance(parsed, RowProblems), parsed
    assert parsed.row_no == 12
    return [(problem.label, problem.message_id % problem.params) for problem in parsed.problems]


def warnings(**cells):
    parsed = parse(**cells)
    assert isinstance(parsed, StudentRow), parsed
    return parsed, [problem.label for problem in parsed.warnings]


def test_a_sound_row_gives_the_student_without_a_warning():
    row, warned = warnings()
    assert warned == []
    assert (row.row_no, row.name, row.nisn, row.birth_on) == (
        12,
        "Elang Fajar Contoh",
        "0123456789",
        date(2012, 5, 6),
    )


@pytest.mark.parametrize("cell", ["0123456789", "'0123456789", " 0123 456 789 ", "0123-456-789"])
def test_a_nisn_with_ten_digits_is_kept_however_it_is_spaced(cell):
    row, warned = warnings(nisn=cell)
    assert (row.nisn, warned) == ("0123456789", [])


@pytest.mark.parametrize("cell", [123456789, 123456789.0, "123456789", "123456789.0"])
def test_zeros_that_a_spreadsheet_ate_come_back_with_a_warning(cell):
    row, warned = warnings(nisn=cell)
    assert (row.nisn, warned) == ("0123456789", ["NISN"])


@pytest.mark.parametrize(
    "cell",
    ["12345678901", 12345678901.0, "1,23E+09", 123456789.5, "12AB567890", True, date(2012, 1, 2), "123"],
)
def test_what_is_no_nisn_is_refused_and_never_guessed(cell):
    assert [label for label, _ in problems(nisn=cell)] == ["NISN"]


@pytest.mark.parametrize("cell", [None, "-", "0", ""])
def test_a_blank_nisn_is_allowed(cell):
    row, warned = warnings(nisn=cell)
    assert (row.nisn, warned) == ("", [])


@pytest.mark.parametrize(
    "cell", ["2012-05-06", "06/05/2012", "6-5-2012", "06.05.2012", "2012-05-06 00:00:00",
             "2012-05-06T00:00:00", "6 Mei 2012", date(2012, 5, 6), 41035, 41035.0]
)  # fmt: skip
def test_a_birth_date_is_read_in_every_form_seen(cell):
    row, warned = warnings(birth_on=cell)
    assert (row.birth_on, warned) == (date(2012, 5, 6), [])


@given(st.dates(TODAY - timedelta(days=50 * 365), TODAY - timedelta(days=4 * 365)))
def test_all_forms_of_one_day_are_the_same_day(on):
    serial = (on - date(1899, 12, 30)).days
    for cell in (on, serial, on.isoformat(), on.strftime("%d/%m/%Y"), f"{on.day}-{on.month}-{on.year}"):
        assert warnings(birth_on=cell)[0].birth_on == on


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2012",
        "05/13/2012",
        "kemarin",
        2012,
        20120506,
        "2999-01-01",
        "1890-01-01",
        True,
        date(2026, 8, 1),
    ],
)
def test_what_is_no_birth_date_of_a_student_is_refused(cell):
    assert [label for label, _ in problems(birth_on=cell)] == ["Tanggal Lahir"]


@pytest.mark.parametrize(
    ("cell", "sex"), [("L", "L"), ("p", "P"), (" Laki-Laki ", "L"), ("laki laki", "L"), ("PEREMPUAN", "P")]
)
def test_sex_is_read_as_letter_or_word(cell, sex):
    assert warnings(sex=cell)[0].sex == sex


@pytest.mark.parametrize("cell", [None, "X", "1", 1, "LP", True])
def test_a_sex_that_is_neither_l_nor_p_is_refused(cell):
    assert problems(sex=cell) == [("JK", "Write L or P.")]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (None, "The name is missing."),
        ("  ", "The name is missing."),
        ("-", "The name is missing."),
        (12345, "The name has no letters."),
        ("x" * 151, "The text is longer than 150 characters."),
    ],
)
def test_a_name_that_is_none_is_refused_with_its_own_reason(cell, reason):
    assert problems(name=cell) == [("Nama", reason)]


def test_every_reason_of_a_row_is_said_at_once():
    labels = [label for label, _ in problems(name=None, nisn="1", sex="X", birth_on="x")]
    assert labels == ["Nama", "NISN", "JK", "Tanggal Lahir"]


def test_a_student_whom_nothing_tells_apart_is_refused():
    assert [label for label, _ in problems(nisn=None, nipd=None, birth_on=None)] == ["NISN"]
    assert warnings(nisn=None, nipd=None)[0].birth_on == date(2012, 5, 6)


@pytest.mark.parametrize("cell", ["tidak ada", "a@", "a@b", "siti@ gmail.com", 12])
def test_a_bad_email_is_left_out_with_a_warning_and_the_row_is_kept(cell):
    row, warned = warnings(email=cell)
    assert (row.email, warned) == ("", ["E-Mail"])


@pytest.mark.parametrize(
    "cell", ["081200000001", "0812-0000-0001", "+62 812 0000 0001", 81200000001, 81200000001.0]
)
def test_a_phone_is_one_number_however_it_was_typed(cell):
    row, warned = warnings(mobile=cell)
    assert (row.mobile, warned) == ("+6281200000001", [])


def test_a_bad_phone_is_left_out_with_a_warning():
    row, warned = warnings(phone="tidak punya", mobile="08")
    assert (row.phone, row.mobile, warned) == ("", "", ["Telepon", "HP"])


def test_a_blank_class_is_warned_of():
    row, warned = warnings(class_name=None)
    assert (row.class_name, warned) == ("", ["Rombel Saat Ini"])


def test_signs_that_belong_into_no_register_are_taken_out():
    row, _ = warnings(name="Elang\x00 \u202eFajar\ud800\n Contoh\u200b", address="Jl.\tContoh\r\n1")
    assert (row.name, row.address) == ("Elang Fajar Contoh", "Jl. Contoh 1")


cells = st.one_of(
    st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.dates(), st.text("0123456789-/")
)


@given(st.dictionaries(st.sampled_from(FIELDS), cells))
def test_whatever_stands_in_the_cells_there_is_a_student_or_a_reason(values):
    parsed = parse_row(RawRow(9, values), TODAY)
    if isinstance(parsed, StudentRow):
        assert parsed.name
        assert parsed.sex in ("L", "P")
        assert parsed.nisn == "" or (len(parsed.nisn) == 10 and parsed.nisn.isdecimal())
        assert parsed.nisn or parsed.nipd or parsed.birth_on
        for name in FIELDS:
            text = getattr(parsed, name)
            assert name == "birth_on" or ("\x00" not in text and "\n" not in text and len(text) <= 254)
        said = parsed.warnings
    else:
        assert parsed.problems
        said = parsed.problems
    for problem in said:
        assert problem.label in LABELS.values()
        assert problem.message_id % problem.params
