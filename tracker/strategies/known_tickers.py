"""Which ticker a CUSIP had on a day, from the pairs that had been seen by then.

Of the pairs seen by the day, and whose ticker is quoted then, the one that appeared last counts. It matters only when a
pair was first seen: when it was last seen may be later than the day. A CUSIP whose pairs were all seen later has the
first of them, as the fails-to-deliver files on disk may not reach back; the number of those is told, since that looks
ahead.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..securities import types
from ..tables import SECURITIES, PricesFrame, SecuritiesFrame

_LONG_AGO = date(1900, 1, 1)


def known_by(securities: SecuritiesFrame, quoted: PricesFrame, day: date) -> SecuritiesFrame:
    """SECURITIES as known at the end of `day`, one row a CUSIP; `quoted` has the newest row of each ticker by then.

    Names and kinds are those of the price source on that day. Pairs first seen later have a `last_seen` long ago.
    """
    is_quoted = securities.join(quoted, on="ticker", how="semi")
    order = ["first_seen", pl.col("ticker").str.len_chars(), "ticker"]
    before = is_quoted.filter(pl.col("first_seen") <= day).sort(order, descending=[True, False, False])
    before = before.unique("cusip", keep="first", maintain_order=True).with_columns(last_seen="first_seen")
    unseen = is_quoted.join(securities.filter(pl.col("first_seen") <= day), on="cusip", how="anti")
    later = unseen.sort(order).unique("cusip", keep="first", maintain_order=True)
    later = later.with_columns(first_seen=pl.lit(_LONG_AGO), last_seen=pl.lit(_LONG_AGO))
    named = pl.concat([before, later]).drop("name", "kind", "is_listed")
    shown = quoted.select(
        "ticker", "name", types.by_name(pl.col("name"), pl.col("ticker")).alias("kind"), pl.lit(True).alias("is_listed")
    )
    return SECURITIES.fit(named.join(shown, on="ticker", how="left", validate="m:1")).sort(SECURITIES.key)


def seen_later(securities: SecuritiesFrame) -> pl.Series:
    """The CUSIPs of `known_by`'s answer whose ticker was first seen after the day."""
    return securities.filter(pl.col("last_seen") == _LONG_AGO)["cusip"]


def seen_by(securities: SecuritiesFrame, day: date) -> SecuritiesFrame:
    """Pairs seen by `day`, none of them last seen after it: what `ticker_map.follow` may know of changes of name."""
    return securities.filter(pl.col("first_seen") <= day).with_columns(
        last_seen=pl.min_horizontal("last_seen", pl.lit(day))
    )
