"""`pamong import-students`: a Dapodik list into a school, as one of its people."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask_babel import force_locale, gettext

from webapp.cli.composition import application
from webapp.domain.errors import N_, Conflict, DomainError
from webapp.embedded.folder import write_private


@click.command("import-students")
@click.option("--school", "slug", required=True, metavar="SLUG", help="The school's address: /s/SLUG/.")
@click.option("--as", "email", metavar="EMAIL", help="In whose name; the school's admin when not given.")
@click.option("--dry-run", is_flag=True, help="Show what would happen and change nothing.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_students(app: Flask | None, slug: str, email: str | None, dry_run: bool, file: Path) -> None:
    """Import the students of FILE, an XLSX list from Dapodik.

    Rows that cannot be imported come back in FILE.failed.xlsx with the reasons.
    """
    locale = _locale()
    with (app or application()).app_context(), force_locale(locale):
        _import(slug, email, dry_run, file, locale)


def _import(slug: str, email: str | None, dry_run: bool, file: Path, locale: str) -> None:
    from webapp import tenancy
    from webapp.services import import_requests, import_views, imports, requesters

    try:
        person = requesters.by_address(slug, email, datetime.now(UTC), locale=locale)
        with tenancy.work(person):
            job = import_requests.start(person, file.name, file.read_bytes(), dry_run=dry_run)
            taken = imports.claim(person, job.id)
            if taken is None:  # raised here, so that nothing is left for a worker to find
                raise Conflict(N_("Another import of this school is running. Try again in a few minutes."))
    except DomainError as refusal:
        raise click.ClickException(_say(refusal)) from refusal
    imports.carry_out(person, taken, tell=_tell)
    with tenancy.work(person):
        shown = import_views.show(person, job.id)
        back = import_views.failed_rows_file(person, job.id) if shown.has_failed_rows else None
    if shown.error is not None:
        raise click.ClickException(_say(shown.error))
    if dry_run:
        click.echo(gettext("A dry run: nothing was changed."))
    click.echo(
        gettext(
            "New: %(created)s. Changed: %(updated)s. Unchanged: %(unchanged)s. Not imported: %(failed)s.",
            **shown.counts,
        )
    )
    if back is not None:
        target = file.with_name(f"{file.name}.failed.xlsx")
        write_private(target, back)
        click.echo(gettext("The rows that were not imported, with reasons: %(path)s", path=target))


def _say(error: DomainError) -> str:
    return gettext(error.message_id, **error.params)


def _tell(done: int, total: int) -> None:
    sentence = gettext("%(done)s of %(total)s rows", done=done, total=total)
    # One line that rewrites itself for a person who watches; only the end for a log.
    if sys.stderr.isatty():
        click.echo(f"\r{sentence}", nl=done == total, err=True)
    elif done == total:
        click.echo(sentence, err=True)


def _locale() -> str:
    """The terminal's language where we speak it; Indonesian otherwise."""
    return "en" if os.environ.get("LANG", "").lower().startswith("en") else "id"
