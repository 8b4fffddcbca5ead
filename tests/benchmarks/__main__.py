"""`python -m tests.benchmarks`: builds the data once, measures the pairs, prints the table, stores it.

Environment: CASES (1000000), ONLY (names of pairs, commas between), MINUTES (10, for the pair `load`),
BENCH_BUILD (build/: where data and results go).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import redis

from tests.benchmarks import database, report
from tests.benchmarks.measure import Line
from tests.benchmarks.pairs import ON_DEMAND, PAIRS
from tests.benchmarks.stand import BUILD, PROJECT, Stand
from webapp.embedded import Engines

FULL = 1_000_000


def main() -> int:
    cases = int(os.environ.get("CASES") or FULL)
    minutes = float(os.environ.get("MINUTES") or 10)
    chosen = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(PAIRS)
    if unknown := set(chosen) - set(PAIRS) - set(ON_DEMAND):
        print(f"No such pair: {', '.join(sorted(unknown))}. There are: {', '.join((*PAIRS, *ON_DEMAND))}.")
        return 2
    folder = database.folder_for(cases)
    database.forget_older(folder)
    # What is measured is as durable as in production.
    with Engines(folder) as urls:
        roles = {"app": urls.database_url, "owner": urls.owner_url, "backup": urls.backup_url}
        # A nudge that an earlier run left would have workers send before anything is measured.
        redis.Redis.from_url(urls.redis_client_url).flushall()
        home = tempfile.mkdtemp(prefix="pamong-bench-")
        stand = Stand(roles | {"superuser": urls.superuser_url}, urls.redis_url, home, cases, minutes)
        try:
            if not (folder / database.BUILT).exists():
                database.fill(stand)
                (folder / database.BUILT).touch()
            return _run(stand, chosen)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _results(cases: int) -> Path:
    """Where the figures go; those of a small trial never stand among the real ones."""
    return BUILD / ("bench.json" if cases == FULL else f"bench-{cases}.json")


def _run(stand: Stand, chosen: list[str]) -> int:
    lines: list[Line] = []
    broken = []
    for name in chosen:
        print(f"Measuring {name} …", flush=True)
        found = _measured(stand, name)
        if found is None:
            broken.append(name)
        else:
            lines += found
            report.store(_results(stand.cases), found)
    print(report.table(lines))
    if broken:
        print(f"These ended with an error and say nothing: {', '.join(broken)}.")
    return 1 if broken else 0


def _measured(stand: Stand, name: str) -> list[Line] | None:
    result = Path(stand.home) / f"{name}.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.one", name, str(result)],
        input=stand.to_json(),
        text=True,
        cwd=PROJECT,
        check=False,
    )
    if done.returncode != 0:
        return None
    return [Line(**entry) for entry in json.loads(result.read_text())]


if __name__ == "__main__":
    sys.exit(main())
