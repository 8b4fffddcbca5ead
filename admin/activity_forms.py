"""What the forms of an activity's steps send, as the services take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from webapp.domain import field_values
from webapp.domain.errors import N_, Invalid
from webapp.domain.procedure import Field, Step
from webapp.domain.vocabulary import TermList
from webapp.http.i18n import current_locale
from webapp.services.activity_fields import Wording

UNREADABLE = N_("This page is out of date: load it again.")


def is_kept() -> bool:
    """Whether the form asks from within its page, which keeps it until it is taken (js/keep-form.js)."""
    return request.accept_mimetypes.best == "application/json"


def version(text: Any) -> int:
    """The version that a writer had before them; Invalid where it is none."""
    if isinstance(text, str) and text.isdecimal() and len(text) < 10:
        return int(text)
    raise Invalid(UNREADABLE)


def typed(form: MultiDict[str, str], fields: tuple[Field, ...]) -> dict[str, str]:
    """The fields of a form that were sent, by key; ticks with commas. A box without a tick was sent empty;
    where the form says `only` which fields it is about, the others were not sent."""
    only = form.getlist("only")
    return {
        field.key: ",".join(form.getlist(field.key)) for field in fields if not only or field.key in only
    }


def versions(form: MultiDict[str, str], step: Step) -> dict[str, int]:
    """The versions that stood in the form, by the field's key."""
    return {field.key: version(form.get(f"version-{field.key}", "0")) for field in step.fields}


def read_wordings(field: Field, wordings: Iterable[Wording]) -> list[Wording]:
    """Earlier values of a field as people read them: a day in words, a choice by its name."""
    locale = current_locale()
    return [replace(one, value=field_values.shown(field, one.value, locale)) for one in wordings]


def at_fields(errors: Mapping[str, str], failed: str) -> dict[str, str]:
    """Errors by the id of the field in the form that failed, for the links of the summary."""
    joint = "-" if failed == "cancel" else "."
    return {f"{failed}{joint}{key}" if key else key: said for key, said in errors.items()}


def names_of(terms: Sequence[Any]) -> str:
    """These terms in one list, as the reader's language writes it."""
    return TermList(terms).label(current_locale())
