"""Files of splits that the user brings: csv or parquet, one row per symbol and first day at the new price.

Columns: ticker (or symbol), date, and ratio: new shares for one old share as a number (0.1), or as text, `1-for-10`,
`10-for-1`, `3:2` (new shares first). A ratio of 1 states that there was no split, and settles a jump that is held back.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..securities import tickers
from ..tables import SPLITS, SplitsFrame
from . import user_files
from .price_files import NAMES
from .written_days import DayOrder, order_of, parse_day

_NAMES = {name: NAMES[name] for name in ("date", "ticker")} | {"ratio": ("ratio", "split", "splitratio")}
_LARGEST_RATIO = 1e6


def read(path: Path, *, is_new: bool = False) -> SplitsFrame:
    """Splits in the file at `path`, without status; their source is `file:` and the file's name.

    Of several rows for one ticker and day the last counts. A day such as 03/01/2025 is refused if the file `is_new` and
    does not show how it is meant; one that was kept before is American. Raises InputError as `price_files.read` does,
    and for a value that is not a ratio.
    """
    raw, first = user_files.load(path)
    columns = user_files.find_columns(path, raw.columns, _NAMES, list(_NAMES), options=False)
    days = raw[columns["date"]]
    order = order_of(path, days, None if is_new else DayOrder.MONTH_FIRST, options=False)
    text = pl.col(columns["ratio"]).cast(pl.String).str.strip_chars().str.to_lowercase()
    parts = text.str.extract_groups(r"^([0-9.]+)\s*(?:[:/]|-?\s*for\s*-?)\s*([0-9.]+)$")
    quotient = parts.struct[0].cast(pl.Float64, strict=False) / parts.struct[1].cast(pl.Float64, strict=False)
    splits = raw.select(
        ticker=tickers.normalise(pl.col(columns["ticker"]).cast(pl.String)),
        date=parse_day(pl.col(days.name), days.dtype, order),
        ratio=pl.coalesce(text.cast(pl.Float64, strict=False), quotient),
        stated=text,
    )
    is_ratio = (pl.col("ratio") > 0) & (pl.col("ratio") < _LARGEST_RATIO)
    wrong = splits.with_row_index("row", first).filter(
        pl.col("ticker").is_null() | pl.col("date").is_null() | ~is_ratio.fill_null(False)
    )
    if wrong.height:
        cells = [
            f"row {row}: {', '.join(map(user_files.shown, raw.row(row - first)))}"
            for row in wrong["row"].head(user_files.SHOWN)
        ]
        raise user_files.refusal(path, wrong.height, cells)
    name = user_files.given_name(path)
    # rechunk: polars 2.1 panics when it formats text from columns of unlike chunks
    named = splits.rechunk().with_columns(
        source=pl.lit(f"file:{name}"), evidence=pl.format("{} states {}", pl.lit(name), "stated")
    )
    return SPLITS.fit(named).unique(SPLITS.key, keep="last", maintain_order=True)
