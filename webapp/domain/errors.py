"""What can go wrong, said in a sentence that a person can act on.

A message is a msgid with named parameters: the rules stay free of any framework, the edge
translates (`error.message_id % error.params` in the reader's language). Never put a student's name
or any narrative text into a message: messages reach logs.
"""

from __future__ import annotations

from typing import Any


def N_(message_id: str) -> str:
    """Mark a msgid for extraction without translating it."""
    return message_id


class DomainError(Exception):
    """Base of every refusal; `field` names the input that is wrong, where one is."""

    status = 400

    def __init__(self, message_id: str, *, field: str | None = None, **params: Any) -> None:
        self.message_id = message_id
        self.params = params
        self.field = field
        super().__init__(message_id % params if params else message_id)


class Invalid(DomainError):
    """The input breaks a rule; nothing has changed."""

    status = 422


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is (the two look the same)."""

    status = 404

    def __init__(
        self, message_id: str = N_("This page does not exist, or is not open to you."), **params: Any
    ) -> None:
        super().__init__(message_id, **params)


class Forbidden(DomainError):
    """The actor sees the thing and may not do this with it."""

    status = 403

    def __init__(self, message_id: str = N_("You may not do this here."), **params: Any) -> None:
        super().__init__(message_id, **params)


class Conflict(DomainError):
    """Someone else changed it meanwhile, or its state does not allow this step any more."""

    status = 409
