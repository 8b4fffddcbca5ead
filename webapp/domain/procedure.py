"""What a procedure is: stages, steps and what each records, as data.

A service of guidance and counselling is one declaration (webapp/domain/declared); forms, gates, progress,
pages and reports are drawn from it. A step is known by its path, `stage.step`, and a field by
`stage.step.field`: several stages may hold a step of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain.errors import N_, Invalid
from webapp.domain.vocabulary import Term, Vocabulary

RECORDS = ("form", "entries", "promises", "document", "own")
"""How a step is recorded: one form; any number of entries, each a form; promises (who, what, by when); a
document that is asked for; or `own` pages of the service."""

FIELD_KINDS = ("line", "text", "choice", "choices", "date", "time", "number")
NATURES = ("fact", "impression")

Values = Mapping[str, str]
"""Values of one form by the field's key, as stored: a choice's key, several keys with commas, an ISO date."""

Check = Callable[[Values, Values], None]
"""A rule among the fields of a form or an entry: given its values, and all values of the run by the field's
path, it raises Invalid naming the field. What is still empty breaks no rule by itself."""


Entries = Mapping[str, Sequence[Values]]
"""Entries of a run that stand, by their step's path."""

RunCheck = Callable[[Values, Entries], None]
"""A rule between a form and the rest of its run: given all values of the run by the field's path, as they
will stand, and its entries, it raises Conflict naming the steps that break it."""


@dataclass(frozen=True)
class Field:
    """One thing that a step asks for; a `choice` or `choices` names its vocabulary.

    needed_if: (another field of the form, values): required with these values of it only.
    """

    term: Term
    kind: str = "text"
    choices: Vocabulary | None = None
    required: bool = True
    hint: Term | None = None
    group: Term | None = None
    needed_if: tuple[str, tuple[str, ...]] | None = None

    @property
    def key(self) -> str:
        return self.term.key

    def is_needed(self, values: Values) -> bool:
        """Whether a form with these values lacks something without it."""
        if self.needed_if is not None:
            return values.get(self.needed_if[0]) in self.needed_if[1]
        return self.required


@dataclass(frozen=True)
class Step:
    """One step of a stage.

    records: what makes it recorded (see RECORDS). fields: its form; entry_fields: what each of its entries
    holds. gate: nothing after it may be recorded before it. passes: field -> values with which the form
    counts as recorded; with others it is answered, and the gate stays shut. pending: values that say that the
    answer is still awaited. natures: each entry is a fact or
    an impression. documents: kinds of document made from here. counts: the date field of the form, or of an
    entry, that says when the service was carried out once, which counts lesson hours. appointment: the form's
    fields for day, start and end of a planned meeting. check, entry_check: a rule among the fields of the
    form, and of an entry, asked before anything is saved. run_check: what this form asks of everything that
    was recorded already; asked when it is saved, and when the run is completed. repeats: what its form says
    may still hold when the service is carried out once more, and can be taken over; never a gate, an answer
    or a day.
    """

    term: Term
    records: str = "form"
    source: str = ""
    required: bool = True
    gate: bool = False
    fields: tuple[Field, ...] = ()
    entry_fields: tuple[Field, ...] = ()
    passes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pending: tuple[tuple[str, tuple[str, ...]], ...] = ()
    natures: bool = False
    documents: tuple[str, ...] = ()
    counts: str = ""
    appointment: tuple[str, str, str] | None = None
    check: Check | None = None
    entry_check: Check | None = None
    run_check: RunCheck | None = None
    repeats: bool = False
    hint: Term | None = None

    @property
    def announced(self) -> tuple[str, ...]:
        """Fields that others were told once the planned meeting was announced to them."""
        return () if self.appointment is None else (*self.appointment, "place")

    @property
    def key(self) -> str:
        return self.term.key

    def field(self, key: str) -> Field:
        """The field with that key; KeyError where there is none."""
        return next(iter(field for field in self.fields if field.key == key), None) or _missing(key)


@dataclass(frozen=True)
class Stage:
    """A stage and its steps; in an `ordered` stage steps are recorded one after the other.

    is_track: one of those among which an activity chooses. opened_by: (path of a field, value): the stage is
    gone through only where that was recorded. past_gates: no gate holds it, as where a child's safety may not
    wait for an answer.
    """

    term: Term
    steps: tuple[Step, ...]
    source: str
    ordered: bool = False
    is_track: bool = False
    opened_by: tuple[str, str] | None = None
    past_gates: bool = False

    @property
    def key(self) -> str:
        return self.term.key

    @property
    def is_chosen(self) -> bool:
        """Whether some activities go through it and others do not."""
        return self.is_track or self.opened_by is not None

    def paths(self, *, required: bool = False) -> tuple[str, ...]:
        """Paths of all steps, or of the required ones."""
        return tuple(f"{self.key}.{step.key}" for step in self.steps if step.required or not required)


@dataclass(frozen=True)
class Procedure:
    """A service. noun: the name of its pages; empty for one that has pages of its own.

    cancel_reasons: proper ends before the last stage, beside `other`. report: kind of its report.
    """

    term: Term
    stages: tuple[Stage, ...]
    noun: str = ""
    about: Term | None = None
    cancel_reasons: Vocabulary | None = None
    report: str = ""

    @property
    def key(self) -> str:
        return self.term.key

    @property
    def tracks(self) -> tuple[str, ...]:
        """Keys of the tracks to choose from; empty for a service that has none."""
        return tuple(stage.key for stage in self.stages if stage.is_track)

    @property
    def has_impressions(self) -> bool:
        """Whether facts and impressions are told apart somewhere in it."""
        return any(step.natures for stage in self.stages for step in stage.steps)

    @property
    def has_tracks(self) -> bool:
        return bool(self.tracks)

    def chosen(self, tracks: Collection[str] = ()) -> tuple[Stage, ...]:
        """The stages that an activity goes through: all but the tracks, and stages on a condition, that are
        not among `tracks`."""
        if self.has_tracks and set(tracks).isdisjoint(self.tracks):
            raise Invalid(N_("Choose at least one track."), field="tracks")
        if not set(tracks) <= {stage.key for stage in self.stages if stage.is_chosen}:
            raise Invalid(N_("Choose at least one track."), field="tracks")
        return tuple(stage for stage in self.stages if not stage.is_chosen or stage.key in tracks)

    def stage(self, key: str) -> Stage:
        """The stage with that key; KeyError where there is none."""
        return next(iter(stage for stage in self.stages if stage.key == key), None) or _missing(key)

    def step(self, path: str) -> Step:
        """The step at `stage.step`; KeyError where there is none."""
        stage_key, _, step_key = path.partition(".")
        steps = self.stage(stage_key).steps
        return next(iter(step for step in steps if step.key == step_key), None) or _missing(path)


def _missing(key: str):
    raise KeyError(key)


# --- how declarations are written -------------------------------------------------------------------


def step(
    key: str, id_label: str, en_label: str, source: str, *fields: Field, hint: tuple[str, str] | None = None,
    **more: Any,
) -> Step:
    """A step as declarations write it; `hint` is said in Indonesian and English, `more` as Step names it."""
    more["hint"] = None if hint is None else Term("hint", *hint)
    for name in ("passes", "pending"):
        more[name] = tuple(more.get(name, {}).items())
    return Step(Term(key, id_label, en_label), source=source, fields=fields, **more)


def stage(key: str, id_label: str, en_label: str, source: str, *steps: Step, **more: Any) -> Stage:
    """A stage as declarations write it."""
    return Stage(Term(key, id_label, en_label), steps, source, **more)


def field(
    key: str, id_label: str, en_label: str, kind: str = "text", *, choices: Vocabulary | None = None,
    required: bool = True, hint: tuple[str, str] | None = None, **more: Any,
) -> Field:
    """A field as declarations write it; with `choices` one of them is chosen, with kind `choices` several."""
    if choices is not None and kind == "text":
        kind = "choice"
    said = None if hint is None else Term("hint", *hint)
    return Field(Term(key, id_label, en_label), kind, choices, required, said, **more)
