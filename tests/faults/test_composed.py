"""The compose services' own commands against engines of this machine, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.engines.running import PROJECT

LONGEST_SECONDS = 280


@pytest.mark.faults
def test_two_web_servers_and_two_workers_of_the_compose_file_share_their_work_and_repeat_none():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.composed"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok: ") == 7
