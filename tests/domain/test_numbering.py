"""Number patterns of cases and letters."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import numbering
from webapp.domain.errors import Invalid

AUGUST = date(2026, 8, 3)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
PATTERNS = st.sampled_from(
    [
        numbering.DEFAULT_CASE_PATTERN,
        numbering.DEFAULT_LETTER_PATTERN,
        "421.3/{nomor:03}/{unit}/{tahun}",
        "{nomor}/{jenis}",
        "B/{nomor}/{kode}/{bulan_romawi}/{tahun}",
        "{nomor:4}-{tahun_ajaran}",
        "{bulan}.{nomor:01}",
    ]
)


def test_a_case_is_numbered_within_its_school_year():
    assert numbering.case_number(14, AUGUST) == "K-2026-014"
    assert numbering.case_number(14, date(2027, 6, 30)) == "K-2026-014"
    assert numbering.case_number(1, date(2027, 7, 1)) == "K-2027-001"


def test_a_letter_number_fills_every_token():
    pattern = "{kode}/{nomor:03}/{unit}/{bulan}-{bulan_romawi}/{tahun}/{tahun_ajaran}"
    number = numbering.render(pattern, number=7, on=AUGUST, code="421.3", unit="BK")
    assert number == "421.3/007/BK/08-VIII/2026/2026/2027"


def test_a_number_longer_than_its_padding_is_not_cut():
    assert numbering.render("{nomor:03}", number=12345, on=AUGUST) == "12345"


def test_braces_in_a_unit_stay_as_they_are():
    assert numbering.render("{nomor}/{unit}", number=1, on=AUGUST, unit="{tahun}") == "1/{tahun}"


def test_an_unknown_token_is_named():
    with pytest.raises(Invalid) as refusal:
        numbering.check_pattern("{nomor}/{bulam}")
    assert "{bulam}" in str(refusal.value)
    assert refusal.value.field == "pattern"


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "K-{tahun}",
        "{nomor",
        "nomor}",
        "{nomor}{",
        "{{nomor}}",
        "{nomor:x}",
        "{nomor:00}",
        "{tahun:03}{nomor}",
        "{nomor.real}",
        "{0}{nomor}",
        "{nomor}\n",
        "{nomor}" + "x" * 80,
    ],
)
def test_a_pattern_that_could_not_number_is_refused(pattern):
    with pytest.raises(Invalid):
        numbering.check_pattern(pattern)


def test_numbers_start_at_one():
    with pytest.raises(Invalid):
        numbering.case_number(0, AUGUST)


@given(PATTERNS, DAYS, st.integers(1, 99999))
def test_the_running_number_is_read_back_from_what_was_rendered(pattern, on, number):
    text = numbering.render(pattern, number=number, on=on, code="421.3", unit="BK")
    before, _, after = (part for part in re.split(r"(\{nomor[^}]*\})", pattern))
    shape = [re.sub(r"\\\{[a-z_]+\\\}", "[0-9A-Z./]*", re.escape(part)) for part in (before, after)]
    found = re.fullmatch(rf"{shape[0]}(\d+){shape[1]}", text)
    assert found is not None
    assert int(found[1]) == number


@given(PATTERNS, DAYS, st.integers(1, 99999), st.integers(1, 99999))
def test_two_numbers_of_one_day_never_look_alike(pattern, on, one, other):
    same = numbering.render(pattern, number=one, on=on) == numbering.render(pattern, number=other, on=on)
    assert same == (one == other)


@given(DAYS, st.integers(1, 99999), st.integers(1, 99999))
def test_no_two_kinds_of_letter_bear_the_same_number_by_default(on, one, other):
    kinds = numbering.LETTER_KINDS
    numbers = {
        numbering.render(numbering.DEFAULT_LETTER_PATTERN, number=number, on=on, kind=kind)
        for kind in kinds
        for number in (one, other)
    }
    assert len(numbers) == len(kinds) * len({one, other})


KIND_PATTERNS = st.dictionaries(st.sampled_from(numbering.LETTER_KINDS), PATTERNS, min_size=2)


@given(KIND_PATTERNS, DAYS, st.integers(1, 99999))
def test_kinds_that_are_not_alike_bear_different_numbers(patterns, on, number):
    alike = {kind: group for group in numbering.alike(patterns) for kind in group}
    born = {k: numbering.render(p, number=number, on=on, kind=k) for k, p in patterns.items()}
    for one in patterns:
        for two in patterns:
            if one != two and born[one] == born[two]:
                assert two in alike.get(one, ())


def test_patterns_that_differ_in_their_padding_alone_are_alike():
    kinds = ("visit_notice", "visit_assignment")
    padded = {"visit_notice": "{nomor:03}/{tahun}", "visit_assignment": "{nomor}/{tahun}"}
    assert numbering.alike(padded) == (kinds,)
    assert numbering.alike(dict.fromkeys(kinds, "{nomor}/{jenis}")) == ()


@given(st.text(max_size=90))
def test_any_text_is_either_a_usable_pattern_or_refused(pattern):
    try:
        numbering.check_pattern(pattern)
    except Invalid:
        return
    assert "7" in numbering.render(pattern, number=7, on=AUGUST)
