"""Charts as plain SVG made on the server: no script and no style attribute, as a strict CSP wants.

Every chart says its title and its numbers in words to assistive technology, and carries the same numbers as
rows for the table beside it. Text takes the colour of the page (`currentColor`); a style sheet may colour
`.chart-mark` (bars, dots) and `.chart-line` (the line) anew, for example in dark mode. The size is that of a
phone's column; a style sheet may let `svg.chart` grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal
from markupsafe import Markup

from webapp.domain.vocabulary import Term

MARK = "#2c6e7f"
WIDTH = 320
_LINE_LETTERS = 38
_BABEL_LOCALES = {"id": "id_ID", "en": "en_GB"}
_NO_FIGURE = Term("no_figure", "tidak ada data", "no data")
_TREND = Term("trend", "dari {first} menjadi {last}", "from {first} to {last}")
_EMPTY = Term("empty", "Belum ada data.", "No data yet.")


@dataclass(frozen=True)
class ChartRow:
    """One figure; `value` None is a gap (nothing known), `shown` replaces the number in words ("<5")."""

    label: str
    value: float | None
    shown: str | None = None


@dataclass(frozen=True)
class Chart:
    """`svg` is safe to put into a page as it is; `rows` are (label, figure) as text for a table."""

    title: str
    svg: Markup
    rows: tuple[tuple[str, str], ...]


def bar_chart(title: str, rows: Sequence[ChartRow], locale: str, *, most: float | None = None) -> Chart:
    """Horizontal bars from zero to `most` (the greatest value, where it is not given), label and figure above
    each; negative values count as zero."""
    table = _table(rows, locale)
    if not rows:
        return Chart(title, _nothing(title, locale), table)
    most = max(most or 0, *(row.value or 0 for row in rows)) or 1
    marks = []
    for index, (row, (label, figure)) in enumerate(zip(rows, table, strict=True)):
        top = index * 40
        length = max(row.value or 0, 0) / most * WIDTH
        marks.append(
            Markup(
                '<text x="0" y="{y}">{label}</text>'
                '<text x="{right}" y="{y}" text-anchor="end">{figure}</text>'
                '<rect x="0" y="{bar}" width="{right}" height="10" rx="2" fill="currentColor" '
                'fill-opacity="0.1"/>'
            ).format(
                y=top + 15,
                bar=top + 21,
                right=WIDTH,
                label=_short(label, _LINE_LETTERS - len(figure)),
                figure=figure,
            )
        )
        if length > 0:
            marks.append(
                Markup(
                    '<rect class="chart-mark" x="0" y="{y}" width="{width:.1f}" height="10" rx="2" '
                    'fill="{fill}"/>'
                ).format(y=top + 21, width=length, fill=MARK)
            )
    return Chart(title, _svg(title, table, WIDTH, len(rows) * 40, Markup("").join(marks)), table)


def line_chart(title: str, rows: Sequence[ChartRow], locale: str, *, most: float | None = None) -> Chart:
    """One line over the labels in order, from zero to `most` (where it is given, and nothing is greater); a
    gap in the data is a gap in the line."""
    table = _table(rows, locale)
    known = [row.value for row in rows if row.value is not None]
    if not known:
        return Chart(title, _nothing(title, locale), table)
    left, right, top, bottom = 40, WIDTH - 12, 14, 130
    most = max(*known, most or 0) or 1
    step = (right - left) / max(len(rows) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return left + index * step, bottom - max(value, 0) / most * (bottom - top)

    grid = Markup("").join(
        Markup(
            '<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="currentColor" '
            'stroke-opacity="{opacity}"/>'
            '<text x="{at}" y="{text}" text-anchor="end" font-size="11">{figure}</text>'
        ).format(left=left, right=right, y=y, opacity=opacity, at=left - 6, text=y + 4, figure=figure)
        for y, opacity, figure in ((bottom, 0.6, "0"), (top, 0.2, _figure(most, locale)))
    )
    points = [place(index, row.value) if row.value is not None else None for index, row in enumerate(rows)]
    dots = Markup("").join(
        Markup('<circle class="chart-mark" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{fill}"/>').format(
            x=point[0], y=point[1], fill=MARK
        )
        for point in points
        if point
    )
    every = max(1, -(-len(rows) // 6))
    words = Markup("").join(
        Markup('<text x="{x:.1f}" y="150" text-anchor="{anchor}" font-size="11">{label}</text>').format(
            x=left + index * step,
            anchor="end" if index and index == len(rows) - 1 else "middle",
            label=_short(rows[index].label, 10),
        )
        for index in range(0, len(rows), every)
    )
    return Chart(title, _svg(title, table, WIDTH, 158, grid + _path(points) + dots + words), table)


def sparkline(values: Sequence[float | None], label: str, locale: str) -> Markup:
    """A word-sized line without axes; `label` names the figure, first and last value are said in words."""
    known = [value for value in values if value is not None]
    width, height, edge = 96, 24, 4
    if not known:
        return _nothing(label, locale, width, height)
    least, span = min(known), (max(known) - min(known)) or 1
    step = (width - 2 * edge) / max(len(values) - 1, 1)
    points = [
        None
        if value is None
        else (edge + index * step, height - edge - (value - least) / span * (height - 2 * edge))
        for index, value in enumerate(values)
    ]
    last = [point for point in points if point][-1]
    dot = Markup('<circle class="chart-mark" cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{fill}"/>').format(
        x=last[0], y=last[1], fill=MARK
    )
    words = _TREND.label(locale).format(first=_figure(known[0], locale), last=_figure(known[-1], locale))
    return _wrap(f"{label}: {words}", "chart sparkline", width, height, _path(points) + dot)


def _table(rows: Sequence[ChartRow], locale: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (row.label, row.shown if row.shown is not None else _figure(row.value, locale)) for row in rows
    )


def _figure(value: float | None, locale: str) -> str:
    if value is None:
        return _NO_FIGURE.label(locale)
    return format_decimal(round(value, 1), locale=_BABEL_LOCALES[locale])


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _path(points: Sequence[tuple[float, float] | None]) -> Markup:
    drawn, pen_down = [], False
    for point in points:
        if point:
            drawn.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = point is not None
    return Markup(
        '<path class="chart-line" d="{d}" fill="none" stroke="{stroke}" stroke-width="2" '
        'stroke-linejoin="round"/>'
    ).format(d=" ".join(drawn), stroke=MARK)


def _svg(title: str, table: Sequence[tuple[str, str]], width: int, height: int, drawing: Markup) -> Markup:
    said = "; ".join(f"{label}: {figure}" for label, figure in table)
    return _wrap(f"{title}. {said}", "chart", width, height, drawing)


def _nothing(title: str, locale: str, width: int = WIDTH, height: int = 28) -> Markup:
    words = _EMPTY.label(locale)
    drawing = Markup('<text x="0" y="17">{words}</text>').format(words=words if width == WIDTH else "–")
    return _wrap(f"{title}. {words}", "chart", width, height, drawing)


def _wrap(said: str, css_class: str, width: int, height: int, drawing: Markup) -> Markup:
    # aria-label instead of title ids: several charts on one page never share an id.
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{css_class}" role="img" aria-label="{said}" '
        'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-size="13" fill="currentColor">'
        "<title>{said}</title>{drawing}</svg>"
    ).format(css_class=css_class, said=said, width=width, height=height, drawing=drawing)
