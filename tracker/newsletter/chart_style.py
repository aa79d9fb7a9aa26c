"""What all charts share: colours, fonts, the finished picture, and where labels go.

Colours are Okabe and Ito's (distinct for colour-blind readers), and no line is identified by its colour alone. A chart
is drawn once, on white; for dark pages its colours are exchanged in the finished SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PAPER, INK, MUTED, GRID = "#ffffff", "#303236", "#6b6f76", "#e3e5e8"
BLUE, VERMILION, GREEN, DOT = "#0072b2", "#d55e00", "#009e73", "#9a9da3"
SKY, PINK, ORANGE = "#56b4e9", "#cc79a7", "#e69f00"
_DARK = {
    PAPER: "#16181c",
    INK: "#e8e9eb",
    MUTED: "#a4a8af",
    GRID: "#34373d",
    BLUE: SKY,
    VERMILION: ORANGE,
    GREEN: "#2dbd93",
    DOT: "#777b83",
}
_VEGA_LITE = "6.4"  # vl-convert holds several; this is the one that Altair 6 writes for
_FONT = "Liberation Sans"  # vl-convert brings it along, so every machine draws the same
_PNG_SCALE = 2
_LABEL_HEIGHT, _LETTER_WIDTH = 13.0, 7.2
_SHIFTS = sorted(range(-150, 151, 5), key=abs)  # up or down: many stocks may have nearly the same dot


@dataclass(frozen=True)
class Chart:
    """A finished chart: SVG for light and for dark pages, PNG for mails (twice as many pixels as `width`)."""

    svg: bytes
    dark_svg: bytes
    png: bytes
    width: int
    height: int


def finish(chart: Any, **data: Sequence[Mapping[str, Any]]) -> Chart:
    """Style and render an Altair chart over the named `data`, which Altair would copy and check row by row."""
    import vl_convert

    axis: dict[str, Any] = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    }
    axis |= {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    styled = (
        chart.configure(background=PAPER, font=_FONT, padding=6)
        .configure_axis(**axis)
        .configure_view(stroke=None)
        .configure_legend(labelColor=INK, labelFontSize=12, labelFont=_FONT)
    )
    drawing = {**styled.to_dict(), "datasets": data}
    svg = vl_convert.vegalite_to_svg(drawing, vl_version=_VEGA_LITE)
    dark = svg
    for light, other in _DARK.items():
        dark = dark.replace(light, other)
    png = vl_convert.svg_to_png(svg, scale=_PNG_SCALE)
    width, height = (int(png[at : at + 4].hex(), 16) // _PNG_SCALE for at in (16, 20))
    return Chart(svg.encode(), dark.encode(), png, width, height)


def place_labels(spots: Mapping[str, tuple[float, float]], wanted: Sequence[str]) -> dict[str, tuple[float, float]]:
    """The left end of each label, in pixels: beside its dot, as near as the dots and the labels before it allow.

    `spots` are the dots by name, in pixels from the top left; `wanted` are those to label.
    """
    taken = [(x - 5, y - 5, x + 5, y + 5) for name, (x, y) in spots.items() if name in wanted]
    placed: dict[str, tuple[float, float]] = {}
    for name in sorted(set(wanted) & set(spots), key=lambda one: (spots[one][1], spots[one][0], one)):
        x, y = spots[name]
        wide = len(name) * _LETTER_WIDTH
        tries = [(side, shift) for shift in _SHIFTS for side in (x + 8, x - 8 - wide)]
        options = [(left, y + shift) for left, shift in tries if left >= 2 and y + shift >= min(y, _LABEL_HEIGHT)]
        best = min(options, key=lambda at: sum(_overlap(_box(at, wide), box) for box in taken))
        placed[name] = best
        taken.append(_box(best, wide))
    return placed


def _box(at: tuple[float, float], wide: float) -> tuple[float, float, float, float]:
    """The room of a label that begins at a point, centred on it in height."""
    return at[0], at[1] - _LABEL_HEIGHT / 2, at[0] + wide, at[1] + _LABEL_HEIGHT / 2


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)
