"""Digests: every line is a thing that is due, and everything due has its line."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY, Person, Place, World
from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.cases import CaseExclusion, CaseMember
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.services import cases, dues, dues_sweep

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
