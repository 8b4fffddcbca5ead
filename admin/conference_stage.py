"""What the pages of a conference's stages share: one page that shows, and acts that come back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import flash, redirect, url_for

from admin.base import SchoolPages, attempt
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission


class StagePages(SchoolPages):
    """The page named by `first`, at an address of its conference; every act is a POST below it."""

    path = "/s/<school>/conferences"
    need = Permission.SCHOOL_HOME
    first: ClassVar[str]

    def __init__(self) -> None:
        # Flask-Admin wants to know where a view begins: these begin at a conference, not at a list.
        self._default_view = type(self).first
        super().__init__()

    def _page(self, conference_id: int, *, refusal: DomainError | None = None, form: str = "") -> str:
        raise NotImplementedError

    def _do(self, conference_id: int, act: Callable[[], Any], sentence: str, *, form: str) -> Any:
        """Act and come back to `form`; a refusal is shown there with what was typed."""
        refusal = attempt(act)
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form=form), refusal.status
        flash(sentence, "success")
        endpoint = f"{type(self).noun}.{type(self).first}"
        return redirect(url_for(endpoint, conference_id=conference_id, _anchor=form), 303)
