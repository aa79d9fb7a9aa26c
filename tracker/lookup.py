"""Which security and which manager a person means: by ticker, CUSIP, CIK or name, with the nearest names if none."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import polars as pl

from .errors import NotFoundError
from .managers import fund_lists
from .quarters import Quarter
from .securities import ticker_map, tickers
from .store import Store
from .tables import MANAGERS, SECURITIES

# ---- managers -----------------------------------------------------------------------------------------------------

_CANDIDATES = 8


def find_manager(store: Store, query: str, *, may_be_new: bool = False) -> tuple[int, str | None]:
    """CIK and name of the manager that `query` (CIK, name or a part of it) means.

    Among those with a filing that is loaded; with `may_be_new` also those that only a list or the adviser roster
    names, and any CIK. Raises NotFoundError with the nearest names where nobody, or more than one, answers.
    """
    wanted = " ".join(query.upper().split())
    loaded = store.read(MANAGERS).select("cik", pl.col("manager_name").alias("name"), "value_usd", "family")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10 and int(wanted):
        return _of_cik(store, int(wanted), loaded, may_be_new)
    found = _named_managers(loaded, wanted)
    if found.is_empty() and may_be_new:
        loaded = _elsewhere(store)
        found = _named_managers(loaded, wanted)
    if found.height == 1:
        row = found.row(0, named=True)
        return row["cik"], row["name"]
    if found.height:
        raise NotFoundError(
            f"{query!r} is ambiguous: {found.height} managers have it in their name", manager_labels(found)
        )
    raise NotFoundError(
        f"{query!r} is no CIK and no part of a manager's name that is known here", _near_managers(wanted, loaded)
    )


def _of_cik(store: Store, cik: int, loaded: pl.DataFrame, may_be_new: bool) -> tuple[int, str | None]:
    found = loaded.filter(pl.col("cik") == cik)
    if found.is_empty() and may_be_new:
        found = _elsewhere(store).filter(pl.col("cik") == cik)
        return cik, found["name"][0] if found.height else None
    if found.is_empty():
        known = [str(one) for one in loaded["cik"]]
        near = difflib.get_close_matches(str(cik), known, _CANDIDATES, 0.8)
        raise NotFoundError(
            f"no filing of CIK {cik} is loaded",
            manager_labels(loaded.filter(pl.col("cik").cast(pl.String).is_in(near))),
        )
    return cik, found["name"][0]


def _named_managers(known: pl.DataFrame, wanted: str) -> pl.DataFrame:
    """Those whose name is `wanted`, else those that have it in their name or family; the largest first."""
    name = pl.col("name").str.to_uppercase()
    exact = known.filter(name == wanted)
    if exact.height or not wanted:
        return exact
    has = name.str.contains(wanted, literal=True) | pl.col("family").str.to_uppercase().str.contains(
        wanted, literal=True
    )
    return known.filter(has).sort(["value_usd", "cik"], descending=[True, False], nulls_last=True)


def _elsewhere(store: Store) -> pl.DataFrame:
    """Managers that a list or the roster names, loaded or not: cik, name, value_usd, family."""
    from .sources import advisers

    roster = advisers.read(advisers.on_disk(store.settings)).explode("ciks").drop_nulls("ciks")
    lists = [fund_lists.read_choices(store.settings.home), fund_lists.hand_kept()]
    parts = [one.select("cik", "name", "family") for one in lists]
    parts.append(roster.select(pl.col("ciks").alias("cik"), "name", pl.lit(None, pl.String).alias("family")))
    found = pl.concat(parts).drop_nulls("name").unique("cik", keep="first", maintain_order=True)
    return found.with_columns(pl.lit(None, pl.Float64).alias("value_usd"))


def _near_managers(wanted: str, known: pl.DataFrame) -> list[str]:
    names: dict[str, list[int]] = {}
    for cik, name in known.sort("cik").select("cik", pl.col("name").str.to_uppercase()).drop_nulls().iter_rows():
        words = name.split()
        for alias in {" ".join(words[:count]) for count in (1, 2, len(words))}:
            names.setdefault(alias, []).append(cik)
    near = [cik for alias in difflib.get_close_matches(wanted, names, _CANDIDATES, 0.6) for cik in names[alias]]
    order = pl.DataFrame({"cik": list(dict.fromkeys(near))}, schema={"cik": pl.Int64()})
    return manager_labels(order.join(known, on="cik", how="inner", maintain_order="left"))


def manager_labels(managers: pl.DataFrame) -> list[str]:
    """`CIK (NAME)` of the first managers: the candidates that an error names."""
    return [f"{row['cik']} ({row['name']})" for row in managers.head(_CANDIDATES).to_dicts()]


# ---- securities ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Security:
    """What a person asked for: the ticker if it has one, the name, and every CUSIP that is known for it."""

    ticker: str | None
    name: str | None
    cusips: list[str]
    notes: tuple[str, ...] = ()  # on former tickers, in sentences

    @property
    def label(self) -> str:
        """For a heading."""
        return f"{self.name or '(no name)'} ({self.ticker or 'no ticker known'}, CUSIP {', '.join(self.cusips)})"

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Its rows of a frame with columns ticker and cusip."""
        if self.ticker is None:
            return frame.filter(pl.col("cusip").is_in(self.cusips))
        return frame.filter(pl.col("ticker") == self.ticker)

    def stored_positions(self, store: Store, quarter: Quarter) -> pl.DataFrame:
        """Its POSITIONS in a quarter as the store has them; only these are read."""
        which = {"cusip": self.cusips} if self.ticker is None else {"ticker": self.ticker}
        return store.positions(quarter, **which)


def find_security(store: Store, query: str, counts: pl.DataFrame) -> Security:
    """The security that `query` (ticker, CUSIP or part of the name) names.

    `counts` is HOLDER_COUNTS of the quarters that are asked about. Raises NotFoundError, with the nearest names, where
    nothing or more than one answers.
    """
    known = _securities(store, counts)
    wanted = query.strip().upper()
    found = known.filter(pl.col("cusip") == wanted)
    if found.is_empty():
        found = known.filter(pl.col("ticker") == tickers.normalise_text(wanted))
    notes: list[str] = []
    if found.is_empty():
        found, notes = _formerly(store, known, tickers.normalise_text(wanted))
    if found.is_empty() and wanted:
        said = pl.col("name").str.to_uppercase().str.contains(wanted, literal=True)
        also = pl.col("name_of_issuer").str.to_uppercase().str.contains(wanted, literal=True)
        found = known.filter(said | also)
        # one company has several CUSIPs; it is the same security where they share the ticker
        count = found.select(pl.coalesce("ticker", "cusip")).n_unique()
        if count > 1:
            first = found.sort(pl.col("name").str.len_chars(), "cusip").unique(
                "ticker", keep="first", maintain_order=True
            )
            raise NotFoundError(
                f"{query!r} is ambiguous: {count} securities have it in their name", security_labels(first.head(8))
            )
    if found.is_empty():
        raise NotFoundError(
            f"{query!r} is no ticker, CUSIP or part of a name that is known here", _near_securities(wanted, known)
        )
    ticker = next(iter(found["ticker"].drop_nulls().to_list()), None)
    mine = known.filter(pl.col("ticker") == ticker) if ticker else found
    mine = mine.sort(pl.col("name_of_issuer").is_null(), "cusip")
    notes += _others(store, ticker, mine["cusip"], counts)
    name = next(iter(mine["name"].drop_nulls().to_list()), None)
    return Security(ticker, name, mine["cusip"].to_list(), tuple(notes))


def _formerly(store: Store, known: pl.DataFrame, asked: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows of `known` whose CUSIP had the ticker `asked` before, and a sentence; no rows where none had."""
    seen = store.read(SECURITIES, ticker=asked).select("cusip", "last_seen")
    found = known.join(seen, on="cusip", validate="1:1").filter(pl.col("ticker").is_not_null())
    if found.is_empty():
        return found.select(known.columns), []
    if found["ticker"].n_unique() > 1:
        raise NotFoundError(
            f"{asked!r} is a former ticker of several securities", security_labels(found.unique("ticker"))
        )
    ticker, last = found["ticker"][0], found["last_seen"].max()
    return found.select(known.columns), [f"{asked} is now {ticker}: last seen as {asked} on {last}."]


def _others(store: Store, ticker: str | None, mine: pl.Series, counts: pl.DataFrame) -> list[str]:
    """A sentence on each security in `counts` that had the ticker at another time and is another company's."""
    if ticker is None:
        return []
    held = counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer").explode("cusip")
    others = store.read(SECURITIES, ticker=ticker).filter(~pl.col("cusip").is_in(mine.implode()))
    others = others.join(held.unique("cusip"), on="cusip", validate="1:1")
    rows = others.select("cusip", "name_of_issuer", "first_seen", "last_seen").rows()
    return [f"Not counted here: {name}, CUSIP {one}, was {ticker} from {a} to {b}." for one, name, a, b in rows]


def _securities(store: Store, counts: pl.DataFrame) -> pl.DataFrame:
    """Every CUSIP that is known: cusip, ticker, name, name_of_issuer."""
    stored = store.read(SECURITIES)
    held = (
        counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer")
        .explode("cusip")
        .unique("cusip", keep="last", maintain_order=True)
    )
    names = ticker_map.newest(stored).select("cusip", "name", pl.col("ticker").alias("once"))
    known = held.join(names, on="cusip", how="full", coalesce=True, validate="1:1")
    given = ticker_map.tickers(known, stored)
    return known.join(given, on="cusip", how="left", validate="1:1").with_columns(
        # the name belongs to the ticker: not to the CUSIP of another company that had it before
        pl.when(pl.col("ticker").is_not_null() | pl.col("once").is_null())
        .then(pl.coalesce("name", "name_of_issuer"))
        .otherwise("name_of_issuer")
        .alias("name")
    )


def _near_securities(wanted: str, known: pl.DataFrame) -> list[str]:
    """Up to 8 securities whose ticker, name or name's beginning is most like `wanted`, the likest first."""
    labels: dict[str, list[str]] = {}
    for row, label in zip(known.sort("cusip").iter_rows(named=True), security_labels(known.sort("cusip")), strict=True):
        words = (row["name"] or "").upper().split()
        for alias in {row["ticker"] or "", *(" ".join(words[:count]) for count in (1, 2, len(words)))} - {""}:
            labels.setdefault(alias, []).append(label)
    near = difflib.get_close_matches(wanted, labels, 8, 0.6)
    return list(dict.fromkeys(label for alias in near for label in labels[alias]))[:8]


def security_labels(rows: pl.DataFrame) -> list[str]:
    """`TICKER (NAME)` of each security: the candidates that an error names."""
    return [f"{row['ticker'] or row['cusip']} ({row['name']})" for row in rows.to_dicts()]
