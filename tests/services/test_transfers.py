"""A student moves to another school of the district: what goes along, who may, what each side then knows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.factories import MONDAY, Office
from tests.services.moves import FACT, IMPRESSION, PAPER, Move
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.domain.transfers import USUAL_PARTS, CaseChoice, Choice
from webapp.models.attachments import Attachment
from webapp.models.cases import Case, CaseNote
from webapp.models.students import Guardian, Student
from webapp.services import (
    attachments,
    cases,
    guardians,
    today,
    transfer_arrivals,
    transfer_offers,
    transfers,
)


@pytest.fixture
def move(world) -> Move:
    return Move.build(world).noted()


def rows(table, *conditions):
    return tenancy.session.scalars(select(table).where(*conditions).order_by(table.id)).all()


def kinds(actor) -> set[str]:
    return {need.kind for need in today.show(actor).needs}


# --- what goes along --------------------------------------------------------------------------------


def test_what_was_chosen_stands_in_the_new_school_and_the_old_one_keeps_its_record(move):
    _, student_id = move.accepted(move.choice(files=(move.old.extra["file"],)))
    with move.receives() as actor:
        student = rows(Student, Student.id == student_id)[0]
        assert (student.name, student.left_on) == ("Zubaidah Contohwati", None)
        (guardian,) = rows(Guardian, Guardian.student_id == student_id)
        assert guardian.phone == "0800000000"
        (case,) = rows(Case, Case.student_id == student_id)
        assert (case.owner_id, case.status, case.summary) == (
            move.receiver.user_id, "open", "Ringkasan rekaan")
        assert case.number == "K-2026-001", "a number of this school"
        assert case.opened_on == MONDAY.date(), "the day on which it was opened is kept"
        bodies = [note.body for note in rows(CaseNote, CaseNote.case_id == case.id)]
        assert any(FACT in body and move.old.school.name in body for body in bodies)
        assert any("K-2026-001" in body and "Wali Rekaan" in body for body in bodies), "where it came from"
        (file,) = rows(Attachment, Attachment.case_id == case.id)
        assert attachments.open_file(actor, case.id, file.id).content == PAPER
    with move.sender() as actor:
        (case,) = rows(Case, Case.student_id == move.old.student_id)
        assert (case.owner_id, case.status) == (move.old.counsellor.user_id, "open")
        assert len(rows(CaseNote, CaseNote.case_id == case.id)) == 2
        student = rows(Student, Student.id == move.old.student_id)[0]
        assert (student.left_on, student.left_kind) == (MONDAY.date(), "moved")
        cases.change_status(actor, case.id, to="closed", reason="Pindah sekolah")


def test_an_impression_goes_along_only_where_it_was_chosen(move):
    assert "impressions" not in USUAL_PARTS
    move.accepted()
    with move.receives():
        assert all(IMPRESSION not in note.body for note in rows(CaseNote))
    with move.sender() as actor:
        again = transfers.prepare(
            actor, move.old.student_id, to_school_id=move.new.id,
            choice=move.choice(parts=("impressions",)), basis=move.basis(),
        )  # fmt: skip
        transfers.release(actor, again.id)
    with move.receives() as actor:
        transfer_arrivals.accept(actor, again.id, signed_name="Bu Rekaan Penerima")
        later = [note for note in rows(CaseNote) if IMPRESSION in note.body]
        assert [note.kind for note in later] == ["impression"]
        assert sum(FACT in note.body for note in rows(CaseNote)) == 1, "facts were not chosen again"


def test_a_case_or_a_document_listed_twice_is_refused_and_once_it_goes_along(move):
    (one,) = move.choice(files=(move.old.extra["file"],)).cases
    file = move.old.extra["file"]
    for repeated in ((one, one), (CaseChoice(one.case_id, one.parts, files=(file, file)),)):
        with move.sender() as actor:
            with pytest.raises(Invalid) as refused:
                transfers.prepare(
                    actor, move.old.student_id, to_school_id=move.new.id,
                    choice=Choice(True, repeated), basis=move.basis(),
                )  # fmt: skip
            assert refused.value.field == "cases"
    _, student_id = move.accepted(Choice(True, (one,)))
    with move.receives():
        assert len(rows(Case, Case.student_id == student_id)) == 1


def test_promises_still_open_stand_in_the_new_case_as_history(world):
    move = Move.build(world)
    move.old.with_tasks()
    move.accepted()
    with move.receives():
        bodies = [note.body for note in rows(CaseNote)]
        assert sum("Tugas rekaan" in body for body in bodies) == 2


def test_an_issued_document_becomes_a_file_of_the_new_case(world):
    move = Move.build(world)
    move.old.documented()
    with move.sender() as actor:
        (case,) = transfer_offers.offer(actor, move.old.student_id).cases
        assert {paper.id for paper in case.documents} >= {move.old.extra["minutes"]}
    move.accepted(move.choice(documents=(move.old.extra["minutes"],)))
    with move.receives():
        (file,) = rows(Attachment)
        assert file.media_type == "application/pdf"
        assert file.content.startswith(b"%PDF-")


def test_who_may_not_be_contacted_there_may_not_be_contacted_here(move):
    with move.sender() as actor:
        guardians.forbid_contact(actor, move.old.student_id, move.old.guardian_id, reason="Alasan rekaan")
    move.world.student(move.new)
    transfer_id = move.prepared(key="vital_interest", reason="Keselamatan anak rekaan")
    with move.sender() as actor:
        transfers.release(actor, transfer_id)
    known_id = known_student(move)
    known_mother = move.world.guardian(move.new, known_id)
    with move.receives() as actor:
        transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan Penerima")
        (mother,) = rows(Guardian, Guardian.student_id == known_id)
        assert mother.id == known_mother
        assert (mother.do_not_contact, mother.do_not_contact_reason) == (True, "Alasan rekaan")


def known_student(move: Move) -> int:
    """The same student, by NISN, on the new school's roster already; as having left it once."""
    with move.sender():
        nisn = rows(Student, Student.id == move.old.student_id)[0].nisn
    known_id = move.world.student(move.new, name="Zubaidah C.")
    with move.world.app.app_context(), tenancy.work(tenancy.system(move.new.id, MONDAY)):
        row = rows(Student, Student.id == known_id)[0]
        row.nisn, row.left_on = nisn, date(2026, 1, 5)
    return known_id


def test_a_student_on_the_roster_already_is_said_to_be_there_and_is_not_doubled(move):
    transfer_id = move.released()
    with move.receives() as actor:
        assert transfer_arrivals.show(actor, transfer_id).on_roster is False
    known_id = known_student(move)
    with move.receives() as actor:
        view = transfer_arrivals.show(actor, transfer_id)
        assert (view.on_roster, view.student, view.student_id) == (True, None, None), "not who it is"
        assert transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan").id == known_id
    with move.receives() as actor:
        (student,) = rows(Student)
        assert (student.name, student.left_on) == ("Zubaidah C.", None), "what stands here is kept"
        assert transfer_arrivals.show(actor, transfer_id).student_id == known_id


# --- who may -----------------------------------------------------------------------------------------


def test_cases_of_others_are_not_offered_and_answer_like_what_does_not_exist(move):
    colleague = move.world.person(move.old.school, "counsellor")
    with move.as_(colleague, move.old.school) as actor:
        assert transfer_offers.offer(actor, move.old.student_id).cases == ()
        refusals = []
        for case_id in (move.old.case_id, 4711):
            with pytest.raises(Invalid) as refused:
                transfers.prepare(
                    actor, move.old.student_id, to_school_id=move.new.id,
                    choice=Choice(True, (CaseChoice(case_id),)), basis=move.basis(),
                )  # fmt: skip
            refusals.append(str(refused.value))
        assert refusals[0] == refusals[1]
    transfer_id = move.prepared()
    with move.as_(colleague, move.old.school) as actor:
        view = transfers.show(actor, transfer_id)
        assert (view.is_own, view.choice, view.basis) == (False, None, None)
        with pytest.raises(Forbidden):
            transfers.release(actor, transfer_id)


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher", "school_admin"])
def test_nobody_but_counsellors_and_class_teachers_has_to_do_with_transfers(move, role):
    transfer_id = move.released()
    for place in (move.old.school, move.new):
        person = move.world.person(place, role)
        with move.as_(person, place) as actor:
            for act in (transfers.show, transfers.withdraw, transfer_arrivals.show):
                with pytest.raises((Forbidden, NotFound)):
                    act(actor, transfer_id)
            with pytest.raises((Forbidden, NotFound)):
                transfer_arrivals.accept(actor, transfer_id, signed_name="Pak Rekaan")
            with pytest.raises(Forbidden):
                transfer_offers.offer(actor, move.old.student_id)


def test_a_class_teacher_accepts_only_where_the_school_has_no_counsellor(move):
    transfer_id = move.released()
    class_teacher = move.world.person(move.new, "class_teacher")
    with move.receives(class_teacher) as actor:
        assert transfer_arrivals.arrivals(actor) == []
        with pytest.raises(NotFound):
            transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan")
    primary = move.world.school(_office(move), level="sd")
    teacher = move.world.person(primary, "class_teacher")
    again = Move(move.world, move.old, primary, teacher, move.near, move.far)
    with move.sender() as actor:
        transfers.withdraw(actor, transfer_id)
    again.accepted()
    with again.receives():
        assert [row.owner_id for row in rows(Case)] == [teacher.user_id]


def _office(move: Move) -> Office:
    return Office(move.old.school.district_id, "")


def test_a_school_of_another_district_or_without_a_counsellor_is_no_target(move):
    empty = move.world.school(_office(move))
    with move.sender() as actor:
        offered = {school.id for school in transfer_offers.schools(actor)}
        assert offered == {move.new.id, move.near.id}
        for place in (move.far, empty, move.old.school):
            with pytest.raises(Invalid):
                transfers.prepare(
                    actor, move.old.student_id, to_school_id=place.id,
                    choice=move.choice(), basis=move.basis(),
                )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "basis"),
        ({"guardian": ""}, "guardian"),
        ({"consent_on": ""}, "consent_on"),
        ({"consent_on": "2030-01-01"}, "consent_on"),
        ({"consent_channel": "rumour"}, "consent_channel"),
        ({"key": "public_duty"}, "basis_reason"),
    ],
)
def test_nothing_moves_without_a_recorded_basis(move, changes, field):
    with pytest.raises(Invalid) as refused:
        move.prepared(**changes)
    assert refused.value.field == field


def test_no_consent_is_recorded_of_a_guardian_who_may_not_be_contacted(move):
    with move.sender() as actor:
        guardians.forbid_contact(actor, move.old.student_id, move.old.guardian_id, reason="Alasan rekaan")
    with pytest.raises(Invalid) as refused:
        move.prepared()
    assert refused.value.field == "guardian"


def test_a_draft_that_holds_no_more_is_not_released(move):
    transfer_id = move.prepared(move.choice(files=(move.old.extra["file"],)))
    with move.sender() as actor:
        attachments.remove(actor, move.old.case_id, move.old.extra["file"])
    with move.sender() as actor, pytest.raises(Conflict):
        transfers.release(actor, transfer_id)
    with move.sender() as actor:
        transfers.edit(
            actor, transfer_id, to_school_id=move.new.id, choice=move.choice(), basis=move.basis()
        )
        guardians.forbid_contact(actor, move.old.student_id, move.old.guardian_id, reason="Alasan rekaan")
    with move.sender() as actor, pytest.raises(Conflict):
        transfers.release(actor, transfer_id)
