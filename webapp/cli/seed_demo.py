"""`pamong seed-demo`: the invented district, its schools, people and conferences."""

from __future__ import annotations

import click

from webapp.cli.composition import application
from webapp.config import SettingsError, load_settings
from webapp.embedded.folder import SIGN_INS_FILE, write_private


@click.command("seed-demo")
def seed_demo() -> None:
    """Fill an empty database with demo data; a second run, also after a broken one, completes it."""
    settings = load_settings()
    if settings.is_production:
        raise SettingsError(["PAMONG_ENV is production: demo data does not belong there."])
    note = settings.home / SIGN_INS_FILE
    if note.exists():
        return
    from webapp.demo import seed, sign_ins

    seed(application())
    write_private(note, _table(sign_ins()).encode())


def _table(sign_ins: list[tuple[str, str, str]]) -> str:
    rows = [("Role", "E-mail", "Password"), *sign_ins]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "".join(
        f"  {role:<{widths[0]}}  {email:<{widths[1]}}  {password}\n" for role, email, password in rows
    )
