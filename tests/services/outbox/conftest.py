"""What these tests begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.mail.servers import ScriptedServer, scripted
from tests.services.outbox.delivery import Clock


@pytest.fixture(autouse=True)
def nothing_waits(app, as_superuser) -> None:
    """Deliveries take what is due in all schools: what other tests left is put away."""
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.commit()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def good() -> Iterator[ScriptedServer]:
    with scripted({}) as server:
        yield server
