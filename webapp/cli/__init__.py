"""The `pamong` command: each command reads its arguments, calls one service and says what came of it."""

from __future__ import annotations

import click

from webapp.cli.backup import backup, restore
from webapp.cli.check import check
from webapp.cli.create_user import create_user
from webapp.cli.demo import demo
from webapp.cli.due import due
from webapp.cli.group import PamongGroup
from webapp.cli.import_students import import_students
from webapp.cli.migrate import migrate
from webapp.cli.release import release
from webapp.cli.seed_demo import seed_demo
from webapp.cli.serve import beat, serve, worker


@click.group(cls=PamongGroup)
def main() -> None:
    """Pamong: school guidance and counselling for many schools."""


for command in (
    demo,
    serve,
    worker,
    beat,
    migrate,
    check,
    create_user,
    import_students,
    due,
    backup,
    restore,
    release,
    seed_demo,
):
    main.add_command(command)
