"""Which filers are known before a quarter's single filings are asked for, and from what.

What was loaded is remembered, and so are the cover pages of the data sets on disk, loaded or not. On an empty home
nearly all of the eight thousand filers of a form index are unknown: that is a quarter of an hour of requests. The data
set of the quarter before has a cover page of nearly all of them, in one download of some 85 MB; so with `--source auto`
it is fetched if many are unknown, for its cover pages only, and the few that it lacks are asked for one by one.
"""

from __future__ import annotations

import polars as pl

from ..edgar_facts import FIRST_XML_PERIOD
from ..errors import SourceError
from ..filings.data_set_filers import read_filers
from ..managers import fund_lists
from ..managers.covers import complete_filers
from ..output import plural
from ..sources import datasets, edgar_filers
from ..tables import JUDGED_FILINGS, MANAGERS, JudgedFilingsFrame
from . import candidates
from .candidates import Candidates
from .refresh_run import Refresh

# From here on a data set takes less time than asking for each filer: a request each, ten a second.
WORTH_A_DATA_SET = 200
# Later ones on disk name filers that came later.
_WINDOWS = 3


def choose_candidates(run: Refresh, filers: pl.DataFrame) -> Candidates:
    """Whom to ask for, of `filers` (columns of `expected_submissions.FILERS`); may download a data set first."""
    known_filings = _read_known(run, filers)
    choices = fund_lists.read_choices(run.settings.home)
    chosen = candidates.choose(
        filers,
        known_filings,
        run.store.read(MANAGERS),
        run.roster,
        choices=choices,
        edgar_filers=complete_filers(edgar_filers.read(run.settings), known_filings),
    )
    return Candidates.of(chosen)


def _read_known(run: Refresh, filers: pl.DataFrame) -> JudgedFilingsFrame:
    """Filings loaded, and cover pages of the data sets since the quarter before."""
    known_filings = pl.concat([run.store.read(JUDGED_FILINGS), _read_covers(run)])
    unseen = filers.filter("is_timely").join(known_filings, on="cik", how="anti").height
    if unseen < WORTH_A_DATA_SET or run.source != "auto" or not _fetch_data_set(run, unseen):
        return known_filings
    return pl.concat([known_filings, _read_covers(run)])


def _fetch_data_set(run: Refresh, unseen: int) -> bool:
    """Fetch the data set of the quarter before; returns whether it is on disk only now."""
    previous = run.quarter.previous
    on_disk = datasets.on_disk(run.settings, previous)
    if previous < FIRST_XML_PERIOD or datasets.covers_until(previous, on_disk):
        return False
    run.progress.note(
        f"{plural(unseen, 'filer')} of the form index never seen before: the data set with reports for {previous} "
        "shows who most of them are, without a request for each"
    )
    try:
        return datasets.fetch(run.client, run.settings, previous, today=run.today, progress=run.progress).downloaded > 0
    except SourceError as error:
        run.progress.note(f"note: it is not available, each filer is asked for: {error}")
        return False


def _read_covers(run: Refresh) -> JudgedFilingsFrame:
    """The cover pages of the data sets on disk that can have reports for the quarter or the one before."""
    covers = [JUDGED_FILINGS.frame()]
    for path in datasets.on_disk(run.settings, run.quarter.previous)[:_WINDOWS]:
        try:
            covers.append(JUDGED_FILINGS.fit(read_filers(path)))
        except SourceError as error:
            run.progress.note(f"note: the cover pages of {path.name} are left out: {error}")
    return pl.concat(covers)
