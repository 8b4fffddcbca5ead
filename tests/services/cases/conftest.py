"""What these tests begin with."""

from __future__ import annotations

import pytest

from tests.services.cases.test_cases import opened


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def case_id(app, world, school, counsellor):
    return opened(counsellor, school, world.student(school))
