"""`pamong due`: which reminders and digests are due at a moment, and, for trying out, send them now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from flask import Flask

from webapp.cli.composition import application
from webapp.domain.errors import N_, Conflict, Invalid

COLUMNS = ("KIND", "SCHOOL", "RECIPIENT", "PERIOD", "REASON")


class Moment(click.ParamType):
    """An ISO 8601 time that says its zone: 2026-11-26T06:30+07:00."""

    name = "iso-time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time, like 2026-11-26T06:30+07:00.", param, ctx)
        if at.tzinfo is None:
            self.fail("Say the zone as well, like 2026-11-26T06:30+07:00 (WIB) or …Z (UTC).", param, ctx)
        return at


@click.command()
@click.option("--at", required=True, type=Moment(), help="The moment, with its zone: 2026-11-26T06:30+07:00.")
@click.option("--school", help="Only this school, by its short name in addresses (/s/<school>/).")
@click.option(
    "--run", is_flag=True, help="Queue the mails now, under that moment's period. Not in production."
)
@click.pass_obj
def due(app: Flask | None, at: datetime, school: str | None, run: bool) -> None:
    """List the reminders and digests due at a moment, which may lie ahead."""
    app = app or application()
    if run and app.config["PAMONG"].env == "production":
        raise Invalid(N_("In production the worker sends what is due, at its time: --run is refused."))
    from webapp.services import dues_list, dues_sweep, sending

    with app.app_context():
        if run and sending.is_held(at):
            raise Conflict(
                N_("Nothing is sent until `pamong release`: this database was restored from a backup.")
            )
        lines = dues_list.list_due(at, school=school)
        decided = dues_sweep.sweep(at, school=school) if run else 0
    rows = [(line.kind, line.place, line.recipient, line.period, line.reason) for line in lines]
    click.echo(table(rows) if rows else "Nothing is due then.")
    if run:
        click.echo(f"Mails queued now: {len(rows)}. Due rows decided: {decided}.")


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows under their headings, in columns as wide as what stands in them."""
    widths = [max(len(row[at]) for row in [COLUMNS, *rows]) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [COLUMNS, *rows]
    )
