"""A paper as a Word document: the same sections as in the PDF, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from webapp.reports.word_letter import DOTS, Letter

_LABELS = (5.2, 7.0)
_LETTER_WIDTH = 0.19
_INDENT = 0.75


def write_paper(letter: Letter) -> None:
    """Write everything below the letterhead."""
    d = letter.d
    if d["address"] is None:
        letter.headline()
    else:
        _address(letter)
    for number, section in enumerate(section for section in d["sections"] if section["heading"]):
        section["heading"] = f"{chr(ord('A') + number)}.  {section['heading']}"
    for section in d["sections"]:
        _section(letter, section)
    if d["closing"]:
        letter.line(d["closing"], after=14)
    letter.signatures(*((signer["above"], signer["person"]) for signer in d["signers"]))
    if d["confidential"]:
        letter.line("", after=2)
        letter.line(d["confidential"], after=2)
    if d["slip"] is not None:
        _slip(letter, d["slip"])


def _address(letter: Letter) -> None:
    t, address = letter.t, letter.d["address"]
    head = [] if letter.d["number"] is None else [(t["number"], letter.d["number"] or DOTS)]
    if address["enclosures"]:
        head.append((t["enclosures"], address["enclosures"]))
    head.append((t["subject"], address["subject"]))
    letter.facts(*head, label_width=2.2, indent=0.0)
    name, *rest = address["recipient"]
    recipient = letter.word.add_paragraph(f"{t['honoured']} ")
    recipient.add_run(name).bold = True
    recipient.add_run("".join(f"\n{line}" for line in (*rest, t["at_home"])))


def _section(letter: Letter, section: dict[str, Any]) -> None:
    if section["heading"]:
        letter.line(section["heading"], bold=True, after=4, keep=True)
    _content(letter, section)
    for number, part in enumerate(section["parts"], start=1):
        letter.line(
            f"{number}.  {part['heading']}", bold=True, after=3, keep=True, at_the_right=part["note"]
        )
        _content(letter, part)


def _content(letter: Letter, section: dict[str, Any]) -> None:
    is_empty = not any(section[name] for name in ("texts", "facts", "ticks", "parts", "pen_lines", "picture"))
    listed = bool(section["heading"]) and len(section["texts"]) > 1
    for number, text in enumerate(section["texts"]):
        letter.line(f"{chr(ord('a') + number % 26)}.  {text}" if listed else text)
    if section["facts"]:
        pairs = (_pair(fact) for fact in section["facts"])
        letter.facts(*pairs, label_width=_label_width(letter), indent=_INDENT)
    if section["grid"] is not None:
        grid = section["grid"]
        if grid["rows"] or grid["pen_rows"]:
            letter.grid(
                grid["heads"], grid["rows"], grid["widths"], pen_rows=grid["pen_rows"], sums=grid["sums"]
            )
            is_empty = False
    if section["picture"]:
        letter.line(section["picture_says"])
    for answer in section["ticks"]:
        letter.line(f"☐  {answer}", after=3)
    for _ in range(section["pen_lines"]):
        letter.line(DOTS * 3, after=4)
    if is_empty:
        letter.line(letter.t["nothing"])


def _label_width(letter: Letter) -> float:
    """One column for the labels of all sections, as wide as the longest that leaves room for its value."""
    least, most = _LABELS
    widths = [len(label) * _LETTER_WIDTH for label in _labels(letter.d["sections"])]
    return max(least, *(width for width in widths if width <= most), least)


def _labels(sections: Iterable[dict[str, Any]]) -> Iterator[str]:
    for section in sections:
        yield from (fact["label"] for fact in section["facts"])
        yield from _labels(section["parts"])


def _pair(fact: dict[str, Any]) -> tuple[str, str]:
    return fact["label"], fact["value"] or (DOTS if fact["for_pen"] else "—")


def _slip(letter: Letter, slip: dict[str, Any]) -> None:
    letter.line("- " * 60, after=8, center=True)
    letter.line(slip["title"].upper(), bold=True, center=True)
    for section in slip["sections"]:
        _section(letter, section)
    letter.facts(*((label, DOTS) for label in slip["pens"]), label_width=_LABELS[0])
