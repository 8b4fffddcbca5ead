"""How often Python looks for garbage in the processes that serve and work."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""So many new objects before the youngest are looked through. A page makes some ten thousand, nearly all of
which go by themselves; Python's own 700 would look through them, and now and then through everything, many
times within one page: a fifth of its time."""


def settle() -> None:
    """What has been loaded so far stays and is never looked through again; for a process that has just
    started, before it forks or serves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
