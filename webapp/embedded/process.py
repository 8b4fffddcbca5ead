"""Child processes that end with their parent, and the finding of those that once did not."""

from __future__ import annotations

import ctypes
import enum
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from webapp.embedded.folder import EngineError

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000
_NAMESPACE_USER = 1000
_NOBODY = 65534

_LINUX = sys.platform == "linux"
# Loaded here, not in the child: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None, use_errno=True)


class Identity(enum.Enum):
    """As whom an engine runs; PostgreSQL refuses to run as root."""

    SELF = "the user who started it"
    NAMESPACE = "an ordinary user inside a user namespace, who is root outside: no file changes its owner"
    NOBODY = "the unprivileged user nobody, where user namespaces are refused (containers)"

    @property
    def owner(self) -> int:
        """The user id that owns the engine's files, as seen by the supervisor."""
        return _NOBODY if self is Identity.NOBODY else os.geteuid()

    def assume(self) -> None:
        """Turn the calling process into this identity; only for a fresh child. Raises OSError."""
        if self is Identity.NAMESPACE:
            _enter_namespace()
        elif self is Identity.NOBODY:
            _become_nobody()


def start(
    argv: Sequence[str | Path],
    *,
    log: IO[bytes],
    cwd: Path,
    death_signal: signal.Signals,
    env: Mapping[str, str] | None = None,
    identity: Identity = Identity.SELF,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that gets `death_signal` when this process ends in any way.

    Must be called from the main thread: the kernel sends the signal when the starting *thread* ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Start child processes from the main thread: they end with it.")
    return subprocess.Popen(
        [str(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=cwd,
        env=dict(env) if env is not None else None,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_prepare(identity, death_signal),
    )


def end_with_parent(death_signal: signal.Signals) -> None:
    """Have `death_signal` sent to this very process when its parent ends (Linux only)."""
    parent = os.getppid()
    _die_with(parent, death_signal)


def run(
    argv: Sequence[str | Path], *, log: IO[bytes], cwd: Path, identity: Identity, env: Mapping[str, str]
) -> int:
    """Run a command to its end as this identity and return its exit status."""
    return start(argv, log=log, cwd=cwd, death_signal=signal.SIGKILL, env=env, identity=identity).wait()


def usable_identity(program: Path, folder: Path) -> Identity:
    """The identity under which `program` can run and work in `folder`; EngineError when there is none."""
    if os.geteuid() != 0:
        return Identity.SELF
    for identity in (Identity.NAMESPACE, Identity.NOBODY) if _LINUX else ():
        if _can_work(identity, program, folder):
            return identity
    raise EngineError(
        "PostgreSQL does not run as root, and here root may neither open a user namespace nor become another "
        "user. Start Pamong as an ordinary user, or set DATABASE_URL."
    )


def stop(process: subprocess.Popen[bytes], how: signal.Signals, *, patience: float) -> None:
    """Ask a process to end; after `patience` seconds make it."""
    process.send_signal(how)
    finish(process, patience=patience)


def finish(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """Wait for a process that has been asked to end; after `patience` seconds make it."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_left_overs(
    is_ours: Callable[[psutil.Process], bool], how: signal.Signals, *, patience: float
) -> list[int]:
    """Stop processes of an earlier run whose supervisor was killed; returns their ids.

    A zombie is dead already and is left to whoever should have waited for it.
    """
    others = (process for process in psutil.process_iter() if process.pid != os.getpid())
    found = [process for process in others if _matches(process, is_ours)]
    for process in found:
        _signal(process, how)
        _signal(process, signal.SIGCONT)  # one that is stopped could not act on it
    _, alive = psutil.wait_procs([process for process in found if not _is_zombie(process)], timeout=patience)
    for process in alive:
        if not _is_zombie(process):
            _signal(process, signal.SIGKILL)
    psutil.wait_procs([process for process in alive if not _is_zombie(process)], timeout=patience)
    return [process.pid for process in found]


def works_in(folder: Path, name: str) -> Callable[[psutil.Process], bool]:
    """Matches the processes of this program whose working folder is `folder`."""
    wanted = os.path.realpath(folder)

    def matches(process: psutil.Process) -> bool:
        return process.name() == name and process.cwd() == wanted

    return matches


def in_session(leader: int) -> Callable[[psutil.Process], bool]:
    """Matches the processes of the session that `start` opened for the process `leader`."""

    def matches(process: psutil.Process) -> bool:
        return os.getsid(process.pid) == leader

    return matches


def _matches(process: psutil.Process, is_ours: Callable[[psutil.Process], bool]) -> bool:
    try:
        return is_ours(process)
    except (psutil.Error, OSError):
        return False


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _signal(process: psutil.Process, how: signal.Signals) -> None:
    try:
        process.send_signal(how)
    except psutil.Error:
        return


def _prepare(identity: Identity, death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def in_the_child() -> None:
        # Changing credentials clears the parent-death signal, so it comes last.
        identity.assume()
        _die_with(parent, death_signal)

    return in_the_child


def _die_with(parent: int, death_signal: signal.Signals) -> None:
    if not _LINUX:
        return
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0))
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def _can_work(identity: Identity, program: Path, folder: Path) -> bool:
    pid = os.fork()
    if pid == 0:
        able = False
        try:
            identity.assume()
            # effective_ids: access(2) would judge by the real user and so forget the capability.
            able = all(os.access(path, mode, effective_ids=True) for path, mode in _needs(program, folder))
        except OSError:
            able = False
        finally:
            os._exit(0 if able else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _needs(program: Path, folder: Path) -> tuple[tuple[Path, int], ...]:
    return (program, os.R_OK | os.X_OK), (folder, os.R_OK | os.W_OK | os.X_OK)


def _enter_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    _checked(_libc.unshare(_CLONE_NEWUSER))
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{_NAMESPACE_USER} {user} 1"),
        ("gid_map", f"{_NAMESPACE_USER} {group} 1"),
    ):
        handle = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(handle, content.encode())
        os.close(handle)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


def _become_nobody() -> None:
    # One capability is kept: the project may lie in a folder that only root may enter.
    _checked(_libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    bit = 1 << _CAP_DAC_OVERRIDE
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    data = (_CapabilityData * 2)(_CapabilityData(bit, bit, bit), _CapabilityData(0, 0, 0))
    _checked(_libc.capset(ctypes.byref(header), ctypes.byref(data)))
    _checked(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
