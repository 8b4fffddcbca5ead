"""Where the pieces are put together, for commands that need the whole application.

The command line stands below the application, so it names the composition root as gunicorn and Celery
do: by a string.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import flask

import webapp

PROJECT = Path(webapp.__file__).resolve().parent.parent
WSGI = "wsgi:application"
CELERY = "tasks.worker:app"


def application() -> flask.Flask:
    """The application that serves, made from the settings in the environment."""
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    module, _, name = WSGI.partition(":")
    made: flask.Flask = getattr(importlib.import_module(module), name)
    return made
