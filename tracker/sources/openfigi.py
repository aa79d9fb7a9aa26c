"""OpenFIGI: the tickers of CUSIPs that no fails-to-deliver file names.

POST https://api.openfigi.com/v3/mapping with a list of jobs; the answers are in the jobs' order:

    [{"idType": "ID_CUSIP", "idValue": "037833100"}, {"idType": "ID_CINS", "idValue": "G3922B107"}, ...]
    [{"data": [{"figi": "BBG000B9XRY4", "name": "APPLE INC", "ticker": "AAPL", "exchCode": "US",
                "securityType": "Common Stock", "marketSector": "Equity", ...}, ...]},
     {"warning": "No identifier found."}, {"error": "Invalid idValue format."}, ...]

A CUSIP has a row for each venue; "US" is the composite of the American ones. CUSIPs that begin with a letter are CINS.
The limit is 25 requests of 5 jobs a minute without a key, 25 of 100 in 6 seconds with one (`OPENFIGI_API_KEY`).

Each answer is saved unedited below `filings/openfigi/` beside its jobs, and is not requested again; "not found" is an
answer, too, for 90 days. The ticker is that of the day of the request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from .. import files
from ..errors import IncompleteError, SourceError
from ..json_text import parse_json
from ..output import plural
from ..progress import Progress, Silent
from ..securities import cusips, tickers
from ..settings import Settings
from ..tables import CUSIP_FIGIS, CusipFigisFrame
from . import fetch_log
from .http import Client
from .rate_limit import Limiter

SOURCE = "openfigi"
URL = "https://api.openfigi.com/v3/mapping"
ASK_AGAIN = timedelta(days=90)
# Without a key a run takes two minutes at most; the next one continues.
MOST_WITHOUT_KEY = 250
_JOBS, _JOBS_WITH_KEY = 5, 100
_LIMITER, _LIMITER_WITH_KEY = Limiter(25, 60.0), Limiter(25, 6.0)
_JOBS_SUFFIX = ".jobs.json"
_FIRST_ATTEMPTS = 2  # an unreachable host must not hold up a refresh
# Bloomberg's codes of American venues: the composite, then the exchanges, then over the counter.
_AMERICAN = ("US", "UN", "UW", "UQ", "UR", "UA", "UP", "UF", "UB", "UX", "UD", "UT", "UC", "UM", "UO", "UV", "PQ")
_VENUES = {code: place for place, code in enumerate(_AMERICAN)}
_TYPES = {name: place for place, name in enumerate(("Common Stock", "ADR", "REIT", "MLP", "ETP"))}
_TICKER = r"^[A-Z]{1,6}([.][A-Z]{1,2})?$"


@dataclass(frozen=True)
class Asked:
    """What a run did: CUSIPs answered, those of them with a ticker, those left for later, and what stopped it."""

    answered: int = 0
    found: int = 0
    left: int = 0
    failure: str | None = None


def fetch(
    client: Client, settings: Settings, wanted: Sequence[str], *, today: date, progress: Progress | None = None
) -> Asked:
    """Request the CUSIPs of `wanted` (most important first) that have no answer yet, and save the answers.

    If OpenFIGI is not available, what has arrived is kept and `failure` gives the reason. Raises SourceError only for a
    damaged answer on disk.
    """
    progress, key = progress or Silent(), settings.openfigi_key
    due = _due(wanted, read(on_disk(settings)), today)
    asked = due if key else due[:MOST_WITHOUT_KEY]
    if not asked:
        return Asked(left=len(due))
    size = _JOBS_WITH_KEY if key else _JOBS
    answered = found = 0
    progress.start("asking OpenFIGI for tickers", len(asked))
    try:
        for at in range(0, len(asked), size):
            path = _ask(client, settings, asked[at : at + size], is_first=at == 0)
            answers = read([path])
            answered += answers.height
            found += answers["ticker"].count()
            progress.advance(len(asked[at : at + size]))
    except SourceError as error:
        return Asked(answered, found, len(due) - answered, str(error))
    finally:
        progress.end()
    return Asked(answered, found, len(due) - answered)


def on_disk(settings: Settings) -> list[Path]:
    """The answers on disk that have their jobs beside them."""
    folder = settings.filings / SOURCE
    jobs = sorted(folder.glob(f"*{_JOBS_SUFFIX}"))
    answers = [path.with_name(path.name.removesuffix(_JOBS_SUFFIX) + ".json") for path in jobs]
    return [path for path in answers if fetch_log.fetched_at(path)]


def read(paths: Iterable[Path]) -> CusipFigisFrame:
    """The newest answer for each CUSIP in saved answers: one row per CUSIP; no network.

    A CUSIP that OpenFIGI does not know, or knows on no American venue, has a row without a ticker. Raises SourceError
    for a file that is not an answer.
    """
    rows: list[dict[str, object]] = []
    for path in paths:
        fetched = fetch_log.fetched_at(path)
        try:
            jobs = parse_json(_jobs_path(path).read_bytes())
            answers = _answers(path.read_bytes(), len(jobs))
            ids = [str(job["idValue"]) for job in jobs]
        except (OSError, ValueError, KeyError, TypeError, IncompleteError) as error:
            raise SourceError(
                f"{path.name} is not an answer of OpenFIGI ({error}); delete it and refresh again"
            ) from error
        day = fetched.date() if fetched else date.min
        rows += [{"cusip": cusip, "asked_on": day, **_best(answer)} for cusip, answer in zip(ids, answers, strict=True)]
    cusip_figis = CUSIP_FIGIS.frame(rows).sort("asked_on", maintain_order=True)
    cusip_figis = cusip_figis.unique("cusip", keep="last", maintain_order=True)
    ticker = tickers.normalise(pl.col("ticker"))
    is_plain = ticker.str.contains(_TICKER)
    return CUSIP_FIGIS.check(cusip_figis.with_columns(pl.when(is_plain).then(ticker).alias("ticker")).sort("cusip"))


def _due(wanted: Sequence[str], cusip_figis: CusipFigisFrame, today: date) -> list[str]:
    """The CUSIPs to request, in the order given: valid ones without an answer, or with an old "not found"."""
    asked = pl.DataFrame({"cusip": wanted}, {"cusip": pl.String}).unique(maintain_order=True)
    is_settled = pl.col("ticker").is_not_null() | (pl.col("asked_on") > today - ASK_AGAIN)
    settled = cusip_figis.filter(is_settled)
    is_number = cusips.is_valid(pl.col("cusip")) & (pl.col("cusip") != "000000000")
    valid = asked.filter(is_number & (cusips.option_side(pl.col("cusip")) == ""))
    return valid.join(settled, on="cusip", how="anti", maintain_order="left")["cusip"].to_list()


def _ask(client: Client, settings: Settings, batch: Sequence[str], *, is_first: bool) -> Path:
    """Send one request and save it and its answer; returns the answer's file."""
    jobs = [{"idType": "ID_CINS" if cusip[0].isalpha() else "ID_CUSIP", "idValue": cusip} for cusip in batch]
    question, key, asked_at = json.dumps(jobs).encode(), settings.openfigi_key, fetch_log.now()
    answer = client.post(
        URL,
        question,
        limiter=_LIMITER_WITH_KEY if key else _LIMITER,
        headers={"Content-Type": "application/json", **({"X-OPENFIGI-APIKEY": key} if key else {})},
        check=lambda body: _check(body, len(jobs)),
        attempts=_FIRST_ATTEMPTS if is_first else None,
    )
    name = f"{asked_at:%Y%m%d}-{hashlib.sha256(question).hexdigest()[:16]}"
    path = settings.filings / SOURCE / f"{name}.json"
    files.write_atomic(_jobs_path(path), question)
    fetch_log.keep(path, answer, source=SOURCE, url=URL, fetched_at=asked_at)
    return path


def _jobs_path(path: Path) -> Path:
    return path.with_name(path.stem + _JOBS_SUFFIX)


def _check(body: bytes, count: int) -> None:
    _answers(body, count)


def _answers(body: bytes, count: int) -> list[dict[str, Any]]:
    """The answers in the jobs' order. IncompleteError unless there is one for each: then none can be trusted."""
    try:
        answers = parse_json(body)
    except ValueError as error:
        raise IncompleteError(f"OpenFIGI's answer is not whole JSON: {error}") from None
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        raise IncompleteError("OpenFIGI's answer is not a list of answers")
    if len(answers) != count:
        raise IncompleteError(f"OpenFIGI gave {plural(len(answers), 'answer')} to {plural(count, 'job')}")
    return answers


def _best(answer: dict[str, Any]) -> dict[str, object]:
    """The row of the American composite, else of an American exchange; common stock before other types."""
    data = answer.get("data")
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    american = [row for row in rows if str(row.get("exchCode")) in _VENUES and isinstance(row.get("ticker"), str)]
    if not american:
        # bonds and other unlisted securities have a type, too
        kinds = {str(row.get("marketSector")) for row in rows} - {"Equity", "None"}
        return {"security_type": kinds.pop()} if len(kinds) == 1 else {}
    best = min(
        american,
        key=lambda row: (
            _VENUES[str(row["exchCode"])],
            _TYPES.get(str(row.get("securityType")), len(_TYPES)),
            row["ticker"],
        ),
    )
    is_preferred = best.get("marketSector") == "Pfd"
    return {
        "ticker": best["ticker"],
        "name": _text(best.get("name")),
        "security_type": "Pfd" if is_preferred else _text(best.get("securityType")),
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
