"""Digests: every line is a thing that is due, and everything due has its line."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY, Office, Person, Place, World
from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.cases import CaseExclusion, CaseMember
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.models.incoming import IncomingMail
from webapp.models.schools import SchoolHoliday
from webapp.services import cases, dues, dues_list, dues_sweep

pytestmark = pytest.mark.usefixtures("alone")

AT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # Wednesday, 07.00 in WIB, 08.00 in WITA, 09.00 in WIT
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
STATES = ("proposed", "accepted", "under_way", "stuck", "done", "waived", "declined")


@dataclass
class School:
    """A school full of cases in every stage, put together from a seed."""

    world: World
    place: Place
    dice: random.Random
    counsellors: list[Person] = field(default_factory=list)
    principal: Person | None = None

    def fill(self) -> School:
        self.counsellors = [
            self.world.person(self.place, role) for role in ("counsellor", "counsellor", "class_teacher")
        ]
        self.principal = self.world.person(self.place, "principal")
        for person in self.counsellors:
            for _ in range(self.dice.randint(1, 2)):
                self.case(person)
        return self

    def case(self, owner: Person) -> None:
        student = self.world.student(self.place)
        actor = owner.at(self.place)
        others = [person for person in self.counsellors if person is not owner]
        with self.world.app.app_context(), tenancy.work(actor):
            case = cases.open_case(
                actor, student_id=student, field="social", kinds=["truancy"], source="counsellor",
                severity="low", summary="Ringkasan rekaan",
            )  # fmt: skip
            if self.dice.random() < 0.5:
                tenancy.add(
                    CaseMember(
                        case_id=case.id, user_id=others[0].user_id, added_by=owner.user_id, added_at=MONDAY
                    )
                )
                if self.dice.random() < 0.5:
                    tenancy.add(
                        CaseExclusion(
                            case_id=case.id,
                            user_id=others[0].user_id,
                            added_by=owner.user_id,
                            added_at=MONDAY,
                        )
                    )
            for _ in range(self.dice.randint(1, 2)):
                self.conference(actor, case.id)
            if self.dice.random() < 0.15:
                case.status = "closed"

    def day(self) -> date:
        return AT.date() + timedelta(days=self.dice.randint(-6, 8))

    def conference(self, actor, case_id: int) -> None:
        activity = tenancy.add(
            Activity(case_id=case_id, procedure="conference", created_by=actor.person_id, created_at=MONDAY)
        )
        state = self.dice.choice(
            ("requested", "approved", "invited", "invited", "open", "concluded", "monitoring", "cancelled")
        )
        starts_at = AT + timedelta(days=self.dice.randint(-5, 8), hours=self.dice.randint(-9, 9), minutes=1)
        tenancy.add(
            Conference(
                id=activity.id,
                case_id=case_id,
                state=state,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                requester_id=actor.person_id,
                requested_at=MONDAY,
                concluded_at=starts_at if state in ("concluded", "monitoring") else None,
                approved_at=MONDAY if state != "requested" else None,
                created_at=MONDAY,
            )
        )
        for _ in range(self.dice.randint(1, 3)):
            participant = tenancy.add(
                Participant(
                    conference_id=activity.id,
                    kind="expert",
                    why="easing",
                    name="Orang Luar Rekaan",
                    email="luar@contoh.example",
                    answer=self.dice.choice(("pending", "pending", "yes", "no")),
                    removed_at=MONDAY if self.dice.random() < 0.2 else None,
                    mail_bounced_at=AT - timedelta(hours=self.dice.randint(1, 90))
                    if self.dice.random() < 0.4
                    else None,
                    created_at=MONDAY,
                )
            )
            self.mails(participant)
            self.promise(actor, case_id, activity.id, participant.id)
        goal = tenancy.add(
            BehaviourGoal(
                case_id=case_id,
                activity_id=activity.id,
                state=self.dice.choice(("watching", "watching", "reached")),
                created_by=actor.person_id,
                created_at=MONDAY,
            )
        )
        self.check_in(case_id, goal_id=goal.id)

    def mails(self, participant: Participant) -> None:
        for number in range(self.dice.randint(0, 2)):
            tenancy.add(
                OutboxMail(
                    kind=self.dice.choice(("invitation", "commitment_reminder", "conference_cancelled")),
                    dedupe_key=f"{participant.id}:{number}",
                    state=self.dice.choice(("sent", "bounced", "failed")),
                    participant_id=participant.id,
                    conference_id=participant.conference_id,
                    message_id=f"<{participant.id}.{number}@contoh.example>",
                    created_at=AT - timedelta(hours=self.dice.randint(1, 90)),
                )
            )

    def promise(self, actor, case_id: int, activity_id: int, participant_id: int) -> None:
        row = tenancy.add(
            Commitment(
                case_id=case_id,
                activity_id=activity_id,
                participant_id=participant_id,
                due_on=self.day(),
                state=self.dice.choice(STATES),
                created_by=actor.person_id,
                created_at=MONDAY,
            )
        )
        self.check_in(case_id, commitment_id=row.id)
        for _ in range(self.dice.randint(0, 2)):
            tenancy.add(
                CommitmentReport(
                    commitment_id=row.id,
                    case_id=case_id,
                    state="under_way",
                    by_participant_id=participant_id,
                    by_user_id=actor.person_id if self.dice.random() < 0.3 else None,
                    at=AT - timedelta(hours=self.dice.randint(-3, 300)),
                    channel="link",
                )
            )

    def check_in(self, case_id: int, **subject: int) -> None:
        done_at = MONDAY if self.dice.random() < 0.4 else None
        tenancy.add(CheckIn(case_id=case_id, due_on=self.day(), done_at=done_at, **subject))


OWN_CASES = """
    SELECT c.* FROM cases c JOIN case_members m ON m.school_id = c.school_id AND m.case_id = c.id
    WHERE c.school_id = :school AND m.user_id = :person AND m.removed_at IS NULL AND c.status <> 'closed'
      AND NOT EXISTS (SELECT 1 FROM case_exclusions e WHERE e.school_id = c.school_id AND e.case_id = c.id
                      AND e.user_id = :person AND e.lifted_at IS NULL)
"""
DUE = {
    "commitment": """SELECT c.number, k.due_on FROM own c JOIN commitments k ON k.case_id = c.id
        WHERE k.state NOT IN ('done', 'waived', 'declined')
        UNION ALL SELECT c.number, i.due_on FROM own c JOIN check_ins i ON i.case_id = c.id
        JOIN commitments k ON k.id = i.commitment_id
        WHERE i.done_at IS NULL AND k.state NOT IN ('done', 'waived', 'declined')""",
    "goal": """SELECT c.number, i.due_on FROM own c JOIN check_ins i ON i.case_id = c.id
        JOIN behaviour_goals g ON g.id = i.goal_id WHERE i.done_at IS NULL AND g.state = 'watching'""",
    "conference": """SELECT c.number, (f.starts_at AT TIME ZONE :zone)::date FROM own c
        JOIN conferences f ON f.case_id = c.id WHERE f.state IN ('approved', 'invited')""",
    "minutes": """SELECT c.number, (f.concluded_at AT TIME ZONE :zone)::date FROM own c
        JOIN conferences f ON f.case_id = c.id
        WHERE f.state = 'concluded' AND (f.concluded_at AT TIME ZONE :zone)::date < :today""",
}
OTHER = {
    ("unanswered", "invitation"): """SELECT c.number, (f.starts_at AT TIME ZONE :zone)::date FROM own c
        JOIN conferences f ON f.case_id = c.id JOIN participants p ON p.conference_id = f.id
        WHERE f.state = 'invited' AND f.starts_at > :at AND p.answer = 'pending' AND p.removed_at IS NULL""",
    ("reported", "commitment"): """SELECT c.number, (r.at AT TIME ZONE :zone)::date FROM own c
        JOIN commitment_reports r ON r.case_id = c.id
        WHERE r.at > :since AND r.at <= :at AND (r.by_user_id IS NULL OR r.by_user_id <> :person)""",
    ("bounced", "mail"): """SELECT c.number, (p.mail_bounced_at AT TIME ZONE :zone)::date FROM own c
        JOIN conferences f ON f.case_id = c.id JOIN participants p ON p.conference_id = f.id
        WHERE p.removed_at IS NULL AND p.mail_bounced_at IS NOT NULL
          AND (f.state IN ('approved', 'invited', 'open', 'concluded', 'monitoring')
               OR (f.state = 'cancelled' AND f.starts_at > :at))
        UNION ALL SELECT number, max(day) FROM (
        SELECT c.number, p.id, (o.created_at AT TIME ZONE :zone)::date AS day FROM own c
        JOIN conferences f ON f.case_id = c.id JOIN participants p ON p.conference_id = f.id
        JOIN outbox o ON o.participant_id = p.id
        WHERE o.state = 'failed' AND p.removed_at IS NULL
          AND (p.mail_bounced_at IS NULL OR (f.state = 'cancelled' AND f.starts_at <= :at)
               OR f.state NOT IN ('approved', 'invited', 'open', 'concluded', 'monitoring', 'cancelled'))
          AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.participant_id = p.id AND n.id > o.id
                          AND n.state = 'sent')
          AND ((o.kind = 'invitation' AND f.state = 'invited' AND f.starts_at > :at)
            OR (o.kind = 'conference_cancelled' AND f.state = 'cancelled' AND f.starts_at > :at)
            OR (o.kind = 'commitment_reminder'
                AND f.state IN ('approved', 'invited', 'open', 'concluded', 'monitoring')))
        ) x GROUP BY number, id""",
}  # fmt: skip


def expected(connection, school: Place, person: Person, since: datetime) -> Counter:
    """Lines that the person's digest must hold, worked out from the tables without the code under test."""
    today = AT.astimezone(ZoneInfo(school.time_zone)).date()
    sunday = today + timedelta(days=6 - today.weekday())
    values = {
        "school": school.id,
        "person": person.user_id,
        "zone": school.time_zone,
        "at": AT,
        "since": since,
        "today": today,
    }

    def ask(query: str) -> list[tuple[str, date]]:
        return [tuple(row) for row in connection.execute(text(f"WITH own AS ({OWN_CASES}) {query}"), values)]

    lines: Counter = Counter()
    for what, query in DUE.items():
        for number, on in ask(query):
            if on <= sunday:
                section = "overdue" if on < today else "today" if on == today else "this_week"
                lines[section, number, what, on.isoformat()] += 1
    for (section, what), query in OTHER.items():
        for number, on in ask(query):
            lines[section, number, what, on.isoformat()] += 1
    return lines


def digest_mails(app, school_id: int, kind: str) -> dict[int, list[dict]]:
    with tenancy.work(tenancy.system(school_id, AT)):
        rows = tenancy.session.scalars(
            select(OutboxMail).where(OutboxMail.school_id == school_id, OutboxMail.kind == kind)
        )
        found: dict[int, list[dict]] = {}
        for row in rows:
            found.setdefault(row.user_id, []).append(row.facts)
        return found


def lines_of(facts: dict) -> Counter:
    return Counter(
        (section["kind"], line["case_number"], line["what"], line["on"])
        for section in facts["sections"]
        for line in section["lines"]
    )


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
