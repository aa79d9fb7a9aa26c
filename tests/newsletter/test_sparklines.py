"""A price as a line of a word's size."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tracker.newsletter.sparklines import HEIGHT, POINTS, WIDTH, draw_line, is_logarithmic, sample_levels


def points(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def test_the_first_and_the_last_level_are_drawn() -> None:
    days = [date(2025, 1, 1) + timedelta(days=at) for at in range(300)]
    levels = sample_levels(pl.DataFrame({"date": days, "level": [100.0 + at for at in range(300)]}))
    assert len(levels) == POINTS and (levels[0], levels[-1]) == (100.0, 399.0)
    drawn = points(draw_line(levels))
    assert drawn[0] == (2.0, 22.0) and drawn[-1] == (94.0, 2.0)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)


def test_fivefold_is_drawn_by_ratio() -> None:
    assert is_logarithmic([100, 500]) and not is_logarithmic([100, 499]) and not is_logarithmic([])
    (_, low), (_, middle), (_, high) = points(draw_line([1, 10, 100]))
    assert middle == (low + high) / 2


def test_little_is_no_error() -> None:
    assert draw_line([]) == draw_line([100.0]) == ""
    assert len(points(draw_line([100.0, 100.0]))) == 2
