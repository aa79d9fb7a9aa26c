"""What is kept beside the tables is what the tables say, also after they changed."""

from __future__ import annotations

from datetime import date

from tracker.settings import Settings
from tracker.store import Store, price_spans, read_securities
from tracker.tables import PRICES, SECURITIES


def test_securities_are_those_of_the_database_after_every_change(own_market: Settings) -> None:
    with Store(own_market) as store:
        assert read_securities(store).equals(store.read(SECURITIES))
        fewer = store.read(SECURITIES).head(3)
        store.replace(SECURITIES, fewer)
        assert read_securities(store).equals(fewer)
    with Store(own_market) as store:
        assert read_securities(store).equals(fewer)


def test_spans_are_of_all_prices_and_follow_them(own_market: Settings) -> None:
    with Store(own_market) as store:
        spans, prices = price_spans(store), store.prices().collect()
        assert spans["closes"].sum() == prices.height
        assert (spans["first_date"].min(), spans["last_date"].max()) == (prices["date"].min(), prices["date"].max())
        days = [date(2030, 1, 2), date(2030, 1, 3)]
        store.add_prices(
            PRICES.frame({"ticker": "ZZZZ", "date": day, "source": "nasdaq", "close": 1.0} for day in days)
        )
        new = price_spans(store).filter(ticker="ZZZZ").row(0, named=True)
    assert (new["closes"], new["first_date"], new["last_date"]) == (2, date(2030, 1, 2), date(2030, 1, 3))
