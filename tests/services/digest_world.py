"""A school full of cases in every stage; the lines of its digests, without the code under test."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from tests.factories import MONDAY, Person, Place, World
from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.cases import CaseExclusion, CaseMember
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.services import cases

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
