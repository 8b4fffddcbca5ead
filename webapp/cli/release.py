"""`pamong release`: a restored system begins to send."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask import Flask

from webapp.cli.composition import application
from webapp.tenancy import PLATFORM_SCHOOL_ID, system


@click.command()
@click.pass_obj
def release(app: Flask | None) -> None:
    """Let a restored system send: until then it keeps back every mail, reminder and digest.

    What is out of date by now is not sent any more: it expires.
    """
    from webapp import tenancy
    from webapp.services import sending

    actor = system(PLATFORM_SCHOOL_ID, datetime.now(UTC))
    with (app or application()).app_context(), tenancy.work(actor):
        waiting = sending.release(actor)
    click.echo(f"Released. Mails that were waiting: {waiting}; those that are out of date expire unsent.")
