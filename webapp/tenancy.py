"""The choke point: who acts, in which school, in one transaction that PostgreSQL itself fences.

`with work(actor):` opens one transaction whose settings (`app.…`, local to it) are what the
row-level security policies read. No scope, no rows. Services use `session` and `add()` from here
and never commit: leaving the block commits, an exception rolls back. After a commit the wake-up
hook is told which queues have new rows; what it loses, the next tick finds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import IO, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import event, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from werkzeug.local import LocalProxy

from webapp import crypto
from webapp.extensions import db

log = logging.getLogger(__name__)

PLATFORM_SCHOOL_ID = 0
"""Owns mails and records that belong to no school, so that school_id is never NULL."""


@dataclass(frozen=True)
class Actor:
    """Who acts, where, and when. `at` is read from the clock once, at the edge."""

    kind: str  # person | guest | system | district | identity
    at: datetime
    school_id: int | None = None
    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    district_id: int | None = None
    participant_id: int | None = None
    verified: bool = False  # a guest who has entered a one-time code
    visit_request_id: int | None = None  # of a guest who is asked about a home visit, and nothing else
    time_zone: str = "Asia/Jakarta"
    locale: str = "id"

    @property
    def today(self) -> date:
        """The date of `at` on the school's own clock."""
        return self.at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    def has_role(self, *roles: str) -> bool:
        """Whether the actor holds any of these school or district roles."""
        return not self.roles.isdisjoint(roles)

    def seen_at(self, at: datetime) -> Actor:
        """The same actor at another moment."""
        return replace(self, at=at)


def system(school_id: int, at: datetime, *, time_zone: str = "Asia/Jakarta") -> Actor:
    """The worker's actor: one school, no person; it sees schedules and mails, no narrative."""
    return Actor("system", at, school_id=school_id, roles=frozenset({"system"}), time_zone=time_zone)


@dataclass
class Scope:
    """One open scope: the actor, its session, and the queues to wake after the commit."""

    actor: Actor
    session: Session
    queues: set[str] = field(default_factory=set)


class NoScope(RuntimeError):
    """Something touched tenant data outside `work()`."""


_scope: ContextVar[Scope | None] = ContextVar("pamong_scope", default=None)


def _wake_nobody(queues: frozenset[str]) -> None:
    """Until the composition root connects a queue, the next tick finds the rows."""


_wake: Callable[[frozenset[str]], None] = _wake_nobody


def on_commit_wake(hook: Callable[[frozenset[str]], None]) -> None:
    """Connect the wake-up hook (composition root only)."""
    global _wake
    _wake = hook


def current() -> Scope:
    """The open scope; NoScope outside `work()`."""
    scope = _scope.get()
    if scope is None:
        raise NoScope("tenant data is reached inside `with work(actor):` only")
    return scope


def is_open() -> bool:
    """Whether a scope is open."""
    return _scope.get() is not None


def _current_session() -> Session:
    return current().session


session: Session = LocalProxy(_current_session)  # type: ignore[assignment]


Row = TypeVar("Row")


def add(row: Row) -> Row:
    """Insert a row now, so that later rows may refer to it (relationships are view-only here)."""
    session.add(row)
    session.flush()
    return row


def wake(queue: str) -> None:
    """Say that `queue` has a new row; the hook is called after the commit."""
    current().queues.add(queue)


def settings_of(actor: Actor) -> dict[str, str]:
    """What the policies read about the actor, by the names in SETTINGS and in their order."""
    school_ids = [] if actor.school_id is None else [actor.school_id]
    return {
        "app.kind": actor.kind,
        "app.school_ids": "{" + ",".join(map(str, school_ids)) + "}",
        "app.roles": "{" + ",".join(sorted(actor.roles)) + "}",
        "app.person_id": "" if actor.person_id is None else str(actor.person_id),
        "app.participant_id": "" if actor.participant_id is None else str(actor.participant_id),
        "app.guest_verified": "on" if actor.verified else "",
        "app.visit_request_id": "" if actor.visit_request_id is None else str(actor.visit_request_id),
        "app.district_id": "" if actor.district_id is None else str(actor.district_id),
        "app.at": actor.at.isoformat(),
    }


SETTINGS = tuple(settings_of(Actor("", datetime.fromtimestamp(0, UTC))))
_SET_ALL = text("SELECT " + ", ".join(f"set_config('{name}', :{name[4:]}, true)" for name in SETTINGS))


@event.listens_for(Session, "after_begin")
def _set_scope(opened: Session, transaction, connection) -> None:
    """Every transaction of every session starts inside a scope, or does not start."""
    actor = opened.info.get("actor")
    if actor is None:
        raise NoScope("a transaction was begun without a scope")
    if connection.dialect.name == "postgresql" and not transaction.nested:
        connection.execute(_SET_ALL, {key[4:]: value for key, value in settings_of(actor).items()})


@contextmanager
def work(actor: Actor) -> Iterator[Session]:
    """Run one unit of work as `actor`; commits at the end, rolls back on any exception."""
    if _scope.get() is not None:
        raise NoScope("a scope is open already; a scope is never changed inside a transaction")
    db.session.remove()
    opened: Session = db.session()
    opened.info["actor"] = actor
    scope = Scope(actor, opened)
    token = _scope.set(scope)
    try:
        yield opened
        opened.commit()
    except BaseException:
        opened.rollback()
        raise
    finally:
        _scope.reset(token)
        db.session.remove()
    if scope.queues:
        _wake(frozenset(scope.queues))


def database_now() -> datetime:
    """The moment by the database's clock, which is one for all machines; in a connection of its own."""
    with db.engine.connect() as connection:
        moment: datetime = connection.scalar(text("SELECT now()"))
        return moment.astimezone(UTC)


def _identity_session() -> Session:
    return sessionmaker(db.engine, expire_on_commit=False, info={"actor": _identity_actor()})()


def _identity_actor() -> Actor:
    # The identity scope sees accounts and sign-in rows, and the platform's mails; no school.
    return Actor("identity", datetime.fromtimestamp(0, UTC), school_id=PLATFORM_SCHOOL_ID)


identity: scoped_session[Session] = scoped_session(_identity_session)  # type: ignore[arg-type]
"""Flask-Security's own session: accounts and sign-in only; it may commit by itself."""


@contextmanager
def identity_work() -> Iterator[Session]:
    """Read or change accounts and sign-in rows in one transaction of the identity scope."""
    try:
        yield identity()
        identity().commit()
    finally:
        identity.remove()


# --- keys -----------------------------------------------------------------------------------------

_master: crypto.MasterKeys | None = None
_school_keys: dict[tuple[int, int], bytes] = {}
_current_key_no: dict[int, int] = {}


def use_master_keys(keys: crypto.MasterKeys) -> None:
    """Set the master keys (composition root only); forgets cached school keys."""
    global _master
    _master = keys
    _school_keys.clear()
    _current_key_no.clear()


def _load_keys(school_id: int) -> None:
    if _master is None:
        raise crypto.SealBroken("no master keys are configured")
    rows = session.execute(
        text("SELECT key_no, master_id, wrapped FROM school_keys WHERE school_id = :school ORDER BY key_no"),
        {"school": school_id},
    )
    for key_no, master_id, wrapped in rows:
        _school_keys[school_id, key_no] = _master.unwrap(
            master_id, bytes(wrapped), school_id=school_id, key_no=key_no
        )
        _current_key_no[school_id] = key_no


def seal(school_id: int, plain: bytes, bound: str) -> bytes:
    """Seal under the school's current key; the key is read inside the open scope once per process."""
    if school_id not in _current_key_no:
        _load_keys(school_id)
    if school_id not in _current_key_no:
        raise crypto.SealBroken(f"school {school_id} has no key in this scope")
    key_no = _current_key_no[school_id]
    return crypto.seal(_school_keys[school_id, key_no], key_no, plain, bound)


def borrow_key(school_id: int) -> None:
    """Make it possible to `seal` for another school of the district, to which a student moves or from which
    one comes. Lets nothing be read there: which rows are seen, the policies decide."""
    if school_id in _current_key_no or _master is None:
        return
    for key_no, master_id, wrapped in session.execute(
        text("SELECT no, master, wrapped_key FROM app_transfer_key(:school)"), {"school": school_id}
    ):
        _school_keys[school_id, key_no] = _master.unwrap(
            master_id, bytes(wrapped), school_id=school_id, key_no=key_no
        )
        _current_key_no[school_id] = key_no


def unseal(school_id: int, sealed: bytes, bound: str) -> bytes:
    """Open a value sealed under any of the school's keys."""
    return crypto.unseal(_key_of(school_id, sealed), sealed, bound)


def unseal_into(target: IO[bytes], school_id: int, sealed: Iterable[bytes], bound: str) -> None:
    """Open a large value in pieces, so that it never lies in memory whole; see crypto.unseal_into."""
    pieces = iter(sealed)
    first = next(pieces, b"")
    crypto.unseal_into(target, _key_of(school_id, first), chain((first,), pieces), bound)


def _key_of(school_id: int, sealed: bytes) -> bytes:
    key_no = crypto.key_number(sealed)
    if (school_id, key_no) not in _school_keys:
        _load_keys(school_id)
    if (school_id, key_no) not in _school_keys:
        raise crypto.SealBroken(f"key {key_no} of school {school_id} is not here")
    return _school_keys[school_id, key_no]


def wrap_new_school_key(school_id: int, key_no: int) -> tuple[str, bytes]:
    """Make and wrap a key for a school: (master key id, wrapped bytes)."""
    if _master is None:
        raise crypto.SealBroken("no master keys are configured")
    return _master.wrap(crypto.new_key(), school_id=school_id, key_no=key_no)
