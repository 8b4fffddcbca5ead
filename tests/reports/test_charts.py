from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from webapp.reports.charts import ChartRow, bar_chart, line_chart, sparkline

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    ChartRow("Pribadi", 12),
    ChartRow("Sosial", 1234.5),
    ChartRow("Belajar", None, "<5"),
    ChartRow("Karier", None),
]
labels = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=60)
chart_rows = st.lists(st.builds(ChartRow, labels, st.none() | st.floats(-1e6, 1e6)), max_size=15)


def assert_safe_inline(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert element.tag in {
            SVG + name for name in ("svg", "title", "text", "rect", "line", "path", "circle")
        }
        assert not [
            name for name in element.attrib if name == "style" or name == "id" or name.startswith("on")
        ]
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root[0].tag == SVG + "title"
    return root


def test_a_bar_chart_draws_longer_bars_for_greater_figures_and_gives_its_numbers_as_rows():
    chart = bar_chart("Kasus per bidang", ROWS, "id")
    root = assert_safe_inline(chart.svg)
    widths = [
        float(rect.get("width")) for rect in root.iter(SVG + "rect") if rect.get("class") == "chart-mark"
    ]
    assert widths[0] < widths[1] == 320
    assert len(widths) == 2
    assert chart.rows == (
        ("Pribadi", "12"),
        ("Sosial", "1.234,5"),
        ("Belajar", "<5"),
        ("Karier", "tidak ada data"),
    )
    assert bar_chart("Cases", ROWS, "en").rows[1:] == (
        ("Sosial", "1,234.5"),
        ("Belajar", "<5"),
        ("Karier", "no data"),
    )


def test_a_suppressed_figure_draws_no_bar_from_which_it_could_be_measured():
    root = assert_safe_inline(bar_chart("x", [ChartRow("Belajar", None, "<5")], "id").svg)
    assert not [rect for rect in root.iter(SVG + "rect") if rect.get("class") == "chart-mark"]


def test_a_line_chart_breaks_its_line_where_nothing_is_known():
    rows = [ChartRow(str(month), value) for month, value in enumerate([3, 5, None, 2, 8], start=1)]
    root = assert_safe_inline(line_chart("Konferensi", rows, "id").svg)
    path = next(root.iter(SVG + "path")).get("d")
    assert path.count("M") == 2
    assert path.count("L") == 2
    assert len(list(root.iter(SVG + "circle"))) == 4


def test_a_sparkline_says_its_first_and_last_value_in_words():
    assert assert_safe_inline(sparkline([3, None, 7], "Konferensi", "id")).get("aria-label") == (
        "Konferensi: dari 3 menjadi 7"
    )
    assert "from 3 to 7" in sparkline([3, None, 7], "Conferences", "en")


def test_charts_of_nothing_say_that_there_is_nothing():
    for svg in (
        bar_chart("Kasus", [], "id").svg,
        line_chart("Kasus", [ChartRow("Jan", None)], "id").svg,
        sparkline([None], "Kasus", "id"),
    ):
        assert "Belum ada data" in assert_safe_inline(svg).get("aria-label")


def test_labels_are_escaped():
    hostile = '"><script>alert(1)</script>'
    for svg in (bar_chart(hostile, [ChartRow(hostile, 1)], "id").svg, sparkline([1], hostile, "id")):
        assert_safe_inline(svg)
        assert "<script" not in svg


@given(chart_rows, labels)
def test_any_figures_draw_inside_the_picture(rows, title):
    for chart in (bar_chart(title, rows, "id"), line_chart(title, rows, "en")):
        root = assert_safe_inline(chart.svg)
        width, height = float(root.get("width")), float(root.get("height"))
        assert len(chart.rows) == len(rows)
        for rect in root.iter(SVG + "rect"):
            assert float(rect.get("width")) <= width + 0.1
        for circle in root.iter(SVG + "circle"):
            assert 0 <= float(circle.get("cx")) <= width
            assert 0 <= float(circle.get("cy")) <= height
        assert not re.search(r"nan|inf\b", "".join(p.get("d", "") for p in root.iter(SVG + "path")))
