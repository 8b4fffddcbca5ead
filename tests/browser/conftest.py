"""The whole running stack, once for all walks, without the demo's data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines.demo import Demo, empty_home, free_port


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(empty_home(tmp_path_factory.mktemp("stack") / "home"), free_port())
    try:
        demo.start()
        demo.wait_until_ready()
        yield demo
        demo.end()
        assert demo.programs() == {}
    finally:
        demo.remove()
