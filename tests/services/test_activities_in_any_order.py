"""Whatever people do in whatever order with a run: no gate is skipped, nothing that was recorded is
lost, and a run ends properly or not at all; for every service alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.activity_world import Run, form_of, record, value_of
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.errors import DomainError
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import FRAMED
from webapp.models.activities import Activity, ActivityEntry, ActivityStep, ActivityWording
from webapp.services import activity_entries, activity_fields, activity_runs
from webapp.tenancy import Actor

ACTS = (
    "next", "next", "next", "next", "next", "any", "any", "part", "stale", "empty", "shut", "shut_late",
    "entry", "correct", "remove", "tracks", "complete", "cancel", "reopen",
)  # fmt: skip
DICE = st.integers(min_value=0, max_value=10_000)


@dataclass(frozen=True)
class Seen:
    """Everything that stands of a run: a refused act leaves it as it was."""

    state: str
    ended: bool
    end_kind: str | None
    end_reason: str | None
    tracks: tuple[str, ...]
    recorded: frozenset[str]
    fields: frozenset[tuple[str, str, str]]
    wordings: frozenset[tuple[str, str, str]]
    entries: frozenset[tuple[int, str]]
    standing: frozenset[int]


@dataclass
class Walk:
    """A run in the hands of somebody who does anything; what was accepted is kept beside the database."""

    run: Run
    written: set[tuple[str, str, str]] = field(default_factory=set)
    entries: Counter[str] = field(default_factory=Counter)
    turn: int = 0

    @property
    def procedure(self) -> Procedure:
        return self.run.procedure

    def paths(self) -> list[str]:
        """Paths of every step there is, also of stages that this run does not go through."""
        return [path for stage in self.procedure.stages for path in stage.paths()]

    def gates(self) -> list[str]:
        return [path for path in self.paths() if self.procedure.step(path).gate]

    def one(self, options: list, dice: int):
        return options[dice % len(options)] if options else None

    # --- acts: each raises a DomainError where it is refused

    def act(self, actor: Actor, verb: str, dice: int, seen: Seen) -> None:
        self.turn += 1
        getattr(self, f"do_{verb}")(actor, dice, seen)

    def do_next(self, actor: Actor, dice: int, seen: Seen) -> None:
        missing = [path for path in self.run.paths(seen.tracks) if path not in seen.recorded]
        if missing:
            self.fill(actor, missing[0])

    def do_any(self, actor: Actor, dice: int, seen: Seen) -> None:
        self.fill(actor, self.one(self.paths(), dice))

    def fill(self, actor: Actor, path: str, **changes: str) -> None:
        mark = f"Isi {self.turn}"
        record(actor, self.run.activity_id, self.procedure, path, mark=mark, **changes)
        step = self.procedure.step(path)
        self.keep(path, form_of(actor, step, mark) | changes)
        if step.entry_fields:
            self.entries[path] += 1

    def keep(self, path: str, values: dict[str, str]) -> None:
        self.written |= {(path, key, value) for key, value in values.items() if value}

    def do_part(self, actor: Actor, dice: int, seen: Seen, *, stale: bool = False) -> None:
        """One field alone, as it is saved while being written; `stale`: from a page that is out of date."""
        path = self.one([path for path in self.paths() if self.procedure.step(path).fields], dice)
        step = self.procedure.step(path)
        asked = self.one(list(step.fields), dice // 7)
        held = activity_fields.read(actor, self.run.activity_id).get(path, {}).get(asked.key)
        version = 0 if held is None or stale else held.version
        typed = value_of(actor, step, asked, f"Sebagian {self.turn}")
        activity_fields.save_one(actor, self.run.activity_id, path, asked.key, typed, version)
        self.keep(path, {asked.key: typed})

    def do_stale(self, actor: Actor, dice: int, seen: Seen) -> None:
        self.do_part(actor, dice, seen, stale=True)

    def do_empty(self, actor: Actor, dice: int, seen: Seen) -> None:
        path, key, _ = self.one(sorted(seen.fields), dice) or ("", "", "")
        if path:
            held = activity_fields.read(actor, self.run.activity_id)[path][key]
            activity_fields.save_one(actor, self.run.activity_id, path, key, "", held.version)

    def do_shut(self, actor: Actor, dice: int, seen: Seen) -> None:
        """A gate answered so that the way on is closed."""
        path = self.one(self.gates(), dice)
        step = self.procedure.step(path)
        key, passing = step.passes[0]
        other = [choice for choice in step.field(key).choices.keys if choice not in passing]
        held = activity_fields.read(actor, self.run.activity_id).get(path, {})
        versions = {name: stored.version for name, stored in held.items()}
        typed = form_of(actor, step, f"Pintu {self.turn}") | {key: self.one(other, dice // 3)}
        activity_fields.save(actor, self.run.activity_id, path, typed, versions)
        self.keep(path, typed)

    def do_shut_late(self, actor: Actor, dice: int, seen: Seen) -> None:
        """The same once something was recorded behind the gate."""
        behind = [path for path in seen.recorded if path.partition(".")[0] != self.procedure.stages[0].key]
        if behind:
            self.do_shut(actor, dice, seen)

    def do_entry(self, actor: Actor, dice: int, seen: Seen) -> None:
        path = self.one([path for path in self.paths() if self.procedure.step(path).entry_fields], dice)
        if path is not None:
            typed = self.typed(actor, path)
            activity_entries.add(actor, self.run.activity_id, path, typed, nature="impression")
            self.entries[path] += 1

    def typed(self, actor: Actor, path: str) -> dict[str, str]:
        step = self.procedure.step(path)
        return {asked.key: value_of(actor, step, asked, f"Butir {self.turn}") for asked in step.entry_fields}

    def do_correct(self, actor: Actor, dice: int, seen: Seen) -> None:
        entry = self.one([pair for pair in sorted(seen.entries) if pair[0] in seen.standing], dice)
        if entry is not None:
            entry_id, path = entry
            typed = self.typed(actor, path)
            activity_entries.correct(actor, self.run.activity_id, entry_id, typed, nature="fact")
            self.entries[path] += 1

    def do_remove(self, actor: Actor, dice: int, seen: Seen) -> None:
        entry = self.one([pair for pair in sorted(seen.entries) if pair[0] in seen.standing], dice)
        if entry is not None:
            activity_entries.remove(actor, self.run.activity_id, entry[0], reason="Keliru")

    def do_tracks(self, actor: Actor, dice: int, seen: Seen) -> None:
        keys = [stage.key for stage in self.procedure.stages if stage.is_chosen]
        chosen = [key for place, key in enumerate(keys) if dice >> place & 1]
        activity_runs.choose_tracks(actor, self.run.activity_id, chosen)

    def do_complete(self, actor: Actor, dice: int, seen: Seen) -> None:
        activity_runs.complete(actor, self.run.activity_id)

    def do_cancel(self, actor: Actor, dice: int, seen: Seen) -> None:
        # Rarely: behind an end there is little left to try.
        if dice % 5 == 0:
            kinds = [*(self.procedure.cancel_reasons.keys if self.procedure.cancel_reasons else ()), "other"]
            kind, reason = self.one(kinds, dice // 5), self.one(["", "Tidak jadi"], dice // 11)
            activity_runs.cancel(actor, self.run.activity_id, kind=kind, reason=reason)

    def do_reopen(self, actor: Actor, dice: int, seen: Seen) -> None:
        activity_runs.reopen(actor, self.run.activity_id, reason="Diperbaiki")


def look(actor: Actor, activity_id: int) -> Seen:
    session = tenancy.session
    run = session.scalars(select(Activity).where(Activity.id == activity_id)).one()
    steps = session.scalars(select(ActivityStep.step).where(ActivityStep.activity_id == activity_id))
    fields = activity_fields.read(actor, activity_id)
    wordings = session.scalars(select(ActivityWording).where(ActivityWording.activity_id == activity_id))
    entries = session.scalars(select(ActivityEntry).where(ActivityEntry.activity_id == activity_id)).all()
    return Seen(
        state=run.state,
        ended=run.ended_at is not None,
        end_kind=run.end_kind,
        end_reason=run.end_reason,
        tracks=tuple(run.tracks),
        recorded=frozenset(steps),
        fields=frozenset(
            (path, key, held.value)
            for path, form in fields.items()
            for key, held in form.items()
            if held.value
        ),
        wordings=frozenset((row.step, row.field, row.value or "") for row in wordings),
        entries=frozenset((row.id, row.step) for row in entries if row.body),
        standing=frozenset(row.id for row in entries if row.removed_at is None),
    )


def check_no_gate_was_skipped(procedure: Procedure, before: Seen, after: Seen) -> None:
    ahead = [path for stage in procedure.chosen(after.tracks) for path in stage.paths()]
    for path in after.recorded - before.recorded:
        assert path in ahead, "it is recorded in a stage that the run goes through"
        earlier = ahead[: ahead.index(path)]
        stage = procedure.stage(path.partition(".")[0])
        for other in earlier:
            step = procedure.step(other)
            in_order = stage.ordered and other in stage.paths() and step.required
            holds = step.gate and not stage.past_gates
            if holds or in_order:
                assert other in before.recorded | after.recorded, f"{path} stands without {other}"
            if holds:
                values = {key: value for at, key, value in after.fields if at == other}
                assert all(values.get(key) in allowed for key, allowed in step.passes)


def check_nothing_is_lost(walk: Walk, before: Seen, after: Seen) -> None:
    assert walk.written <= after.wordings
    assert before.wordings <= after.wordings
    assert before.fields <= after.wordings
    assert Counter(path for _, path in after.entries) == walk.entries
    assert before.entries <= after.entries


def check_end(procedure: Procedure, seen: Seen) -> None:
    assert seen.ended == (seen.state != "active")
    if seen.state == "completed":
        required = {path for stage in procedure.chosen(seen.tracks) for path in stage.paths(required=True)}
        assert required <= seen.recorded
    if seen.state == "cancelled":
        assert seen.end_kind == "other" or seen.end_kind in procedure.cancel_reasons
        assert seen.end_kind != "other" or seen.end_reason
    assert not procedure.has_tracks or set(seen.tracks) & set(procedure.tracks)


def check_stages_are_open_for_a_reason(procedure: Procedure, seen: Seen) -> None:
    values = {f"{path}.{key}": value for path, key, value in seen.fields}
    for stage in procedure.stages:
        if stage.opened_by is not None and stage.key in seen.tracks:
            asked, opening = stage.opened_by
            assert values.get(asked) == opening or seen.recorded & set(stage.paths())


@pytest.mark.parametrize("procedure", FRAMED.values(), ids=lambda p: p.key)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), DICE), min_size=30, max_size=60), tracks=DICE)
def test_in_whatever_order_people_act_gates_hold_nothing_is_lost_and_a_run_ends_properly(
    world, procedure, acts, tracks
):
    stage = Stage.build(world)
    chosen = [key for place, key in enumerate(procedure.tracks) if tracks >> place & 1] or procedure.tracks
    walk = Walk(Run(stage, procedure).started(chosen))
    activity_id = walk.run.activity_id
    with stage.as_(stage.counsellor) as actor:
        seen = look(actor, activity_id)
    for verb, dice in acts:
        kept = (set(walk.written), walk.entries.copy())
        refused = False
        try:
            with stage.as_(stage.counsellor) as actor:
                walk.act(actor, verb, dice, seen)
        except DomainError:
            refused = True
            walk.written, walk.entries = kept
        with stage.as_(stage.counsellor) as actor:
            after = look(actor, activity_id)
        if refused:
            assert after == seen, "what is refused changes nothing"
        if seen.state != "active" and after.state == seen.state:
            assert after == seen, "what has ended is not written into"
        check_no_gate_was_skipped(procedure, seen, after)
        check_nothing_is_lost(walk, seen, after)
        check_end(procedure, after)
        check_stages_are_open_for_a_reason(procedure, after)
        seen = after
