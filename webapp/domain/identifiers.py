"""Numbers that name people and schools, and names made fit for searching.

All are text, because leading zeros matter; spreadsheets hand them over as numbers. Each function takes
what a cell or a form may hold, gives the one stored form (None for blank) and gives that form back unchanged.
"""

from __future__ import annotations

import re
import unicodedata

from webapp.domain.errors import N_, Invalid

Raw = str | int | float | None

NISN_DIGITS = 10
# A NISN begins with the last three digits of the birth year, so a spreadsheet can eat up to three zeros.
_LOST_ZEROS = 3
LONGEST_NIPD = 30
LONGEST_STAFF_NUMBER = 40
_STAFF_DIGITS = {"nip": 18, "nipppk": 18, "nuptk": 16}
_APOSTROPHES = re.compile(r"['’‘`ʼ]")
_NO_WORD = re.compile(r"[\W_]+")
_BLANKS = {"", "-", "–", "0"}


def _text(value: Raw) -> str:
    """A cell as text: whole floats lose their `.0`, spaces and a leading apostrophe go."""
    if value is None:
        return ""
    if isinstance(value, float):
        if not value.is_integer():
            return str(value)
        value = int(value)
    text = re.sub(r"^[\s'’`]+", "", unicodedata.normalize("NFKC", str(value))).strip()
    if re.fullmatch(r"[0-9]+\.0+", text):
        text = text.partition(".")[0]
    return "" if text in _BLANKS else text


def _digits(text: str) -> str:
    """The text without the spaces, dots and hyphens people put between digits."""
    return re.sub(r"[\s.\-]", "", text)


def _all_digits(text: str) -> bool:
    return re.fullmatch(r"[0-9]+", text) is not None


def nisn(value: Raw, *, field: str = "nisn") -> str | None:
    """National student number: ten digits; zeros lost in a spreadsheet come back, blank gives None."""
    text = _digits(_text(value))
    if not text:
        return None
    if not _all_digits(text) or not NISN_DIGITS - _LOST_ZEROS <= len(text) <= NISN_DIGITS:
        raise Invalid(N_("A NISN has ten digits."), field=field)
    number = text.zfill(NISN_DIGITS)
    return None if number == "0" * NISN_DIGITS else number


def nipd(value: Raw, *, field: str = "nipd") -> str | None:
    """The school's own student number: free text on one line, at most 30 characters."""
    text = " ".join(_text(value).split())
    if len(text) > LONGEST_NIPD or not text.isprintable():
        message = N_("A student number has at most %(limit)s characters.")
        raise Invalid(message, field=field, limit=LONGEST_NIPD)
    return text or None


def npsn(value: Raw, *, field: str = "npsn") -> str:
    """National school number: eight characters, digits as a rule; never blank."""
    text = _digits(_text(value)).upper()
    if not re.fullmatch(r"[0-9A-Z]{8}", text):
        raise Invalid(N_("An NPSN has eight characters."), field=field)
    return text


def staff_number(label: str, value: Raw, *, field: str = "staff_number") -> str | None:
    """Number beside a signer's name under its label (a key of NUMBER_LABELS): 18 digits for NIP and NIPPPK,
    16 for NUPTK, free text for NIY; None when blank or when the label is `none`."""
    text = " ".join(_text(value).split())
    if label == "none" or not text:
        return None
    wanted = _STAFF_DIGITS.get(label)
    if wanted is None:
        if len(text) > LONGEST_STAFF_NUMBER or not text.isprintable():
            message = N_("This number has at most %(limit)s characters.")
            raise Invalid(message, field=field, limit=LONGEST_STAFF_NUMBER)
        return text
    text = _digits(text)
    if not _all_digits(text) or len(text) != wanted:
        raise Invalid(N_("This number has %(wanted)s digits."), field=field, wanted=wanted)
    return text


def phone(value: Raw, *, field: str = "phone") -> str | None:
    """Phone number in international form (`+62812…`); local forms and a lost leading zero are Indonesian."""
    text = value if isinstance(value, str) and _all_digits(value) else re.sub(r"[\s.\-()/]", "", _text(value))
    if text in _BLANKS:
        return None
    plus, digits = text.startswith("+"), text.removeprefix("+")
    if not _all_digits(digits):
        raise Invalid(N_("A phone number has digits only."), field=field)
    if not plus:
        if digits.startswith("00"):
            digits = digits[2:]
        elif digits.startswith("0"):
            digits = "62" + digits[1:]
        elif not digits.startswith("62"):
            digits = "62" + digits
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        raise Invalid(N_("This phone number is too short or too long."), field=field)
    return "+" + digits


# --- names ----------------------------------------------------------------------------------------


def search_key(name: str) -> str:
    """A name fit for comparing: no accents, case, apostrophes or punctuation, single spaces."""
    text = name.casefold() if name.isascii() else _folded(name)
    return " ".join(_NO_WORD.sub(" ", _APOSTROPHES.sub("", text)).split())


def _folded(name: str) -> str:
    text = name
    for _ in range(2):  # folding case can bring new accents (İ), which fold again
        text = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in text if not unicodedata.combining(sign)).casefold()
    return text


def initials(name: str) -> str:
    """A student's initials as letters show them: `A.P.`; at most three, in the order of the name."""
    words = [word for word in re.split(r"[\s\-.]+", name) if word[:1].isalpha()]
    return "".join(f"{word[0].upper()}." for word in words[:3])


def mentions(text: str, name: str) -> bool:
    """True when `text` holds the whole name or any word of it with three letters or more."""
    here, wanted = search_key(text).split(), search_key(name).split()
    if not wanted:
        return False
    if any(len(word) >= 3 and word in here for word in wanted):
        return True
    length = len(wanted)
    return any(here[at : at + length] == wanted for at in range(len(here) - length + 1))
