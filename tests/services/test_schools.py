"""Schools as a district administers them, below any page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from webapp import tenancy
from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.domain.slugs import LONGEST_SLUG, check_slug, suggestions
from webapp.models.background import OutboxMail
from webapp.services import districts, schools

NEW = {"npsn": "20998877", "level": "sma", "time_zone": "Asia/Jakarta"}


@pytest.fixture
def office(world):
    return world.district()


@pytest.fixture
def chief(world, office):
    person = world.person()
    world.join_district(person, office)
    return office.actor(person)


def test_what_is_written_confidentially_in_a_new_school_is_sealed_under_its_own_key(
    app, world, chief, office
):
    with tenancy.work(chief):
        school = schools.add(chief, name="SMA Kunci Rekaan", **NEW)
    with tenancy.work(tenancy.system(school.id, chief.at)):
        mail = OutboxMail(kind="x", dedupe_key="x", message_id="x", created_at=chief.at, to_name="Rahasia")
        assert b"Rahasia" not in mail.to_name_enc
        assert mail.to_name == "Rahasia"


def test_an_officer_and_a_school_admin_add_and_change_no_school(app, world, office, chief):
    school = world.school(office)
    officer = office.actor(world.person(), "district_officer")
    admin = world.person(school, "school_admin").at(school)
    for actor in (officer, admin):
        with tenancy.work(actor):
            for act in (
                lambda actor=actor: schools.add(actor, name="SMA Liar Rekaan", **NEW),
                lambda actor=actor: schools.change(actor, school.id, name="X", npsn="12345678", level="sd"),
                lambda actor=actor: schools.set_active(actor, school.id, active=False),
                lambda actor=actor: schools.list_schools(actor),
                lambda actor=actor: districts.change(
                    actor, name="X", time_zone="Asia/Jakarta", digest_at="07:00"
                ),
            ):
                with pytest.raises(Forbidden):
                    act()


def test_a_school_of_another_district_is_not_found_and_a_page_does_not_go_on_from_it(app, world, chief):
    foreign = world.school()
    with tenancy.work(chief):
        for act in (
            lambda: schools.get(chief, foreign.id),
            lambda: schools.change(chief, foreign.id, name="X", npsn="12345678", level="sd"),
            lambda: schools.set_active(chief, foreign.id, active=False),
            lambda: schools.staffed_by(chief, foreign.id),
            lambda: schools.list_schools(chief, after=foreign.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_the_database_itself_keeps_a_district_from_another_ones_school(app, world, chief, as_superuser):
    foreign = world.school()
    with tenancy.work(chief) as session:
        changed = session.execute(
            text("UPDATE schools SET name = 'Diambil' WHERE id = :id"), {"id": foreign.id}
        )
        assert changed.rowcount == 0
    name = as_superuser.scalar(text("SELECT name FROM schools WHERE id = :id"), {"id": foreign.id})
    assert name == foreign.name


def test_every_write_is_in_the_trail_of_the_school(app, world, chief, office, as_superuser):
    school = world.school(office)
    with tenancy.work(chief):
        schools.change(chief, school.id, name="SMA Baru Nama", npsn="20111222", level="smk")
        schools.set_active(chief, school.id, active=False)
        schools.set_active(chief, school.id, active=False)
        schools.set_active(chief, school.id, active=True)
    trail = as_superuser.execute(
        text("SELECT action, person_id FROM audit_entries WHERE school_id = :id ORDER BY id"),
        {"id": school.id},
    ).all()
    assert [tuple(row) for row in trail] == [
        (action, chief.person_id) for action in ("school.changed", "school.closed", "school.reopened")
    ]


# --- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("SMAN 1 Malang", "sman-1-malang"),
        ("SD  Negeri «Cita-Cita» Ibu", "sd-negeri-cita-cita-ibu"),
        ("7", "sekolah-7"),
        ("Platform", "sekolah-platform"),
        ("学校", "sekolah"),
    ],
)
def test_an_address_is_made_of_the_name(name, slug):
    assert next(suggestions(name)) == slug


@given(st.text(min_size=1, max_size=150))
def test_every_suggestion_is_an_address_that_may_be_used(name):
    offered = list(suggestions(name))
    assert len(set(offered)) == len(offered)
    for slug in offered[:3]:
        assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "text_", ["", "ab", "a b", "-abc", "abc-", "a--b", "ä", "a" * (LONGEST_SLUG + 1), "platform"]
)
def test_what_cannot_stand_in_an_address_is_refused(text_):
    with pytest.raises(Invalid):
        check_slug(text_)
