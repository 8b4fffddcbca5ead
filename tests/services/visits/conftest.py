"""What these tests begin with."""

from __future__ import annotations

import pytest

from tests.services.stage import Stage


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world)
