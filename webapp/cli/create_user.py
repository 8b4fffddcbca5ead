"""`pamong create-user`: the first account of an installation, and any later one."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from webapp.cli.composition import application
from webapp.domain import words
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

ROLES = (*words.DISTRICT_ROLES.keys, *words.SCHOOL_ROLES.keys)


@click.command("create-user")
@click.option("--email", required=True, help="The address that the person signs in with.")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="The role in that school or district.")
@click.option("--school", help="The school's short name in addresses (/s/<school>/).")
@click.option("--district", help="The district's short name in addresses (/d/<district>/).")
@click.option("--district-name", help="Makes the district with this name when it does not exist yet.")
@click.password_option(help="At least 12 characters; asked for when it is not given.")
def create_user(
    email: str,
    name: str,
    role: str,
    school: str | None,
    district: str | None,
    district_name: str | None,
    password: str,
) -> None:
    """Make an account with one role in a school or a district."""
    if (school is None) == (district is None):
        raise click.UsageError("Name either --school or --district.")
    if (role in words.DISTRICT_ROLES) != (district is not None):
        raise click.UsageError(
            f"The role {role} does not go with {'--district' if district else '--school'}."
        )
    from webapp import tenancy
    from webapp.services import accounts

    actor = Actor("setup", datetime.now(UTC), school_id=PLATFORM_SCHOOL_ID)
    with application().app_context(), tenancy.work(actor):
        user = accounts.create_user(
            actor,
            email=email,
            name=name,
            password=password,
            school_slug=school,
            district_slug=district,
            district_name=district_name,
            role=role,
        )
    click.echo(f"{user.email} can sign in now.")
