"""A ticker means the same whether all securities are read or only those that decide it."""

from __future__ import annotations

import pytest

from tracker.errors import NotFoundError
from tracker.lookup import Security, find_security, known_securities
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import SECURITIES


def test_what_decides_a_ticker_is_read_and_no_more(own_market: Settings) -> None:
    with Store(own_market) as store:
        counts = store.holder_counts(store.require_quarter(None))
        pairs = store.read(SECURITIES)
        # OLDT passed from the first company to the second, and the first is now NEWT; a third had NEWT long before
        first, second, third = pairs["cusip"].unique().sort().head(3)
        row = pairs.row(0, named=True)
        spans = [(first, "OLDT", 2020, 2021), (first, "NEWT", 2022, 2026), (second, "OLDT", 2023, 2026)]
        spans.append((third, "NEWT", 2010, 2011))
        added = [
            {**row, "cusip": cusip, "ticker": ticker, "first_seen": row["first_seen"].replace(year=since),
             "last_seen": row["last_seen"].replace(year=until)}
            for cusip, ticker, since, until in spans
        ]  # fmt: skip
        store.append(SECURITIES, SECURITIES.frame(added))
        known = known_securities(store, counts)
        asked = {*pairs["ticker"], *pairs["cusip"], *known["cusip"], "OLDT", "NEWT", "NOSUCH", ""}

        def found(query: str, **given: object) -> Security | str:
            try:
                return find_security(store, query, counts, **given)  # type: ignore[arg-type]
            except NotFoundError as error:
                return f"{error} {sorted(error.candidates)}"

        for query in sorted(asked):
            assert found(query) == found(query, known=known), query
    with pytest.raises(NotFoundError), Store(own_market) as store:
        find_security(store, "NOSUCH", counts)


@pytest.mark.parametrize("query", ["NASDAQ:QNLR", "nasdaq: qnlr", "$QNLR", "NYSE American:QNLR", " $ qnlr "])
def test_what_marks_a_ticker_is_read(market: Settings, query: str) -> None:
    with Store(market) as store:
        counts = store.holder_counts(store.require_quarter(None))
        assert find_security(store, query, counts).ticker == "QNLR"


@pytest.mark.parametrize("query", ["LSE:QNLR", "TSX:QNLR", "$", "NASDAQ:", ":QNLR", "NASDAQ QNLR"])
def test_an_exchange_elsewhere_has_another_company(market: Settings, query: str) -> None:
    with Store(market) as store, pytest.raises(NotFoundError):
        find_security(store, query, store.holder_counts(store.require_quarter(None)))


@pytest.mark.parametrize("query", ["QNRL", "NQLR", "QNL", "QNLRR", "QNLX", "XNLR", "QLNR"])
def test_a_slip_of_the_keys_suggests_the_ticker_first(market: Settings, query: str) -> None:
    with Store(market) as store, pytest.raises(NotFoundError) as caught:
        find_security(store, query, store.holder_counts(store.require_quarter(None)))
    assert caught.value.candidates[0] == "QNLR (Quenchlight Robotics Inc)"
