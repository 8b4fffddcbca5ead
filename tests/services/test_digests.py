"""Digests: every line is a thing that is due, and everything due has its line."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.digest_world import AT, ZONES, School, digest_mails, expected, lines_of
from webapp.services import dues, dues_sweep

pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.parametrize("seed", range(4))
def test_every_line_of_a_daily_digest_is_due_and_everything_due_has_its_line(app, world, as_superuser, seed):
    dice = random.Random(seed)
    schools = [School(world, world.school(time_zone=zone), dice).fill() for zone in dice.sample(ZONES, 2)]
    dues.reconcile(AT - timedelta(hours=12))
    dues_sweep.sweep(AT)
    said_something = 0
    for school in schools:
        mails = digest_mails(app, school.place.id, "daily_digest")
        for person in school.counsellors:
            wanted = expected(as_superuser, school.place, person, since=AT - timedelta(days=7))
            found = mails.get(person.user_id, [])
            assert len(found) == (1 if wanted else 0)
            if wanted:
                assert lines_of(found[0]) == wanted
                said_something += 1
                urls = {line["link"] for section in found[0]["sections"] for line in section["lines"]}
                assert all(url.startswith(found[0]["link"]) for url in urls)
                assert f"/s/{school.place.slug}/" in found[0]["link"]
        assert set(mails) <= {person.user_id for person in school.counsellors}
    assert said_something >= 3


def test_a_principal_is_told_counts_of_the_week_and_nothing_else(app, world, as_superuser):
    dice = random.Random(11)
    school = School(world, world.school(), dice).fill()
    other = School(world, world.school(), dice).fill()
    dues.reconcile(datetime(2026, 11, 22, tzinfo=UTC))
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday, 06.30 in WIB
    dues_sweep.sweep(at)
    for each in (school, other):
        count = {
            name: as_superuser.scalar(
                text(query), {"school": each.place.id, "at": at}
            )
            for name, query in {
                "requests_waiting": "SELECT count(*) FROM conferences WHERE school_id = :school"
                " AND state = 'requested'",
                "conferences_held": "SELECT count(*) FROM conferences WHERE school_id = :school AND"
                " (concluded_at AT TIME ZONE 'Asia/Jakarta')::date BETWEEN '2026-11-16' AND '2026-11-22'",
                "conferences_ahead": "SELECT count(*) FROM conferences WHERE school_id = :school"
                " AND state IN ('approved','invited') AND starts_at > :at",
                "commitments_overdue": "SELECT count(*) FROM commitments k JOIN cases c ON c.id = k.case_id"
                " WHERE k.school_id = :school AND c.status <> 'closed' AND k.due_on < '2026-11-23'"
                " AND k.state NOT IN ('done','waived','declined')",
            }.items()
        }  # fmt: skip
        mails = digest_mails(app, each.place.id, "weekly_digest")
        assert set(mails) == {each.principal.user_id}
        (facts,) = mails[each.principal.user_id]
        assert {name: facts[name] for name in count} == count
        assert sum(count.values()) > 0
        assert (facts["week_from"], facts["week_to"]) == ("2026-11-16", "2026-11-22")
        # The secret in the link may hold any letters.
        assert "K-" not in str(facts | {"stop_link": ""})


def test_a_district_reads_figures_of_its_schools_with_small_ones_hidden(app, world):
    office, elsewhere = world.district(), world.district()
    place = world.school(office)
    quiet, foreign = world.school(office), world.school(elsewhere)
    full = School(world, place, random.Random(3)).fill()
    for _ in range(6):
        full.case(full.counsellors[0])
    officer = world.person()
    world.join_district(officer, office, "district_officer")
    first = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    dues.reconcile(MONDAY)
    dues_sweep.sweep(first)
    mails = digest_mails(app, 0, "monthly_digest")[officer.user_id]
    assert len(mails) == 1
    by_school = {row["school"]: row for row in mails[0]["schools"]}
    assert set(by_school) == {place.name, quiet.name}
    assert by_school[place.name]["open_cases"] >= 5
    assert by_school[quiet.name]["open_cases"] == 0
    assert mails[0]["month"] == "2026-11-01"
    assert foreign.name not in str(mails)
    counts = [value for row in by_school.values() for value in row.values() if isinstance(value, int)]
    assert counts
    assert all(value == 0 or value >= 5 for value in counts)
