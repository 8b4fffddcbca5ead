"""The quick selection of the faults, in a process of its own: `make faults` runs the whole table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.running import PROJECT

MAILS = 400
LONGEST_SECONDS = 240


@pytest.mark.faults
@pytest.mark.timeout(LONGEST_SECONDS + 30)
def test_nothing_is_lost_and_nothing_repeated_without_need_while_everything_breaks(tmp_path: Path):
    figures = tmp_path / "faults.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.run", "--quick", f"--mails={MAILS}", f"--json={figures}"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(figures.read_text())
    assert sum(one["in_flight"] for one in results) >= MAILS
    assert [one["lost"] for one in results] == [0] * len(results)
