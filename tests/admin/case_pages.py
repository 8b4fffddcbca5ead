"""The pages of cases, as somebody fills their forms."""

from __future__ import annotations

from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import csrf_token
from tests.services.cases.test_cases import monitored as fill
from tests.services.cases.test_cases import opened as open_case
from webapp import tenancy
from webapp.models.cases import Case


@contextmanager
def work(person, school):
    """A scope of a person, in a context that ends before the next request."""
    with person.world.app.app_context(), tenancy.work(person.at(school)) as session:
        yield session


def opened(person, school, student_id):
    with person.world.app.app_context():
        return open_case(person, school, student_id)


def monitored(school, person, case_id):
    with person.world.app.app_context():
        return fill(school, person, case_id)


def address(school, path=""):
    return f"/s/{school.slug}/cases/{path}"


def send(client: FlaskClient, page: str, action: str | None = None, **data):
    """Fill a form of `page` and send it to its action (default: the page itself)."""
    token = csrf_token(client.get(page).text)
    return client.post(action or page, data=data | {"csrf_token": token})


NEW_CASE = {
    "summary": "Sering menyendiri.",
    "field": "social",
    "severity": "high",
    "source": "peer",
    "kinds": ["bullying", "truancy"],
}


def student_of(school, person, case_id):
    with work(person, school) as session:
        return session.scalars(select(Case.student_id).where(Case.id == case_id)).one()
