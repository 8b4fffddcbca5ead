"""What is fact and what is the counsellor's own interpretation, in what a step holds."""

from __future__ import annotations

from webapp.domain import field_values
from webapp.domain.procedure import Field, Step, Values

_MARK = "_impressions"


def is_mark(field: Field) -> bool:
    """Whether a field only says which others of its group are impressions."""
    return field.group is not None and field.key == f"{field.group.key}{_MARK}"


def marked(step: Step, values: Values) -> frozenset[str]:
    """Keys of the fields of a form that its writer marked as impressions."""
    marks = (field for field in step.fields if is_mark(field))
    return frozenset(key for mark in marks for key in field_values.keys(values.get(mark.key, "")))
