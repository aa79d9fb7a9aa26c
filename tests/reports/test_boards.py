"""Boards of the fictional market: what each row states follows from the positions, and from the band asked for."""

from __future__ import annotations

import json

import pytest

from tests.pipeline.helpers import Q2, Q3
from tracker.band import MICRO_CAP, Band
from tracker.output import FORMATS, render
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
