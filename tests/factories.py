"""A world of invented schools and people for one test; rows come in through the same tables and policies."""

from __future__ import annotations

import itertools
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask import Flask
from flask.testing import FlaskClient

from webapp import tenancy
from webapp.models.base import new_id
from webapp.models.identity import DistrictMembership, Membership, User
from webapp.models.schools import District, School
from webapp.models.students import Guardian, Student
from webapp.services import boot
from webapp.tenancy import Actor

PASSWORD = "sandi-uji-coba-123"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 23 November 2026, 09.00 WIB
_hash: dict[str, str] = {}
_numbers = itertools.count(1)


def _password_hash(app: Flask) -> str:
    if "hash" not in _hash:
        from flask_security import hash_password

        with app.app_context():
            _hash["hash"] = hash_password(PASSWORD)
    return _hash["hash"]


@dataclass
class Person:
    """A user of the test world and the roles they hold."""

    world: World
    user_id: int
    email: str
    name: str

    def at(self, place: Place, *, when: datetime = MONDAY) -> Actor:
        """This person as an actor in a school, with the roles they hold there."""
        roles = frozenset(
            role for school, role in self.world.roles.get(self.user_id, []) if school == place.id
        )
        return Actor(
            "person", when, school_id=place.id, person_id=self.user_id, roles=roles, time_zone=place.time_zone
        )

    def client(self) -> FlaskClient:
        """A signed-in browser of this person."""
        return self.world.sign_in(self)


@dataclass
class Place:
    """A school of the test world."""

    id: int
    slug: str
    name: str
    time_zone: str
    district_id: int


@dataclass
class Office:
    """A district of the test world."""

    id: int
    slug: str

    def actor(self, person: Person, *roles: str, when: datetime = MONDAY) -> Actor:
        return Actor(
            "district",
            when,
            person_id=person.user_id,
            roles=frozenset(roles or {"district_admin"}),
            district_id=self.id,
        )


@dataclass
class World:
    """Makes districts, schools, people and students; everything gets names of its own."""

    app: Flask
    roles: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def district(self) -> Office:
        number = next(_numbers)
        tag = secrets.token_hex(3)
        with self.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
            row = District(slug=f"dinas-{number}-{tag}", name=f"Dinas Rekaan {number}", created_at=MONDAY)
            session.add(row)
            session.flush()
            return Office(row.id, row.slug)

    def school(
        self, district: Office | None = None, *, time_zone: str = "Asia/Jakarta", level: str = "sma", **values
    ) -> Place:
        district = district or self.district()
        number = next(_numbers)
        tag = secrets.token_hex(3)
        with self.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
            row = School(
                district_id=district.id,
                slug=f"sekolah-{number}-{tag}",
                name=f"SMA Rekaan {number}",
                level=level,
                time_zone=time_zone,
                created_at=MONDAY,
                phone="0210000000",
                **values,
            )
            session.add(row)
            session.flush()
            boot.add_school_key(row.id, MONDAY)
            return Place(row.id, row.slug, row.name, time_zone, district.id)

    def person(
        self, school: Place | None = None, *roles: str, name: str | None = None, locale: str = "en"
    ) -> Person:
        """A person with an account; with roles in a school when given.

        People of tests read English, so that a test says what it checks in the words of the message ids;
        tests of the language itself name the locale.
        """
        number = next(_numbers)
        email = f"orang{number}.{secrets.token_hex(3)}@contoh.example"
        with self.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
            user = User(
                email=email,
                name=name or f"Orang Rekaan {number}",
                password=_password_hash(self.app),
                fs_uniquifier=secrets.token_hex(16),
                locale=locale,
                active=True,
                created_at=MONDAY,
            )
            session.add(user)
        person = Person(self, user.id, email, user.name)
        if school is not None:
            self.join(person, school, *roles)
        return person

    def join(self, person: Person, school: Place, *roles: str) -> None:
        with self.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
            for role in roles:
                session.add(
                    Membership(
                        school_id=school.id, user_id=person.user_id, role=role, started_on=date(2026, 7, 1)
                    )
                )
                self.roles.setdefault(person.user_id, []).append((school.id, role))

    def join_district(self, person: Person, district: Office, role: str = "district_admin") -> None:
        with self.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
            session.add(
                DistrictMembership(
                    district_id=district.id, user_id=person.user_id, role=role, started_on=date(2026, 7, 1)
                )
            )

    def student(self, school: Place, *, name: str | None = None, class_name: str = "X-1") -> int:
        """A student; returns the id."""
        number = next(_numbers)
        name = name or f"Murid Rekaan {number}"
        with self.app.app_context(), tenancy.work(tenancy.system(school.id, MONDAY)):
            student = tenancy.add(
                Student(
                    name=name,
                    name_key=name.lower(),
                    nisn=f"{9990000000 + number}"[-10:],
                    class_name=class_name,
                    created_at=MONDAY,
                    updated_at=MONDAY,
                )
            )
            return student.id

    def guardian(
        self,
        school: Place,
        student_id: int,
        *,
        email: str | None = "wali@contoh.example",
        do_not_contact=False,
    ) -> int:
        """A guardian; returns the id."""
        with self.app.app_context(), tenancy.work(tenancy.system(school.id, MONDAY)):
            guardian = tenancy.add(
                Guardian(
                    student_id=student_id,
                    relation="mother",
                    name=f"Wali Rekaan {next(_numbers)}",
                    email=email,
                    phone="0800000000",
                    do_not_contact=do_not_contact,
                    created_at=MONDAY,
                )
            )
            return guardian.id

    def visitor(self) -> FlaskClient:
        """A browser that asks for English, without an account."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    def sign_in(self, person: Person) -> FlaskClient:
        client = self.app.test_client()
        page = client.get("/login")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token is not None, page.text[:2000]
        answer = client.post(
            "/login", data={"email": person.email, "password": PASSWORD, "csrf_token": token.group(1)}
        )
        assert answer.status_code == 302, answer.text[:3000]
        return client


def csrf_token(page_text: str) -> str:
    """The token of a page's first form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page_text)
    assert found is not None, "the page has no form"
    return found.group(1)


def fresh_id() -> int:
    """An id that belongs to nothing."""
    return new_id()
