"""The demo's data: seeded once for the whole module, looked at from outside, seeded again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from tests.factories import csrf_token
from webapp import tenancy
from webapp.demo import cast, seed, sign_ins
from webapp.domain.words import CONFERENCE_STATES, DISTRICT_ROLES, SCHOOL_ROLES
from webapp.models.background import OutboxMail

OURS = "school_id IN (SELECT s.id FROM schools s JOIN districts d ON d.id = s.district_id WHERE d.slug = :d)"
TABLES = (
    "students", "guardians", "cases", "case_notes", "student_referrals", "conferences", "participants",
    "commitments", "commitment_reports", "observations", "outbox", "memberships", "homeroom_assignments",
    "school_holidays", "student_imports", "reports", "guest_links", "activities", "activity_fields",
    "activity_entries", "appointments", "visit_requests", "executions", "transfer_arrivals",
)  # fmt: skip


@pytest.fixture(scope="module")
def look(engine_urls, session_app):
    """Rows of a query over the demo's district (`:d`), seen by a superuser."""
    seed(session_app)
    engine = create_engine(engine_urls["superuser"], poolclass=NullPool)
    with engine.connect() as connection:

        def rows(statement: str) -> list:
            found = connection.execute(text(statement), {"d": cast.DISTRICT}).all()
            connection.rollback()
            return found

        yield rows


def counts(look) -> dict[str, int]:
    return {table: look(f"SELECT count(*) FROM {table} WHERE {OURS}")[0][0] for table in TABLES}


def test_three_schools_in_three_zones_have_their_students_from_an_import(look):
    zones = look(
        "SELECT s.time_zone FROM schools s JOIN districts d ON d.id = s.district_id WHERE d.slug = :d"
    )
    assert {zone for (zone,) in zones} == {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}
    imported = look(f"SELECT state, total FROM student_imports WHERE {OURS}")
    assert [state for state, _ in imported] == ["done"] * 3
    students = look(f"SELECT count(*) FROM students WHERE {OURS}")[0][0]
    assert sum(total for _, total in imported) == students == 1200


def test_every_role_has_somebody_and_one_person_works_in_two_schools(look):
    roles = {role for (role,) in look(f"SELECT DISTINCT role FROM memberships WHERE {OURS}")}
    assert roles == set(SCHOOL_ROLES.keys)
    offices = look(
        "SELECT DISTINCT role FROM district_memberships m"
        " JOIN districts d ON d.id = m.district_id WHERE d.slug = :d"
    )
    assert {role for (role,) in offices} == set(DISTRICT_ROLES.keys)
    shared = look(
        f"SELECT user_id FROM memberships WHERE {OURS} GROUP BY user_id HAVING count(DISTINCT school_id) > 1"
    )
    assert len(shared) == 1


def test_conferences_stand_in_every_state_that_lasts(look):
    states = Counter(state for (state,) in look(f"SELECT state FROM conferences WHERE {OURS}"))
    assert set(states) == set(CONFERENCE_STATES.keys) - {"approved"}
    assert 25 <= look(f"SELECT count(*) FROM cases WHERE {OURS}")[0][0] <= 40


def test_visits_and_advocacies_stand_at_different_stages_and_their_executions_count(look):
    kinds = Counter(look(f"SELECT procedure, state FROM activities WHERE {OURS}"))
    assert kinds[("home_visit", "active")] == 4
    assert kinds[("home_visit", "cancelled")] == 1
    assert kinds[("advocacy", "active")] == 1
    counted = Counter(kind for (kind,) in look(f"SELECT procedure FROM executions WHERE {OURS}"))
    assert (counted["home_visit"], counted["advocacy"]) == (1, 3)


def test_somebody_bounces_somebody_must_not_be_contacted_and_a_guest_has_open_tasks(app, look):
    (school_id,) = look(f"SELECT id FROM schools WHERE slug = '{cast.SMA.slug}'")[0]
    with tenancy.work(tenancy.system(school_id, datetime.now(UTC))) as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.school_id == school_id))
        waiting = [row.state for row in rows if row.to_address.startswith("bounce")]
    assert waiting == ["queued"]
    assert look(f"SELECT count(*) FROM guardians WHERE {OURS} AND do_not_contact")[0][0] == 1
    tasks = look(
        "SELECT c.due_on < current_date FROM commitments c JOIN participants p"
        " ON p.school_id = c.school_id AND p.id = c.participant_id"
        f" WHERE p.kind = 'guardian' AND c.state = 'accepted' AND c.{OURS}"
    )
    assert {late for (late,) in tasks} == {True, False}


def test_nothing_was_sent_to_a_participant_before_the_approval(look):
    early = look(
        "SELECT count(*) FROM outbox o"
        " JOIN conferences c ON c.school_id = o.school_id AND c.id = o.conference_id"
        f" WHERE o.participant_id IS NOT NULL AND c.approved_at IS NULL AND o.{OURS}"
    )
    assert early == [(0,)]


def test_seeding_again_changes_nothing(look, session_app):
    before = counts(look)
    seed(session_app)
    assert counts(look) == before


@pytest.mark.parametrize(("label", "email", "password"), sign_ins(), ids=lambda value: str(value)[:20])
def test_every_sign_in_that_the_demo_prints_works(session_app, look, label, email, password):
    client = session_app.test_client()
    token = csrf_token(client.get("/login").text)
    answer = client.post("/login", data={"email": email, "password": password, "csrf_token": token})
    assert answer.status_code == 302
    assert "/login" not in answer.location
