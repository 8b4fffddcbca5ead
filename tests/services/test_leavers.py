"""Who is not in the list: proposed where it speaks of the class, marked by hand, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.dapodik.lists import record, write
from tests.services.rosters import imported, started
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.students import Student, StudentImportRow
from webapp.services import cases, import_requests, imports, leavers, student_entries, today

LATER = timedelta(minutes=5)
DAY = date(2026, 11, 20)


def pupil(number: int, class_name: str = "X-1", **cells):
    return record(
        Nama=f"Murid {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number]} Rekaan",
        NISN=f"09990000{number:02d}",
        NIPD=str(number),
        Rombel_Saat_Ini=class_name,
        **cells,
    )


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


@pytest.fixture
def lists(tmp_path, school, operator):
    """Import these pupils as one list; the import's id."""

    def run(pupils, person=operator, place=school):
        return imported(person, place, write(tmp_path / "list.xlsx", pupils).read_bytes()).id

    return run


def look(person, school, import_id, **how):
    with tenancy.work(person.at(school)) as session:
        found = leavers.proposed(person.at(school), import_id, **how)
        session.expunge_all()
    return found


def names(proposal):
    return [one.name.split()[1] for one in proposal.shown]


def ids(proposal, *letters):
    return {one.id for one in (*proposal.shown, *proposal.marked) if one.name.split()[1] in letters}


def mark(person, school, import_id, chosen, kind="moved", on=DAY):
    actor = person.at(school)
    with tenancy.work(actor):
        return len(leavers.mark(actor, import_id, chosen, kind=kind, on=on))


def test_those_of_the_class_whom_the_list_does_not_name_are_proposed(app, world, school, operator, lists):
    elsewhere = world.school()
    world.student(elsewhere, name="Asing Rekaan", class_name="X-1")
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(9)] + [pupil(20)])
    found = look(operator, school, second)
    assert (names(found), found.suspicious, list(found.classes)) == (["J"], False, [("X-1", 1)])
    assert found.shown[0].open_cases is None  # the school's admin knows of no case
    with tenancy.work(operator.at(school)):
        assert leavers.count(operator.at(school), second) == 1


def test_a_list_of_one_class_proposes_nobody_elsewhere(app, school, operator, lists):
    lists([pupil(n) for n in range(5)] + [pupil(n, "X-2") for n in range(5, 15)])
    one_class = lists([pupil(n) for n in range(4)])
    found = look(operator, school, one_class)
    assert names(found) == ["E"]
    with tenancy.work(operator.at(school)), pytest.raises(Conflict):
        leavers.mark(operator.at(school), one_class, _all_ids(operator, school), kind="moved", on=DAY)
    with tenancy.work(operator.at(school)) as session:
        assert session.scalars(select(Student.id).where(Student.left_on.is_not(None))).all() == []


def _all_ids(person, school):
    return set(tenancy.session.scalars(select(Student.id).where(Student.school_id == school.id)))


def test_many_at_once_are_suspicious(app, school, operator, lists):
    lists([pupil(n) for n in range(10)])
    found = look(operator, school, lists([pupil(n) for n in range(7)]))
    assert (names(found), found.suspicious) == (["H", "I", "J"], True)


def test_whoever_a_refused_row_may_be_about_is_not_proposed(app, school, operator, lists):
    lists([pupil(n) for n in range(10)])
    broken = [pupil(7, JK="X"), pupil(8) | {"Nama": None}, pupil(9) | {"NISN": "12", "NIPD": None}]
    assert names(look(operator, school, lists([pupil(n) for n in range(6)] + broken))) == ["G"]


def test_marked_ones_leave_with_day_and_kind_and_their_counsellor_reads_it_today(
    app, world, school, operator, lists
):
    counsellor, colleague = world.person(school, "counsellor"), world.person(school, "counsellor")
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(8)])
    chosen = ids(look(operator, school, second), "I")
    with tenancy.work(counsellor.at(school)):
        case = cases.open_case(
            counsellor.at(school),
            student_id=next(iter(chosen)),
            field="social",
            source="counsellor",
            severity="low",
            summary="Ringkasan rekaan",
        )
        case_id, number = case.id, case.number
    assert [one.open_cases for one in look(counsellor, school, second).shown] == [1, 0]

    assert mark(operator, school, second, chosen, kind="graduated") == 1
    after = look(operator, school, second)
    assert names(after) == ["J"]
    (gone,) = after.marked
    assert (gone.left_on, gone.left_kind) == (DAY, "graduated")

    for person, told in ((counsellor, True), (colleague, False), (operator, False)):
        with tenancy.work(person.at(school)):
            needs = today.show(person.at(school)).needs
        assert [(n.path, n.case_number, n.on) for n in needs if n.kind == "student_left"] == (
            [(f"cases/{case_id}/", number, DAY)] if told else []
        )
    with tenancy.work(counsellor.at(school)) as session:
        assert session.get(cases.Case, (school.id, case_id)).status == "open"


def test_marked_ones_can_be_taken_back_and_others_are_left_alone(app, school, operator, lists):
    actor = operator.at(school)
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(7)])
    found = look(operator, school, second)
    mark(operator, school, second, ids(found, "H", "I"))
    with tenancy.work(actor):
        student_entries.mark_left(actor, next(iter(ids(found, "J"))), on=DAY, kind="other")
    with tenancy.work(actor):
        assert len(leavers.take_back(actor, second, ids(found, "I", "J"))) == 1
    with tenancy.work(actor) as session:
        left = {
            student.name.split()[1]: student.left_kind
            for student in session.scalars(select(Student).where(Student.left_on.is_not(None)))
        }
    assert left == {"H": "moved", "J": "other"}
    assert names(look(operator, school, second)) == ["I"]


def test_only_what_was_imported_proposes_and_a_later_list_that_names_somebody_counts(
    app, tmp_path, school, operator, lists
):
    actor = operator.at(school)
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(8)])
    content = write(tmp_path / "c.xlsx", [pupil(8, HP="081200000009")]).read_bytes()
    dry = started(operator, school, content)
    imports.run(actor, dry)
    with tenancy.work(actor), pytest.raises(Conflict):
        leavers.proposed(actor, dry)
    assert names(look(operator, school, second)) == ["I", "J"]
    with tenancy.work(actor):
        import_requests.confirm(actor, dry)
    imports.run(actor.seen_at(actor.at + LATER), dry)
    assert names(look(operator, school, second)) == ["J"]


def test_a_list_that_changes_nobody_proposes_without_being_imported(app, tmp_path, school, operator, lists):
    lists([pupil(n) for n in range(10)])
    looked_at = started(
        operator, school, write(tmp_path / "b.xlsx", [pupil(n) for n in range(9)]).read_bytes()
    )
    imports.run(operator.at(school), looked_at)
    found = look(operator, school, looked_at)
    assert names(found) == ["J"]
    assert mark(operator, school, looked_at, ids(found, "J")) == 1
    assert names(look(operator, school, looked_at)) == []


def test_once_the_rows_are_cleared_nobody_is_proposed(app, school, operator, lists, as_superuser):
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(9)])
    with tenancy.work(operator.at(school)) as session:
        session.query(StudentImportRow).filter(StudentImportRow.import_id == second).delete()
    found = look(operator, school, second)
    assert (found.shown, str(found.why_none)) == ((), leavers.CLEARED)
    with tenancy.work(operator.at(school)):
        assert leavers.count(operator.at(school), second) == 0


def test_marking_asks_the_permission_a_tick_a_kind_and_the_own_school(app, world, school, operator, lists):
    lists([pupil(n) for n in range(10)])
    second = lists([pupil(n) for n in range(9)])
    chosen = ids(look(operator, school, second), "J")
    teacher = world.person(school, "teacher")
    with pytest.raises(Forbidden):
        mark(teacher, school, second, chosen)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    with pytest.raises(NotFound):
        mark(stranger, elsewhere, second, chosen)
    own = lists([pupil(0)], stranger, elsewhere)
    with pytest.raises(Conflict):
        mark(stranger, elsewhere, own, chosen)
    for wrong in ({"kind": ""}, {"on": date(2999, 1, 1)}):
        with pytest.raises(Invalid):
            mark(operator, school, second, chosen, **wrong)
    with pytest.raises(Invalid):
        mark(operator, school, second, set())
    assert names(look(operator, school, second)) == ["J"]
