"""What the page of an advocacy shows beside its steps: the rules by which a suspicion is handled, confidence
before and after, and parties to the conflict who work here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import dates, handling, people_names
from webapp.domain.declared import advocacy
from webapp.domain.handling import RuleSet
from webapp.domain.procedure import Stage, Step
from webapp.models.activities import ActivityWording
from webapp.services import activity_fields, case_team, people
from webapp.services.activities import StageView
from webapp.services.activity_fields import Stored
from webapp.services.activity_view import ActivityPage
from webapp.tenancy import Actor

SITUATION, OUTCOME = "basis.situation", "outcome.right_restored"


@dataclass(frozen=True)
class Handling:
    """How a suspicion is handled. `violation`: ethics, statute, or empty while nobody has said which;
    `since`: the day on which the suspicion was recorded, by whose rules it goes; `stage`: its steps."""

    violation: str
    since: date
    rules: RuleSet | None
    stage: StageView | None


@dataclass(frozen=True)
class Party:
    """A person of the school whom a party to the conflict may be."""

    written: str
    user_id: int
    name: str
    is_shut_out: bool


@dataclass(frozen=True)
class LeftStage:
    """A stage that is gone through no more since the suspected breach was corrected, with the steps and the
    fields that were recorded in it: they stay."""

    stage: Stage
    steps: tuple[tuple[Step, dict[str, Stored]], ...]


@dataclass(frozen=True)
class AdvocacyView:
    """`confidence` is (before, after) from 1 to 5; None is not asked yet. `left`: see LeftStage."""

    handling: Handling | None
    confidence: tuple[int | None, int | None]
    parties: tuple[Party, ...]
    left: tuple[LeftStage, ...]


def read(actor: Actor, page: ActivityPage) -> AdvocacyView:
    """The rest of an advocacy's page, which asked the permission and recorded the reading."""
    return AdvocacyView(
        _handling(actor, page),
        (
            _number(page, SITUATION, "confidence_before"),
            _number(page, OUTCOME, "confidence_after"),
        ),
        _parties(actor, page) if page.stage == "basis" else (),
        tuple(_left(page)) if page.stage == "basis" else (),
    )


# --- inside ---------------------------------------------------------------------------------------


def _handling(actor: Actor, page: ActivityPage) -> Handling | None:
    values = activity_fields.values_of(page.fields, SITUATION)
    if not advocacy.is_suspected({f"{SITUATION}.{key}": value for key, value in values.items()}):
        return None
    violation = values.get("violation", "")
    since = _suspected_since(actor, page.id)
    return Handling(
        violation,
        since,
        handling.rules_on(since),
        next((stage for stage in page.progress.stages if stage.key == violation), None),
    )


def _suspected_since(actor: Actor, activity_id: int) -> date:
    """The day on which a suspicion was first recorded: a later correction of the form does not move it."""
    rows = tenancy.session.scalars(
        select(ActivityWording)
        .where(
            ActivityWording.school_id == actor.school_id,
            ActivityWording.activity_id == activity_id,
            ActivityWording.step == SITUATION,
            ActivityWording.field.in_(("grounds", "violation")),
            ActivityWording.in_conflict.is_(False),
        )
        .order_by(ActivityWording.id)
    )
    at = next(
        (
            row.saved_at
            for row in rows
            if advocacy.is_suspected({f"{SITUATION}.{row.field}": row.value or ""})
        ),
        actor.at,
    )
    return dates.local_date(at, actor.time_zone)


def _number(page: ActivityPage, path: str, key: str) -> int | None:
    value = activity_fields.values_of(page.fields, path).get(key, "")
    return int(value) if value else None


def _left(page: ActivityPage) -> Iterator[LeftStage]:
    gone_through = {stage.key for stage in page.progress.stages}
    for stage in page.procedure.stages:
        held = [
            (step, page.fields[path])
            for step, path in zip(stage.steps, stage.paths(), strict=True)
            if page.fields.get(path)
        ]
        if held and stage.opened_by is not None and stage.key not in gone_through:
            yield LeftStage(stage, tuple(held))


def _parties(actor: Actor, page: ActivityPage) -> tuple[Party, ...]:
    written = [entry.values.get("name", "") for entry in page.entries.get(SITUATION, ())]
    if not written:
        return ()
    staff, out = people.staff(actor), case_team.shut_out_ids(actor, page.case_id)
    return tuple(
        Party(name, member.user_id, member.name, member.user_id in out)
        for name in written
        for member in staff
        if member.user_id != actor.person_id and people_names.may_be(name, member.name)
    )
