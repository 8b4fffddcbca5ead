"""The click group that turns what a person can mend into a sentence on the terminal."""

from __future__ import annotations

from typing import Any

import click

from webapp.backup import BackupError
from webapp.config import SettingsError
from webapp.domain.errors import DomainError
from webapp.embedded import EngineError


class PamongGroup(click.Group):
    """Faults of the set-up and refusals of the rules end a command with status 1 and no trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SettingsError, EngineError, DomainError, BackupError) as error:
            raise click.ClickException(str(error)) from error
