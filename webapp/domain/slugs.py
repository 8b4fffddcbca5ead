"""The short name under which a school or district stands in addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webapp.domain.errors import N_, Invalid
from webapp.domain.identifiers import search_key

LONGEST_SLUG = 50
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED = {"platform"}


def check_slug(text: str, *, field: str = "slug") -> str:
    """The slug as it is stored; Invalid unless it is small letters, digits and single hyphens."""
    slug = text.strip().lower()
    if not _SLUG.fullmatch(slug) or not 3 <= len(slug) <= LONGEST_SLUG or slug in _RESERVED:
        raise Invalid(
            N_("Use 3 to %(limit)s small letters and digits, with single hyphens between them."),
            field=field,
            limit=LONGEST_SLUG,
        )
    return slug


def suggestions(name: str) -> Iterator[str]:
    """Slugs for a name, the plain one first (`sman-1-malang`), then numbered ones."""
    ascii_key = search_key(name).encode("ascii", "ignore").decode()
    base = "-".join(ascii_key.split())[: LONGEST_SLUG - 3].strip("-")
    if len(base) < 3 or base in _RESERVED:
        base = f"sekolah-{base}".strip("-")
    yield base
    for number in range(2, 100):
        yield f"{base}-{number}"
