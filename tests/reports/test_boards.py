"""Boards of the fictional market: what each row states follows from the positions, and from the band asked for."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.filings.helpers import A, B
from tests.pipeline.helpers import Q2, Q3, put, report
from tests.reports.season_home import (
    AMENDS,
    FIRST,
    KEEPS,
    LAST,
    NAMES,
    NEWCOMER,
    SECOND,
    SELLS,
    THIRD,
    load_season,
)
from tracker.band import MICRO_CAP, Band
from tracker.errors import NotFoundError
from tracker.output import FORMATS, render
from tracker.pipeline import refresh
from tracker.reports.boards import DEFINITIONS, Board, list_boards
from tracker.reports.holders import who_holds
from tracker.settings import Settings


@pytest.mark.parametrize("board", Board)
def test_each_board_is_defined_and_written_in_every_format(market: Settings, board: Board) -> None:
    answer = list_boards(market, Q3, [board], top=3)
    assert len(answer.rows) <= 3
    assert any(DEFINITIONS[board] in note for note in answer.notes)
    for form in FORMATS:
        assert render(answer, form)
    assert json.loads(render(answer, "json"))["boards"][board]["definition"] == DEFINITIONS[board]


def test_all_boards_have_the_rows_of_each(market: Settings) -> None:
    every = list_boards(market, Q3)
    assert list(every.rows) == [row for board in Board for row in list_boards(market, Q3, [board]).rows]
    assert every.columns[0].key == "board"


def test_on_a_day_of_the_past_only_what_had_been_filed_counts(tmp_path: Path) -> None:
    season = load_season(tmp_path / "home")

    def tickers(board: Board, known_on: date | None) -> list[tuple[str, str]]:
        rows = list_boards(season, Q3, [board], known_on=known_on).rows
        return [(row["ticker"], row["manager_name"] or row["held_by"]) for row in rows]

    # AMENDS shows C on the third day, and restates without it on the last
    assert tickers(Board.FIRST_BUYS, SECOND) == tickers(Board.FIRST_BUYS, LAST) == tickers(Board.FIRST_BUYS, None) == []
    assert tickers(Board.FIRST_BUYS, THIRD) == [("CCCC", NAMES[AMENDS])]
    for known_on in (FIRST, SECOND, THIRD, LAST, None):
        rows = list_boards(season, Q3, [Board.CONVICTION], known_on=known_on).rows
        for ticker in {str(row["ticker"]) for row in rows}:
            held = {(row["cik"], row["shares"]) for row in who_holds(season, ticker, Q3, known_on=known_on).rows}
            assert {(row["cik"], row["shares"]) for row in rows if row["ticker"] == ticker} <= held
    ciks = [
        {row["cik"] for row in list_boards(season, Q3, [Board.CONVICTION], known_on=day).rows} for day in (FIRST, LAST)
    ]
    assert ciks == [{KEEPS}, {KEEPS, SELLS, NEWCOMER, AMENDS}]
    answer = list_boards(season, Q3, known_on=THIRD)
    assert answer.facts["known_on"] == THIRD and answer.methodology["known_on"] == THIRD
    assert any(note.startswith("As filed by 2025-11-10.") for note in answer.notes)
    with pytest.raises(NotFoundError, match="nothing for 2025Q3 had been filed by 2025-11-02"):
        list_boards(season, Q3, known_on=FIRST - timedelta(days=1))


def test_earlier_quarters_are_as_known_on_that_day(tmp_path: Path) -> None:
    """What a fund showed of an older quarter only after the day is none of the purchases before."""
    settings = Settings(tmp_path)
    (tmp_path / "list.csv").write_text("cik,name,family\n9000000001,ONE LP,\n9000000002,OTHER LP,\n")
    put(
        tmp_path,
        report(1, 9_000_000_001, {A: 100_000}, Q2.previous),
        report(2, 9_000_000_001, {A: 100_000}, Q2),
        report(3, 9_000_000_001, {A: 100_000, B: 100_000}, filed=FIRST),
        report(4, 9_000_000_002, {B: 50_000}, Q2.previous, filed=LAST, manager="OTHER LP"),
    )
    for quarter in (Q2.previous, Q2, Q3):
        refresh.refresh(settings, quarter, offline=True, funds=tmp_path / "list.csv")

    def bought(known_on: date | None) -> list[str]:
        rows = list_boards(settings, Q3, [Board.FIRST_BUYS], known_on=known_on).rows
        return [row["cusip"] for row in rows]

    assert bought(THIRD) == [B]
    assert bought(LAST) == bought(None) == []


def test_a_conviction_is_the_holding_that_holders_shows(market: Settings) -> None:
    rows = list_boards(market, Q3, [Board.CONVICTION]).rows
    assert rows and all(row["portfolio_pct"] >= 5 for row in rows)
    held = who_holds(market, rows[0]["ticker"], Q3).rows
    (same,) = (row for row in held if row["cik"] == rows[0]["cik"])
    assert {name: same[name] for name in ("shares", "value_usd", "change", "accession_number")} == {
        name: rows[0][name] for name in ("shares", "value_usd", "change", "accession_number")
    }


def test_crowded_counts_the_holders_that_holders_counts(market: Settings) -> None:
    row = list_boards(market, Q3, [Board.CROWDED], top=1).rows[0]
    facts = who_holds(market, row["ticker"], Q3).facts
    assert (row["holders"], row["shares"]) == (facts["holders"], facts["shares"])
    assert row["days_to_trade"] == pytest.approx(row["shares"] / row["typical_volume"])


def test_a_band_keeps_what_is_known_to_be_in_it(market: Settings) -> None:
    within, every = (list_boards(market, Q3, [Board.CROWDED], band) for band in (MICRO_CAP, None))
    assert 0 < len(within.rows) < len(every.rows)
    assert all(50e6 <= row["market_cap_usd"] <= 300e6 for row in within.rows)


def test_an_empty_board_says_what_would_not_be_empty(market: Settings) -> None:
    answer = list_boards(market, Q3, [Board.CROWDED], Band(1e15, float("inf")))
    assert not answer.rows and "`--cap all` shows all" in answer.notes[0]


def test_without_the_quarter_before_nothing_is_compared(market: Settings) -> None:
    answer = list_boards(market, Q2)
    assert {row["board"] for row in answer.rows} <= {"conviction", "crowded"}
    assert any(note.startswith("Nothing is compared: ") for note in answer.notes)
