"""Which securities and managers the names of a watch-list mean, in what is loaded."""

from __future__ import annotations

import polars as pl

from ..errors import InputError
from ..output import plain
from ..securities import tickers
from ..store import Store
from ..tables import MANAGERS, SECURITIES
from .as_of import View
from .watch_list import FILE, WatchList

_SHOWN = 4


def find_securities(store: Store, watch_list: WatchList, seen: View) -> tuple[list[str], list[str]]:
    """The watched securities (ticker, or CUSIP without one) as the counts name them, and sentences on the others.

    A ticker that a company had before means that company. A ticker that no hedge fund's holding has is not an error:
    it may be held one day.
    """
    counts = seen.counts.select("ticker", "cusip", "cusips")
    by_code: dict[str, str] = {}
    for ticker, cusip, cusips in counts.iter_rows():
        by_code |= dict.fromkeys((cusips or cusip).split(), ticker or cusip)
    by_code |= {ticker: ticker for ticker in counts["ticker"].drop_nulls()}
    found: list[str] = []
    notes: list[str] = []
    for code in watch_list.tickers:
        ticker = tickers.normalise_text(code)
        meant = {by_code[name] for name in (code, ticker) if name in by_code}
        if not meant:
            formerly = store.read(SECURITIES, ticker=ticker)["cusip"]
            meant = {by_code[cusip] for cusip in formerly if cusip in by_code}
        if len(meant) == 1:
            found += meant
        elif meant:
            notes.append(f"{code} was the ticker of {', '.join(sorted(meant))}: watch one of these instead.")
        else:
            notes.append(f"{code}: no hedge fund holds or held it in {seen.quarter}; check how it is written.")
    return list(dict.fromkeys(found)), notes


def find_families(store: Store, watch_list: WatchList) -> tuple[list[str], list[str]]:
    """The families of the watched funds, and sentences on those of which nothing is loaded, or that are not counted.

    Raises InputError for a part of a name that managers of several families have.
    """
    managers = store.read(MANAGERS)
    name, family = pl.col("manager_name").str.to_uppercase(), pl.col("family").str.to_uppercase()
    found: list[str] = []
    notes: list[str] = []
    for fund in watch_list.funds:
        wanted = str(fund).upper()
        if isinstance(fund, int):
            meant = managers.filter(pl.col("cik") == fund)
        else:
            meant = managers.filter((name == wanted) | (family == wanted))
            has = name.str.contains(wanted, literal=True) | family.str.contains(wanted, literal=True)
            meant = meant if meant.height else managers.filter(has)
        families = meant["family"].unique().sort()
        if families.len() > 1:
            some = meant.sort("value_usd", descending=True, nulls_last=True).head(_SHOWN)
            named = "; ".join(f"{cik} ({plain(full)})" for cik, full in some.select("cik", "manager_name").rows())
            raise InputError(
                f"{FILE}: funds has {fund!r}, which {families.len()} families have in their names; write a CIK: {named}"
            )
        if meant.is_empty():
            notes.append(f"{fund}: no filing of such a manager is loaded; check how it is written.")
        elif not meant["is_hedge_fund"].any():
            notes.append(f"{fund} is not counted as a hedge fund, so nothing of it is told; see `tracker funds why`.")
        else:
            found += families.to_list()
    return list(dict.fromkeys(found)), notes
