"""Minutes and attendance list of a conference as Word documents: what the PDF says, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.reports.word_letter import Letter

_DASH = "—"
_PEN = "." * 18
_ROW_FOR_PEN = 0.95  # cm


def write_minutes(letter: Letter) -> None:
    """Write everything below the letterhead."""
    t, d = letter.t, letter.d
    there = t["present_of"].replace("{present}", str(d["present_count"]))
    letter.headline()
    letter.facts(
        (t["held_on"], _day(d)),
        (t["time"], letter.time()),
        (t["place"], d["place"] or _DASH),
        (t["leader"], d["leader"] or _DASH),
        (t["present"], there.replace("{invited}", str(d["invited_count"]))),
        (t["purpose"], d["purpose"] or _DASH),
        indent=0.0,
    )
    headings = _Headings(letter)
    headings.main(t["identification"])
    letter.facts(
        (t["case_number"], d["case_number"]),
        (t["student"], d["student_name"] or _DASH),
        (t["class"], d["student_class"] or _DASH),
    )
    headings.with_parts("description", "strengths", "symptoms", "background")
    for name in ("efforts", "discussion"):
        headings.main(t[name])
        _entries(letter, d[name])
    headings.main(t["conflicts"])
    _conflicts(headings)
    headings.with_parts("conclusion", "recommendations", "decisions", "alternatives")
    _tables(headings)
    headings.main(t["monitoring_plan"])
    letter.line(d["monitoring_plan"] or _DASH)
    headings.main(t["addenda"])
    _entries(
        letter,
        [f"{added['author']}, {added['written_on']['long']}: {added['text']}" for added in d["addenda"]],
    )
    _close(letter, t["closing_minutes"], is_confidential=True)


def write_attendance(letter: Letter) -> None:
    """Write everything below the letterhead; who has not signed electronically finds a line for a pen."""
    t, d = letter.t, letter.d
    letter.headline()
    letter.facts(
        (t["case_number"], d["case_number"]),
        (t["held_on"], _day(d)),
        (t["time"], letter.time()),
        (t["place"], d["place"] or _DASH),
        (t["leader"], d["leader"] or _DASH),
        indent=0.0,
    )
    rows = [
        (person["name"], person["relation"] or _DASH, _signature(t, number, person))
        for number, person in enumerate(d["attendees"], start=1)
    ]
    heads = (t["name"], t["relation"], t["signature"])
    _grid(letter, heads, rows, (11, 8, 10), row_height=_ROW_FOR_PEN)
    _close(letter, t["closing_attendance"])


class _Headings:
    """Headings as the PDF counts them: A., B., and below each 1., 2."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self._main = self._part = 0

    def main(self, text: str) -> None:
        """A section begins."""
        self.letter.line(f"{chr(ord('A') + self._main)}.  {text}", bold=True, after=4, keep=True)
        self._main, self._part = self._main + 1, 0

    def part(self, text: str) -> None:
        """A part of the section begins."""
        self._part += 1
        self.letter.line(f"{self._part}.  {text}", bold=True, after=3, keep=True)

    def with_parts(self, name: str, *parts: str) -> None:
        """A section of lists, each under a heading of its own."""
        self.main(self.letter.t[name])
        for part in parts:
            self.part(self.letter.t[part])
            _entries(self.letter, self.letter.d[part])


def _conflicts(headings: _Headings) -> None:
    letter = headings.letter
    t, conflicts = letter.t, letter.d["conflicts"]
    if not conflicts:
        letter.line(_DASH)
    for conflict in conflicts:
        headings.part(conflict["topic"])
        for said in conflict["statements"]:
            paragraph = letter.word.add_paragraph(style="List Bullet")
            paragraph.add_run(f"{said['source']}: ").bold = True
            paragraph.add_run(said["text"])
        letter.line(f"{t['clarification']}: {conflict['clarification'] or t['left_open']}")


def _tables(headings: _Headings) -> None:
    letter = headings.letter
    t, d = letter.t, letter.d
    headings.main(t["tasks"])
    tasks = [
        (
            "\n".join(part for part in (task["who"], task["relation"]) if part),
            task["what"],
            task["due_on"]["short"] if task["due_on"] else _DASH,
        )
        for task in d["tasks"]
    ]
    _grid(letter, (t["name"], t["task"], t["due_on"]), tasks, (8, 14, 5))
    headings.main(t["behaviours"])
    watched = [
        (
            behaviour["description"],
            ", ".join(day["short"] for day in behaviour["check_on"]) or _DASH,
        )
        for behaviour in d["behaviours"]
    ]
    _grid(letter, (t["behaviour"], t["check_on"]), watched, (14, 8))
    headings.main(t["agreements"])
    agreed = [
        (
            person["name"],
            person["relation"] or _DASH,
            f"{t['reservation']}: {person['reservation']}" if person["reservation"] else t["agrees"],
        )
        for person in d["agreements"]
    ]
    _grid(letter, (t["name"], t["relation"], t["stance"]), agreed, (9, 9, 10))


def _close(letter: Letter, closing: str, *, is_confidential: bool = False) -> None:
    t, d = letter.t, letter.d
    town = f"{d['town']}, " if d["town"] else ""
    letter.line(closing, after=14)
    letter.signatures((t["acknowledged"], d["principal"]), (town + d["signed_on"]["long"], d["counsellor"]))
    letter.line("", after=2)
    if is_confidential:
        letter.line(t["confidential"], after=2)
    if d["principal"]["signed_at"] or d["counsellor"]["signed_at"]:
        # Whoever holds a file that can be changed is told where the signed words stand.
        letter.line(t["to_edit"], after=2)


def _grid(
    letter: Letter,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    row_height: float | None = None,
) -> None:
    if rows:
        letter.grid(heads, rows, widths, row_height=row_height)
    else:
        letter.line(_DASH)


def _entries(letter: Letter, texts: Sequence[str]) -> None:
    if not texts:
        letter.line(_DASH)
    for number, text in enumerate(texts):
        letter.line(f"{_letter_of(number)}.  {text}" if len(texts) > 1 else text)


def _letter_of(number: int) -> str:
    """a, b, … z, aa, ab: as the PDF counts its lists."""
    name = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        name = chr(ord("a") + place) + name
    return name


def _signature(t: dict[str, str], number: int, person: dict[str, Any]) -> str:
    if person["signed_at"] is not None:
        return f"{t['signed_at']}\n{person['signed_at']}"
    if person["attended"] is False:
        return t["absent"]
    return f"{number}. {_PEN if number % 2 else ' ' * 20 + _PEN}"


def _day(d: dict[str, Any]) -> str:
    return f"{d['held_on']['weekday']}, {d['held_on']['long']}"
