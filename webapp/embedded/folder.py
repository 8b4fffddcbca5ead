"""The data folder: private, held by one supervisor at a time, and with a short path for sockets."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

# sun_path holds 108 bytes with its closing zero; the longest name in the folder is PostgreSQL's lock file.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
_GRACE_FOR_A_HOLDER_SECONDS = 2.0


class EngineError(RuntimeError):
    """An embedded engine cannot run here; the message says what a person can do about it."""


def data_folder(home: Path) -> Path:
    """The data folder, made for its owner alone; the mode of one that was there is its owner's affair."""
    home = home.absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "another user's")
    except OSError as error:
        raise EngineError(f"{home} cannot be the data folder (PAMONG_HOME): {error.strerror}.") from error
    return home


def private_folder(path: Path) -> Path:
    """Make a folder inside the data folder, open to its owner alone; an existing one is closed to others."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        if path.stat().st_mode & 0o777 != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise EngineError(f"{path} cannot be made a private folder: {error.strerror}.") from error
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is either wholly there or not at all, also after a power cut."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def socket_folder(home: Path) -> Path:
    """A private folder for the engines' sockets whose path is short and plain enough for them.

    Usually `home/run`. Where that is too long, a folder under the system's temporary folder, remembered
    in `home/run.path` and made anew when a clean-up has taken it.
    """
    near = home / "run"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(str(near)):
        return private_folder(near)
    note = home / "run.path"
    if note.exists():
        far = Path(note.read_text())
        if far.is_dir() and not far.is_symlink() and far.stat().st_uid == os.geteuid():
            return private_folder(far)
    far = Path(tempfile.mkdtemp(prefix="pamong-", dir="/tmp"))  # $TMPDIR may be long itself
    write_private(note, os.fsencode(far))
    return far


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one that has grown past 10 MB is first put aside as `.1`."""
    private_folder(path.parent)
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 8) -> str:
    """The end of a log, for an error message."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


class FolderLock:
    """Held while a supervisor works on a folder; the kernel lets go of it however the process ends."""

    def __init__(self, path: Path, *, doing: str) -> None:
        self._path = path
        self._doing = doing
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, or raise EngineError naming who has it. One that is just stopping is waited for."""
        data_folder(self._path.parent)
        file = self._path.open("a+")
        refuse_at = time.monotonic() + _GRACE_FOR_A_HOLDER_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                pid, _, state = file.read().partition(" ")
                if state != "stopping" and time.monotonic() > refuse_at:
                    file.close()
                    raise EngineError(
                        f"{self._path.parent} is in use: process {pid or '?'} is {self._doing} there. "
                        "Stop it first, or choose another folder with PAMONG_HOME (and another PAMONG_PORT)."
                    ) from None
                time.sleep(0.1)
        self._file = file
        self._note("running")

    def is_held(self) -> bool:
        """Whether some process works on the folder now."""
        try:
            with self._path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def stopping(self) -> None:
        """Tell a successor that waiting is worth while."""
        self._note("stopping")

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note(self, state: str) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(f"{os.getpid()} {state}")
            self._file.flush()

    def __enter__(self) -> FolderLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
