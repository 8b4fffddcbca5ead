"""Registers as files: asked for by the button under a list, read by somebody else's library."""

from __future__ import annotations

import io

import openpyxl
from sqlalchemy import text

from tests.factories import csrf_token
from webapp import tenancy
from webapp.services import cases


def case_of(person, school, student_id, **values) -> int:
    actor = person.at(school)
    given = {
        "field": "social",
        "kinds": ["bullying"],
        "source": "homeroom",
        "severity": "medium",
        "summary": "Rahasia",
    } | values
    with person.world.app.app_context(), tenancy.work(actor):
        return cases.open_case(actor, student_id=student_id, **given).id


def fetched(person, school, path: str):
    return person.client().get(f"/s/{school.slug}/{path}")


def taken(person, school, path: str, client=None):
    """The answer to the button under a list, pressed by somebody whose pages have a token."""
    client = client or person.client()
    data = {"csrf_token": csrf_token(client.get("/me/").text)}
    return client.post(f"/s/{school.slug}/{path}", data=data)


def sheet(answer) -> list[list]:
    """The rows of a downloaded workbook, read by somebody else's library."""
    assert answer.status_code == 200, answer.text[:500]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def exports_in_trail(as_superuser, school) -> list[tuple[int, dict]]:
    rows = as_superuser.execute(
        text(
            "SELECT person_id, detail FROM audit_entries"
            " WHERE school_id = :school AND action = 'register.exported' ORDER BY id"
        ),
        {"school": school.id},
    )
    return [(person_id, detail) for person_id, detail in rows]
