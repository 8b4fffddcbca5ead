"""`pamong serve`, `pamong worker` and `pamong beat`: the three programs of a running Pamong."""

from __future__ import annotations

import os
import sys

import click

from webapp.cli import programs
from webapp.config import Settings, load_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=4, show_default=True, help="Threads of each process.")
def serve(host: str, workers: int, threads: int) -> None:
    """Serve the pages on PAMONG_PORT with gunicorn."""
    settings = load_settings()
    _become(
        settings,
        programs.web(f"{host}:{settings.port}", workers=workers, threads=threads, level=settings.log_level),
    )


@click.command()
@click.option("--queues", default="mail,sweeps,reports", show_default=True, help="Queues to work on.")
@click.option("--concurrency", default=2, show_default=True, help="Processes that work.")
@click.option("--name", default="worker", show_default=True, help="Name among the workers of this machine.")
def worker(queues: str, concurrency: int, name: str) -> None:
    """Work on queues. Give reports a worker of their own, so that mails never wait for them."""
    settings = load_settings()
    _become(settings, programs.worker(name, queues=queues, concurrency=concurrency, level=settings.log_level))


@click.command()
def beat() -> None:
    """Tick: poke the workers to look for what is due. Several of them do no harm."""
    settings = load_settings()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _become(settings, programs.beat(settings.home, level=settings.log_level))


def _become(settings: Settings, argv: list[str]) -> None:
    os.environ["PAMONG_HOME"] = str(settings.home)  # a relative one would mean another folder from here on
    os.chdir(programs.PROJECT)
    sys.stdout.flush()
    os.execv(argv[0], argv)
