"""What is shared is made once, by whichever thread; it is bounded, and it is what the store says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import NotFoundError
from tracker.quarters import Quarter
from tracker.reports.as_of import view
from tracker.settings import Settings
from tracker.store import SharedReads, Store, price_spans, read_securities, shared, sharing
from tracker.store.shared_reads import is_sharing
from tracker.tables import JUDGED_FILINGS, MANAGERS, PositionsFrame

DB = Path("/home/db")


def test_nothing_is_shared_unless_it_is_said() -> None:
    made = [shared(DB, "key", object) for _ in range(2)]
    assert made[0] is not made[1]
    with sharing(SharedReads()):
        assert is_sharing()
        assert shared(DB, "key", object) is shared(DB, "key", object)
        assert shared(DB, "key", object) is not shared(DB / "other", "key", object)
    assert not is_sharing()


def test_threads_share_what_one_has_made_and_others_do_not() -> None:
    reads = SharedReads()

    def ask(reads: SharedReads) -> object:
        with sharing(reads):
            return shared(DB, "key", object)

    with ThreadPoolExecutor(4) as threads:
        first = ask(reads)
        assert {id(made) for made in threads.map(ask, [reads] * 20)} == {id(first)}
        assert threads.submit(ask, SharedReads()).result() is not first
        assert threads.submit(is_sharing).result() is False


def test_what_fails_is_tried_again() -> None:
    reads, tries = SharedReads(), []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise NotFoundError("not yet")
        return 7

    with sharing(reads):
        with pytest.raises(NotFoundError):
            shared(DB, "key", make)
        assert (shared(DB, "key", make), shared(DB, "key", make), len(tries)) == (7, 7, 2)


def test_what_was_not_asked_for_longest_goes_and_what_is_too_large_is_not_kept() -> None:
    reads, frame = SharedReads(most=13_000), pl.DataFrame({"a": list(range(300))})  # 2,400 bytes
    for key in "abc":
        reads.get(key, frame.clone)
    a = reads.get("a", frame.clone)
    assert 0 < reads.size <= 13_000
    reads.get("d", frame.clone)
    assert reads.size <= 13_000
    assert reads.get("a", frame.clone) is a
    missing = reads.get("b", frame.clone)
    assert missing is reads.get("b", frame.clone)
    size = reads.size
    large = pl.DataFrame({"a": list(range(2000))})
    assert reads.get("large", large.clone) is not reads.get("large", large.clone)
    assert reads.size == size


def test_a_long_key_is_counted_too() -> None:
    reads = SharedReads(most=100_000)
    for number in range(100):
        reads.get((number, "x" * 10_000), lambda: None)
    assert len(reads._kept) < 10 and reads.size <= 100_000


def test_many_threads_leave_the_size_right() -> None:
    reads, barrier = SharedReads(most=50_000), threading.Barrier(8)

    def ask(seed: int) -> None:
        barrier.wait()
        for number in range(300):
            key = (seed * number) % 37
            frame = reads.get(key, lambda key=key: pl.DataFrame({"a": [key] * 100}))
            assert frame["a"][0] == key

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))
    assert reads.size == sum(size for _, size in reads._kept.values()) <= 50_000


def test_a_store_says_the_same_whether_it_shares_or_not(market: Settings) -> None:
    def read() -> list[pl.DataFrame]:
        with Store(market) as store:
            newest = store.quarters()[-1]
            cik, ticker = store.positions(newest)["cik"][0], "QNLR"
            seen = view(store, None)
            return [
                store.read(MANAGERS),
                store.read(MANAGERS, cik=cik),
                store.read(JUDGED_FILINGS, period_of_report=newest.end),
                store.positions(newest),
                store.positions(newest, cik=cik),
                store.positions(newest, ticker=ticker, cik=[cik]),
                store.positions(newest, ticker=pl.Series([ticker, None])),
                store.holder_counts(newest),
                store.holder_counts(Quarter.parse("1999Q1")),
                read_securities(store),
                price_spans(store),
                store.prices().collect(),
                seen.counts,
                seen.reporting.reported_twice.to_frame(),
            ]

    alone, reads = read(), SharedReads()
    with sharing(reads):
        for _ in range(2):
            for own, said in zip(alone, read(), strict=True):
                assert own.equals(said)


def test_a_file_that_is_not_whole_is_read_from_sqlite_in_either_way(own_market: Settings) -> None:
    def read() -> PositionsFrame:
        with Store(own_market) as store:
            return store.positions(store.quarters()[-1], ticker="QNLR")

    whole = read()
    for path in (own_market.db / "positions").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-20])
    assert read().equals(whole)
    with sharing(SharedReads()):
        assert read().equals(whole) and read().equals(whole) and whole.height
