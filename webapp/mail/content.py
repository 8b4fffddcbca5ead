"""What every mail is made of: facts that can be stored, and the content rendered from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar, dataclass_transform

from flask import render_template
from flask_babel import force_locale
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from webapp.mail.clean import many_lines, one_line

Link = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$")]
Zone = Annotated[str, Field(pattern=r"^[A-Za-z_]+(/[A-Za-z_]+)*$")]
_C = TypeVar("_C", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def facts(cls: _C) -> _C:
    """A frozen, keyword-only dataclass that refuses wrong types and naive times when it is made."""
    # What an older version stored still opens when a field has gone since: unknown keys are ignored.
    config = ConfigDict(extra="ignore", revalidate_instances="never")
    return checked_dataclass(frozen=True, kw_only=True, config=config)(cls)  # type: ignore[return-value]


@facts
class Letterhead:
    """Who writes: a school or a district, its telephone and the zone its times are said in."""

    name: str
    phone: str = ""
    zone: Zone = "Asia/Jakarta"


@facts
class Facts:
    """What any mail knows. Subclasses never hold a student's name, initials or any case content."""

    letterhead: Letterhead
    to_name: str = ""

    def to_json(self) -> str:
        """For the outbox row; times as ISO 8601."""
        return TypeAdapter(type(self)).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The facts as stored; pydantic.ValidationError when they are not this mail's."""
        return TypeAdapter(cls).validate_json(text)


@facts
class OptionalFacts(Facts):
    """Of a mail that its reader may do without: `stop_link` switches its kind off, without a sign-in.

    Empty in what was queued by a version that had no such links.
    """

    stop_link: Link | Literal[""] = ""


@dataclass(frozen=True)
class MailContent:
    """One mail in the reader's language; `calendar` is a whole .ics, its method upper case."""

    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    calendar_method: str | None = None


@dataclass(frozen=True)
class MailKind:
    """One kind of mail. `optional`: the reader may switch it off. `automatic`: no person's act sent it."""

    name: str
    facts: type[Facts]
    optional: bool
    automatic: bool
    make: Callable[[Any, str], MailContent]


class Registry(dict[str, MailKind]):
    """All mails by name."""

    def mail(
        self, facts_class: type[Facts], *, automatic: bool = False
    ) -> Callable[[Callable[[Any, str], MailContent]], Callable[[Any, str], MailContent]]:
        """Register the function below as the mail of its own name; it runs in the reader's language.

        A mail written from OptionalFacts is optional, and no other is: duties are never unsubscribed from.
        """
        optional = issubclass(facts_class, OptionalFacts)

        def register(function: Callable[[Any, str], MailContent]) -> Callable[[Any, str], MailContent]:
            def make(facts: Any, locale: str) -> MailContent:
                with force_locale(locale):
                    return function(facts, locale)

            make.__name__, make.__doc__ = function.__name__, function.__doc__
            self[function.__name__] = MailKind(function.__name__, facts_class, optional, automatic, make)
            return make

        return register


def write(
    name: str,
    facts: Facts,
    locale: str,
    *,
    calendar: bytes | None = None,
    calendar_method: str | None = None,
    **words: object,
) -> MailContent:
    """Render templates/mail/<name>/ with the facts and the given ready-made `words`."""
    context = {"facts": facts, "locale": locale, **words}
    subject, text, html = (
        render_template(f"mail/{name}/{part}", **context) for part in ("subject.txt", "body.txt", "body.html")
    )
    return MailContent(one_line(subject), _paragraphs(text), many_lines(html), calendar, calendar_method)


def _paragraphs(text: str) -> str:
    lines = [line.strip() for line in many_lines(text).split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip() + "\n"



MAILS = Registry()
