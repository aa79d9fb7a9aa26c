"""What is loaded of a quarter, as the store has it now."""

from __future__ import annotations

from tests.pipeline.helpers import Q3
from tracker.pipeline.loaded_counts import count_loaded
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import HOLDER_COUNTS, JUDGED_FILINGS, MANAGERS


def test_the_fictional_market_is_counted(market: Settings) -> None:
    with Store(market) as store:
        filings, managers = store.read(JUDGED_FILINGS, period_of_report=Q3.end), store.read(MANAGERS)
        holder_counts, positions = store.holder_counts(Q3), store.positions(Q3)
    loaded = count_loaded(filings, managers, holder_counts)
    nothing = count_loaded(JUDGED_FILINGS.frame(), managers, HOLDER_COUNTS.frame())
    assert loaded.hedge_funds >= positions["cik"].n_unique()
    assert loaded.mapped <= loaded.securities <= holder_counts.height
    assert loaded.filings >= loaded.managers > 0 and loaded.from_data_sets == 0
    assert not any(vars(nothing).values())
