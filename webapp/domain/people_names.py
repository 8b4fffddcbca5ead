"""Whether a name that somebody wrote may be that of a person in a list: both are written as people speak."""

from __future__ import annotations

_TITLES = frozenset({"bu", "ibu", "bapak", "pak", "sdr", "sdri", "drs", "dra", "dr", "h", "hj", "guru"})


def words_of(name: str) -> frozenset[str]:
    """The words of a name, without titles before it and degrees behind the comma."""
    words = (word.strip(".()").casefold() for word in name.partition(",")[0].split())
    return frozenset(word for word in words if word and word not in _TITLES)


def may_be(written: str, name: str) -> bool:
    """Whether all words of the shorter name are in the longer one; one word is enough of what was written
    (`Pak Dedi`), two of a full name that stands in a longer text."""
    mine, full = words_of(written), words_of(name)
    return bool(mine) and (mine <= full or (len(full) > 1 and full <= mine))
