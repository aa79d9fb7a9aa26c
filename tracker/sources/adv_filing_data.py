"""SEC's Form ADV filing data: every filing of every adviser, with each private fund's type and gross assets.

https://www.sec.gov/foia-services/frequently-requested-documents/form-adv-data links to zips by date of filing: two for
2011 to 2024 (`adv-filing-data-20111105-20241231-part1.zip`, 1.1 GB together), then one a month
(`ADV_Filing_Data_20260601_20260630.zip`, 10 to 50 MB). Where the page links to no monthly one, they are listed by
https://reports.adviserinfo.sec.gov/reports/foia/reports_metadata.json:

    {"advFilingData": {"2026": {"files": [{"fileName": "ADV_Filing_Data_20260601_20260630.zip", "year": "2026", ...}]}}}

Every firm files an annual update within 90 days of the end of its fiscal year, and each filing states everything anew.
So the newest 13 months have a filing of every firm that is still one, and only these are fetched; older zips are read
if they are on disk. `adv_filing_file` reads a single one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from ..edgar_facts import HOST, REPORTS_HOST
from ..errors import SourceError
from ..json_text import parse_json
from ..progress import Progress, Silent
from ..settings import Settings
from ..tables import ADVISERS, AdvisersFrame
from . import adv_filing_file, fetch_log, sec_pages
from .adv_filing_file import ADV_FILINGS, ASSETS, COUNTS
from .http import Client

SOURCE = "adv-filing-data"
URL = f"https://{HOST}/foia-services/frequently-requested-documents/form-adv-data"
REPORTS = f"https://{REPORTS_HOST}/reports/foia"
AGE = timedelta(days=7)
MONTHS = 13

_LONGEST_MONTH = timedelta(days=31)
_NAME = re.compile(
    r"adv[_-]filing[_-]data[_-](?P<first>\d{8})[_-](?P<last>\d{8})(?:[_-]part\d)?(?:[_-]\d+)?\.zip",
    re.ASCII | re.IGNORECASE,
)
_FLAGS = {
    "hedge_fund_count": "has_hedge_funds",
    "private_equity_fund_count": "has_private_equity_funds",
    "venture_fund_count": "has_venture_funds",
}


class _Month(NamedTuple):
    """The filings of the days `first` to `last`."""

    first: date
    last: date
    name: str
    url: str


def fetch(client: Client, settings: Settings, *, threads: int = 2, progress: Progress | None = None) -> list[Path]:
    """Save the zips of the newest 13 months; returns their files, oldest first. A file on disk is final.

    Raises SourceError if none is listed or one is not available; files that arrived are kept.
    """
    progress = progress or Silent()
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    months = [month for match, url in links if (month := _month(match, url))]
    months = months or _listed(client, settings)
    if not months:
        raise SourceError(f"neither {URL} nor {REPORTS} lists a month of filings; please report this")
    newest = sorted(months)[-MONTHS:]
    absent = [month for month in newest if fetch_log.fetched_at(_path(settings, month)) is None]
    if absent:
        progress.start("downloading Form ADV filing data", len(absent))
        try:
            for _ in client.each(partial(_save, client, settings), absent, threads):
                progress.advance()
        finally:
            progress.end()
    return [_path(settings, month) for month in newest]


def on_disk(settings: Settings) -> list[Path]:
    """The zips on disk, also older ones that somebody put there, by name."""
    folder = sec_pages.fetched_folder(settings, SOURCE)
    return sorted(path for path in folder.glob("*.zip") if _NAME.fullmatch(path.name))


def read(paths: Iterable[Path], progress: Progress | None = None) -> pl.DataFrame:
    """The newest filing of each firm in saved zips, as ADV_FILINGS with unique crd_number; no network.

    Its `hedge_fund_assets_usd` and so on are 0 where the firm states that it advises no private funds, and null where
    no schedule is on disk or another adviser lists the funds. A zip that cannot be read is noted on `progress` and
    left out.
    """
    progress = progress or Silent()
    loaded = []
    for path in paths:
        try:
            loaded.append(adv_filing_file.load(path))
        except SourceError as error:
            progress.note(f"note: managers are classified without {path.name}: {error}")
    filings = pl.concat([pl.DataFrame(schema=ADV_FILINGS), *loaded])
    schedules = filings.filter(pl.col(COUNTS[0]).is_not_null()).select("filing_id", *ASSETS, *COUNTS)
    firms = adv_filing_file.newest(filings.filter(pl.col("crd_number").is_not_null()))
    ciks = filings.select("filing_id", pl.col("ciks").alias("_ciks")).explode("_ciks").drop_nulls()
    firms = (
        firms.drop(*ASSETS, *COUNTS, "ciks")
        .join(schedules.unique("filing_id", keep="last"), on="filing_id", how="left", validate="m:1")
        .join(ciks.group_by("filing_id").agg(pl.col("_ciks").unique().sort().alias("ciks")), on="filing_id", how="left")
    )
    advises_none = ~pl.col("has_private_funds")
    firms = firms.with_columns(
        *(pl.when(pl.col(name).is_null() & advises_none).then(0).otherwise(name).alias(name) for name in ASSETS),
        *(pl.when(pl.col(name).is_null() & advises_none).then(0).otherwise(name).alias(name) for name in COUNTS),
        pl.col("ciks").fill_null([]),
    ).with_columns((pl.col(count) > 0).alias(flag) for count, flag in _FLAGS.items())
    return firms.select(pl.col(name).cast(dtype) for name, dtype in ADV_FILINGS.items())


def complete(advisers: AdvisersFrame, filings: pl.DataFrame) -> AdvisersFrame:
    """The rosters' firms with what `filings` (as from `read`) state beside it: fund assets, CIKs, what a month lacks.

    What a roster states is kept. Firms that only filings have are added where there is no roster of their kind,
    registered or exempt: otherwise they have left it.
    """
    own = [name for name in ADVISERS.columns if name not in ("crd_number", "ciks", *ASSETS, "adv_filed_on")]
    stated = filings.select("crd_number", pl.exclude("crd_number", "filing_id", "filed_at").name.suffix("_filed"))
    completed = advisers.join(stated, on="crd_number", how="left", validate="1:1").with_columns(
        *(pl.coalesce(name, f"{name}_filed").alias(name) for name in own),
        *(pl.col(f"{name}_filed").alias(name) for name in (*ASSETS, "adv_filed_on")),
        pl.concat_list("ciks", pl.col("ciks_filed").fill_null([])).list.unique(maintain_order=True).alias("ciks"),
    )
    kinds = advisers["is_exempt"].unique().drop_nulls().to_list()
    others = filings.filter(
        ~pl.col("is_exempt").is_in(kinds), ~pl.col("crd_number").is_in(advisers["crd_number"].implode())
    )
    others = others.with_columns(pl.coalesce("name", "legal_name").alias("name")).drop_nulls("name")
    return ADVISERS.check(pl.concat([ADVISERS.fit(completed), ADVISERS.fit(others)]))


def _month(match: re.Match[str], url: str) -> _Month | None:
    """The month that a file name states; None for a longer span, and for days that do not exist."""
    with suppress(ValueError):
        first, last = (date.fromisoformat(match[name]) for name in ("first", "last"))
        if timedelta(0) <= last - first <= _LONGEST_MONTH:
            return _Month(first, last, match[0], url)
    return None


def _listed(client: Client, settings: Settings) -> list[_Month]:
    """The months that the site of adviser reports lists; its list is fetched once a week."""
    path = sec_pages.folder(settings, SOURCE) / "reports_metadata.json"
    if not fetch_log.is_fresh(path, AGE):
        url = f"{REPORTS}/{path.name}"
        answer = client.ask(url, attempts=2, max_bytes=2**24)
        fetch_log.keep(path, answer.body, source=SOURCE, url=url, fetched_at=answer.fetched_at)
    try:
        years = parse_json(path.read_bytes())["advFilingData"]
        names = [
            each["fileName"] for year in years.values() if isinstance(year, dict) for each in year.get("files", ())
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        fetch_log.discard(path)  # so that the next run fetches it again
        raise SourceError(f"{REPORTS}/{path.name} has another form than expected; please report this") from error
    matches = [match for name in names if isinstance(name, str) and (match := _NAME.fullmatch(name))]
    return [
        month
        for match in matches
        if (month := _month(match, f"{REPORTS}/advFilingData/{match['first'][:4]}/{match[0]}"))
    ]


def _path(settings: Settings, month: _Month) -> Path:
    return sec_pages.folder(settings, SOURCE) / month.name


def _save(client: Client, settings: Settings, month: _Month) -> Path:
    path = _path(settings, month)
    return fetch_log.save(client, month.url, path, source=SOURCE, check=sec_pages.check_zip)
