"""What a kind of document is, and what the renderers need of its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from webapp.domain.vocabulary import Term
from webapp.reports.letterhead import Letterhead


class ReportData(Protocol):
    """What the renderer needs of any document, whatever else it says."""

    @property
    def letterhead(self) -> Letterhead: ...

    @property
    def number(self) -> str | None: ...

    @property
    def case_number(self) -> str: ...

    @property
    def held_on(self) -> date: ...

    @property
    def timezone(self) -> str: ...

    @property
    def frozen_at(self) -> datetime: ...

    @property
    def template_version(self) -> int: ...


@dataclass(frozen=True)
class DocumentKind:
    """The class of its data, its template's name in each version's folder, its title and file name.

    for_outsiders: a copy for people beyond the case's team: it holds no impression unless that was asked for.
    """

    key: str
    data_class: type
    template: str
    title: Term
    file_stem: Term
    for_outsiders: bool = False
