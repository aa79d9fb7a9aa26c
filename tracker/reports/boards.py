"""Boards of a quarter: large, doubled, new, sold and crowded positions of hedge funds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from ..band import Band
from ..output import Answer, Column, money, plural
from ..prices import selection
from ..quarters import Quarter
from ..securities import ticker_map, types
from ..settings import Settings
from ..store import Store, read_securities
from ..tables import SPLITS, SecuritiesFrame, SplitStatus
from . import board_rows, methodology, open_quarter, price_window, quarter_splits
from .as_of import CAVEATS, NOW_KNOWN, known_positions, view
from .security_names import with_names

_VOLUME_DAYS = 60  # of prices before the quarter's end
_SHOWN = 10


class Board(StrEnum):
    """What a board lists."""

    CONVICTION = "conviction"
    DOUBLED = "doubled"
    FIRST_BUYS = "first-buys"
    SOLD_OUT = "sold-out"
    CROWDED = "crowded"


DEFINITIONS = {
    Board.CONVICTION: "a position of 5% or more of the manager's reported value, options left out",
    Board.DOUBLED: "a position of at least twice the shares of the quarter before, adjusted for splits, of a manager "
    "that reported for both",
    Board.FIRST_BUYS: "a security that no hedge fund held in any earlier loaded quarter, and that a manager with "
    "reports for this one and the one before holds now",
    Board.SOLD_OUT: "a security that hedge funds held a quarter before and none holds now, all of whose holders have "
    "reported again: the last have sold, or the company is gone",
    Board.CROWDED: "days to trade: the shares of its hedge funds, two families or more, divided by the shares traded "
    "on a typical day (median of the last 20 up to the quarter's end)",
}
_FIGURE = Column("figure", "Figure", about="what places the row on its board, in words")
_WHAT = (Column("name", "Security"), Column("ticker", "Ticker"))
_WHO = (Column("manager_name", "Hedge fund"),)
_BY_SECURITY = (Column("holders", "Hedge funds", "integer"), Column("value_usd", "Value", "usd"))
_CAP = Column("market_cap_usd", "Market cap", "usd")
_TIMES = Column("times", "Times", "number", "shares now for one share of the quarter before")
_HOLDER_NAMES = Column("held_by", "Held by", about="families that hold it, or of a sold-out one held it, largest first")
_DAYS = Column("days_to_trade", "Days to trade", "number", "the holders' shares divided by typical_volume")
_VOLUME = Column("typical_volume", "Shares a day", "number", "median of the last 20 sessions up to the quarter's end")
_COLUMNS: dict[Board, tuple[Column, ...]] = {
    Board.CONVICTION: (
        *_WHAT, *_WHO, Column("portfolio_pct", "Of portfolio", "share"), Column("value_usd", "Value", "usd"),
        Column("change", "Change", about="what the manager did since the quarter before; null if not known"), _CAP,
    ),
    Board.DOUBLED: (
        *_WHAT, *_WHO, _TIMES, Column("shares", "Shares", "number"),
        Column("shares_before", "Shares before", "number", "a quarter before, adjusted for splits"),
        Column("value_usd", "Value", "usd"), _CAP,
    ),
    Board.FIRST_BUYS: (*_WHAT, *_BY_SECURITY, _HOLDER_NAMES, _CAP),
    Board.SOLD_OUT: (
        *_WHAT, Column("holders", "Held by", "integer", "families that held it a quarter before"),
        Column("value_usd", "Value then", "usd", "a quarter before"), _HOLDER_NAMES, _CAP,
    ),
    Board.CROWDED: (*_WHAT, *_BY_SECURITY, Column("shares", "Shares", "number"), _VOLUME, _DAYS, _CAP),
}  # fmt: skip
_KEYS = ("board", "place", "name", "ticker", "cusip", "who", "manager_name", "cik", "holders", "shares",
         "shares_before", "value_usd", "portfolio_pct", "change", "times", "typical_volume", "days_to_trade",
         "market_cap_usd", "held_by", "accession_number", "figure")  # fmt: skip


def list_boards(
    settings: Settings,
    quarter: Quarter | None = None,
    boards: Sequence[Board] = tuple(Board),
    band: Band | None = None,
    top: int | None = None,
    known_on: date | None = None,
) -> Answer:
    """The `top` rows of each board, of common shares and ADRs with a market cap in `band` at the quarter's end.

    Without a band all of them count, also without a price. What may have had a split is not among the doubled. Boards
    that compare with the quarter before are empty if it is not loaded. With `known_on` only what had been filed by that
    day counts, in earlier quarters, too. Raises NotFoundError if the quarter is not loaded, or nothing had been filed.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on)
        quarter = seen.quarter
        loaded = store.quarters()
        now, *earlier = (
            board_rows.held(known_positions(store, seen, each, known_on))
            for each in reversed(loaded)
            if each <= quarter
        )
        before = earlier[0] if quarter.previous in loaded else now.clear()
        changes = board_rows.with_changes(
            now, before, seen.reporting.reported_twice, quarter_splits.ratios(store, quarter)
        )
        securities = read_securities(store)
        jumps = _unclear(store, quarter)
        caps, volumes = _priced(store, quarter.end, securities)
    twice = seen.reporting.reported_twice
    is_listed = pl.col("kind").is_in(types.RANKED_KINDS)
    kinds = seen.counts.select(pl.coalesce("ticker", "cusip").alias("security"), "kind").filter(is_listed)
    made = {
        Board.CONVICTION: lambda: board_rows.conviction(changes),
        Board.DOUBLED: lambda: board_rows.doubled(changes.filter(~pl.col("security").is_in(jumps))),
        Board.FIRST_BUYS: lambda: board_rows.first_buys(now, earlier, twice) if earlier else changes.clear(),
        Board.SOLD_OUT: lambda: board_rows.sold_out(now, before, twice),
        Board.CROWDED: lambda: board_rows.crowded(now, volumes),
    }
    rows, counts, without_cap = [], {}, {}
    for board in boards:
        stocks = made[board]().join(kinds, on="security", how="semi", maintain_order="left")
        stocks = stocks.join(caps, on="ticker", how="left", validate="m:1", maintain_order="left")
        without_cap[str(board)] = stocks["market_cap_usd"].null_count() if band else 0
        if band:
            stocks = stocks.filter(pl.col("market_cap_usd").is_between(*band))
        counts[str(board)] = stocks.height
        shown = with_names(stocks.head(top) if top else stocks, securities).with_row_index("place", 1)
        rows += [
            _row(board, row, earlier_quarters=[each for each in loaded if each < quarter]) for row in shown.to_dicts()
        ]
    facts = {
        "period_of_report": quarter.end,
        "known_on": seen.known_on,
        "boards": {str(board): {"definition": DEFINITIONS[board], "rows_found": counts[board],
                                "without_market_cap": without_cap[board]} for board in boards},
        "cap_min_usd": band.low_usd if band else None,
        "cap_max_usd": band.high_usd if band else None,
        "reporting": open_quarter.facts(quarter, seen.reporting),
        "caveats": list(CAVEATS),
    }  # fmt: skip
    size = f", market cap {band.label} on {quarter.end}" if band else ""
    what = f"Board of {boards[0]}" if len(boards) == 1 else plural(len(boards), "board")
    open_sentence = open_quarter.open_sentence(quarter, seen.reporting)
    title = f"{what}, {quarter}{size}" + (f". {open_sentence}" if open_sentence else "")
    empty = f"No stock here is known to have a market cap of {band.label}: `--cap all` shows all." if band else ""
    notes = [
        *([empty] if empty and not rows else []),
        *(_told(board, counts[board], top) for board in boards),
        *_lacking(quarter, boards, is_compared=twice.len() > 0, has_volumes=volumes.height > 0),
        *_left_out(quarter, without_cap, set(jumps) & {*now["security"]} if Board.DOUBLED in boards else set()),
        *([f"As filed by {known_on}. {NOW_KNOWN}"] if known_on else []),
        *CAVEATS,
    ]
    columns = _COLUMNS[boards[0]] if len(boards) == 1 else (
        Column("board", "Board"), *_WHAT, Column("who", "Who"), Column("value_usd", "Value", "usd"), _FIGURE
    )  # fmt: skip
    rules = [f"{board}: {DEFINITIONS[board]}." for board in boards]
    rules += [NOW_KNOWN] if known_on else []
    how = methodology.of_quarter(quarter, seen.known_on, [methodology.EFFECTIVE, *rules, *CAVEATS])
    return Answer(title, columns, rows, facts, notes, methodology=how)


def _priced(store: Store, day: date, securities: SecuritiesFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Market caps (ticker, market_cap_usd) and volumes (ticker, typical_volume) at a day, by newest ticker."""
    loaded = price_window.load(store, day - timedelta(days=_VOLUME_DAYS), day)
    newest = securities.select(pl.col("last_seen").max()).item() or day
    # positions have the newest ticker of each CUSIP, and so must the prices
    moves = ticker_map.moves(securities, max(day, newest))
    window = loaded.follow(moves)
    caps = selection.latest(window.prices, day).filter(pl.col("market_cap_usd").is_not_null())
    prices = board_rows.in_shares_of_the_end(window.prices, window.splits, pl.lit(day))
    return caps.select("ticker", "market_cap_usd"), selection.typical_volume(prices, day)


def _row(board: Board, row: dict[str, Any], *, earlier_quarters: Sequence[Quarter]) -> dict[str, Any]:
    """A row with the same keys on each board; what a board does not have is null."""
    match board:
        case Board.CONVICTION:
            figure = f"{row['portfolio_pct']:.1f}% of the book"
        case Board.DOUBLED:
            figure = f"{row['times']:,.1f} times the shares"
        case Board.FIRST_BUYS:
            figure = f"held by none in {', '.join(map(str, earlier_quarters))}"
        case Board.SOLD_OUT:
            figure = f"{plural(row['holders'], 'fund')} held it, {money(row['value_usd'])}"
        case Board.CROWDED:
            figure = f"{row['days_to_trade']:,.1f} days to trade"
    who = row.get("manager_name") or plural(row["holders"], "hedge fund")
    full = {**row, "board": str(board), "who": who, "figure": figure}
    return {key: full.get(key) for key in _KEYS}


def _told(board: Board, count: int, top: int | None) -> str:
    shown = f"{top} of {count:,} shown" if top and count > top else f"{count:,}"
    return f"{board} ({shown}): {DEFINITIONS[board]}."


def _unclear(store: Store, quarter: Quarter) -> list[str]:
    """Tickers with a jump of the price in the quarter that may be a split: how their shares compare is not known."""
    jumps = store.read(SPLITS, status=SplitStatus.UNCLEAR)
    jumps = jumps.filter(pl.col("date").is_between(quarter.start, quarter.end))
    return [str(ticker) for ticker in jumps["ticker"].unique().sort()]


def _lacking(quarter: Quarter, boards: Sequence[Board], *, is_compared: bool, has_volumes: bool) -> list[str]:
    """What boards cannot show for want of data."""
    told = []
    if not is_compared and {*boards} & {Board.DOUBLED, Board.FIRST_BUYS, Board.SOLD_OUT}:
        told.append(
            f"Nothing is compared: no hedge fund's reports for both {quarter.previous} and {quarter} are loaded."
        )
    if Board.CROWDED in boards and not has_volumes:
        told.append(f"No volumes are loaded up to {quarter.end}: crowded is empty. See `tracker prices --help`.")
    return told


def _left_out(quarter: Quarter, without_cap: dict[str, int], jumps: set[str]) -> list[str]:
    """What boards leave out, as it is not known whether it belongs there."""
    told = []
    if sum(without_cap.values()):
        counts = ", ".join(f"{count:,} ({board})" for board, count in without_cap.items() if count)
        told.append(f"Left out, as no market cap is known for {quarter.end}: {counts}; `--cap all` shows them.")
    if jumps:
        more = f" and {len(jumps) - _SHOWN} more" if len(jumps) > _SHOWN else ""
        told.append(f"Not among the doubled, as a jump may be a split: {', '.join(sorted(jumps)[:_SHOWN])}{more}.")
    return told
