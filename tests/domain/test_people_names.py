"""A party named in a case is recognised among the staff, as people write names."""

import pytest

from webapp.domain.people_names import may_be


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Pak Dedi", "Dedi Rekaan, S.Pd."),
        ("dedi rekaan", "Dedi Rekaan"),
        ("Drs. Dedi Rekaan", "Dedi Rekaan, M.Pd."),
        ("Dedi Rekaan (guru olahraga)", "Dedi Rekaan"),
    ],
)
def test_the_same_person_is_recognised_with_titles_and_with_less_than_the_full_name(written, name):
    assert may_be(written, name)


@pytest.mark.parametrize(
    ("written", "name"),
    [("Ibu", "Ibu Rekaan"), ("", "Dedi"), ("Dua teman seangkatan", "Dedi Rekaan"), ("Dedi Contoh", "Dedi")],
)
def test_titles_alone_and_other_names_are_nobody_of_the_staff(written, name):
    assert not may_be(written, name)
