"""The benchmarks run from end to end at the smallest scale; what they measure there is not looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.benchmarks import report
from tests.benchmarks.measure import Timing, faster, no_slower, throughput, within
from tests.benchmarks.stand import PROJECT


def test_a_small_run_builds_its_data_prints_a_table_and_stores_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks"],
        env={**os.environ, "CASES": "2000", "ONLY": "policies", "BENCH_BUILD": str(tmp_path)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    stored = json.loads((tmp_path / "bench-2000.json").read_text())
    assert len(stored) == 2
    for line in stored:
        assert {"name", "ours", "reference", "ratio", "goal", "met", "rows"} <= line.keys()
        assert line["ours"] > 0
        assert line["name"] in done.stdout


def test_an_unknown_pair_is_said_to_be_unknown():
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks"],
        env={**os.environ, "ONLY": "nonsense"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "nonsense" in done.stdout


def test_each_kind_of_goal_is_met_and_missed():
    ours, theirs = Timing.of([10.0, 11.0, 12.0]), Timing.of([30.0, 33.0, 36.0])
    assert faster("a", ours, theirs, at_least=3, rows=1).met
    assert not faster("a", ours, theirs, at_least=3.1, rows=1).met
    assert no_slower("b", theirs, ours, at_most=3, rows=1).met
    assert not no_slower("b", theirs, ours, at_most=2.9, rows=1).met
    assert no_slower("b", theirs, ours, at_most=1, or_more_by=22, rows=1).met
    assert throughput("c", 50, 100, at_least=0.5, rows=1, unit="x/s").met
    assert not throughput("c", 49, 100, at_least=0.5, rows=1, unit="x/s").met
    assert within("d", 60, limit=60, rows=1, unit="s").met
    assert not within("d", 60, limit=60, rows=1, unit="s", strict=True).met


def test_a_run_of_some_pairs_keeps_what_others_have_stored(tmp_path):
    path = tmp_path / "bench.json"
    first, second, better = (
        within(name, value, limit=5, rows=1, unit="s")
        for name, value in (("one", 9.0), ("two", 1.0), ("one", 4.0))
    )
    report.store(path, [first, second])
    report.store(path, [better])
    assert {line["name"]: line["met"] for line in json.loads(path.read_text())} == {"one": True, "two": True}
