"""A season's download from a server on the loopback that takes 100 ms for each answer, and counts the requests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests.integration.market import Edgar
from tests.standin import Standin, peak, rate
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import edgar
from tracker.sources.http import Client

from .figures import Row
from .options import Options
from .runner import Spread, call, walls

LATENCY = 0.1
FIRST_CIK = 2_000_001
QUARTER, FILED, TODAY = Quarter(2025, 3), date(2025, 11, 14), date(2025, 12, 1)


def measure(options: Options) -> Iterator[Row]:
    """Requests a submission, requests a second after the first ten, and the most in any second."""
    world = Edgar(options.folder / "edgar")
    for number in range(options.submissions):
        world.file(FIRST_CIK + number, FILED)
    world.write()
    with Standin(world.folder) as standin:
        standin.latency = LATENCY
        os.environ.update(standin.environment)
        try:
            usage = call("season", "download", options.folder / "season")
        finally:
            for name in standin.environment:
                os.environ.pop(name, None)
    times = sorted(request.time for request in standin.requests)
    count = json.loads(usage.output)
    figure = f"a season's download of {count} submissions at {LATENCY * 1000:.0f} ms"
    each = Spread((len(times) / count,))
    yield Row(f"{figure}: requests each", each, goal="1", unit="", note=f"{len(times)} requests")
    # ten go out at once at the beginning
    yield Row(f"{figure}: requests a second", Spread((rate(times[9:]),)), goal=">= 9.5", unit="/s")
    yield Row(f"{figure}: worst second", Spread((float(peak(times)),)), goal="<= 10", unit="requests")
    yield Row(figure, walls([usage]), note=f"{usage.cpu:.1f} s of CPU")


def download(home: Path) -> int:
    """Fetch all that the form index names; returns how many submissions that were."""
    settings = Settings(home, "Ann Example ann@example.org")
    client = Client(settings)
    expected = edgar.expected(client, settings, QUARTER, today=TODAY)
    return edgar.fetch(client, settings, expected.filings).downloaded
