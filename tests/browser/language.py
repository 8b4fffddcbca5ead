"""What stands on a button, in the language of a walk."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import polib

from tests.engines.running import PROJECT
from webapp.domain.vocabulary import Term

LANGUAGES = ("id", "en")


@lru_cache
def _catalogue(language: str) -> dict[str, str]:
    """Message -> translation; empty where the language has no catalogue, so that messages speak."""
    path = PROJECT / "webapp" / "translations" / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    found = {}
    for entry in polib.pofile(str(path)).translated_entries():
        if entry.msgctxt:
            continue  # the same English word in another meaning
        if entry.msgid_plural:
            forms = entry.msgstr_plural
            found |= {entry.msgid: forms[0], entry.msgid_plural: forms[max(forms)]}
        else:
            found[entry.msgid] = entry.msgstr
    return found


class Language:
    """Texts of the interface in one language, looked up by the English message as it stands in the code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, message: str | Term, **values: Any) -> str:
        if isinstance(message, Term):
            return message.label(self.code)
        text = _catalogue(self.code).get(message, message)
        return text % values if values else text

    def pattern(self, message: str) -> str:
        """A regular expression for the text, whatever stands for its parameters."""
        return ".+".join(re.escape(piece) for piece in re.split(r"%\(\w+\)s", self(message)))


def in_any(message: str) -> re.Pattern[str]:
    """A text in whichever language: mails come in the reader's, which may be another than the walk's."""
    return re.compile("|".join(Language(code).pattern(message) for code in LANGUAGES))
