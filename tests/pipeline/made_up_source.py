"""A price source that does not exist, as somebody would add one."""

from __future__ import annotations

import json

from tracker.pipeline.price_sources import Described, PriceSource
from tracker.sources import fetch_log
from tracker.sources.price_request import FetchedPrices, PriceRequest
from tracker.tables import PRICES


def made_up(request: PriceRequest) -> FetchedPrices:
    """Saves an answer with one close, for the day that was asked for."""
    path = request.folder / f"{request.day}.json"
    fetch_log.keep(path, json.dumps({"ABC": 5.0}).encode(), source="made up", url="https://prices.example.org/")
    closes = json.loads(path.read_text()).items()
    rows = [{"ticker": name, "date": request.day, "close": close, "source": "madeup"} for name, close in closes]
    return FetchedPrices(PRICES.frame(rows), "as an example")


MADE_UP = PriceSource("madeup", "Made Up", 0, "made-up", made_up, Described("Prices", "nowhere", "free", "daily"))
