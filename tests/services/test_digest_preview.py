"""The preview of a digest says what the digest then says, and leaves everything as it was."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.services.digest_world import AT, School, digest_mails
from webapp.domain.errors import NotFound
from webapp.mail.messages import MAILS, render
from webapp.services import digest_preview, dues, dues_sweep
from webapp.services.identity import Workplace

pytestmark = pytest.mark.usefixtures("alone")

TABLES = ("outbox", "dues", "audit_entries", "users")


def place_of(place, *roles: str, kind: str = "school") -> Workplace:
    name = getattr(place, "name", "Dinas Rekaan")
    return Workplace(kind, place.id, place.slug, name, "Asia/Jakarta", frozenset(roles))


def contents(connection) -> list[str]:
    connection.rollback()
    return [
        str(
            connection.execute(
                text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            ).one()
        )
        for table in TABLES
    ]


@pytest.mark.parametrize("kind", ["daily_digest", "weekly_digest"])
def test_the_preview_is_the_mail_that_then_leaves(app, world, as_superuser, kind):
    school, other = (School(world, world.school(), random.Random(21)).fill() for _ in range(2))
    role = "counsellor" if kind == "daily_digest" else "principal"
    reader = school.counsellors[0] if kind == "daily_digest" else school.principal
    leaves_at = (
        AT.replace(day=25, hour=23) if kind == "daily_digest" else datetime(2026, 11, 29, 23, tzinfo=UTC)
    )
    dues.reconcile(AT)
    before = contents(as_superuser)
    found = digest_preview.preview(reader.user_id, place_of(school.place, role), kind, AT)
    assert contents(as_superuser) == before
    assert found.lines > 0
    assert leaves_at <= found.leaves_at <= leaves_at + timedelta(hours=2)
    dues_sweep.sweep(found.leaves_at)
    (facts,) = digest_mails(app, school.place.id, kind)[reader.user_id]
    mail = render(kind, MAILS[kind].facts.from_json(json.dumps(facts)), "en")
    assert (mail.subject, mail.text) == (found.content.subject, found.content.text)
    assert other.place.name not in found.content.text


def test_a_quiet_school_has_nothing_to_say_and_one_sees_only_digests_of_ones_own_roles(app, world):
    school, office = world.school(), world.district()
    counsellor, officer = world.person(school, "counsellor"), world.person()
    world.join_district(officer, office, "district_officer")
    here = place_of(school, "counsellor")
    assert digest_preview.preview(counsellor.user_id, here, "daily_digest", AT).lines == 0
    district = place_of(office, "district_officer", kind="district")
    assert digest_preview.preview(officer.user_id, district, "monthly_digest", AT).lines == 0
    for person, place, kind in (
        (counsellor, here, "weekly_digest"),
        (counsellor, here, "monthly_digest"),
        (counsellor, here, "invitation"),
        (counsellor, district, "monthly_digest"),
        # Whoever claims a place where they have no role.
        (officer, here, "daily_digest"),
    ):
        with pytest.raises(NotFound):
            digest_preview.preview(person.user_id, place, kind, AT)


def test_the_page_shows_the_readers_own_and_nobody_elses(world):
    school, foreign = world.school(), world.school()
    counsellor = world.person(school, "counsellor")
    client = counsellor.client()
    assert client.get(f"/me/digests/daily_digest/school/{school.slug}").status_code == 200
    for path in (
        f"daily_digest/school/{foreign.slug}",
        f"weekly_digest/school/{school.slug}",
        f"monthly_digest/district/{school.slug}",
        f"x/school/{school.slug}",
    ):
        assert client.get(f"/me/digests/{path}").status_code == 404
