"""`pamong check`: the gate before a start."""

from __future__ import annotations

import click

from webapp.config import load_settings


@click.command()
def check() -> None:
    """Look whether settings, database roles and row-level security are as they must be."""
    from webapp.services.boot import check as look

    problems = look(load_settings())
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} found: Pamong must not serve like this.")
    click.echo("All is as it must be.")
