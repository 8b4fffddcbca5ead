"""Which facts of two records of one student agree, and whose stay where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain import identifiers
from webapp.domain.errors import N_, Invalid

#: "left" is the day and the way of leaving together.
FIELDS = (
    "name", "nisn", "nipd", "sex", "birth_on", "class_name", "left", "birth_place", "address", "rt", "rw",
    "hamlet", "village", "subdistrict", "postal_code", "phone", "mobile", "email",
)  # fmt: skip
_STAYED = (None, None)


@dataclass(frozen=True)
class Fact:
    """A fact that at least one of two records has; `differs` when a person must say whose stays."""

    field: str
    kept: Any
    other: Any
    differs: bool


def facts(kept: Mapping[str, Any], other: Mapping[str, Any]) -> list[Fact]:
    """The facts of two records, field by field."""
    found = []
    for field in FIELDS:
        ours, theirs = kept.get(field), other.get(field)
        if ours or theirs:
            found.append(Fact(field, ours, theirs, _differs(field, ours, theirs)))
    return [fact for fact in found if not (fact.field == "left" and fact.kept == fact.other == _STAYED)]


def _differs(field: str, ours: Any, theirs: Any) -> bool:
    if field == "name":
        return identifiers.search_key(ours or "") != identifiers.search_key(theirs or "")
    # One who is at the school and one who has left contradict each other; other blanks say nothing.
    if field == "left":
        return ours != theirs
    return bool(ours and theirs and ours != theirs)


def taken_from_other(found: Sequence[Fact], chosen: Mapping[str, str]) -> set[str]:
    """The fields in which the other record's fact stays; Invalid(field=…) while one is not chosen."""
    for fact in found:
        if fact.differs and chosen.get(fact.field) not in ("kept", "other"):
            raise Invalid(N_("The two records differ here: choose what is right."), field=fact.field)
    return {
        fact.field
        for fact in found
        if (chosen[fact.field] == "other" if fact.differs else not fact.kept and bool(fact.other))
    }
