"""What every page shows around its content: filled once per request, read by templates/base.html."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NavItem:
    """One entry of the main navigation; `badge` is a count of things waiting, None shows nothing."""

    label: str
    url: str
    active: bool = False
    badge: int | None = None


@dataclass(frozen=True)
class SchoolChoice:
    """A school or district that the person may switch to."""

    name: str
    url: str
    active: bool = False


@dataclass(frozen=True)
class Layout:
    """The frame of a page; `school_name` is None where no school is open (sign-in, district pages).

    language_urls: (locale, URL) pairs; choosing a language posts `csrf_token` and `next` to its URL.
    quick_hide_url: the neutral page that replaces this one when Esc is pressed twice.
    """

    title: str
    school_name: str | None = None
    school_zone_label: str | None = None
    today_text: str | None = None
    nav: tuple[NavItem, ...] = ()
    schools: tuple[SchoolChoice, ...] = ()
    person_name: str | None = None
    locale: str = "id"
    sign_out_url: str | None = None
    language_urls: tuple[tuple[str, str], ...] = ()
    quick_hide_url: str | None = None
    home_url: str = "/"
    search_url: str | None = None
    me_url: str | None = None
