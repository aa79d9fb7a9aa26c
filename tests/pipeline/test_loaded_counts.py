"""What is loaded of a quarter, as the store has it now."""

from __future__ import annotations

from tests.pipeline.helpers import Q3
from tracker.pipeline.loaded_counts import count_loaded
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store


def test_the_fictional_market_is_counted(market: Settings) -> None:
    with Store(market) as store:
        holder_counts = store.holder_counts(Q3)
        loaded = count_loaded(store, Q3, holder_counts)
        nothing = count_loaded(store, Quarter(2024, 1), store.holder_counts(Quarter(2024, 1)))
        positions = store.positions(Q3)
    assert loaded.hedge_funds >= positions["cik"].n_unique()
    assert loaded.mapped <= loaded.securities <= holder_counts.height
    assert loaded.filings >= loaded.managers > 0 and loaded.from_data_sets == 0
    assert not any(vars(nothing).values())
