"""Runs of any declared service: made-up values for every field, and acts that record a step as people do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from tests.services.stage import Stage
from webapp.domain.procedure import Field, Procedure, Step
from webapp.services import (
    activities,
    activity_documents,
    activity_entries,
    activity_fields,
    activity_promises,
    activity_runs,
)
from webapp.tenancy import Actor


def value_of(actor: Actor, step: Step, field: Field, mark: str = "Rekaan") -> str:
    """A value that the field takes, and with which a gate passes."""
    passing = dict(step.passes).get(field.key)
    if passing:
        return passing[0]
    if field.choices is not None:
        return field.choices.keys[0]
    if field.kind == "date":
        ahead = 3 if step.appointment and field.key in step.appointment else 0
        return (actor.today + timedelta(days=ahead)).isoformat()
    if field.kind == "time":
        return "10:30" if "until" in field.key or "ended" in field.key else "09:30"
    return f"{mark} {field.key}"


def form_of(actor: Actor, step: Step, mark: str = "Rekaan") -> dict[str, str]:
    """Values for every field of a step's form."""
    return {field.key: value_of(actor, step, field, mark) for field in step.fields}


@dataclass
class Run:
    """One run of a service in the stage's case; every act in a transaction of its own, as the counsellor."""

    stage: Stage
    procedure: Procedure
    activity_id: int = 0

    def started(self, tracks: Collection[str] | None = None) -> Run:
        with self.stage.as_(self.stage.counsellor) as actor:
            chosen = self.procedure.tracks if tracks is None else tracks
            run = activity_runs.start(actor, self.stage.case_id, self.procedure, tracks=chosen)
            self.activity_id = run.id
        return self

    def paths(self, tracks: Collection[str] | None = None) -> list[str]:
        """Paths of the steps that it goes through, in order."""
        chosen = self.procedure.chosen(self.procedure.tracks if tracks is None else tracks)
        return [path for stage in chosen for path in stage.paths()]

    def record(self, path: str, *, mark: str = "Rekaan", nature: str = "fact", **changes: str) -> None:
        """Record a step completely, its form first; `changes` replace single values of the form."""
        with self.stage.as_(self.stage.counsellor) as actor:
            record(actor, self.activity_id, self.procedure, path, mark=mark, nature=nature, **changes)

    def recorded(self) -> set[str]:
        with self.stage.as_(self.stage.counsellor) as actor:
            return set(activities.recorded(actor, self.activity_id))

    def filled_steps(self, *paths: str) -> Run:
        """These steps recorded, in this order."""
        for path in paths:
            self.record(path)
        return self

    def filled(self, *, until: str = "", mark: str = "Rekaan") -> Run:
        """Every step recorded up to and with `until`; all of them where none is named."""
        for path in self.paths():
            self.record(path, mark=mark)
            if path == until:
                break
        return self


def record(
    actor: Actor,
    activity_id: int,
    procedure: Procedure,
    path: str,
    *,
    mark: str = "Rekaan",
    nature: str = "fact",
    **changes: str,
) -> None:
    """Record a step completely in the open transaction."""
    step = procedure.step(path)
    if step.fields:
        held = activity_fields.read(actor, activity_id).get(path, {})
        versions = {key: stored.version for key, stored in held.items()}
        activity_fields.save(actor, activity_id, path, form_of(actor, step, mark) | changes, versions)
    if step.entry_fields:
        typed = {field.key: value_of(actor, step, field, mark) for field in step.entry_fields}
        activity_entries.add(actor, activity_id, path, typed, nature=nature if step.natures else None)
    if step.records == "promises":
        activity_promises.add(
            actor,
            activity_id,
            path,
            who="Keluarga Rekaan",
            relation="Bibi",
            what=f"{mark} janji",
            due_on=actor.today + timedelta(days=10),
        )
    if step.records == "document":
        for kind in step.documents:
            activity_documents.request(actor, activity_id, kind, locale="id")
