"""The command lines of the programs, in one place for `pamong serve` and the like, and for the demo."""

from __future__ import annotations

import sys
from pathlib import Path

from webapp.cli.composition import CELERY, PROJECT, WSGI

__all__ = ["PROJECT", "beat", "mail_sink", "pamong", "web", "worker"]


def web(bind: str, *, workers: int, threads: int, level: str) -> list[str]:
    """gunicorn with threads; tokens and search words stay out of its access log."""
    return [
        *(sys.executable, "-m", "gunicorn", WSGI, f"--bind={bind}", f"--chdir={PROJECT}"),
        *("--worker-class=gthread", f"--workers={workers}", f"--threads={threads}"),
        *("--timeout=60", "--graceful-timeout=10", "--keep-alive=5", "--no-control-socket"),
        *("--access-logfile=-", "--logger-class=webapp.cli.access_log.MaskingLogger"),
        f"--access-logformat={ACCESS_LOG}",
        f"--log-level={level.lower()}",
    ]


ACCESS_LOG = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'


def worker(name: str, *, queues: str, concurrency: int, level: str) -> list[str]:
    """A Celery worker on these queues (commas between)."""
    return [
        *(sys.executable, "-m", "celery", f"--app={CELERY}", f"--workdir={PROJECT}", "worker"),
        *(f"--hostname={name}@%h", f"--queues={queues}", f"--concurrency={concurrency}"),
        *("--without-gossip", "--without-mingle", f"--loglevel={level}"),
    ]


def beat(home: Path, *, level: str) -> list[str]:
    """Celery's clock. No pid file: one of a killed beat would keep the next from starting."""
    return [
        *(sys.executable, "-m", "celery", f"--app={CELERY}", f"--workdir={PROJECT}", "beat"),
        *(f"--schedule={home / 'beat-schedule'}", "--pidfile=", f"--loglevel={level}"),
    ]


def mail_sink(listening_fd: int, folder: Path) -> list[str]:
    """The demo's mail server, on a socket that its parent has opened."""
    return [sys.executable, "-m", "webapp.cli.stack.mail_sink", str(listening_fd), str(folder)]


def pamong(*arguments: str) -> list[str]:
    """Another `pamong` command."""
    return [sys.executable, "-m", "webapp.cli", *arguments]
