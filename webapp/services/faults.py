"""Faults that nobody foresaw in work for which a person waits: what they are told, and what the log may say.

Such work fails at once and visibly, and can be tried again by hand. Only a killed run, and a database that
is away, are tried again by themselves: nobody can tell what they would have come to.
"""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from webapp.domain.errors import N_

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
"""The database does not answer, has no room, or takes no changes just now (that is an InternalError)."""

NO_ROOM = N_("The server has no room left. Tell the administrator, then try again.")
NOT_WRITABLE = N_("The server cannot write its files. Tell the administrator, then try again.")
_FULL = (errno.ENOSPC, errno.EDQUOT)


def advice(error: Exception, otherwise: str) -> str:
    """The sentence (a message id) for the person who waits; `otherwise` where the fault tells nothing."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return NO_ROOM
    if isinstance(error, OSError) and error.errno is not None:
        return NOT_WRITABLE
    return otherwise


def place(error: Exception) -> str:
    """Class and line of a fault for the log: its text may hold a name and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
