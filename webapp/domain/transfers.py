"""A student's move to another school of the district: its states, what may go along, on which legal basis."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.vocabulary import Term, Vocabulary

STATES = Vocabulary(
    Term("draft", "Draf", "Draft"),
    Term("released", "Menunggu sekolah tujuan", "Waiting for the other school"),
    Term("accepted", "Diterima", "Accepted"),
    Term("declined", "Ditolak", "Declined"),
    Term("withdrawn", "Ditarik kembali", "Withdrawn"),
)
ARRIVAL_STATES = Vocabulary(
    Term("waiting", "Menunggu Anda", "Waits for you"),
    Term("accepted", "Diterima", "Accepted"),
    Term("declined", "Ditolak", "Declined"),
    Term("withdrawn", "Ditarik oleh pengirim", "Taken back by its sender"),
)

# Personal Data Protection Act 27/2022: a child's data move on a guardian's consent or another recorded basis.
BASES = Vocabulary(
    Term("consent", "Persetujuan orang tua atau wali", "Consent of a parent or guardian"),
    Term("legal_duty", "Kewajiban hukum", "A legal duty"),
    Term("vital_interest", "Kepentingan vital anak", "The child's vital interest"),
    Term("public_duty", "Tugas pelayanan publik", "A public duty"),
)

# What the receiving school's timeline says of what came along.
HISTORY = Vocabulary(
    Term(
        "origin",
        "Kasus ini diterima dari %(school)s (nomor di sana: %(number)s, dikirim oleh %(sender)s). "
        "Dasar: %(basis)s.",
        "This case came from %(school)s (number there: %(number)s, sent by %(sender)s). Basis: %(basis)s.",
    ),
    Term(
        "promise",
        "Komitmen yang masih terbuka. %(who)s: %(what)s (paling lambat %(day)s).",
        "A promise still open. %(who)s: %(what)s (by %(day)s).",
    ),
)

PARTS = Vocabulary(
    Term("summary", "Ringkasan masalah", "The problem in a few words"),
    Term("facts", "Catatan fakta", "Notes of facts"),
    Term("impressions", "Catatan kesan", "Notes of impressions"),
    Term("promises", "Komitmen yang masih terbuka", "Promises still open"),
)
USUAL_PARTS = ("summary", "facts", "promises")
"""What is ticked beforehand: an impression goes along only where somebody asks for it."""

MOST_BYTES = 20 * 1024 * 1024
"""Of the files of one transfer, all together."""
LONGEST_REASON = 2_000
LONGEST_NAME = 150

MOVES: Mapping[str, tuple[str, ...]] = {
    "draft": ("released", "withdrawn"),
    "released": ("accepted", "declined", "withdrawn"),
    "accepted": (),
    "declined": (),
    "withdrawn": (),
}

_NO_MORE = {
    "draft": N_("This transfer has not been released."),
    "released": N_("This transfer was released already: what goes along cannot be changed any more."),
    "accepted": N_("The other school has accepted this transfer already."),
    "declined": N_("The other school has declined this transfer already."),
    "withdrawn": N_("This transfer was withdrawn already."),
}
NOT_CONTACTED = N_("This guardian may not be contacted: record another basis, with its reason.")
GONE = N_("This transfer waits no more: it was accepted, declined or taken back meanwhile.")


def check_move(state: str, to: str) -> None:
    """Raise Conflict, saying what has become of the transfer, unless it may go there."""
    if to not in MOVES[state]:
        raise Conflict(_NO_MORE[state])


@dataclass(frozen=True)
class CaseChoice:
    """What goes along of one case: keys of PARTS, documents (reports) and files (attachments) by id."""

    case_id: int
    parts: tuple[str, ...] = ()
    documents: tuple[int, ...] = ()
    files: tuple[int, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What goes along: the student's identity always, guardians where chosen, and these cases."""

    guardians: bool = True
    cases: tuple[CaseChoice, ...] = ()

    def of(self, case_id: int) -> CaseChoice | None:
        """What was chosen of one case; None when it stays here."""
        return next((one for one in self.cases if one.case_id == case_id), None)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Choice:
        """From what `to_json` gave, after a way through JSON."""
        return cls(
            stored["guardians"],
            tuple(
                CaseChoice(
                    one["case_id"], tuple(one["parts"]), tuple(one["documents"]), tuple(one["files"])
                )
                for one in stored["cases"]
            ),
        )


def check_choice(choice: Choice, *, offered: Collection[int]) -> None:
    """Raise Invalid unless at least one case goes along, each once, and only those that are offered to the
    chooser."""
    if not choice.cases:
        raise Invalid(N_("Choose at least one case that goes along."), field="cases")
    if any(_repeats(ids) for ids in _ids(choice)):
        raise Invalid(N_("Each case, document and file goes along once."), field="cases")
    # A case that the chooser may not know of answers like one that does not exist.
    if any(one.case_id not in offered or not set(one.parts) <= set(PARTS.keys) for one in choice.cases):
        raise Invalid(N_("Choose one of the values in the list."), field="cases")


def _ids(choice: Choice) -> Iterator[Sequence[int]]:
    yield [one.case_id for one in choice.cases]
    for one in choice.cases:
        yield one.documents
        yield one.files


def _repeats(ids: Sequence[int]) -> bool:
    return len(set(ids)) < len(ids)


@dataclass(frozen=True)
class Basis:
    """Why the data may move: a key of BASES; a consent says who gave it, when and how, others say why."""

    key: str
    who: str = ""
    on: str = ""  # ISO date
    channel: str = ""
    reason: str = ""
    guardian_id: int | None = None

    @property
    def day(self) -> date | None:
        """When the consent was given."""
        return date.fromisoformat(self.on) if self.on else None

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True)
class GivenBasis:
    """A basis as somebody enters it; `guardian` is the name of who consents, and both are None for nobody."""

    key: str
    guardian: str | None = None
    guardian_id: int | None = None
    may_contact: bool = True
    on: date | None = None
    channel: str = ""
    reason: str = ""


def checked_basis(given: GivenBasis, *, channels: Collection[str], today: date) -> Basis:
    """The basis to record; Invalid names the field that is wrong. Consent is not taken from a guardian who
    may not be contacted: where a parent is the suspected abuser, the child's safety needs another basis."""
    if given.key not in BASES:
        raise Invalid(N_("Say on which basis the data move."), field="basis")
    if given.key != "consent":
        return Basis(given.key, reason=checked_words(given.reason, field="basis_reason"))
    if given.guardian is None:
        raise Invalid(N_("Say who gave the consent."), field="guardian")
    if not given.may_contact:
        raise Invalid(NOT_CONTACTED, field="guardian")
    if given.on is None:
        raise Invalid(N_("Say when the consent was given."), field="consent_on")
    if given.on > today:
        raise Invalid(N_("This date lies in the future."), field="consent_on")
    if given.channel not in channels:
        raise Invalid(N_("Say how the consent was given."), field="consent_channel")
    return Basis(
        "consent", given.guardian, given.on.isoformat(), given.channel, guardian_id=given.guardian_id
    )


def checked_words(text: str, *, field: str) -> str:
    """A reason in words, without the white space around it; Invalid when it is missing or too long."""
    text = text.strip()
    if not text:
        raise Invalid(N_("Please give a reason."), field=field)
    if len(text) > LONGEST_REASON:
        raise Invalid(N_("This text has more than %(limit)s characters."), field=field, limit=LONGEST_REASON)
    return text


def checked_receipt(typed_name: str) -> str:
    """The typed name under a receipt, in one line; Invalid unless it can be somebody's whole name."""
    name = " ".join(typed_name.split())
    if sum(sign.isalpha() for sign in name) < 3:
        raise Invalid(N_("Sign by typing your full name."), field="signed_name")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            N_("This text has more than %(limit)s characters."), field="signed_name", limit=LONGEST_NAME
        )
    return name
