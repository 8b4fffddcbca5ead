"""Backups: one folder with the database, the files and a manifest; the keys in a file of their own.

`make` writes one, `load` restores one into an empty database. Neither runs inside the application: they
reach the database by the roles pamong_backup and pamong_owner, through PostgreSQL's own programs.
"""

from __future__ import annotations


class BackupError(RuntimeError):
    """A backup cannot be made or restored; the message says what a person can do about it."""
