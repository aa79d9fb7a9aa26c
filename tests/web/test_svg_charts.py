"""Charts: drawn from hostile and from few numbers, and readable on any width."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from lxml import etree

from tracker.web.svg_charts import draw_bars, draw_line

DAY = date(2025, 1, 2)


def line(levels: list[float]) -> list[tuple[date, float]]:
    return [(DAY + timedelta(days=number), level) for number, level in enumerate(levels)]


@pytest.mark.parametrize(
    "levels",
    [
        [1.0, 2.0],
        [5.0] * 30,
        [0.0001, 0.00012],
        [0.0, 0.0],
        [1e9, 2e12],
        [-1.0, 1.0],
        [float("nan"), 1.0, 2.0],
        [7.0] * 5000,
    ],
)
def test_a_line_is_drawn_inside_its_frame(levels: list[float]) -> None:
    drawn = draw_line(line(levels), 'a "label" & <more>')
    root = etree.fromstring(str(drawn))
    assert root.attrib["aria-label"] == 'a "label" & <more>'
    path = re.search(r'<path class="line" d="M([^"]*)"', str(drawn))
    assert path is not None
    points = [tuple(map(float, point.split())) for point in path[1].split(" L")]
    assert 2 <= len(points) <= 502 and points[0][0] == 0 and points[-1][0] == 1000
    assert all(0 <= x <= 1000 and 0 <= y <= 178 for x, y in points)


@pytest.mark.parametrize("levels", [[], [1.0], [float("nan"), float("inf")], [float("nan"), 3.0]])
def test_too_few_closes_are_no_line(levels: list[float]) -> None:
    assert draw_line(line(levels), "label") == ""


def test_labels_of_a_line_are_prices_and_days() -> None:
    drawn = str(draw_line([(date(2025, 1, 2), 7.54), (date(2025, 12, 31), 11.25)], "DUOT"))
    texts = re.findall(r"<text[^>]*>(.*?)</text>", drawn)
    assert texts[:3] == ["$6", "$8", "$10"] and texts[-5] == "Jan 2025" and texts[-1] == "Dec 2025"


def test_bars_have_figures_and_the_awaited_stand_on_them() -> None:
    drawn = str(draw_bars([("2025Q2", 3, 0), ("2025Q3", None, 0), ("2025Q4", 4, 2)], "holders"))
    assert drawn.count('class="bar"') == 2 and drawn.count('class="pale"') == 1
    assert re.findall(r'<text class="figure"[^>]*>(.*?)</text>', drawn) == ["3", "4"]
    tops = [float(y) for y in re.findall(r'<rect[^>]* y="([0-9.]+)"', drawn)]
    assert min(tops) >= 18


def test_many_quarters_share_five_names() -> None:
    drawn = str(draw_bars([(f"{2000 + number // 4}Q{number % 4 + 1}", number, 0) for number in range(60)], "holders"))
    names = re.findall(r'text-anchor="middle">(\d{4}Q\d)</text>', drawn)
    assert 4 <= len(names) <= 5 and names[-1] == "2014Q4"


def test_nothing_known_is_no_chart() -> None:
    assert draw_bars([], "x") == draw_bars([("2025Q3", None, 0)], "x") == ""
    assert draw_bars([("2025Q3", 0, 0)], "x") != ""


def test_dollars_are_short() -> None:
    drawn = str(draw_bars([("2025Q3", 64_456_000_000.0, 0), ("2025Q4", 120.0, 0)], "value", in_dollars=True))
    assert ">$64.5B<" in drawn and ">$120<" in drawn
