"""Addresses and numbers that people enter by hand, refused with a sentence when they cannot be right.

The import is lenient with these (a cell that is wrong is left out); a form is not.
"""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from webapp.domain import identifiers
from webapp.domain.errors import N_, Invalid

LONGEST_EMAIL = 254


def email_address(text: str | None, *, field: str = "email") -> str | None:
    """An e-mail address in its normal form; None when blank. Whether it exists, only a mail tells."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        if len(text) > LONGEST_EMAIL:
            raise EmailNotValidError("too long")
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(N_("This is not an e-mail address."), field=field) from error


def phone_number(text: str | None, *, field: str = "phone") -> str | None:
    """A number in international form (`+62…`) that can exist in its country; local forms are Indonesian."""
    number = identifiers.phone(text, field=field)
    if number is None:
        return None
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise Invalid(N_("This is not a phone number."), field=field)
    return number
