"""A reader as a process of its own that can be killed.

Forked from a process that has imported everything, as a worker's children are: its start takes no time.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.process import BaseProcess

import webapp.app  # noqa: F401 - imported before the fork
from tasks import mailbox

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def start(environment: dict[str, str]) -> BaseProcess:
    """Reads the mailbox that these settings name, and ends."""
    reader = _FORKS.Process(target=_read, args=(environment,))
    reader.start()
    return reader


def _read(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    mailbox.read()
