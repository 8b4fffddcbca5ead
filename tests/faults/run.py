"""`python -m tests.faults.run`: every fault of the table on real processes, as a table and as JSON.

The exit status is 1 when anything was lost, was repeated without need, or went wrong in another way.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.engines.running import PROJECT
from tests.faults.bench import Bench, Result
from tests.faults.disk import mount_own, unmount
from tests.faults.table import FAULTS
from webapp.embedded.process import end_with_parent

BUILD = PROJECT / "build"
DISK_MEGABYTES = 3000
KEPT = ("fault", "in_flight", "lost", "repeated", "seconds_to_recover")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000, help="in flight, over all faults together")
    parser.add_argument("--quick", action="store_true", help="the few faults that run with every test")
    parser.add_argument("--only", default="", help="faults whose names match this pattern")
    parser.add_argument("--json", type=Path, default=BUILD / "faults.json", help="where the figures go")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pamong-faults-") as folder:
        home = Path(folder)
        (home / "engines").mkdir()
        lacking = {"disk": "" if asked.quick else mount_own(home / "engines", DISK_MEGABYTES)}
        bench = Bench(home)
        lacking["clock"] = bench.clock.why_not
        named = [fault for fault in FAULTS if re.search(asked.only, fault.name)]
        wanted = [fault for fault in named if fault.quick or not asked.quick]
        faults = [fault for fault in wanted if not lacking.get(fault.needs)]
        for fault in wanted:
            if fault not in faults:
                print(f"{fault.name}: left out, because {lacking[fault.needs]}")
        # The few that leave before the break are not in flight: they come on top.
        each = math.ceil(asked.mails / len(faults) * 1.1)
        results: list[Result] = []
        try:
            bench.start()
            print(HEAD, flush=True)
            for fault in faults:
                results.append(bench.run(fault, each))
                print(line(results[-1]), flush=True)
        finally:
            bench.stop()
            if any(result.problems for result in results) or len(results) < len(faults):
                show_logs(home, bench)
            unmount(home / "engines")
    asked.json.parent.mkdir(exist_ok=True)
    kept = [{key: vars(one)[key] for key in KEPT} for one in results]
    asked.json.write_text(json.dumps(kept, indent=2) + "\n")
    flown = sum(result.in_flight for result in results)
    print(f"\n{len(results)} faults, {flown} mails in flight, {sum(one.lost for one in results)} lost,"
          f" {sum(one.repeated for one in results)} repeated byte for byte after a cut in DATA.")  # fmt: skip
    return 1 if any(result.problems for result in results) else 0


HEAD = (
    f"{'fault':32} {'in flight':>9} {'lost':>5} {'repeated':>8} {'s to recover':>12}"
    "  web: answered/refused/cut"
)


def line(result: Result) -> str:
    web = f"{result.answers.answered}/{result.answers.refused}/{result.answers.unanswered}"
    web += f", slowest {result.answers.slowest:.1f} s"
    figures = (
        f"{result.fault:32} {result.in_flight:9} {result.lost:5} {result.repeated:8}"
        f" {result.seconds_to_recover:12.1f}  {web}"
    )
    return "\n".join([figures, *(f"    WRONG: {problem}" for problem in result.problems)])


def show_logs(folder: Path, bench: Bench) -> None:
    print("\n".join(bench.system.said[-20:]))
    for log in sorted(folder.rglob("*.log")):
        text = log.read_text(errors="replace")
        # What a web server logs of good requests says nothing here.
        said = [line for line in text.splitlines() if not re.search(r'" (200|30\d|503) \d+ bytes', line)]
        print(f"--- {log.name}", *said[-80:], sep="\n")


if __name__ == "__main__":
    began = time.monotonic()
    import signal

    end_with_parent(signal.SIGTERM)
    status = main()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(status)
