"""Whatever team and family do in whatever order with a home visit: no answer passes a gate it should not, and
nothing that the family said, and no visit that was carried out, is lost or counted twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.activity_world import Run, form_of
from tests.services.stage import Stage
from tests.services.test_activities_in_any_order import (
    DICE,
    Seen,
    Walk,
    check_end,
    check_no_gate_was_skipped,
    check_nothing_is_lost,
    look,
)
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import DomainError
from webapp.models.activities import Appointment, Execution
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.services import activity_fields, visit_appointments, visit_guests, visit_requests
from webapp.services.visit_permission import STEP
from webapp.tenancy import Actor

TEAM = (
    "next", "next", "next", "next", "any", "part", "stale", "empty", "shut", "complete", "cancel", "reopen",
    "ask", "ask", "ask", "withdraw", "note", "await", "await", "replan", "carried_out", "appoint", "call_off",
)  # fmt: skip
FAMILY = ("yes", "yes", "no", "other_time", "yes_too_late", "yes_by_an_earlier_link", "disown")
COUNTED = [
    (f"{stage.key}.{step.key}", step.counts)
    for stage in HOME_VISIT.stages
    for step in stage.steps
    if step.counts and not step.entry_fields
]


@dataclass(frozen=True)
class Said:
    """What stands of one question."""

    answer: str
    answers: int
    message: str
    live: bool


@dataclass(frozen=True)
class Around:
    """What stands beside the run: questions by id, the time in the plan, who was told, what counts."""

    questions: dict[int, Said]
    planned: tuple
    told: frozenset
    executions: dict[tuple[int, str], bool]


@dataclass
class VisitWalk(Walk):
    """A home visit in the hands of a team and of the family that it asks."""

    tokens: list[str] = field(default_factory=list)

    @property
    def stage(self) -> Stage:
        return self.run.stage

    # --- acts of the team

    def do_ask(self, actor: Actor, dice: int, seen: Seen) -> None:
        visit_requests.ask(actor, self.run.activity_id, self.stage.guardian_id, locale="id")

    def do_withdraw(self, actor: Actor, dice: int, seen: Seen) -> None:
        visit_requests.withdraw(actor, self.run.activity_id)

    def do_note(self, actor: Actor, dice: int, seen: Seen) -> None:
        last = tenancy.session.scalars(
            select(VisitRequest)
            .where(VisitRequest.activity_id == self.run.activity_id)
            .order_by(VisitRequest.id.desc())
        ).first()
        if last is not None:
            visit_requests.note(
                actor, self.run.activity_id, request_id=last.id, answers=last.answers - dice % 2
            )

    def do_await(self, actor: Actor, dice: int, seen: Seen) -> None:
        """The plan with its time, and a permission that is still to come."""
        empty = dict.fromkeys(("permission_channel", "permission_on", "permission_by"), "")
        self._save(
            actor,
            form_of(actor, HOME_VISIT.step(STEP), f"Isi {self.turn}") | empty | {"permission": "waiting"},
        )

    def do_replan(self, actor: Actor, dice: int, seen: Seen) -> None:
        day = actor.today + timedelta(days=1 + dice % 5)
        self._save(actor, {"visit_on": day.isoformat()})

    def _save(self, actor: Actor, typed: dict[str, str]) -> None:
        held = activity_fields.read(actor, self.run.activity_id).get(STEP, {})
        versions = {name: stored.version for name, stored in held.items()}
        activity_fields.save(actor, self.run.activity_id, STEP, typed, versions)
        self.keep(STEP, typed)

    def do_carried_out(self, actor: Actor, dice: int, seen: Seen) -> None:
        """It is recorded that the visit was made, on a day of its own."""
        path, key = self.one(COUNTED, dice)
        self.fill(actor, path, **{key: (actor.today - timedelta(days=dice % 3)).isoformat()})

    def do_appoint(self, actor: Actor, dice: int, seen: Seen) -> None:
        visit_appointments.send(
            actor, self.run.activity_id, guardian_ids=[self.stage.guardian_id], locale="id"
        )

    def do_call_off(self, actor: Actor, dice: int, seen: Seen) -> None:
        visit_appointments.take_back(actor, self.run.activity_id)

    # --- acts of the family, by a link

    def family_acts(self, verb: str, dice: int) -> None:
        self.turn += 1
        if not self.tokens:
            return
        given = verb.partition("_by_")[0].removesuffix("_too_late")
        token = self.one(self.tokens[:-1], dice) if "earlier" in verb else self.tokens[-1]
        if token is None:
            return
        late = timedelta(days=30 if "late" in verb else 0)
        with self.stage.world.app.app_context():
            actor = visit_guests.identify(token, now=self.stage.now + late).actor
            with tenancy.work(actor):
                if given == "disown":
                    visit_guests.disown(actor)
                    return
                proposed = "Sabtu" if given == "other_time" else ""
                message = f"Pesan {self.turn}" if dice % 2 else ""
                visit_guests.answer(actor, answer=given, message=message, proposed_time=proposed)

    def new_links(self) -> None:
        links = [
            mail.facts["link"].rstrip("/").rpartition("/")[2] for mail in self.stage.mails("visit_asked")
        ]
        self.tokens += [token for token in links if token not in self.tokens]


def look_around(activity_id: int) -> Around:
    session = tenancy.session
    questions = session.scalars(select(VisitRequest).where(VisitRequest.activity_id == activity_id))
    planned = session.scalars(select(Appointment).where(Appointment.activity_id == activity_id))
    told = session.scalars(select(VisitInvitee).where(VisitInvitee.activity_id == activity_id))
    counted = session.scalars(select(Execution).where(Execution.activity_id == activity_id))
    return Around(
        {
            row.id: Said(row.answer, row.answers, row.message or "", row.revoked_at is None)
            for row in questions
        },
        tuple(sorted((row.id, row.starts_at, row.cancelled_at) for row in planned)),
        frozenset((row.id, row.sequence, row.sent_starts_at, row.called_off_at) for row in told),
        {(row.source_id, row.held_on.isoformat()): row.taken_back_at is None for row in counted},
    )


def check_what_the_family_said_stands(before: Around, after: Around) -> None:
    assert set(before.questions) <= set(after.questions)
    assert sum(said.live for said in after.questions.values()) <= 1, "one question at a time"
    for number, said in before.questions.items():
        now = after.questions[number]
        assert now.answers >= said.answers
        assert now.message or not said.message, "a message is not lost by an empty one"
        assert now.live <= said.live, "a link that was closed stays closed"


def check_an_answer_is_what_the_plan_says(
    verb: str, seen: Seen, after: Seen, before: Around, around: Around
) -> None:
    """Only the open question's answer comes into the plan, and nothing else does by a family's act."""
    changed = {(path, key) for path, key, _ in after.fields ^ seen.fields}
    assert {path for path, _ in changed} <= {STEP}
    assert {key.partition("_")[0] for _, key in changed} <= {"permission"}
    values = {key: value for path, key, value in after.fields if path == STEP}
    if values.get("permission") == "given" and ("permission" in {key for _, key in changed}):
        (live,) = [said for said in around.questions.values() if said.live]
        assert (verb, live.answer, values["permission_channel"]) == ("yes", "yes", "link")
    assert after.recorded - seen.recorded <= {STEP}
    assert verb == "yes" or STEP not in after.recorded - seen.recorded
    assert around.executions == before.executions, "a family's answer counts no visit"


def check_executions(seen: Seen, around: Around) -> None:
    """What counts is what is recorded, once, on its day."""
    values = {f"{path}.{key}": value for path, key, value in seen.fields}
    wanted = sorted(values[f"{path}.{key}"] for path, key in COUNTED if path in seen.recorded)
    assert sorted(day for (_, day), stands in around.executions.items() if stands) == wanted


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.one_of(st.sampled_from(TEAM), st.sampled_from(FAMILY)), DICE), min_size=25, max_size=50
    ),
    done=st.integers(len(HOME_VISIT.stages[0].steps) - 2, len(HOME_VISIT.stages[0].steps) + 5),
)
def test_in_whatever_order_team_and_family_act_gates_hold_and_nothing_said_or_done_is_lost(world, acts, done):
    stage = Stage.build(world)
    walk = VisitWalk(Run(stage, HOME_VISIT).started())
    activity_id = walk.run.activity_id

    def look_at() -> tuple[Seen, Around]:
        with stage.as_(stage.counsellor) as actor:
            return look(actor, activity_id), look_around(activity_id)

    seen, around = look_at()
    for verb, dice in [("next", 0)] * done + acts:
        kept = (set(walk.written), walk.entries.copy())
        refused = False
        try:
            if verb in FAMILY:
                walk.family_acts(verb, dice)
            else:
                with stage.as_(stage.counsellor) as actor:
                    walk.act(actor, verb, dice, seen)
        except DomainError:
            refused = True
            walk.written, walk.entries = kept
        walk.new_links()
        after, around_after = look_at()
        if refused:
            assert (after, around_after) == (seen, around), "what is refused changes nothing"
        if seen.state != "active" and after.state == seen.state:
            assert after == seen, "what has ended is not written into"
        if verb in FAMILY:
            check_an_answer_is_what_the_plan_says(verb, seen, after, around, around_after)
        if verb in ("yes_too_late", "yes_by_an_earlier_link"):
            assert (after, around_after) == (seen, around), "a link that counts no more changes nothing"
        check_no_gate_was_skipped(HOME_VISIT, seen, after)
        check_nothing_is_lost(walk, seen, after)
        check_what_the_family_said_stands(around, around_after)
        check_executions(after, around_after)
        check_end(HOME_VISIT, after)
        seen, around = after, around_after
