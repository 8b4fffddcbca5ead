"""Times of day as people type them."""

from __future__ import annotations

import re
from datetime import time

from webapp.domain.errors import N_, Invalid

_CLOCK_TIME = re.compile(r"(\d{1,2})[.:](\d{2})(?:[.:]00)?")


def parse_clock_time(text: str, *, field: str) -> time:
    """Read `06.30`, `6:30` or `06:30:00`; Invalid for anything else."""
    found = _CLOCK_TIME.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise Invalid(N_("Write the time as hours and minutes, for example 06.30."), field=field)
    return time(int(found[1]), int(found[2]))
