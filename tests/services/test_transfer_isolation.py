"""Between release and acceptance nobody reads what goes along: asked past the services, as the app's role."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from tests.services.moves import FACT, Move
from webapp import crypto, tenancy
from webapp.models.transfers import TransferPackage

ROLES = ["counsellor", "class_teacher", "principal", "homeroom", "teacher", "school_admin"]


@pytest.fixture
def move(world) -> Move:
    return Move.build(world).noted()


def sql(statement: str, **values):
    return tenancy.session.execute(text(statement), values)


def count(table: str) -> int:
    return sql(f"SELECT count(*) FROM {table}").scalar_one()


def settles(transfer_id: int) -> bool:
    accepting = "SELECT app_settle_transfer(:id, 'accepted', NULL, NULL, 1)"
    return sql(accepting, id=transfer_id).scalar_one()


def refused(statement: str, **values) -> bool:
    """Whether PostgreSQL refuses the statement itself."""
    try:
        with tenancy.session.begin_nested():
            sql(statement, **values)
    except (ProgrammingError, IntegrityError):
        return True
    return False


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_the_new_school_reads_or_moves_the_package_before_acceptance(move, as_superuser, role):
    transfer_id = move.released()
    person = move.receiver if role == "counsellor" else move.world.person(move.new, role)
    with move.receives(person):
        assert count("transfer_packages") == 0
        assert count("transfers") == 0, "the other school's row"
        assert count("transfer_arrivals") == (1 if role == "counsellor" else 0)
        sql("DELETE FROM transfer_packages")
        for statement in (
            "UPDATE transfer_packages SET school_id = school_id",
            "UPDATE transfer_arrivals SET state = 'accepted', settled_by = app_person_id()",
            "INSERT INTO transfer_packages (school_id, id) VALUES (:school, 1)",
            "INSERT INTO transfer_arrivals (school_id, id, from_school_id, from_school_name, sent_by_name,"
            " sent_at, case_count, state) VALUES (:school, 1, :school, '', '', now(), 1, 'accepted')",
            "SELECT app_withdraw_transfer(:id, 1)",
        ):
            assert refused(statement, school=move.new.id, id=transfer_id), statement
        if role != "counsellor":
            assert refused("SELECT app_settle_transfer(:id, 'accepted', NULL, NULL, 1)", id=transfer_id)
            assert sql("SELECT app_transfer_on_roster(:id)", id=transfer_id).scalar_one() is False
    assert move.states(as_superuser) == ("released", "waiting", 1)


def test_workers_of_the_new_school_know_that_something_waits_and_no_more(move):
    move.released()
    with move.world.app.app_context(), tenancy.work(tenancy.system(move.new.id, move.old.now)):
        assert (count("transfer_arrivals"), count("transfer_packages"), count("transfers")) == (1, 0, 0)


def test_the_neutral_line_holds_nothing_of_the_student(move, as_superuser):
    move.released()
    as_superuser.rollback()
    asked = {"school": move.new.id}
    row = as_superuser.execute(
        text("SELECT * FROM transfer_arrivals WHERE school_id = :school"), asked
    ).one()
    assert "Zubaidah" not in str(row)
    assert row.word_enc is None
    package = as_superuser.execute(
        text("SELECT record_enc FROM transfer_packages WHERE school_id = :school"), asked
    ).scalar_one()
    assert FACT.encode() not in bytes(package)


def test_the_package_opens_under_the_new_schools_key_and_no_other(move, as_superuser):
    transfer_id = move.released()
    as_superuser.rollback()
    sealed = bytes(as_superuser.execute(
        text("SELECT record_enc FROM transfer_packages WHERE id = :id"), {"id": transfer_id}
    ).scalar_one())  # fmt: skip
    with move.sender():
        taken = TransferPackage(school_id=move.old.school.id, id=transfer_id)
        taken.record_enc = sealed  # type: ignore[attr-defined]
        with pytest.raises(crypto.SealBroken):
            _ = taken.record
    with move.receives():
        own = TransferPackage(school_id=move.new.id, id=transfer_id)
        own.record_enc = sealed  # type: ignore[attr-defined]
        assert FACT.encode() in own.record, "the control: with the bytes at hand, this key opens them"


@pytest.mark.parametrize("place", ["near", "far"])
def test_schools_that_look_on_see_and_move_nothing(move, as_superuser, place):
    transfer_id = move.released()
    school = getattr(move, place)
    person = move.world.person(school, "counsellor")
    with move.as_(person, school):
        for table in ("transfers", "transfer_arrivals", "transfer_packages"):
            assert count(table) == 0
        assert settles(transfer_id) is False
        assert sql("SELECT app_transfer_on_roster(:id)", id=transfer_id).scalar() is False
        assert refused("SELECT app_withdraw_transfer(:id, 1)", id=transfer_id)
        assert refused("SELECT app_release_transfer(:id, 1, NULL, NULL, 1, 2)", id=transfer_id)
        for other in (move.old.school.id, move.new.id):
            assert sql("SELECT * FROM app_transfer_key(:school)", school=other).all() == []
    assert move.states(as_superuser) == ("released", "waiting", 1)


def test_the_database_itself_sends_nothing_out_of_the_district_nor_to_a_school_without_a_counsellor(move):
    draft = move.prepared()
    empty = move.world.school(level="sd")
    with move.sender():
        for place in (move.far, empty):
            sql("UPDATE transfers SET to_school_id = :to WHERE id = :id", to=place.id, id=draft)
            assert sql("SELECT * FROM app_transfer_key(:school)", school=place.id).all() == []
            assert refused("SELECT app_release_transfer(:id, 1, NULL, NULL, 1, 2)", id=draft)


def test_the_sender_cannot_write_the_answer_itself(move):
    transfer_id = move.released()
    with move.sender():
        assert count("transfer_packages") == count("transfer_arrivals") == 0
        assert refused("UPDATE transfers SET state = 'accepted' WHERE id = :id", id=transfer_id)
        assert settles(transfer_id) is False


def test_after_acceptance_the_package_is_gone(move, as_superuser):
    move.accepted()
    assert move.states(as_superuser) == ("accepted", "accepted", 0)
