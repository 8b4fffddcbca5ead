"""The district, its schools, and everybody who works there. All of them are invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain import words
from webapp.models.identity import User
from webapp.models.schools import School
from webapp.services import accounts as accounts_service
from webapp.services import requesters, schools
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

PASSWORD = "pamong-demo-2026"
DISTRICT = ("dinas-rekaan", "Dinas Pendidikan Rekaan Nusantara")


@dataclass(frozen=True)
class DemoSchool:
    """One school: how it is addressed, and how many students its file holds."""

    slug: str
    name: str
    npsn: str
    level: str
    time_zone: str
    classes: tuple[str, ...]
    students: int
    number: int


SCHOOLS = (
    DemoSchool(
        "sma-rekaan-1",
        "SMA Rekaan 1",
        "99900001",
        "sma",
        "Asia/Jakarta",
        ("X-1", "X-2", "XI-1", "XI-2", "XII-1", "XII-2"),
        600,
        1,
    ),
    DemoSchool(
        "smp-contoh-2",
        "SMP Contoh 2",
        "99900002",
        "smp",
        "Asia/Makassar",
        ("VII-A", "VIII-A", "IX-A"),
        360,
        2,
    ),
    DemoSchool(
        "sd-umpama-3", "SD Umpama 3", "99900003", "sd", "Asia/Jayapura", ("IV-A", "V-A", "VI-A"), 240, 3
    ),
)


@dataclass(frozen=True)
class Account:
    """One person of the demo; those of the first school, and what only others have, are printed."""

    email: str
    name: str
    role: str
    school: DemoSchool | None
    is_shown: bool

    @property
    def label(self) -> str:
        """The role, and where."""
        role = words.DISTRICT_ROLES[self.role] if self.school is None else words.SCHOOL_ROLES[self.role]
        return f"{role.id} · {DISTRICT[1] if self.school is None else self.school.name}"


def accounts() -> Iterator[Account]:
    """Everybody who can sign in."""
    yield Account("admin.dinas@contoh.example", "Adiwarna Rekaan", "district_admin", None, True)
    yield Account("petugas.dinas@contoh.example", "Petunia Rekaan", "district_officer", None, True)
    for school in SCHOOLS:
        first = "class_teacher" if school.level == "sd" else "counsellor"
        for role, name in (
            ("school_admin", "Operator Umpama"),
            (first, "Ratna Contoh"),
            ("principal", "Kepala Rekaan"),
            ("homeroom", "Wali Misalnya"),
            ("teacher", "Guru Umpama"),
        ):
            shown = school.number == 1 or role == "class_teacher"
            yield Account(
                f"{role}.{school.number}@contoh.example", f"{name} {school.number}", role, school, shown
            )


def seed(at: datetime) -> None:
    """Make the district, the schools and the accounts that are not there yet."""
    for account in accounts():
        if account.school is None:
            _make(account, at)
    for school in SCHOOLS:
        _make_school(school, at)
    for account in accounts():
        if account.school is not None:
            _make(account, at)


def actor(school: DemoSchool, role: str, at: datetime) -> Actor:
    """The school's own person of that role, as an actor."""
    with tenancy.work(_setup(at)) as session:
        school_id = session.scalars(select(School.id).where(School.slug == school.slug)).one()
        email = f"{role}.{school.number}@contoh.example"
        user_id = session.scalars(select(User.id).where(User.email == email)).one()
    found = requesters.in_school(user_id, school_id, at)
    if found is None:
        raise LookupError(f"no {role} at {school.slug}")
    return found


def _setup(at: datetime) -> Actor:
    return Actor("setup", at, school_id=PLATFORM_SCHOOL_ID)


def _make(account: Account, at: datetime) -> None:
    with tenancy.work(_setup(at)) as session:
        if session.scalar(text("SELECT app_user_id_by_email(:email)"), {"email": account.email}) is not None:
            return
        accounts_service.create_user(
            tenancy.current().actor,
            email=account.email,
            name=account.name,
            password=PASSWORD,
            school_slug=None if account.school is None else account.school.slug,
            district_slug=DISTRICT[0] if account.school is None else None,
            district_name=DISTRICT[1],
            role=account.role,
        )


def _make_school(school: DemoSchool, at: datetime) -> None:
    with tenancy.work(_setup(at)) as session:
        if session.scalar(select(School.id).where(School.slug == school.slug)) is not None:
            return
        admin = session.scalars(select(User).where(User.email == "admin.dinas@contoh.example")).one()
        district_id = session.scalar(
            text("SELECT id FROM districts WHERE slug = :slug"), {"slug": DISTRICT[0]}
        )
    district_admin = Actor(
        "district", at, person_id=admin.id, roles=frozenset({"district_admin"}), district_id=district_id
    )
    with tenancy.work(district_admin):
        made = schools.add(
            district_admin,
            name=school.name,
            npsn=school.npsn,
            level=school.level,
            time_zone=school.time_zone,
            slug=school.slug,
        )
        made.phone = "021 000 000"
        made.email = f"{school.slug}@contoh.example"
        made.letterhead_line1 = "PEMERINTAH PROVINSI REKAAN"
        made.letterhead_line2 = DISTRICT[1].upper()
        made.address, made.city = "Jalan Contoh Nomor 1", "Kota Umpama"
