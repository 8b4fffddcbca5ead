"""Who sends a printed document, and who signs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Letterhead:
    """The kop surat; empty strings are left out. Logos: PNG or JPEG bytes that logos.check_logo accepted."""

    line1: str
    line2: str
    school_name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    npsn: str = ""
    logo_left: bytes | None = None
    logo_right: bytes | None = None


@dataclass(frozen=True)
class Signatory:
    """One who signs: title as it must read ("Plt. Kepala Sekolah"), name, a number such as NIP and its label.

    An empty `number` prints a dotted line, an empty `number_label` leaves the line out. `signed_at` is the
    time of an electronic sign-off; without it there is room for a pen.
    """

    title: str
    name: str
    number_label: str = ""
    number: str = ""
    signed_at: datetime | None = None
