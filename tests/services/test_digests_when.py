"""When digests leave: once a day, after a pause, and for whom no more."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from sqlalchemy import select, text

from tests.factories import MONDAY, Office
from tests.services.digest_world import AT, OWN_CASES, School, digest_mails, lines_of
from webapp import tenancy
from webapp.models.conferences import Conference
from webapp.models.incoming import IncomingMail
from webapp.models.schools import SchoolHoliday
from webapp.services import dues, dues_list, dues_sweep


def test_nothing_is_sent_when_there_is_nothing_to_say_and_the_next_day_is_planned(app, world, as_superuser):
    school = world.school()
    counsellor, _ = world.person(school, "counsellor"), world.person(school, "teacher")
    dues.reconcile(AT - timedelta(hours=12))
    dues_sweep.sweep(AT)
    rows = as_superuser.execute(
        text("SELECT recipient, period, state, outcome FROM dues WHERE school_id = :s ORDER BY period"),
        {"s": school.id},
    ).all()
    assert [tuple(row) for row in rows] == [
        (f"user:{counsellor.user_id}", "2026-11-25", "done", "nothing_to_say"),
        (f"user:{counsellor.user_id}", "2026-11-26", "waiting", None),
    ]
    assert digest_mails(app, school.id, "daily_digest") == {}


def test_each_reader_gets_one_digest_a_school_day_however_often_the_clock_ticks(app, world):
    school, other = (School(world, world.school(), random.Random(5)).fill() for _ in range(2))
    with tenancy.work(world.person(school.place, "school_admin").at(school.place)) as session:
        session.add(SchoolHoliday(on=date(2026, 11, 27), name="Libur rekaan"))
    dues.reconcile(AT - timedelta(hours=12))
    for hours in range(0, 24 * 6, 6):
        dues_sweep.sweep(AT + timedelta(hours=hours))
        dues.reconcile(AT + timedelta(hours=hours))
    for each, holiday in ((school, True), (other, False)):
        for mails in digest_mails(app, each.place.id, "daily_digest").values():
            seen = [facts["day"] for facts in mails]
            assert len(seen) == len(set(seen))
            assert ("2026-11-27" in seen) is not holiday
            assert not {"2026-11-28", "2026-11-29"} & set(seen)
            assert "2026-11-30" in seen


def test_after_a_pause_the_day_that_is_now_is_sent_and_not_the_days_gone_by(app, world):
    school, other = (School(world, world.school(), random.Random(6)).fill() for _ in range(2))
    dues.reconcile(AT - timedelta(hours=12))
    dues_sweep.sweep(AT + timedelta(days=2))
    for each in (school, other):
        mails = digest_mails(app, each.place.id, "daily_digest")
        assert {facts["day"] for found in mails.values() for facts in found} == {"2026-11-27"}
        assert mails


def test_whoever_has_left_or_switched_digests_off_gets_none_and_others_still_do(app, world, as_superuser):
    school = School(world, world.school(), random.Random(8)).fill()
    gone, silent, stays = school.counsellors
    dues.reconcile(AT - timedelta(hours=12))
    as_superuser.execute(
        text("UPDATE memberships SET ended_on = '2026-11-20' WHERE user_id = :who"), {"who": gone.user_id}
    )
    as_superuser.execute(
        text("UPDATE users SET digests_off = ARRAY['daily_digest'] WHERE id = :who"), {"who": silent.user_id}
    )
    as_superuser.commit()
    dues_sweep.sweep(AT)
    dues.reconcile(AT)
    assert set(digest_mails(app, school.place.id, "daily_digest")) == {stays.user_id}
    waiting = as_superuser.scalars(
        text(
            "SELECT recipient FROM dues WHERE school_id = :s AND state = 'waiting' AND kind = 'daily_digest'"
        ),
        {"s": school.place.id},
    ).all()
    assert waiting == [f"user:{stays.user_id}"]


def test_progress_is_reported_once_to_each_reader(app, world, as_superuser):
    school = School(world, world.school(), random.Random(9)).fill()
    dues.reconcile(AT - timedelta(hours=12))
    tomorrow = AT + timedelta(days=1)
    dues_sweep.sweep(AT)
    dues_sweep.sweep(tomorrow)
    reported: Counter = Counter()
    for mails in digest_mails(app, school.place.id, "daily_digest").values():
        for facts in mails:
            reported += Counter(line for line in lines_of(facts).elements() if line[0] == "reported")
    wanted: Counter = Counter()
    for person in school.counsellors:
        rows = as_superuser.execute(
            text(
                f"WITH own AS ({OWN_CASES}) SELECT c.number, (r.at AT TIME ZONE 'Asia/Jakarta')::date"
                " FROM own c JOIN commitment_reports r ON r.case_id = c.id"
                " WHERE r.at > :since AND r.at <= :until"
                " AND (r.by_user_id IS NULL OR r.by_user_id <> :person)"
            ),
            {
                "school": school.place.id,
                "person": person.user_id,
                "since": AT - timedelta(days=7),
                "until": tomorrow,
            },
        )
        wanted += Counter(("reported", number, "commitment", on.isoformat()) for number, on in rows)
    assert reported == wanted
    assert sum(wanted.values()) > 3


def test_what_is_listed_for_a_moment_ahead_is_what_leaves_then(app, world):
    school, other = (School(world, world.school(), random.Random(12)).fill() for _ in range(2))
    dues.reconcile(AT - timedelta(hours=12))
    ahead = AT + timedelta(days=5)  # Monday: weekly digests as well
    listed = {
        (line.kind, line.recipient, line.period)
        for line in dues_list.list_due(ahead, school=school.place.slug)
    }
    assert {kind for kind, _, _ in listed} == {"daily_digest", "weekly_digest"}
    assert {recipient for _, recipient, _ in listed} <= {
        person.email for person in (*school.counsellors, school.principal)
    }
    assert digest_mails(app, school.place.id, "daily_digest") == {}
    dues_sweep.sweep(ahead, school=school.place.slug)
    sent = digest_mails(app, school.place.id, "daily_digest")
    assert len(sent) == sum(kind == "daily_digest" for kind, _, _ in listed)
    assert digest_mails(app, other.place.id, "daily_digest") == {}
    assert dues_list.list_due(ahead, school=school.place.slug) == []


def test_reconciling_twice_adds_nothing(app, world):
    office = world.district()
    school = world.school(office)
    world.person(school, "counsellor", "principal")
    admin = world.person()
    world.join_district(admin, office)
    assert dues.reconcile(MONDAY) >= 3
    assert dues.reconcile(MONDAY) == 0
    assert dues.reconcile(MONDAY + timedelta(days=1)) == 0


def test_a_new_counsellor_gets_a_digest_from_the_next_school_day_on(app, world, as_superuser):
    office: Office = world.district()
    school = world.school(office)
    district = office.actor(world.person())
    newcomer = world.person(school, "counsellor")
    with tenancy.work(district):
        dues.plan_digests(district, newcomer.user_id, "counsellor", place_id=school.id)
        dues.plan_digests(district, newcomer.user_id, "teacher", place_id=school.id)
        dues.plan_digests(district, newcomer.user_id, "district_officer", place_id=office.id)
    found = as_superuser.execute(
        text("SELECT school_id, kind, subject_id, period FROM dues WHERE recipient = :who ORDER BY kind"),
        {"who": f"user:{newcomer.user_id}"},
    ).all()
    assert [tuple(row) for row in found] == [
        (school.id, "daily_digest", 0, "2026-11-24"),
        (0, "monthly_digest", office.id, "2026-12"),
    ]


def test_a_digest_says_how_many_replies_wait_for_its_reader_and_comes_for_them_alone(app, world):
    school, other = world.school(), world.school()
    counsellor, colleague = world.person(school, "counsellor"), world.person(school, "counsellor")
    foreign = world.person(other, "counsellor")
    stage = School(world, school, random.Random(2), [counsellor])
    stage.case(counsellor)
    with tenancy.work(tenancy.system(school.id, AT)) as session:
        own = select(Conference.id).where(Conference.school_id == school.id)
        conference_id = session.scalars(own).first()
        for number in range(2):
            tenancy.add(
                IncomingMail(
                    digest=f"uji:{number}",
                    state="review",
                    reason="written",
                    conference_id=conference_id,
                    received_at=AT,
                )
            )
    dues.reconcile(AT - timedelta(hours=12))
    dues_sweep.sweep(AT)
    (facts,) = digest_mails(app, school.id, "daily_digest")[counsellor.user_id]
    assert facts["replies_waiting"] == 2
    assert facts["review_link"].endswith(f"/s/{school.slug}/outbox/incoming/")
    assert colleague.user_id not in digest_mails(app, school.id, "daily_digest")
    assert digest_mails(app, other.id, "daily_digest").get(foreign.user_id) is None
