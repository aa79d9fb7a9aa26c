"""Massive (formerly Polygon): daily bars of the whole American market, one request a day, delisted names included.

https://massive.com/docs/rest/stocks/aggregates/daily-market-summary

    {"status": "OK", "adjusted": false, "resultsCount": 2, "results": [
      {"T": "KIMO", "o": 26.07, "h": 26.25, "l": 25.91, "c": 25.9102, "v": 4369, "vw": 26.0407, "t": 1602705600000},
      {"T": "VSATpA", ...}]}

`T` is the ticker in the vendor's notation, `c` the close as traded (`adjusted=false`), `v` the shares traded. A day
without a session has no results. There are no market caps. A key is needed (`MASSIVE_API_KEY`); it is sent as a header,
so that no address contains it. A free one allows 5 requests a minute and two years of history. The vendor's terms
apply: for personal use, not to be passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ..errors import IncompleteError, NotFoundError, SettingError, SourceError
from ..json_text import parse_json
from ..output import plural
from ..progress import Progress, Silent
from ..securities import tickers
from ..settings import Settings
from ..tables import PRICES, PricesFrame
from . import fetch_log
from .http import Client
from .price_request import FetchedPrices, PriceRequest
from .rate_limit import Limiter

SOURCE = "massive"
URL = "https://api.massive.com/v2/aggs/grouped/locale/us/market/stocks/{day}?adjusted=false"
REQUESTS_PER_MINUTE = 5
MAX_BYTES = 2**26  # a day is 2 MB

_LIMITER = Limiter(REQUESTS_PER_MINUTE, 60.0)
_NEW_YORK = ZoneInfo("America/New_York")
_WHOLE = ("OK", "DELAYED")  # the status of an answer; DELAYED is one to a free key
_SATURDAY = 5
# VSATpA is the preferred series A; a lower-case letter elsewhere marks rights, and shares when issued
_PREFERRED, _OTHER_MARK = r"^([A-Z]+)p([A-Z]?)$", "[a-z]"


def fetch_prices(request: PriceRequest) -> FetchedPrices:
    """The closes of each session from `request.since` (default: the last one that is over) on; raises as `fetch`.

    Days that are on disk are not asked for again.
    """
    last = request.until or request.day
    client = Client(request.settings, progress=request.progress)
    paths = fetch(client, request.settings, request.folder, request.since or last, last, request.progress)
    prices, left_out = read(paths)
    remark = f"{plural(left_out, 'bar')} left out (rights, shares when issued, no close)" if left_out else ""
    return FetchedPrices(prices, remark)


def fetch(
    client: Client, settings: Settings, folder: Path, since: date, until: date, progress: Progress | None = None
) -> list[Path]:
    """Save the answers of the weekdays from `since` to `until`, unedited, below `folder`; returns them, oldest first.

    A day that was fetched after it was over is final. Raises SettingError without a key, NotFoundError if there is no
    weekday, and SourceError if the vendor refuses; what arrived is kept, so that the next run goes on from there. The
    key appears neither in what is stored nor in messages.
    """
    key = settings.massive_key
    if not key:
        raise SettingError("Massive needs a key: set MASSIVE_API_KEY to that of your account")
    if not (key.isascii() and key.isprintable()):
        raise SettingError("MASSIVE_API_KEY is no key: it has characters that no key has; copy it again")
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    paths = {day: folder / f"{day.isoformat()}.json" for day in days if day.weekday() < _SATURDAY}
    if not paths:
        raise NotFoundError(f"no session from {since} to {until} is over: choose an earlier day")
    absent = [day for day, path in paths.items() if not _is_final(day, path)]
    progress = progress or Silent()
    if absent:
        progress.start("asking Massive for days", len(absent))
        try:
            for day in absent:
                _save(client, key, day, paths[day])
                progress.advance()
        finally:
            progress.end()
    return list(paths.values())


def _is_final(day: date, path: Path) -> bool:
    return fetch_log.is_final(path, datetime.combine(day + timedelta(days=1), datetime.min.time()))


def _save(client: Client, key: str, day: date, path: Path) -> None:
    url = URL.format(day=day.isoformat())

    def check(body: bytes) -> None:
        _results(body, day)

    try:
        answer = client.ask(
            url,
            headers={"Authorization": f"Bearer {key}"},
            check=check,
            refusals=1,
            limiter=_LIMITER,
            max_bytes=MAX_BYTES,
        )
    except SourceError as error:
        cure = f"it needs a key whose plan reaches back to {day}; what arrived is kept: run it again"
        raise type(error)(f"{str(error).replace(key, '...')}; {cure}") from None
    fetch_log.keep(path, answer.body, source="massive daily bars", url=url, fetched_at=answer.fetched_at)


def read(paths: Iterable[Path]) -> tuple[PricesFrame, int]:
    """The prices in saved answers, by day, and the number of bars that were left out; no network.

    Left out are bars without a close above zero, and those of rights and of shares when issued. Raises SourceError for
    a file that is no answer.
    """
    prices, left_out = [PRICES.frame()], 0
    for path in paths:
        day = date.fromisoformat(path.stem)
        bars = _bars(path, day)
        ticker = pl.col("ticker").str.replace(_PREFERRED, "$1^$2")
        named = bars.with_columns(
            ticker=pl.when(~ticker.str.contains(_OTHER_MARK)).then(tickers.normalise(ticker)),
            volume=pl.when(pl.col("volume") >= 0).then("volume"),
            date=pl.lit(day),
            is_adjusted=pl.lit(False),
            source=pl.lit(SOURCE),
        )
        kept = named.filter(pl.col("ticker").is_not_null(), pl.col("close") > 0, pl.col("close").is_finite()).unique(
            "ticker", keep="none", maintain_order=True
        )
        left_out += bars.height - kept.height
        prices.append(PRICES.fit(kept))
    return PRICES.check(pl.concat(prices)), left_out


def _bars(path: Path, day: date) -> pl.DataFrame:
    """Columns ticker, close, volume of one answer."""
    try:
        results = _results(path.read_bytes(), day)
    except IncompleteError as error:
        raise SourceError(f"{path.name}: {error}; delete it and fetch again") from None
    schema = {"ticker": pl.String(), "close": pl.Float64(), "volume": pl.Float64()}
    columns = {name: [result.get(key) for result in results] for name, key in zip(schema, "Tcv", strict=True)}
    try:
        return pl.DataFrame(columns, schema=schema, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        raise SourceError(f"{path.name}: a bar is not of the documented form; delete it and fetch again") from None


def _results(body: bytes, day: date) -> list[dict[str, Any]]:
    """The bars of an answer; raises IncompleteError if it is none, is adjusted, or is of another day."""
    if not body.strip():
        raise IncompleteError("Massive's answer is empty; try again later")
    try:
        content = parse_json(body)
        status, count, results = content["status"], content["resultsCount"], content.get("results") or []
        if status not in _WHOLE:
            raise IncompleteError(f"Massive answers with status {str(status)[:40]!r}")
        if content.get("adjusted") and results:
            raise IncompleteError("Massive's closes are adjusted for splits, though unadjusted ones were asked for")
        if count != len(results):
            raise IncompleteError(f"Massive announces {count!r:.20} bars and sends {len(results):,}")
        days = {datetime.fromtimestamp(result["t"] / 1000, _NEW_YORK).date() for result in results}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        raise IncompleteError("what arrived is not Massive's answer about a day") from None
    if days - {day}:
        raise IncompleteError(f"Massive's bars are of {min(days - {day})}, though {day} was asked for")
    return results
