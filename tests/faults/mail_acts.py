"""How the mail server misbehaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.sink import Manners

if TYPE_CHECKING:
    from tests.faults.bench import Bench


def leave(bench: Bench) -> None:
    bench.sink.close()


def come_back(bench: Bench) -> None:
    bench.sink.open()


def be_good(bench: Bench) -> None:
    bench.sink.behave(Manners())


def be_slow(bench: Bench) -> None:
    """As slow as it may be before the sender gives up."""
    bench.sink.behave(Manners(pause=1.5))


def be_busy(bench: Bench) -> None:
    bench.sink.behave(Manners(refuse=lambda _: "451 4.3.2 Busy, come back later"))


def refuse_half(bench: Bench) -> None:
    def refuse(address: str) -> str | None:
        name = address.partition("@")[0]
        number = int(name.removeprefix("tamu")) if name.startswith("tamu") else 0
        return "550 5.1.1 No such mailbox" if number % 2 else None

    bench.sink.behave(Manners(refuse=refuse))


def hang(bench: Bench) -> None:
    bench.sink.behave(Manners(hang=True))


def cut_some(bench: Bench) -> None:
    bench.sink.behave(Manners(cut_each=5, cuts_left=8))
