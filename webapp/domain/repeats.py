"""What an earlier run of a service says and may still hold: offered to the next, never put over its words."""

from __future__ import annotations

from webapp.domain import field_values, impressions
from webapp.domain.procedure import Step, Values

KINDS = frozenset({"line", "text", "choice", "choices"})
"""A day or a time of an earlier run says nothing of the next."""


def offered(step: Step, earlier: Values, written: Values, *, group: str = "") -> dict[str, str]:
    """Values of an earlier run's form that the form of the next can take over, by the field's key.

    group: the key of a group of fields; empty for those in none. Nothing where something is written already,
    and nothing of a step that may not repeat. What was marked as an impression is one here as well: its mark
    comes with it, beside those that stand.
    """
    if not step.repeats or step.gate:
        return {}
    fields = [field for field in step.fields if (field.group.key if field.group else "") == group]
    taken = {
        field.key: earlier[field.key]
        for field in fields
        if field.kind in KINDS
        and not impressions.is_mark(field)
        and earlier.get(field.key)
        and not written.get(field.key)
    }
    for mark in filter(impressions.is_mark, fields):
        standing = field_values.keys(written.get(mark.key, ""))
        added = [key for key in field_values.keys(earlier.get(mark.key, "")) if key in taken]
        if set(added) - set(standing):
            taken[mark.key] = ",".join(dict.fromkeys((*standing, *added)))
    return taken
