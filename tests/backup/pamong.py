"""A Pamong of its own for the drill: its database, its application, and the command line beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from flask import Flask

from tests.conftest import KEYS
from tests.engines.running import PROJECT
from webapp.config import Settings, load_settings

SECRET = "not-a-secret-but-long-enough-for-tests"


def pamong(*arguments: str | Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does; only these variables are set."""
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *map(str, arguments)],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "PAMONG_ENV": "test"}
        | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
    )


def in_this_process(*arguments: str | Path, **environment: str | Path) -> subprocess.CompletedProcess[str]:
    """The same without the second that a process of its own takes; for what never loads the application."""
    from webapp.cli import main

    given = {"PAMONG_ENV": "test"} | {name: str(value) for name, value in environment.items()}
    result = CliRunner(env=given).invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def settings_for(home: Path, database_url: str, redis_url: str, smtp_url: str) -> Settings:
    return load_settings(
        env="test",
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        smtp_url=smtp_url,
        secret_key=SECRET,
        keys=KEYS,
    )


def application(settings: Settings) -> Flask:
    """The whole application of these settings, in this process."""
    import admin
    from webapp.app import create_app

    made = create_app(settings)  # forgets the school keys of another database
    admin.mount(made)
    return made
