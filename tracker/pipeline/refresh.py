"""The whole path: acquire -> parse -> normalise -> identify -> classify -> count.

Each step stores what it made before the next begins, and asks the store what is left to do: a refresh that is
killed anywhere and run again ends in the same state, and one with nothing new to do changes nothing.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from .. import __version__
from ..errors import StoreError
from ..filings import data_set, holdings, submission
from ..managers import book_shape, classification, fund_lists
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..settings import Settings
from ..sources import advisers, company_tickers, datasets, edgar, fails_to_deliver, fetch_log, openfigi
from ..sources.http import Client
from ..store import Store
from ..tables import (
    COUNTED_FROM,
    COUNTED_ROLES,
    FILINGS,
    HOLDER_COUNTS,
    JUDGED_FILINGS,
    LINES,
    MANAGERS,
    POSITIONS,
    REJECTS,
    RUNS,
    SECURITIES,
    SOURCES,
    SPLITS,
    Submissions,
)
from . import update_splits
from .download import Managers, Source, Summary, acquire, fill_gaps

# Parsing is bound by the processor; below this many files a second process costs more than it brings.
_POOL_FROM = 400
_BATCH = 500


def refresh(
    settings: Settings,
    quarter: Quarter,
    *,
    source: Source = "auto",
    managers: Managers = "hedge-funds",
    funds: Path | None = None,
    offline: bool = False,
    client: Client | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring one quarter up to date.

    `source`: SEC's data sets of all filers, single filings, or (auto) the data sets for what they cover and single
    filings for what was filed since. `managers` says whose submissions are fetched one by one; `funds` is a list (see
    `managers.read_list`) that is fetched and counted instead. `offline` takes what is on disk. Raises TrackerError
    for what stops the whole refresh; a filing that is missing or unreadable is told in the Summary.
    """
    started, clock = datetime.now(UTC).replace(tzinfo=None), time.monotonic()
    progress = progress or Silent()
    only = fund_lists.read_list(funds) if funds else None
    summary = Summary(quarter, f"list {funds.name}" if funds else managers)
    with Store(settings) as store, store.writing():
        client = client or Client(settings, progress=progress)
        if not offline:
            acquire(store, quarter, source, only, client, today, summary, progress)
        if source != "filings":
            parse_data_sets(store, quarter, progress)
        if source != "datasets":
            parse_filings(store, progress)
        normalised = normalise(store, progress)
        decided = [identify(store, progress), classify(store, only, progress)]
        counted = count(store, {quarter, *store.quarters()}, progress)
        # which CUSIPs have no ticker, and what they are worth, is known only now
        if not offline and fill_gaps(store, quarter, client, today, progress):
            decided.append(identify(store, progress))
            counted |= count(store, {quarter, *store.quarters()}, progress)
        # holders' shares tell of splits, and these of changes: the second count sees only what that touches
        if counted and update_splits.renew(store):
            count(store, {quarter, *store.quarters()}, progress)
        summary.changed = bool(normalised) or counted or any(decided)
        _tell(store, summary)
        summary.seconds = time.monotonic() - clock
        if summary.changed or summary.downloaded or quarter not in store.quarters():
            _record(store, summary, started)
    return summary


# ---- parse --------------------------------------------------------------------------------------------------------


def parse_data_sets(store: Store, quarter: Quarter, progress: Progress) -> None:
    """Read the quarter's reports that the store does not know from the data sets on disk, zip by zip."""
    for path in datasets.on_disk(store.settings, quarter):
        known = _known(store)["accession_number"]
        parsed = data_set.read(path, quarter.end, skip=set(known), progress=progress)
        if parsed.lines.height:
            store.add_lines(quarter.end, parsed.lines)
        _store_filings(store, parsed)


def parse_filings(store: Store, progress: Progress) -> None:
    """Read the submissions on disk that the store does not know, and store them as filed, batch by batch."""
    files = edgar.on_disk(store.settings).join(_known(store), on="accession_number", how="anti").rows()
    if not files:
        return
    progress.start("reading submissions", len(files))
    with _mapper(len(files)) as run:
        for at in range(0, len(files), _BATCH):
            parts = []
            for part in run(_parse_one, files[at : at + _BATCH]):
                parts.append(part)
                progress.advance()
            parsed = Submissions.concat(parts)
            of_period = parsed.filings.select("accession_number", "period_of_report")
            lines = parsed.lines.join(of_period, on="accession_number", how="left", validate="m:1")
            for (period,), some in lines.partition_by("period_of_report", as_dict=True, include_key=False).items():
                store.add_lines(period, some)
            _store_filings(store, parsed)
    progress.end()


def _known(store: Store) -> pl.DataFrame:
    """Accession numbers of what was read before, taken or not."""
    return pl.concat(
        [
            store.read(JUDGED_FILINGS).select("accession_number"),
            store.read(REJECTS, step="parse", severity="rejected").select("accession_number"),
        ]
    )


def _parse_one(file: tuple[str, int, str]) -> Submissions:
    accession_number, cik, path = file
    return submission.parse_file(Path(path), accession_number, cik)


@contextmanager
def _mapper(count: int) -> Iterator[Callable[..., Iterable[Submissions]]]:
    processors = os.cpu_count() or 1
    if count < _POOL_FROM or processors < 2:
        yield map
        return
    # spawn: a fork after polars has started its threads hangs
    with ProcessPoolExecutor(processors, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda work, items: pool.map(work, items, chunksize=8)


def _store_filings(store: Store, parsed: Submissions) -> None:
    """After their lines are stored: killed in between, the next run reads these submissions again."""
    numbers = [*parsed.filings["accession_number"], *parsed.rejects["accession_number"]]
    store.replace_together(
        [
            (
                JUDGED_FILINGS,
                JUDGED_FILINGS.fit(parsed.filings),
                {"accession_number": parsed.filings["accession_number"]},
            ),
            (REJECTS, parsed.rejects, {"step": "parse", "accession_number": numbers}),
        ]
    )


# ---- normalise, identify, classify, count -------------------------------------------------------------------------


def normalise(store: Store, progress: Progress) -> set[date]:
    """Decide unit and role of the filings of every period that has undecided ones; returns those periods."""
    undecided = store.read(JUDGED_FILINGS).filter(pl.col("role").is_null())["period_of_report"].unique()
    for period in undecided.sort():
        filings = FILINGS.fit(store.read(JUDGED_FILINGS, period_of_report=period))
        lines = store.lines(period, holdings.JUDGED_COLUMNS)
        _check_lines(filings, lines)
        judged, doubts = holdings.judge(filings, lines)
        store.replace_together(
            [
                (REJECTS, doubts, {"step": "normalise", "period_of_report": period}),
                (JUDGED_FILINGS, judged, {"period_of_report": period}),
            ]
        )
        progress.note(f"{Quarter.of(period)}: {judged.height:,} filings, {lines.height:,} lines")
    return set(undecided)


def _check_lines(filings: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Every line that was read is on disk: a damaged or deleted Parquet file must not become a lower count."""
    on_disk = lines.group_by("accession_number").agg(pl.len().cast(pl.Int64).alias("on_disk"))
    lost = filings.join(on_disk, on="accession_number", how="left", validate="1:1").filter(
        pl.col("line_count") != pl.col("on_disk").fill_null(0)
    )
    if lost.height:
        raise StoreError(
            f"db/lines lacks lines of {lost.height} filings, {lost['accession_number'][0]} among them: "
            "delete db/ and refresh again; filings on disk are not downloaded twice"
        )


def identify(store: Store, progress: Progress) -> bool:
    """Match CUSIPs with tickers from the reference files on disk; says whether anything changed."""
    settings = store.settings
    # where the database was made anew, prices are still there
    renewed = update_splits.renew(store) if store.read(SPLITS).is_empty() else False
    pairs, listed = (
        fails_to_deliver.read(fails_to_deliver.on_disk(settings), progress),
        company_tickers.read(company_tickers.on_disk(settings)),
    )
    figis = openfigi.read(openfigi.on_disk(settings))
    return store.replace(SECURITIES, ticker_map.match(pairs, listed, store.priced(), figis)) or renewed


def renew(store: Store, progress: Progress) -> None:
    """What new prices bring about: splits, listed tickers, and with them the counts of every loaded quarter."""
    update_splits.renew(store)
    identify(store, progress)
    if count(store, {*store.quarters()}, progress) and update_splits.renew(store):
        count(store, {*store.quarters()}, progress)
    store.replace(SOURCES, fetch_log.read_sources(store.settings))


def classify(store: Store, only: pl.DataFrame | None, progress: Progress) -> bool:
    """Decide of every filer whether it is a hedge fund; says whether anything changed."""
    roster = advisers.read(advisers.on_disk(store.settings), progress)
    filings, choices = store.read(JUDGED_FILINGS), fund_lists.read_choices(store.settings.home)
    made = classification.classify(filings, roster, only, choices=choices, shapes=shapes(store, filings))
    return store.replace(MANAGERS, made)


def shapes(store: Store, filings: pl.DataFrame) -> pl.DataFrame:
    """What the longest reports are like (see `managers.shapes`); a period's lines are read at a time."""
    large = book_shape.large_reports(filings)
    parts = [
        book_shape.measure(some, store.lines(period, book_shape.LINE_COLUMNS, some["accession_number"]))
        for (period,), some in large.partition_by("period_of_report", as_dict=True).items()
    ]
    return pl.concat(parts) if parts else book_shape.measure(large, LINES.frame())


def count(store: Store, quarters: set[Quarter], progress: Progress) -> bool:
    """Count holders of those of the quarters, oldest first, whose filings, funds, tickers or splits have changed.

    What counts are made from is kept with them, as a digest that takes in the quarter before: so nothing is counted
    twice, nothing stale stays after a kill, and a correction goes on to the quarters that are compared with it.
    """
    funds = store.read(MANAGERS).filter("is_hedge_fund")
    names = store.read(SECURITIES)
    common = _digest(funds.select("cik", "manager_name", "family"), names)
    changed, before = False, ""
    for one in sorted(quarters):
        filings = store.read(JUDGED_FILINGS, period_of_report=one.end, cik=funds["cik"])
        splits = store.split_ratios(one)
        before = before if one.previous in quarters else ""
        before = _digest(filings, splits, seed=f"{__version__} {common} {before}")
        made_from = COUNTED_FROM.frame([{"period_of_report": one.end, "fingerprint": before}])
        if made_from.equals(store.read(COUNTED_FROM, period_of_report=one.end)):
            continue
        progress.start(f"counting holders of {one}")
        held = holdings.effective(filings, store.lines(one.end, holdings.COLUMNS, filings["accession_number"]))
        positions = holder_counts.positions(held, funds, ticker_map.tickers(held, names))
        prior = store.positions(one.previous) if one.previous in quarters else None
        counts = holder_counts.count(positions, prior, _reporting(store, funds, one), splits)
        counts = ticker_map.with_kinds(counts, names)
        store.replace_together(
            [
                (table, frame, {"period_of_report": one.end})
                for table, frame in ((POSITIONS, positions), (HOLDER_COUNTS, counts), (COUNTED_FROM, made_from))
            ]
        )
        changed = True
        progress.advance(counts.height)
        progress.end()
    return changed


def _digest(*frames: pl.DataFrame, seed: str = "") -> str:
    """A digest of the frames' rows in their order."""
    digest = hashlib.blake2b(seed.encode(), digest_size=16)
    for frame in frames:
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()


def _reporting(store: Store, funds: pl.DataFrame, quarter: Quarter) -> pl.Series:
    """Families of which a report counts in the quarter and in the one before."""
    quarters = (quarter.previous, quarter)
    families = funds.select("cik", "family")
    reports = store.read(JUDGED_FILINGS, period_of_report=[one.end for one in quarters], role=COUNTED_ROLES)
    found = reports.join(families, on="cik", validate="m:1").group_by("family")
    return found.agg(pl.col("period_of_report").n_unique()).filter(pl.col("period_of_report") == len(quarters))[
        "family"
    ]


# ---- tell ---------------------------------------------------------------------------------------------------------


def _tell(store: Store, summary: Summary) -> None:
    """Fill in what the store now knows of the quarter."""
    period = summary.quarter.end
    filings = store.read(JUDGED_FILINGS, period_of_report=period)
    # one that cannot be read at all tells no period: it may be of this one
    rejects = store.read(REJECTS).filter((pl.col("period_of_report") == period).fill_null(True))
    rejected = rejects.filter((pl.col("severity") == "rejected") & (pl.col("step") != "download"))
    summary.rejected = [
        f"{number}: {reason}" for number, reason in rejected.select("accession_number", "reason").rows()
    ]
    summary.flagged = rejects.filter(pl.col("severity") == "flagged")["accession_number"].n_unique()
    summary.from_data_sets = filings.filter(pl.col("source") != "filing").height
    summary.lines = int(filings["line_count"].sum())
    summary.managers = filings["cik"].n_unique()
    reporting = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    summary.hedge_funds = (
        store.read(MANAGERS).filter("is_hedge_fund").join(reporting, on="cik", how="semi")["cik"].n_unique()
    )
    held = store.holder_counts(summary.quarter).filter(pl.col("holders") > 0)
    summary.securities = held.height
    summary.mapped = held["ticker"].count()


def _record(store: Store, summary: Summary, started: datetime) -> None:
    store.append(
        RUNS,
        RUNS.frame(
            [
                {
                    "started_at": started,
                    "seconds": round(summary.seconds, 3),
                    "period_of_report": summary.quarter.end,
                    "universe": summary.universe,
                    "expected": summary.expected,
                    "downloaded": summary.downloaded,
                    "present": summary.present,
                    "missing": len(summary.missing),
                    "rejected": len(summary.rejected),
                    "lines": summary.lines,
                    "managers": summary.managers,
                    "hedge_funds": summary.hedge_funds,
                    "securities": summary.securities,
                    "mapped": summary.mapped,
                    "version": __version__,
                }
            ]
        ),
    )
