"""District, schools, accounts; what a school admin sets: letterhead, signatures, a day off."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from webapp import tenancy
from webapp.demo import cast
from webapp.demo.cast import SCHOOLS, Person, SchoolPlan
from webapp.demo.stage import Stage
from webapp.domain import calendar
from webapp.domain.errors import Conflict
from webapp.services import accounts, holidays, memberships, people, school_settings, schools
from webapp.services.memberships import Duties, Grant


def build(stage: Stage) -> None:
    """The district with its people, and each school with its own."""
    for person in cast.DISTRICT_PEOPLE:
        _account(stage, person, district_slug=cast.DISTRICT, district_name=cast.DISTRICT_NAME)
    for plan in SCHOOLS:
        _school(stage, plan)
        for person in plan.people:
            _account(stage, person, school_slug=plan.slug)
        _settings(stage, plan)
    _second_workplace(stage)


def _account(stage: Stage, person: Person, **place: str) -> None:
    for role in person.roles:
        with suppress(Conflict), tenancy.work(stage.setup()):
            accounts.create_user(
                stage.setup(),
                email=cast.email(person.key),
                name=person.name,
                password=cast.PASSWORD,
                role=role,
                **place,
            )


def _school(stage: Stage, plan: SchoolPlan) -> None:
    admin = stage.district_admin(stage.term)
    with tenancy.work(admin):
        if any(school.slug == plan.slug for school in schools.all_schools(admin)):
            return
        schools.add(
            admin,
            name=plan.name,
            npsn=plan.npsn,
            level=plan.level,
            time_zone=plan.time_zone,
            slug=plan.slug,
            six_day_week=plan.six_day_week,
        )


def _settings(stage: Stage, plan: SchoolPlan) -> None:
    with stage.work(plan, plan.admin, stage.term + timedelta(hours=1)) as admin:
        if school_settings.own(admin).phone:
            return
        school_settings.change_letterhead(admin, plan.letterhead)
        staff = {member.email: member.user_id for member in people.staff(admin)}
        for person in plan.people:
            if not person.nip:
                continue
            until = stage.day(plan, 120) if person.acting else None
            memberships.change(
                admin,
                admin.school_id or 0,
                staff[cast.email(person.key)],
                Duties(
                    positions=dict.fromkeys(person.roles, person.position or None),
                    number_label="nip",
                    number=person.nip,
                    acting=person.acting,
                    acting_until_on=until,
                ),
            )
        off = stage.day(plan, 16)
        while off.weekday() > 4 or off in calendar.national_holidays(off.year):
            off += timedelta(days=1)
        holidays.add(admin, on=off, name=plan.holiday)


def _second_workplace(stage: Stage) -> None:
    person, plan = cast.IN_TWO_SCHOOLS
    admin = stage.district_admin(stage.term + timedelta(days=1))
    with suppress(Conflict), tenancy.work(admin):
        school = next(school for school in schools.all_schools(admin) if school.slug == plan.slug)
        memberships.invite(
            admin,
            email=cast.email(person.key),
            name=person.name,
            locale="id",
            grants=[Grant("counsellor", school.id)],
        )
