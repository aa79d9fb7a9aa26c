"""Download what a quarter needs and the disk lacks: reference data, data sets, single filings, missing tickers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import polars as pl

from ..errors import NotPublishedError, SourceError
from ..output import plural
from ..sources import (
    adv_filing_data,
    advisers,
    company_tickers,
    datasets,
    edgar,
    fails_to_deliver,
    fetch_log,
    openfigi,
)
from ..sources.expected_submissions import Whose
from ..tables import REJECTS, RejectKind, Severity, Step
from .known_filers import choose_candidates
from .refresh_run import Refresh

# Fails-to-deliver files name only securities with fails, so a year of them and some months after are merged.
_FAILS_BEFORE, _FAILS_AFTER = timedelta(days=365), timedelta(days=100)


def download(run: Refresh) -> None:
    """Fetch what is not on disk: reference data, data sets, single filings. What fails is listed in the Summary."""
    run.settings.require_identity()
    fetch_log.sweep(run.settings)
    _download_reference(run)
    covered_until = _download_data_sets(run) if run.source != "filings" else None
    if run.source != "datasets":
        _download_filings(run, covered_until)


def _download_reference(run: Refresh) -> None:
    client, settings = run.client, run.settings
    days = run.quarter.end - _FAILS_BEFORE, min(run.quarter.end + _FAILS_AFTER, run.today)
    for what, fetch in (
        ("SEC's ticker list", lambda: company_tickers.fetch(client, settings)),
        ("fails-to-deliver files", lambda: fails_to_deliver.fetch(client, settings, *days)),
        ("SEC's adviser roster", lambda: advisers.fetch(client, settings)),
    ):
        with _going_on_without(what, run):
            fetch()
    # these only add to what the roster shows: without them nothing is missing, but less is known
    for what, fetch in (
        ("SEC's roster of exempt advisers", lambda: advisers.fetch(client, settings, exempt=True)),
        ("Form ADV filing data", lambda: adv_filing_data.fetch(client, settings, progress=run.progress)),
    ):
        try:
            fetch()
        except SourceError as error:
            run.progress.note(f"note: managers are classified without {what}, which is not available: {error}")


def _download_data_sets(run: Refresh) -> date | None:
    """Fetch the data sets; returns the filing date up to which they are complete, None if not even to the deadline.

    With `auto` single filings replace what is not published; with `datasets` nothing does, so that raises.
    """
    try:
        data_sets = datasets.fetch(run.client, run.settings, run.quarter, today=run.today, progress=run.progress)
    except SourceError as error:
        if run.source == "datasets":
            raise
        run.progress.note(f"note: SEC's data sets are not available, single filings are used: {error}")
        return None
    for window in data_sets.unpublished:
        run.progress.note(f"note: data set of {window}")
    if data_sets.covers_until is None and run.source == "datasets":
        raise NotPublishedError(
            f"the data set with reports for {run.quarter} (due {run.quarter.deadline}) is not published yet; "
            "single filings are available: leave out --source, or use --source filings"
        )
    run.summary.data_sets = f"{len(data_sets.paths)} ({data_sets.downloaded} downloaded)" + (
        f", everything filed up to {data_sets.covers_until}" if data_sets.covers_until else ""
    )
    return data_sets.covers_until


def _whose(run: Refresh) -> Whose:
    """Whose single filings to fetch; None for everybody's."""
    if run.only is not None:
        return set(run.only.filter("is_hedge_fund")["cik"])
    if run.summary.universe == "all":
        return None

    def choose(filers: pl.DataFrame) -> frozenset[int]:
        run.summary.candidates = choose_candidates(run, filers)
        return run.summary.candidates.ciks

    return choose


def _download_filings(run: Refresh, covered_until: date | None) -> None:
    """Fetch the single filings that the form index names and no data set covers."""
    expected = edgar.expected(
        run.client,
        run.settings,
        run.quarter,
        _whose(run),
        filed_after=covered_until,
        today=run.today,
        progress=run.progress,
    )
    for warning in expected.warnings:
        run.progress.note(f"note: {warning}")
    fetched = edgar.fetch(run.client, run.settings, expected.filings, progress=run.progress)
    run.summary.filed_after = covered_until
    run.summary.expected = expected.filings.height
    run.summary.downloaded, run.summary.present = fetched.downloaded, fetched.present
    run.summary.missing += [f"{one.accession_number} (CIK {one.cik}): {one.reason}" for one in fetched.missing]
    rejects = REJECTS.frame(
        {
            "accession_number": one.accession_number,
            "cik": one.cik,
            "period_of_report": run.quarter.end,
            "step": Step.DOWNLOAD,
            "severity": Severity.REJECTED,
            "kind": RejectKind.NOT_DOWNLOADED,
            "reason": one.reason,
        }
        for one in fetched.missing
    )
    run.store.replace(REJECTS, rejects, step=Step.DOWNLOAD, period_of_report=run.quarter.end)


def fill_gaps(run: Refresh) -> bool:
    """Ask OpenFIGI for the tickers of what the quarter's hedge funds hold without one, the largest value first.

    Returns whether an answer came. OpenFIGI is optional: if it is not available that is noted, and nothing is missing.
    """
    holder_counts = run.store.holder_counts(run.quarter)
    gaps = holder_counts.filter(
        pl.col("ticker").is_null(), pl.col("holders") > 0, ~pl.col("kind").is_in(["bond", "option"])
    ).sort(["value_usd", "cusip"], descending=[True, False])
    asked = openfigi.fetch(run.client, run.settings, gaps["cusip"].to_list(), today=run.today, progress=run.progress)
    left = plural(asked.left, "CUSIP")
    if asked.answered:
        found = plural(asked.found, "ticker")
        run.progress.note(f"OpenFIGI: {plural(asked.answered, 'CUSIP')} asked for, {found} found")
    if asked.failure:
        run.progress.note(f"note: OpenFIGI is not available, {left} without a ticker: {asked.failure}")
    elif asked.left:
        run.progress.note(
            f"note: {left} without a ticker left for the next refresh; with a key in OPENFIGI_API_KEY (free) all are "
            "asked for at once"
        )
    return asked.answered > 0


@contextmanager
def _going_on_without(what: str, run: Refresh) -> Iterator[None]:
    """Reference data that is not available does not stop the refresh, but is reported as missing."""
    try:
        yield
    except SourceError as error:
        run.progress.note(f"warning: {what} could not be fetched: {error}")
        run.summary.missing.append(f"{what}: {error}")
