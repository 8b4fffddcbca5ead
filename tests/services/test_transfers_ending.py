"""How a transfer ends, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.moves import Move
from tests.services.test_transfers import kinds, rows
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.models.students import Student
from webapp.services import (
    dues_sweep,
    transfer_arrivals,
    transfers,
)


@pytest.fixture
def move(world) -> Move:
    return Move.build(world).noted()


def test_a_declined_transfer_comes_back_with_its_reason_and_leaves_nothing_behind(move, as_superuser):
    transfer_id = move.released()
    with move.receives() as actor:
        with pytest.raises(Invalid):
            transfer_arrivals.decline(actor, transfer_id, reason=" ")
        transfer_arrivals.decline(actor, transfer_id, reason="Alasan rekaan penolakan")
    assert move.states(as_superuser) == ("declined", "declined", 0)
    with move.receives():
        assert rows(Student) == []
    with move.sender() as actor:
        assert transfers.show(actor, transfer_id).answer == "Alasan rekaan penolakan"
        assert rows(Student, Student.id == move.old.student_id)[0].left_on is None
        assert "transfer_declined" in kinds(actor)


def test_a_withdrawn_transfer_is_destroyed_and_can_be_accepted_no_more(move, as_superuser):
    transfer_id = move.released()
    with move.sender() as actor:
        transfers.withdraw(actor, transfer_id)
    assert move.states(as_superuser) == ("withdrawn", "withdrawn", 0)
    with move.receives() as actor, pytest.raises(Conflict):
        transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan Penerima")
    move.released()


def test_an_accepted_transfer_cannot_be_taken_back_declined_or_accepted_again(move, as_superuser):
    transfer_id, _ = move.accepted()
    with move.sender() as actor, pytest.raises(Conflict):
        transfers.withdraw(actor, transfer_id)
    for act in (
        lambda actor: transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan Penerima"),
        lambda actor: transfer_arrivals.decline(actor, transfer_id, reason="Alasan rekaan"),
    ):
        with move.receives() as actor, pytest.raises(Conflict):
            act(actor)
    assert move.states(as_superuser) == ("accepted", "accepted", 0)
    with move.receives():
        assert len(rows(Case)) == 1


def test_one_student_waits_at_one_school_at_a_time(move):
    move.released()
    second = move.prepared(to=move.near)
    with move.sender() as actor, pytest.raises(Conflict):
        transfers.release(actor, second)


def test_a_colleague_takes_back_what_a_counsellor_who_left_had_sent(move, as_superuser):
    transfer_id = move.released()
    colleague = move.world.person(move.old.school, "counsellor")
    with move.as_(colleague, move.old.school) as actor:
        transfers.withdraw(actor, transfer_id)
    assert move.states(as_superuser) == ("withdrawn", "withdrawn", 0)


def sweep(move: Move) -> None:
    with move.world.app.app_context():
        dues_sweep.sweep(MONDAY + timedelta(minutes=1), school=move.new.slug)


def mails(move: Move) -> list[OutboxMail]:
    with move.world.app.app_context(), tenancy.work(tenancy.system(move.new.id, MONDAY)):
        return list(rows(OutboxMail, OutboxMail.kind == "transfer_received"))


def test_each_counsellor_of_the_new_school_gets_one_mail_that_names_no_student(move):
    move.world.person(move.new, "counsellor")
    move.released()
    sweep(move)
    sweep(move)
    queued = mails(move)
    assert len(queued) == 2
    with move.world.app.app_context(), tenancy.work(tenancy.system(move.new.id, MONDAY)):
        for mail in rows(OutboxMail, OutboxMail.kind == "transfer_received"):
            assert "Zubaidah" not in str(mail.facts)
            assert mail.facts["from_school"] == move.old.school.name


def test_nobody_is_told_of_a_transfer_taken_back_before_the_mail_left(move):
    transfer_id = move.released()
    with move.sender() as actor:
        transfers.withdraw(actor, transfer_id)
    sweep(move)
    assert mails(move) == []


def test_today_says_what_waits_and_then_to_the_sender_what_became_of_it(move):
    transfer_id = move.released()
    with move.receives() as actor:
        assert "transfer_waiting" in kinds(actor)
        transfer_arrivals.accept(actor, transfer_id, signed_name="Bu Rekaan Penerima")
        assert "transfer_waiting" not in kinds(actor)
    with move.sender() as actor:
        assert {"transfer_accepted", "student_left"} <= kinds(actor)
        assert transfers.show(actor, transfer_id).answer == "Bu Rekaan Penerima", "the receipt"


def test_both_schools_keep_a_trail_of_what_the_other_did(move, as_superuser):
    transfer_id, _ = move.accepted()
    as_superuser.rollback()

    def acts(school_id: int) -> set[str]:
        asked = {"school": school_id, "id": transfer_id}
        sql = "SELECT action FROM audit_entries WHERE school_id = :school AND subject_id = :id"
        return set(as_superuser.scalars(text(sql), asked))

    assert {"transfer.prepared", "transfer.released", "transfer.accepted"} <= acts(move.old.school.id)
    assert acts(move.new.id) == {"transfer.received", "transfer.accepted"}
    assert acts(move.near.id) == acts(move.far.id) == set()
