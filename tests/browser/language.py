"""What stands on a button, in the language of a walk."""

from __future__ import annotations

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
    entries = polib.pofile(str(path)).translated_entries()
    return {entry.msgid: entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr for entry in entries}


class Language:
    """Texts of the interface in one language, looked up by the English message as it stands in the code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, message: str | Term, **values: Any) -> str:
        if isinstance(message, Term):
            return message.label(self.code)
        text = _catalogue(self.code).get(message, message)
        return text % values if values else text

    def beginning(self, message: str) -> str:
        """The text up to its first parameter."""
        return self(message).partition("%(")[0]


def in_all(message: str) -> list[str]:
    """The beginnings of a text in every language: mails come in the reader's, which may be another."""
    return [Language(code).beginning(message) for code in LANGUAGES]
