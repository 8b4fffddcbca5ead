"""`pamong check`: the gate before a start."""

from __future__ import annotations

import click

from webapp.config import load_settings


@click.command()
def check() -> None:
    """Look whether settings, database roles and row-level security are as they must be."""
    from webapp.services import boot

    settings = load_settings()
    problems = boot.check(settings)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} found: Pamong must not serve like this.")
    click.echo("All is as it must be.")
    held_since = boot.held_since(settings)
    if held_since is not None:
        click.echo(
            f"Restored at {held_since:%Y-%m-%d %H:%M} UTC: nothing is sent until `pamong release` is run."
        )
