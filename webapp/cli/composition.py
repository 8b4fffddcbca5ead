"""Where the pieces are put together, for commands that need the whole application.

The command line stands below the application, so it names the composition root as gunicorn and Celery
do: by a string.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import flask

import webapp
from webapp.embedded import FolderLock

PROJECT = Path(webapp.__file__).resolve().parent.parent
WSGI = "wsgi:application"
CELERY = "tasks.worker:app"

DEMO_LOCK = "demo.lock"
"""In the data folder: held as long as a demo runs there."""
DEMO_SETTINGS = "demo-settings.json"
"""In the data folder: the settings of the demo that runs there, for commands in other terminals."""


def application() -> flask.Flask:
    """The application that serves, made from the settings in the environment.

    Where no database is set and a demo runs in the data folder, it is that demo's application.
    """
    _join_running_demo()
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    module, _, name = WSGI.partition(":")
    made: flask.Flask = getattr(importlib.import_module(module), name)
    return made


def _join_running_demo() -> None:
    home = Path(os.environ.get("PAMONG_HOME") or "var")
    if os.environ.get("DATABASE_URL") or not FolderLock(home / DEMO_LOCK, doing="").is_held():
        return
    note = home / DEMO_SETTINGS
    if note.exists():
        for name, value in json.loads(note.read_text()).items():
            os.environ.setdefault(name, value)
