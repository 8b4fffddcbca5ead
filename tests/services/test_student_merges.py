"""Two records of one student become one: nothing is lost, nothing crosses a school, half a merge is none."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from tests.conference_world import Meeting
from tests.dapodik.lists import record, write
from tests.services.rosters import counts, imported
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.cases import Case
from webapp.models.conferences import Participant
from webapp.models.students import Guardian, Student, StudentImportRow, StudentReferral
from webapp.services import cases, guardians, student_entries, student_merges, student_referrals, students

BORN = "2010-05-17"
ENTRIES = {"name": "Melati Senja Rekaan", "sex": "P", "birth_on": BORN, "class_name": "X-1"}


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


def add(person, school, **entries):
    actor = person.at(school)
    with tenancy.work(actor):
        return student_entries.add_student(actor, ENTRIES | entries).id


def pairs(person, school):
    with tenancy.work(person.at(school)):
        return [{one.id, other.id} for one, other in student_merges.candidates(person.at(school))]


def merge(person, school, kept, other, **chosen):
    actor = person.at(school)
    with tenancy.work(actor):
        student_merges.merge(actor, kept, other, chosen=chosen)


def test_who_may_be_double_is_found_by_name_and_birth_date_or_by_nipd(app, world, school, operator):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    first = add(operator, school, nisn="0999000001", nipd="11")
    spelled = add(operator, school, name="MELATI  senja rekaan")
    unborn = add(operator, school, nisn="0999000003", birth_on="")
    add(operator, school, nisn="0999000004")  # a NISN each: two students
    renamed = add(operator, school, name="Mawar Fajar Rekaan", birth_on="2011-01-01")
    with tenancy.work(operator.at(school)) as session:
        session.get(Student, (school.id, renamed)).nipd = "11"
    add(operator, school, birth_on="2009-01-01")  # another birth date
    add(stranger, elsewhere)
    found = pairs(operator, school)
    assert {first, spelled} in found
    assert {spelled, unborn} in found
    assert {first, renamed} in found
    assert {first, unborn} not in found
    assert pairs(stranger, elsewhere) == []
    teacher = world.person(school, "teacher")
    with pytest.raises(Forbidden):
        pairs(teacher, school)


def test_what_only_one_has_stays_and_what_differs_must_be_chosen(app, school, operator):
    kept = add(operator, school, nipd="11", class_name="X-1")
    other = add(operator, school, nisn="0999000002", nipd="22", class_name="X-2", address="Jl. Contoh 1")
    actor = operator.at(school)
    with tenancy.work(actor):
        facts = student_merges.compare(actor, kept, other).facts
    assert {fact.field for fact in facts if fact.differs} == {"nipd", "class_name"}
    for chosen in ({}, {"nipd": "other"}, {"nipd": "both", "class_name": "kept"}):
        with pytest.raises(Invalid) as refused:
            merge(operator, school, kept, other, **chosen)
        assert refused.value.field in ("nipd", "class_name")
    merge(operator, school, kept, other, nipd="other", class_name="kept")
    with tenancy.work(actor) as session:
        card = students.record(actor, kept)
        assert (card.nisn, card.nipd, card.class_name) == ("0999000002", "22", "X-1")
        assert card.details["address"] == "Jl. Contoh 1"
        tombstone = session.get(Student, (school.id, other))
        assert (tombstone.merged_into_id, tombstone.nisn, tombstone.nipd) == (kept, None, None)
        assert (tombstone.details["nisn"], tombstone.details["nipd"]) == ("0999000002", "22")
        assert [line.id for line in students.register(actor).lines] == [kept]
        assert students.register(actor, left=True).lines == []
        assert students.kept_instead(actor, other) == kept
        with pytest.raises(NotFound):
            students.record(actor, other)
    assert pairs(operator, school) == []


def test_one_who_is_here_and_one_who_has_left_contradict_each_other(app, school, operator):
    actor = operator.at(school)
    kept, other = add(operator, school, nipd="11"), add(operator, school)
    with tenancy.work(actor):
        student_entries.mark_left(actor, other, on=date(2026, 11, 2), kind="moved")
    with pytest.raises(Invalid) as refused:
        merge(operator, school, kept, other)
    assert refused.value.field == "left"
    merge(operator, school, kept, other, left="other")
    with tenancy.work(actor):
        card = students.record(actor, kept)
    assert (card.left_on, card.left_kind) == (date(2026, 11, 2), "moved")


def test_cases_meetings_guardians_and_referrals_of_people_one_does_not_know_move_along(
    app, world, tmp_path, as_superuser
):
    stage = Meeting.build(world).drafted()
    school, admin = stage.school, world.person(stage.school, "school_admin")
    actor = admin.at(school)
    other = stage.student_id
    with tenancy.work(actor) as session:
        row = session.get(Student, (school.id, other))
        facts = {"name": row.name, "class_name": row.class_name or "", "birth_on": "", "nipd": "99"}
        mother = session.get(Guardian, (school.id, stage.guardian_id))
        own_mother = {"relation": mother.relation, "name": mother.name, "occupation": "Nelayan"}
    kept = add(admin, school, **facts)
    with tenancy.work(actor):
        twin = guardians.add_guardian(actor, kept, own_mother).id
        aunt = guardians.add_guardian(actor, other, {"relation": "other", "name": "Bibi Rekaan"}).id
    with stage.as_(stage.teacher) as teacher:
        referral = student_referrals.refer(teacher, student_id=other, body="Cerita rekaan").id

    merge(admin, school, kept, other)

    with stage.as_(stage.counsellor) as counsellor:
        session = tenancy.session
        assert session.get(Case, (school.id, stage.case_id)).student_id == kept
        assert session.get(StudentReferral, (school.id, referral)).student_id == kept
        assert session.get(Guardian, (school.id, aunt)).student_id == kept
        invited = session.scalars(
            select(Participant.guardian_id).where(
                Participant.conference_id == stage.conference_id, Participant.kind == "guardian"
            )
        ).all()
        assert invited == [twin]
        both = guardians.of_student(counsellor, kept)
    assert [(one.id, one.occupation) for one in both if one.relation != "other"] == [(twin, "Nelayan")]
    assert both[0].email
    entry = as_superuser.execute(
        text(
            "SELECT subject_id, detail FROM audit_entries WHERE action = 'student.merged' AND school_id = :s"
        ),
        {"s": school.id},
    ).one()
    assert entry.subject_id == kept
    assert entry.detail == {
        "other": other, "taken": "nisn", "cases": 1, "referrals": 1, "meetings": 1, "guardians": 1
    }  # fmt: skip


def test_whoever_must_not_be_contacted_under_one_record_is_not_under_the_other(app, school, operator):
    actor = operator.at(school)
    kept, other = add(operator, school, nipd="11"), add(operator, school)
    father = {"relation": "father", "name": "Elang Senja Rekaan"}
    with tenancy.work(actor):
        guardians.add_guardian(actor, kept, father | {"email": "elang@contoh.example"})
        barred = guardians.add_guardian(actor, other, father).id
        guardians.forbid_contact(actor, other, barred, reason="Putusan rekaan")
    merge(operator, school, kept, other)
    with tenancy.work(actor):
        (one,) = guardians.of_student(actor, kept)
    assert (one.may_contact, one.reason, one.email) == (False, "Putusan rekaan", "elang@contoh.example")


def test_two_people_of_one_name_who_differ_otherwise_are_both_kept(app, school, operator):
    actor = operator.at(school)
    kept, other = add(operator, school, nipd="11"), add(operator, school)
    with tenancy.work(actor):
        for student_id, phone in ((kept, "081200000001"), (other, "081200000002")):
            guardians.add_guardian(
                actor, student_id, {"relation": "mother", "name": "Intan Rekaan", "phone": phone}
            )
    merge(operator, school, kept, other)
    with tenancy.work(actor):
        phones = {one.phone for one in guardians.of_student(actor, kept)}
    assert phones == {"+6281200000001", "+6281200000002"}


def test_a_merge_that_breaks_off_leaves_both_as_they_were(app, school, operator, monkeypatch):
    class Killed(BaseException):
        """Stands for the end of the process."""

    def die(*_args, **_how):
        raise Killed()

    kept, other = add(operator, school, nipd="11"), add(operator, school, nisn="0999000002")
    monkeypatch.setattr(student_merges.audit, "record", die)
    with pytest.raises(Killed):
        merge(operator, school, kept, other)
    monkeypatch.undo()
    actor = operator.at(school)
    with tenancy.work(actor):
        assert students.record(actor, other).nisn == "0999000002"
        assert students.record(actor, kept).nisn is None
    merge(operator, school, kept, other)


def test_records_of_two_schools_never_become_one(app, world, school, operator, as_superuser):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    own, foreign = add(operator, school), add(stranger, elsewhere)
    for person, place, kept, other in (
        (operator, school, own, foreign),
        (operator, school, foreign, own),
        (stranger, elsewhere, foreign, own),
    ):
        with pytest.raises(NotFound):
            merge(person, place, kept, other)
    # Nor through the function that looks past the policies.
    with tenancy.work(operator.at(school)) as session, pytest.raises(Exception, match="two students"):
        session.execute(
            text("SELECT * FROM app_merge_students(:a, :b, '{}', '{}', '{}')"), {"a": own, "b": foreign}
        )
    teacher = world.person(school, "teacher")
    second = add(operator, school, nipd="2")
    with pytest.raises(Forbidden):
        merge(teacher, school, own, second)
    with pytest.raises(Conflict):
        merge(operator, school, own, own)


def test_a_merged_record_takes_no_part_in_anything_any_more(app, tmp_path, world, school, operator):
    counsellor = world.person(school, "counsellor")
    content = write(tmp_path / "a.xlsx", [record(Nama=ENTRIES["name"], Tanggal_Lahir=BORN, NIPD="7")])
    first = imported(operator, school, content.read_bytes())
    with tenancy.work(operator.at(school)):
        (hit,) = students.search(operator.at(school), "melati")
    kept = add(operator, school, nipd="8")
    merge(operator, school, kept, hit.id, nipd="kept", class_name="kept", sex="kept")
    again = imported(operator, school, content.read_bytes())
    assert counts(again) == (0, 1, 0, 0)
    with tenancy.work(operator.at(school)) as session:
        rows = session.scalars(
            select(StudentImportRow.student_id).where(StudentImportRow.import_id.in_((first.id, again.id)))
        ).all()
    assert set(rows) == {kept}
    actor = counsellor.at(school)
    about = {"field": "social", "source": "counsellor", "severity": "low", "summary": "Rekaan"}
    with tenancy.work(actor), pytest.raises(NotFound):
        cases.open_case(actor, student_id=hit.id, **about)
    third = add(operator, school, name="Mawar Rekaan", nipd="9")
    merge(operator, school, third, kept, name="other", nipd="other", class_name="other")
    with tenancy.work(actor):
        assert students.kept_instead(actor, hit.id) == third
