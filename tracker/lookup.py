"""Which security or manager a query means: by ticker, CUSIP, CIK or name; if there is none, the nearest names."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import polars as pl

from .errors import NotFoundError
from .quarters import Quarter
from .securities import company_names, ticker_map, tickers
from .store import Store, read_securities, shared
from .tables import MANAGERS, SECURITIES, HolderCountsFrame, PositionsFrame, SecuritiesFrame

# ---- managers -----------------------------------------------------------------------------------------------------

_CANDIDATES = 8


def find_manager(store: Store, query: str, *, may_be_new: bool = False) -> tuple[int, str | None]:
    """CIK and name of the manager that `query` (CIK, name or part of it) means.

    Searches those with a loaded filing; with `may_be_new` also those that only a list or the adviser roster names,
    and accepts any CIK. Raises NotFoundError with the nearest names if there is none, or more than one.
    """
    wanted = " ".join(query.upper().split())
    loaded = store.read(MANAGERS).select("cik", pl.col("manager_name").alias("name"), "value_usd", "family")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10 and int(wanted):
        return _of_cik(store, int(wanted), loaded, may_be_new)
    named = _named_managers(loaded, wanted)
    if named.is_empty() and may_be_new:
        loaded = _elsewhere(store)
        named = _named_managers(loaded, wanted)
    if named.height == 1:
        row = named.row(0, named=True)
        return row["cik"], row["name"]
    if named.height:
        raise NotFoundError(
            f"{query!r} is ambiguous: {named.height} managers have it in their name", manager_labels(named)
        )
    raise NotFoundError(
        f"{query!r} is neither a CIK nor part of a known manager's name", _near_managers(wanted, loaded)
    )


def _of_cik(store: Store, cik: int, loaded: pl.DataFrame, may_be_new: bool) -> tuple[int, str | None]:
    managers = loaded.filter(pl.col("cik") == cik)
    if managers.is_empty() and may_be_new:
        managers = _elsewhere(store).filter(pl.col("cik") == cik)
        return cik, managers["name"][0] if managers.height else None
    if managers.is_empty():
        ciks = [str(number) for number in loaded["cik"]]
        near = difflib.get_close_matches(str(cik), ciks, _CANDIDATES, 0.8)
        raise NotFoundError(
            f"no filing of CIK {cik} is loaded",
            manager_labels(loaded.filter(pl.col("cik").cast(pl.String).is_in(near))),
        )
    return cik, managers["name"][0]


def _named_managers(managers: pl.DataFrame, wanted: str) -> pl.DataFrame:
    """Those with this name, else with it in name or family, the largest first; columns as in `managers`."""
    name = pl.col("name").str.to_uppercase()
    exact = managers.filter(name == wanted)
    if exact.height or not wanted:
        return exact
    has = name.str.contains(wanted, literal=True) | pl.col("family").str.to_uppercase().str.contains(
        wanted, literal=True
    )
    return managers.filter(has).sort(["value_usd", "cik"], descending=[True, False], nulls_last=True)


def _elsewhere(store: Store) -> pl.DataFrame:
    """Columns cik, name, value_usd, family of the managers in a list or the adviser roster, loaded or not."""
    from .managers import fund_lists
    from .sources import advisers

    roster = advisers.read(advisers.on_disk(store.settings)).explode("ciks").drop_nulls("ciks")
    lists = [fund_lists.read_choices(store.settings.home), fund_lists.hand_kept()]
    parts = [fund_list.select("cik", "name", "family") for fund_list in lists]
    parts.append(roster.select(pl.col("ciks").alias("cik"), "name", pl.lit(None, pl.String).alias("family")))
    managers = pl.concat(parts).drop_nulls("name").unique("cik", keep="first", maintain_order=True)
    return managers.with_columns(pl.lit(None, pl.Float64).alias("value_usd"))


def _near_managers(wanted: str, managers: pl.DataFrame) -> list[str]:
    names: dict[str, list[int]] = {}
    for cik, name in managers.sort("cik").select("cik", pl.col("name").str.to_uppercase()).drop_nulls().iter_rows():
        words = name.split()
        for alias in {" ".join(words[:count]) for count in (1, 2, len(words))}:
            names.setdefault(alias, []).append(cik)
    near = [cik for alias in difflib.get_close_matches(wanted, names, _CANDIDATES, 0.6) for cik in names[alias]]
    order = pl.DataFrame({"cik": list(dict.fromkeys(near))}, schema={"cik": pl.Int64()})
    return manager_labels(order.join(managers, on="cik", how="inner", validate="1:1", maintain_order="left"))


def manager_labels(managers: pl.DataFrame) -> list[str]:
    """`CIK (NAME)` of the first managers (columns cik, name): the candidates of an error."""
    return [f"{row['cik']} ({row['name']})" for row in managers.head(_CANDIDATES).to_dicts()]


# ---- securities ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Security:
    """What a query means: the ticker if there is one, the name, and every CUSIP known for it."""

    ticker: str | None
    name: str | None
    cusips: list[str]
    notes: tuple[str, ...] = ()  # on former tickers, in sentences

    @property
    def label(self) -> str:
        """For a heading."""
        return f"{self.name or '(no name)'} ({self.ticker or 'no ticker known'}, CUSIP {', '.join(self.cusips)})"

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Its rows in a frame with columns ticker and cusip."""
        if self.ticker is None:
            return frame.filter(pl.col("cusip").is_in(self.cusips))
        return frame.filter(pl.col("ticker") == self.ticker)

    def stored_positions(self, store: Store, quarter: Quarter) -> PositionsFrame:
        """Its positions in a quarter as the store has them; only these are read."""
        which = {"cusip": self.cusips} if self.ticker is None else {"ticker": self.ticker}
        return store.positions(quarter, **which)


def find_security(store: Store, query: str, counts: HolderCountsFrame, known: pl.DataFrame | None = None) -> Security:
    """The security that `query` (ticker, CUSIP or part of the name) means.

    `counts` is HOLDER_COUNTS of the quarters in question; `known` are its `known_securities`, if several are asked for.
    Raises NotFoundError with the nearest names if there is none, or more than one.
    """
    wanted = _asked(query)
    securities = _near_kin(store, counts, wanted) if known is None else known
    matches, notes = _of_code(store, securities, wanted)
    if matches.is_empty() and known is None:
        securities = known_securities(store, counts)
    if matches.is_empty() and wanted:
        is_named, is_issuer = (
            pl.col(column).str.to_uppercase().str.contains(wanted, literal=True)
            for column in ("name", "name_of_issuer")
        )
        matches = securities.filter(is_named | is_issuer)
        # a company has several CUSIPs; those that share the ticker are one security
        count = matches.select(pl.coalesce("ticker", "cusip")).n_unique()
        if count > 1:
            first = matches.sort(pl.col("name").str.len_chars(), "cusip").unique(
                "ticker", keep="first", maintain_order=True
            )
            raise NotFoundError(
                f"{query!r} is ambiguous: {count} securities have it in their name", security_labels(first.head(8))
            )
    if matches.is_empty():
        raise NotFoundError(
            f"{query!r} is not a known ticker, CUSIP or part of a name", _near_securities(wanted, securities)
        )
    ticker = next(iter(matches["ticker"].drop_nulls().to_list()), None)
    matches = securities.filter(pl.col("ticker") == ticker) if ticker else matches
    matches = matches.sort(pl.col("name_of_issuer").is_null(), "cusip")
    notes += _others(store, ticker, matches["cusip"], counts)
    name = next(map(company_names.titled, matches["name"].drop_nulls()), None)
    return Security(ticker, name, matches["cusip"].to_list(), tuple(notes))


# Exchanges of the United States: there a ticker is one company's, wherever it is quoted.
_MARKED = r"^(?:\$|(?:NASDAQ|NYSE|AMEX|NYSE ?(?:AMERICAN|MKT|ARCA)|ARCA|BATS|CBOE|OTC(?:MKTS|QB|QX)?) ?:) *"


def _asked(query: str) -> str:
    """What is asked for in capitals, without what marks it as a ticker: `$DUOT` and `NASDAQ:DUOT` are DUOT."""
    wanted = query.strip().upper()
    return re.sub(_MARKED, "", wanted)


def _of_code(store: Store, securities: pl.DataFrame, wanted: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows of `securities` with that CUSIP, else with that ticker now, else formerly; and sentences on that."""
    matches = securities.filter(pl.col("cusip") == wanted)
    if matches.is_empty():
        matches = securities.filter(pl.col("ticker") == tickers.normalise_text(wanted))
    return (matches, []) if matches.height else _formerly(store, securities, tickers.normalise_text(wanted))


def _near_kin(store: Store, counts: HolderCountsFrame, wanted: str) -> pl.DataFrame:
    """Of `known_securities` those that decide what a CUSIP or ticker means.

    They are the CUSIPs that it names or that ever had one of their tickers: whose a ticker is depends on all of those,
    and on no other.
    """
    securities = shared(store.settings.db, ("kin", wanted), lambda: _read_kin(store, wanted))
    held = _held(counts).filter(pl.col("cusip").is_in([wanted, *securities["cusip"].unique()]))
    return _known(held, securities)


def _read_kin(store: Store, wanted: str) -> SecuritiesFrame:
    """The SECURITIES of `_near_kin`."""
    ticker = tickers.normalise_text(wanted)
    named = pl.concat([store.read(SECURITIES, cusip=wanted), store.read(SECURITIES, ticker=ticker)])
    of_named = store.read(SECURITIES, cusip=named["cusip"].unique())
    kin = store.read(SECURITIES, ticker=of_named["ticker"].unique())["cusip"].unique()
    return store.read(SECURITIES, cusip=kin)


def _formerly(store: Store, securities: pl.DataFrame, asked: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows of `securities` whose CUSIP formerly had the ticker `asked`, and a sentence on that."""
    seen = store.read(SECURITIES, ticker=asked).select("cusip", "last_seen")
    matches = securities.join(seen, on="cusip", validate="1:1").filter(pl.col("ticker").is_not_null())
    if matches.is_empty():
        return matches.select(securities.columns), []
    if matches["ticker"].n_unique() > 1:
        raise NotFoundError(
            f"{asked!r} is a former ticker of several securities", security_labels(matches.unique("ticker"))
        )
    ticker, last = matches["ticker"][0], matches["last_seen"].max()
    return matches.select(securities.columns), [f"{asked} is now {ticker}: last seen as {asked} on {last}."]


def _others(store: Store, ticker: str | None, own_cusips: pl.Series, counts: HolderCountsFrame) -> list[str]:
    """A sentence on each security in `counts` of another company that once had the ticker."""
    if ticker is None:
        return []
    held = counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer").explode("cusip")
    others = store.read(SECURITIES, ticker=ticker).filter(~pl.col("cusip").is_in(own_cusips.implode()))
    others = others.join(held.unique("cusip"), on="cusip", validate="1:1")
    rows = others.select("cusip", "name_of_issuer", "first_seen", "last_seen").rows()
    return [
        f"Not counted here: {company_names.titled(name or '?')}, CUSIP {one}, was {ticker} from {a} to {b}."
        for one, name, a, b in rows
    ]


def known_securities(store: Store, counts: HolderCountsFrame) -> pl.DataFrame:
    """Columns cusip, ticker, name, name_of_issuer of every known CUSIP."""
    return _known(_held(counts), read_securities(store))


def _held(counts: HolderCountsFrame) -> pl.DataFrame:
    """Columns cusip, name_of_issuer of each CUSIP in `counts`."""
    return (
        counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer")
        .explode("cusip")
        .unique("cusip", keep="last", maintain_order=True)
    )


def _known(held: pl.DataFrame, securities: SecuritiesFrame) -> pl.DataFrame:
    """As `known_securities`, of the CUSIPs in `held` and `securities`."""
    names = ticker_map.newest(securities).select("cusip", "name", pl.col("ticker").alias("once"))
    known = held.join(names, on="cusip", how="full", coalesce=True, validate="1:1")
    given = ticker_map.tickers(known, securities)
    return known.join(given, on="cusip", how="left", validate="1:1").with_columns(
        # the name belongs to the ticker, not to the CUSIP of another company that had it before
        pl.when(pl.col("ticker").is_not_null() | pl.col("once").is_null())
        .then(pl.coalesce("name", "name_of_issuer"))
        .otherwise("name_of_issuer")
        .alias("name")
    )


def _near_securities(wanted: str, securities: pl.DataFrame) -> list[str]:
    """Up to 8 securities that may be meant: tickers with a slip of the keys, then what is most similar.

    A slip is two letters in the wrong order (these come first), or one that is wrong, missing or too many. Similar are
    tickers, names and names' beginnings.
    """
    labels: dict[str, list[str]] = {}
    slips = []
    securities = securities.sort("cusip")
    for row, label in zip(securities.iter_rows(named=True), security_labels(securities), strict=True):
        words = (row["name"] or "").upper().split()
        for alias in {row["ticker"] or "", *(" ".join(words[:count]) for count in (1, 2, len(words)))} - {""}:
            labels.setdefault(alias, []).append(label)
        if row["ticker"] and (slip := _slip(wanted, row["ticker"])) is not None:
            slips.append((slip, not row["name"], row["ticker"], label))
    near = difflib.get_close_matches(wanted, labels, _CANDIDATES, 0.6)
    similar = (label for alias in near for label in labels[alias])
    return list(dict.fromkeys([*(label for *_, label in sorted(slips)), *similar]))[:_CANDIDATES]


def _slip(wanted: str, ticker: str) -> int | None:
    """0 if two neighbours of `ticker` are in the wrong order in `wanted`, 1 if one letter differs; None for more."""
    if not 2 <= len(wanted) <= 6 or abs(len(wanted) - len(ticker)) > 1:
        return None
    at = next((place for place, (one, other) in enumerate(zip(wanted, ticker, strict=False)) if one != other), None)
    if at is None:
        return 1
    rest, others = wanted[at:], ticker[at:]
    if rest[1::-1] == others[:2] and len(rest) > 1 and rest[2:] == others[2:]:
        return 0
    return 1 if rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] else None


def security_labels(rows: pl.DataFrame) -> list[str]:
    """`TICKER (NAME)` of each security (columns ticker, cusip, name): the candidates of an error."""
    return [
        f"{row['ticker'] or row['cusip']}" + (f" ({company_names.titled(row['name'])})" if row["name"] else "")
        for row in rows.to_dicts()
    ]
