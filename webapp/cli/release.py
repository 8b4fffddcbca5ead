"""`pamong release`: a restored system begins to send."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import UTC, datetime

import click
from flask import Flask

from webapp.cli.composition import application
from webapp.config import read_settings
from webapp.embedded.reach import environment_of
from webapp.tenancy import PLATFORM_SCHOOL_ID, system


@click.command()
@click.pass_obj
def release(app: Flask | None) -> None:
    """Let a restored system send: until then it keeps back every mail, reminder and digest.

    What is out of date by now is not sent any more: it expires. Without a DATABASE_URL it is the data folder
    that is released, running or not.
    """
    from webapp import tenancy
    from webapp.services import sending

    actor = system(PLATFORM_SCHOOL_ID, datetime.now(UTC))
    with ExitStack() as stack:
        settings = read_settings()
        if app is None and not settings.database_url and (settings.home / "postgres").exists():
            os.environ.update(stack.enter_context(environment_of(settings.home)))
        stack.enter_context((app or application()).app_context())
        stack.enter_context(tenancy.work(actor))
        waiting = sending.release(actor)
    click.echo(f"Released. Mails that were waiting: {waiting}; those that are out of date expire unsent.")
