"""A stock's price as a line of a word's size, for the list at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

POINTS, WIDTH, HEIGHT = 40, 96, 24
LOGARITHMIC_FROM = 5.0
"""the most by the least, from which an axis is logarithmic"""
_MARGIN = 2


def sample_levels(levels: pl.DataFrame) -> list[float]:
    """At most POINTS of the column level, the first and the last among them, oldest first."""
    every = levels.sort("date")["level"].to_list()
    if len(every) <= POINTS:
        return every
    return [every[round(at * (len(every) - 1) / (POINTS - 1))] for at in range(POINTS)]


def is_logarithmic(levels: Sequence[float]) -> bool:
    """Whether the highest level is so far above the lowest that an even axis would hide all but the end."""
    return len(levels) > 1 and min(levels) > 0 and max(levels) / min(levels) >= LOGARITHMIC_FROM


def draw_line(levels: Sequence[float]) -> str:
    """The points of an SVG polyline in WIDTH by HEIGHT; empty if there are fewer than two levels."""
    if len(levels) < 2:
        return ""
    heights = [math.log(level) for level in levels] if is_logarithmic(levels) else list(levels)
    low, span = min(heights), (max(heights) - min(heights)) or 1.0
    step = (WIDTH - 2 * _MARGIN) / (len(levels) - 1)
    return " ".join(
        f"{_MARGIN + at * step:.1f},{HEIGHT - _MARGIN - (height - low) / span * (HEIGHT - 2 * _MARGIN):.1f}"
        for at, height in enumerate(heights)
    )
