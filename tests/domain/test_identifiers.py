"""Identifiers keep their zeros, names become comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import identifiers
from webapp.domain.errors import Invalid

CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-10, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.from_regex(r"[0-9]{5,20}(\.0)?", fullmatch=True),
)
NISN = st.integers(10**6, 10**10 - 1).map(lambda number: f"{number:010d}")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0091234567", "0091234567"),
        ("91234567", "0091234567"),
        (91234567, "0091234567"),
        (91234567.0, "0091234567"),
        ("91234567.0", "0091234567"),
        ("'0091234567", "0091234567"),
        (" 009 123 4567 ", "0091234567"),
        ("0001234567", "0001234567"),
        (1234567.0, "0001234567"),
        (3091234567, "3091234567"),
    ],
)
def test_a_nisn_gets_back_the_zeros_a_spreadsheet_ate(cell, number):
    assert identifiers.nisn(cell) == number


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "0", 0, 0.0, "0000000000"])
def test_a_missing_nisn_is_blank(cell):
    assert identifiers.nisn(cell) is None


@pytest.mark.parametrize("cell", ["123456", "12345678901", "9,12E+09", "9.1E9", "00912A4567", -1, 9.5])
def test_what_cannot_be_a_nisn_is_refused(cell):
    with pytest.raises(Invalid) as refusal:
        identifiers.nisn(cell)
    assert refusal.value.field == "nisn"


@given(NISN)
def test_a_nisn_survives_the_trip_through_a_number_cell(number):
    for cell in (number, int(number), float(number), f"{int(number)}.0"):
        assert identifiers.nisn(cell) == number


@pytest.mark.parametrize(
    "clean",
    [
        identifiers.nisn,
        identifiers.nipd,
        identifiers.npsn,
        identifiers.phone,
        *(
            lambda cell, label=label: identifiers.staff_number(label, cell)
            for label in ("nip", "nipppk", "niy", "nuptk", "none")
        ),
    ],
)
@given(cell=CELLS)
def test_a_cleaned_number_stays_as_it_is(clean, cell):
    try:
        once = clean(cell)
    except Invalid:
        return
    if once is not None:
        assert clean(once) == once


def test_a_school_number_of_students_may_be_anything_short():
    assert identifiers.nipd(" 12.345/678 ") == "12.345/678"
    assert identifiers.nipd(1234.0) == "1234"
    assert identifiers.nipd(None) is None
    with pytest.raises(Invalid):
        identifiers.nipd("x" * 31)


def test_an_npsn_has_eight_characters():
    assert identifiers.npsn(20533764.0) == "20533764"
    assert identifiers.npsn("p1234567") == "P1234567"
    for wrong in (None, "1234567", "123456789"):
        with pytest.raises(Invalid):
            identifiers.npsn(wrong)


def test_a_signers_number_is_as_long_as_its_label_asks():
    assert identifiers.staff_number("nip", "19800101 200501 1 001") == "198001012005011001"
    assert identifiers.staff_number("nuptk", "1234567890123456") == "1234567890123456"
    assert identifiers.staff_number("niy", "Y-12/2020") == "Y-12/2020"
    assert identifiers.staff_number("none", "12") is None
    assert identifiers.staff_number("nip", " ") is None
    for label, wrong in (("nip", "123"), ("nuptk", "x" * 16), ("niy", "9" * 41)):
        with pytest.raises(Invalid):
            identifiers.staff_number(label, wrong)


@pytest.mark.parametrize(
    "cell",
    [
        "0812-3456-7890",
        "+62 812 3456 7890",
        "62 81234567890",
        81234567890.0,
        "(0812) 34567890",
        "006281234567890",
    ],
)
def test_a_phone_number_takes_its_international_form(cell):
    assert identifiers.phone(cell) == "+6281234567890"


@pytest.mark.parametrize("cell", ["12", "rumah", "0812-abc", "+0812345678", "1" * 20])
def test_what_cannot_be_a_phone_number_is_refused(cell):
    with pytest.raises(Invalid):
        identifiers.phone(cell)


def test_a_name_is_found_without_its_accents_case_and_marks():
    assert identifiers.search_key("  Ma'ruf  AL-Fârisi, S.Pd. ") == "maruf al farisi s pd"


@given(st.text(max_size=60))
def test_a_search_key_stays_as_it_is(name):
    key = identifiers.search_key(name)
    assert identifiers.search_key(key) == key
    assert key == key.strip()


@given(st.text(alphabet="abcdefghij '-", max_size=30))
def test_upper_case_finds_the_same_name(name):
    assert identifiers.search_key(name.upper()) == identifiers.search_key(name)


def test_initials_stand_for_a_student():
    assert identifiers.initials("Andi Pratama") == "A.P."
    assert identifiers.initials("sukarno") == "S."
    assert identifiers.initials("Siti Nur-Aini Dewi Lestari") == "S.N.A."
    assert identifiers.initials("") == ""


@given(st.text(max_size=60))
def test_initials_never_hold_a_whole_longer_name(name):
    letters = identifiers.initials(name).split(".")
    assert len(letters) <= 4
    assert all(len(letter) <= 3 for letter in letters)  # "ß" and its like grow in upper case


@pytest.mark.parametrize(
    "text", ["Tentang ANDI", "pertemuan andi pratama", "Wali dari Pratama,", "bahas (Andi)"]
)
def test_a_text_that_holds_a_part_of_the_name_is_caught(text):
    assert identifiers.mentions(text, "Andi Pratama")


@pytest.mark.parametrize("text", ["Dukungan belajar", "Mandiri belajar", "A.P. kelas X", ""])
def test_a_neutral_text_passes(text):
    assert not identifiers.mentions(text, "Andi Pratama")


def test_a_very_short_name_counts_only_as_a_whole():
    assert identifiers.mentions("Pertemuan Al Ya", "Al Ya")
    assert not identifiers.mentions("Ya, pertemuan", "Al Ya")
    assert not identifiers.mentions("apa saja", "")
