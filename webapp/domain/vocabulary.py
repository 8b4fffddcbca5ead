"""Words of the field as data: one key, both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A key as stored, and how people read it in Indonesian and in English."""

    key: str
    id: str
    en: str

    def label(self, locale: str) -> str:
        """The word in `locale` ("id" or "en"; anything else reads Indonesian, the default)."""
        return self.en if locale == "en" else self.id

    def __str__(self) -> str:
        return self.en


class TermList(tuple[Term, ...]):
    """Several terms in one place of a sentence; as a parameter of an error it is labelled like a Term."""

    def label(self, locale: str) -> str:
        """The words in `locale`, separated by commas."""
        return ", ".join(term.label(locale) for term in self)

    def __str__(self) -> str:
        return self.label("en")


class Vocabulary:
    """An ordered, closed set of terms; unknown keys raise KeyError."""

    def __init__(self, *terms: Term) -> None:
        self._terms = {term.key: term for term in terms}
        if len(self._terms) != len(terms):
            raise ValueError("a key stands twice in one vocabulary")

    def __getitem__(self, key: str) -> Term:
        return self._terms[key]

    def __contains__(self, key: object) -> bool:
        return key in self._terms

    def __iter__(self):
        return iter(self._terms.values())

    def __len__(self) -> int:
        return len(self._terms)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys in the order in which people should see them."""
        return tuple(self._terms)

    def choices(self, locale: str) -> list[tuple[str, str]]:
        """(key, label) pairs for a form field."""
        return [(term.key, term.label(locale)) for term in self]
