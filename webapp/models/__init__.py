"""The tables; importing this package registers all of them."""

from webapp.models import (  # noqa: F401
    activities,
    attachments,
    background,
    calendar_feeds,
    cases,
    commitments,
    conferences,
    content,
    identity,
    incoming,
    lesson_hours,
    letters,
    schools,
    students,
    transfers,
    visits,
)
