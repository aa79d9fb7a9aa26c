"""Charts: the same bytes for the same data, light and dark, and labels that stand apart."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from tracker.newsletter import charts, strategy_charts
from tracker.newsletter.chart_style import place_labels

QUARTERS = [
    {"quarter": "2024Q4", "return_pct": -12.34, "band_pct": 1.0},
    {"quarter": "2025Q1", "return_pct": 45.0, "band_pct": -2.0},
    {"quarter": "2025Q2", "return_pct": None, "band_pct": None},
]


def paths(is_compared: bool = True, days: int = 300) -> pl.DataFrame:
    """As `strategy_paths.daily_paths` has them: growth in waves, IWM but no other fund."""
    waves = [10_000 * (1 + 0.001 * at + 0.05 * math.sin(at / 20)) for at in range(days)]
    frame = pl.DataFrame({"date": [date(2024, 1, 2) + timedelta(days=at) for at in range(days)], "growth_usd": waves})
    others = {"band_usd": 0.9, "iwm_usd": 1.05, "random_p5_usd": 0.7, "random_p25_usd": 0.8, "random_p50_usd": 0.9,
              "random_p75_usd": 1.0, "random_p95_usd": 1.2}  # fmt: skip
    unknown = pl.lit(None, pl.Float64)
    frame = frame.with_columns(
        *((pl.col("growth_usd") * part if is_compared else unknown).alias(name) for name, part in others.items()),
        unknown.alias("iwc_usd"),
        unknown.alias("spy_usd"),
    )
    fall = (pl.col("growth_usd") / pl.col("growth_usd").cum_max() - 1) * 100
    return frame.with_columns(drawdown_pct=fall, band_drawdown_pct=fall if is_compared else unknown)


@cache
def price() -> charts.Chart:
    days = [date(2025, 1, 3) + timedelta(days=number) for number in range(200)]
    rows = [
        {"series": name, "date": day, "level": 100 + step * number}
        for name, step in (("A & B <Inc>", 0.5), ("Median micro-cap", 0.1), ("IWC", -0.1))
        for number, day in enumerate(days)
    ]
    return charts.draw_price(pl.DataFrame(rows), ["A & B <Inc>", "Median micro-cap", "IWC"])


@cache
def holders() -> charts.Chart:
    return charts.draw_holders([("2025Q2", 5, 0), ("2025Q3", 7, 0)])


@cache
def band() -> charts.Chart:
    rows = [{"ticker": f"T{n}", "holders": n % 7, "return_pct": 40.0 * n - 90} for n in range(12)]
    return charts.draw_band(rows, ["T11", "T10"])


@cache
def growth() -> charts.Chart:
    return strategy_charts.draw_growth(paths())


@cache
def drawdowns() -> charts.Chart:
    return strategy_charts.draw_drawdowns(paths())


@cache
def quarters() -> charts.Chart:
    return strategy_charts.draw_quarters(QUARTERS)


each_chart = pytest.mark.parametrize(
    "draw", [price, holders, band, growth, drawdowns, quarters], ids=lambda draw: draw.__name__
)


def words(svg: bytes) -> list[str]:
    return [text for node in ElementTree.fromstring(svg).iter() if (text := (node.text or "").strip())]  # noqa: S314


def pixels(png: bytes) -> bytes:
    """The picture's data, unpacked (filtered rows)."""
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    return zlib.decompress(data)


@each_chart
def test_the_same_data_gives_the_same_bytes(draw: Callable[[], charts.Chart]) -> None:
    assert draw() == draw.__wrapped__()  # type: ignore[attr-defined]  # drawn again


@each_chart
def test_a_picture_is_twice_as_large_as_it_is_shown_and_not_blank(draw: Callable[[], charts.Chart]) -> None:
    chart = draw()
    assert chart.png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(chart.png[at : at + 4]) for at in (16, 20))
    assert (width // 2, height // 2) == (chart.width, chart.height)
    assert len(set(pixels(chart.png))) > 50


@each_chart
def test_dark_has_no_colour_of_light(draw: Callable[[], charts.Chart]) -> None:
    chart = draw()
    assert words(chart.svg) == words(chart.dark_svg) != []
    for colour in (b"#ffffff", b"#303236", b"#6b6f76", b"#0072b2"):
        assert colour not in chart.dark_svg.lower()
    assert b"#16181c" in chart.dark_svg


def test_axes_show_units_and_dates() -> None:
    texts = words(price().svg)
    assert {"Index, first day = 100", "A & B <Inc>", "Median micro-cap", "IWC"} <= set(texts)
    assert any(text.endswith(" 2025") for text in texts)
    assert {"Hedge funds", "5", "7", "2025Q2", "2025Q3"} <= set(words(holders().svg))
    assert {"Performance", "Hedge fund holders", "0%", "+100%", "\u221250%", "T11", "T10"} <= set(words(band().svg))


def test_labels_of_neighbours_stand_apart() -> None:
    rows = [
        {"ticker": name, "holders": 3, "return_pct": 100.0 + at} for at, name in enumerate(("AAAA", "BBBB", "CCCC"))
    ]
    svg = ElementTree.fromstring(charts.draw_band(rows, ["AAAA", "BBBB", "CCCC"]).svg)  # noqa: S314
    spots = {node.text: node.get("transform") for node in svg.iter() if node.text in ("AAAA", "BBBB", "CCCC")}
    assert len(set(spots.values())) == 3
    points = [tuple(map(float, str(spot)[10:-1].split(","))) for spot in spots.values()]
    assert all(abs(a[0] - b[0]) > 25 or abs(a[1] - b[1]) >= 9 for a in points for b in points if a is not b)


def test_little_to_draw_is_drawn() -> None:
    day = pl.DataFrame([{"series": "A", "date": date(2025, 1, 3), "level": 100.0}])
    for chart in (charts.draw_price(day, ["A"]), charts.draw_holders([("2025Q3", 0, 0)]), charts.draw_band([], [])):
        assert chart.width > 100 and chart.height > 100


def test_labels_of_a_whole_list_on_one_spot_do_not_overlap() -> None:
    spots = {f"T{number:03d}X": (60.0, 40 + number / 3) for number in range(20)}
    placed = place_labels(spots, list(spots))
    boxes = [(x, y) for x, y in placed.values()]
    wide, high = 5 * 7.2, 11
    for at, (x, y) in enumerate(boxes):
        assert all(abs(x - left) >= wide or abs(y - middle) >= high for left, middle in boxes[:at])
        assert y >= 13


@pytest.mark.parametrize("counts", [[("2025Q3", 1, 0)], [("2025Q2", 1, 0), ("2025Q3", 0, 1)], [("2025Q3", 0, 0)]])
def test_the_axis_of_few_holders_has_each_number_once(counts: list[tuple[str, int, int]]) -> None:
    texts = words(charts.draw_holders(counts).svg)
    axis = texts[texts.index("0") : texts.index("Hedge funds")]
    assert axis == ["0", "1"]


def test_a_strategy_is_drawn_beside_what_it_is_compared_with() -> None:
    texts = set(words(growth().svg))
    assert {"Portfolio", "All of the band alike", "IWM", "Growth of $10,000", "$10,000"} <= texts
    assert not {"IWC", "SPY"} & texts
    assert {"Portfolio", "All of the band alike", "Percent", "0"} <= set(words(drawdowns().svg))


def test_a_short_strategy_is_drawn_alone() -> None:
    alone = paths(is_compared=False)
    for chart in (strategy_charts.draw_growth(alone), strategy_charts.draw_drawdowns(alone)):
        texts = set(words(chart.svg))
        assert "Portfolio" in texts and not {"All of the band alike", "IWM"} & texts
    rows = [{**row, "band_pct": None} for row in QUARTERS]
    assert not any("band" in text for text in words(strategy_charts.draw_quarters(rows).svg))


def test_a_heat_map_says_in_figures_what_its_colours_mean() -> None:
    texts = words(quarters().svg)
    assert {"Q1", "Q4", "2024", "2025", "\u221212.3%", "+45.0%", "band +1.0%", "band \u22122.0%"} <= set(texts)
    assert sum(text.startswith("band") for text in texts) == 2  # a quarter without a return has no cell


def test_years_of_days_are_thinned_and_keep_the_deepest_fall() -> None:
    """Twelve years of sessions; the deepest fall lasts one day."""
    long = paths(days=3000)
    sunk = (pl.int_range(pl.len()) == 1501) & pl.lit(True)
    long = long.with_columns(drawdown_pct=pl.when(sunk).then(-77.0).otherwise("drawdown_pct"))
    chart = strategy_charts.draw_drawdowns(long)
    assert "\u221280" in words(chart.svg) and len(chart.svg) < 150_000


def test_a_fivefold_rise_has_a_logarithmic_axis() -> None:
    def drawn(most: float) -> bytes:
        rows = [
            {"series": "A", "date": date(2025, 1, 3 + at), "level": level} for at, level in enumerate((100.0, most))
        ]
        return charts.draw_price(pl.DataFrame(rows), ["A"]).svg

    assert b"log scale" in drawn(500.0) and b"log scale" not in drawn(499.0)
