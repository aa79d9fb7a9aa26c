"""Which tickers, CUSIPs and CIKs there are, and which are near to one that is not."""

from __future__ import annotations

import difflib
import itertools
from dataclasses import dataclass
from datetime import date

import polars as pl

from ..output import Answer, Column
from ..quarters import Quarter
from ..securities import company_names, ticker_map, tickers
from ..settings import Settings
from ..store import Store, read_securities
from ..tables import HOLDER_COUNTS, MANAGERS, SECURITIES
from .search import FoundKind

_LONGEST = 20  # characters; no ticker, CUSIP or CIK is longer
_SIMILAR = 0.6
_SIMILAR_CIK = 0.75
_MANY = 60
_COLUMNS = (Column("kind", "Kind"), Column("key", "Ask by"), Column("name", "Name"))


@dataclass(frozen=True)
class KnownCode:
    """A ticker, now or formerly, or a CUSIP of a security that is loaded.

    `only_until` is the newest quarter with it, if no reference file but only filings name it: later quarters do not
    know it.
    """

    only_until: Quarter | None = None


def find_code(settings: Settings, code: str) -> KnownCode | None:
    """What is known of `code`; None if it is neither a ticker nor a CUSIP that is loaded."""
    wanted = code.strip().upper()
    if not wanted or len(wanted) > _LONGEST:
        return None
    with Store(settings) as store:
        for asked in ({"cusip": wanted}, {"ticker": tickers.normalise_text(wanted)}):
            if store.read(SECURITIES, **asked).height:
                return KnownCode()
        newest = store.read(HOLDER_COUNTS, cusip=wanted)["period_of_report"].max()
    return KnownCode(Quarter.of(newest)) if isinstance(newest, date) else None


def near_stocks(settings: Settings, code: str, top: int = 8) -> Answer:
    """The securities with the tickers most similar to `code`, the most similar first; rows as those of `search`."""
    with Store(settings) as store:
        newest = ticker_map.newest(read_securities(store)).drop_nulls("ticker")
    names = dict(newest.sort("cusip").select("ticker", "name").iter_rows())
    wanted = code.strip().upper()[:_LONGEST]
    near = difflib.get_close_matches(wanted, names, _MANY, _SIMILAR)
    # DUTO: a slip of the keys is likelier than another letter, and a ticker with a company than one of a fund
    near = sorted(near, key=lambda ticker: (sorted(ticker) != sorted(wanted), names[ticker] is None))[:top]
    rows = [_row(FoundKind.SECURITY, ticker, company_names.titled(names[ticker] or "")) for ticker in near]
    return Answer(f"Tickers near {code!r}", _COLUMNS, rows)


def near_managers(settings: Settings, cik: str, top: int = 8) -> Answer:
    """The managers with the CIKs most similar to `cik`, the most similar first; rows as those of `search`."""
    with Store(settings) as store:
        managers = store.read(MANAGERS).select(pl.col("cik").cast(pl.String), "manager_name", "is_hedge_fund")
    known = {key: (name, is_fund) for key, name, is_fund in managers.iter_rows()}
    wanted = cik.strip()[:_LONGEST]
    near = difflib.get_close_matches(wanted, known, _MANY, _SIMILAR_CIK)
    near = sorted(near, key=lambda key: _differences(key, wanted))[:top]
    rows = [_row(FoundKind.FUND if known[key][1] else FoundKind.MANAGER, key, known[key][0]) for key in near]
    return Answer(f"CIKs near {cik!r}", _COLUMNS, rows)


def _differences(one: str, other: str) -> int:
    """In how many places two codes differ."""
    return sum(a != b for a, b in itertools.zip_longest(one, other))


def _row(kind: FoundKind, key: str, name: str | None) -> dict[str, object]:
    return {"kind": str(kind), "key": key, "name": name, "holders": None, "value_usd": None}
