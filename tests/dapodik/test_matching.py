"""Which student a row is: sure keys first, never a guess, and nothing changes the second time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tests.dapodik.matches import Known, known, match
from webapp.dapodik.rows import StudentRow

BORN = date(2012, 3, 4)


def row(row_no: int = 7, **fields) -> StudentRow:
    sound = {"name": "Melati Senja Rekaan", "nisn": "0999000001", "nipd": "1", "sex": "P", "birth_on": BORN}
    return StudentRow(row_no=row_no, **(sound | fields))


def one(existing: list[Known], *rows: StudentRow):
    matched = match(existing, rows)
    assert matched.problems == []
    return matched.changes[0]


def test_a_row_that_fits_nobody_creates_a_student_with_its_filled_cells():
    change = one([known(5, row(nisn="0999000009", nipd="9", name="Bayu Rimba Contoh"))], row())
    assert (change.kind, change.student_id) == ("created", None)
    assert change.fields == {
        "name": (None, "Melati Senja Rekaan"), "nisn": (None, "0999000001"), "nipd": (None, "1"),
        "sex": (None, "P"), "birth_on": (None, BORN),
    }  # fmt: skip


def test_the_same_file_a_second_time_changes_nothing():
    change = one([known(5, row())], row())
    assert (change.kind, change.student_id, change.fields) == ("unchanged", 5, {})


def test_a_student_is_known_by_nisn_and_the_changes_are_shown_old_and_new():
    change = one([known(5, row(class_name="VII-1"))], row(class_name="VIII-1", nipd="2"))
    assert (change.kind, change.student_id) == ("updated", 5)
    assert change.fields == {"class_name": ("VII-1", "VIII-1"), "nipd": ("1", "2")}


def test_a_blank_cell_erases_nothing():
    before = row(mobile="+6281200000001", email="a@contoh.example")
    assert one([known(5, before)], row()).kind == "unchanged"


def test_without_a_nisn_the_school_s_own_number_decides():
    change = one([known(5, row(nisn=""))], row(class_name="IX-1"))
    assert (change.student_id, set(change.fields)) == (5, {"nisn", "class_name"})


def test_without_numbers_name_and_birth_date_decide_however_the_name_is_spelled():
    change = one([known(5, row(nisn="", nipd=""))], row(name="MELATI  senja rekaan"))
    assert (change.kind, change.student_id) == ("updated", 5)


def test_a_name_alone_decides_nothing():
    assert one([known(5, row(nisn="", nipd="", birth_on=None))], row()).kind == "created"


def test_a_corrected_name_or_a_corrected_birth_date_is_an_update():
    for change in ({"name": "Melati Fajar Rekaan"}, {"birth_on": date(2012, 4, 3)}):
        assert one([known(5, row())], row(**change)).kind == "updated"


def test_a_nisn_with_another_name_and_another_birth_date_is_left_to_a_person():
    change = one([known(5, row())], row(name="Bayu Rimba Contoh", birth_on=date(2011, 1, 1)))
    assert (change.kind, change.student_id, change.fields) == ("ambiguous", None, {})
    assert change.reason.label == "NISN"


def test_a_nipd_given_to_somebody_new_is_left_to_a_person():
    newcomer = row(nisn="0999000002", name="Bayu Rimba Contoh", birth_on=date(2013, 1, 1))
    assert one([known(5, row())], newcomer).reason.label == "NIPD"


def test_a_nisn_and_a_nipd_of_two_students_are_left_to_a_person():
    two = [known(5, row()), known(6, row(nisn="0999000002", nipd="2", name="Bayu Rimba Contoh"))]
    change = one(two, row(nipd="2"))
    assert (change.kind, change.reason.label) == ("ambiguous", "NIPD")


def test_two_students_of_one_name_and_birth_date_are_left_to_a_person():
    twins = [known(student_id, row(nisn="", nipd="")) for student_id in (5, 6)]
    assert one(twins, row()).kind == "ambiguous"


def test_a_namesake_with_another_nisn_is_left_to_a_person_unless_the_file_has_both():
    existing = [known(5, row())]
    namesake = row(8, nisn="0999000002", nipd="2")
    assert one(existing, namesake).kind == "ambiguous"
    both = match(existing, [namesake, row(9)])
    assert [(change.kind, change.student_id) for change in both.changes] == [
        ("created", None),
        ("unchanged", 5),
    ]


def test_a_row_that_stands_twice_is_refused_in_both_places_and_each_names_the_other():
    matched = match([], [row(7), row(8, nisn="0999000002", nipd="2", name="Bayu Rimba Contoh"), row(9)])
    assert [change.row.row_no for change in matched.changes] == [8]
    said = {p.row_no: {q.message_id % q.params for q in p.problems} for p in matched.problems}
    assert said == {7: {"The same student stands in row 9."}, 9: {"The same student stands in row 7."}}


def test_a_shared_nipd_or_name_and_birth_date_is_a_duplicate_too():
    same_number = [row(7), row(8, nisn="0999000002", name="Bayu Rimba Contoh")]
    same_person = [row(7, nisn=""), row(8, nisn="", nipd="2")]
    for rows in (same_number, same_person):
        assert [problem.row_no for problem in match([], rows).problems] == [7, 8]


def test_two_namesakes_born_on_one_day_are_two_students_when_each_has_a_nisn():
    matched = match([], [row(7), row(8, nisn="0999000002", nipd="2")])
    assert [change.kind for change in matched.changes] == ["created", "created"]


def test_a_student_repeated_a_thousand_times_gets_short_reasons():
    matched = match([], [row(number) for number in range(7, 1007)])
    assert len(matched.problems) == 1000
    assert all(len(problem.params["rows"]) < 60 for p in matched.problems for problem in p.problems)


NAMES = ["Melati Senja", "Bayu Rimba", "Elang Fajar", "Seruni Damai"]
rows_of_a_file = st.lists(
    st.builds(
        StudentRow,
        row_no=st.just(0),
        name=st.sampled_from(NAMES),
        nisn=st.sampled_from(["", *(f"099900000{n}" for n in range(5))]),
        nipd=st.sampled_from(["", "1", "2", "3", "4"]),
        birth_on=st.sampled_from([None, date(2012, 1, 1), date(2012, 1, 2)]),
        class_name=st.sampled_from(["", "VII-1", "VII-2"]),
        sex=st.just("L"),
    ),
    max_size=8,
).map(lambda rows: [replace(item, row_no=7 + index) for index, item in enumerate(rows)])


def after(existing: list[Known], changes) -> list[Known]:
    """The school once the changes are made."""
    students = {student.id: student for student in existing}
    fresh = 1000
    for change in changes:
        if change.kind == "ambiguous":
            continue
        fresh += 1
        student_id = change.student_id or fresh
        old = students[student_id].values if student_id in students else {}
        values = {**old, **{name: new for name, (_, new) in change.fields.items()}}
        students[student_id] = Known(student_id, values)
    return list(students.values())


def school(rows: list[StudentRow]) -> list[Known]:
    return [known(index, item) for index, item in enumerate(rows, start=1)]


@given(rows_of_a_file, rows_of_a_file)
def test_every_row_is_decided_once_and_no_student_is_reached_twice(before, rows):
    matched = match(school(before), rows)
    decided = [change.row.row_no for change in matched.changes] + [p.row_no for p in matched.problems]
    assert sorted(decided) == [item.row_no for item in rows]
    reached = [change.student_id for change in matched.changes if change.student_id]
    assert len(reached) == len(set(reached))
    for change in matched.changes:
        assert (change.reason is not None) == (change.kind == "ambiguous")
        assert (change.student_id is not None) == (change.kind in ("updated", "unchanged"))


@given(rows_of_a_file, rows_of_a_file)
def test_what_was_imported_is_unchanged_when_it_is_imported_again(before, rows):
    existing = school(before)
    first = match(existing, rows)
    sure = [change.row for change in first.changes if change.kind != "ambiguous" and change.row.nisn]
    again = match(after(existing, first.changes), sure)
    assert {change.kind for change in again.changes} <= {"unchanged", "ambiguous"}


@given(rows_of_a_file, rows_of_a_file, st.randoms(use_true_random=False))
def test_the_order_of_the_school_s_students_decides_nothing(before, rows, shuffler: random.Random):
    existing = school(before)
    shuffled = existing.copy()
    shuffler.shuffle(shuffled)
    assert match(shuffled, rows) == match(existing, rows)
