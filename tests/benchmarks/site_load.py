"""Many readers of the site at once: `tracker serve` and 50 clients on the loopback, who ask for pages of all kinds.

Each client asks again as soon as it is answered, so the server is never idle. They ask for what readers share: the same
forty stocks and twenty funds, every question about them, the tables and their exports; one address in a hundred is of
any other stock or fund of the home. The server has just been started: each of them is met for the first time once.
"""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import polars as pl

from tracker.settings import Settings
from tracker.store import Store

from . import made_home
from .figures import Row
from .options import Options
from .runner import ROOT, Failed, Spread

CLIENTS = 50
_SEED = 13
_PATIENCE_SECONDS = 120.0  # for one answer: a client that gives up would make the site look better
_SHARED_STOCKS, _SHARED_FUNDS, _RARE = 40, 20, 0.01
_QUESTIONS = {
    "who_holds": ("security", "quarter"),
    "holders_by_quarter": ("security",),
    "fund_portfolio": ("fund", "quarter"),
    "most_held": ("quarter", "min_cap", "max_cap"),
    "new_positions": ("quarter", "min_cap", "max_cap"),
    "closed_positions": ("quarter", "min_cap", "max_cap"),
}
_TABLES = ("holder_counts", "positions", "filings", "managers", "securities", "runs", "rejects", "sources")


@dataclass
class Heard:
    """What the clients met: seconds of each answer with the first part of its path, and what was no answer."""

    seconds: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def measure(options: Options) -> Iterator[Row]:
    """Percentiles of the time to the last byte of an answer, in milliseconds, and how many were answered."""
    home = options.home or made_home.ready(options)
    clients, seconds = (5, 2.0) if options.is_quick else (CLIENTS, 60.0)
    with serving(home) as port:
        heard = ask(home, port, clients, seconds)
    figure = f"`serve` with {clients} clients at once for {seconds:g} s"
    told = sorted(taken * 1000 for _, taken in heard.seconds)
    if not told:
        raise Failed(f"no answer: {heard.errors[:1]}")
    note = f"{len(told):,} answers, {len(heard.errors):,} errors{_named(heard.errors)}"
    for name, value, goal in (
        ("half are answered within", told[len(told) // 2], ""),
        ("19 of 20 within", told[len(told) * 19 // 20], "<= 1,000 ms"),
        ("the slowest", told[-1], ""),
    ):
        yield Row(f"{figure}: {name}", Spread((value,)), goal=goal, unit="ms", note=note)


@contextmanager
def serving(home: Path) -> Iterator[int]:
    """The site over a home, in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tracker", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TRACKER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True) as server:
        try:
            assert server.stdout
            line = server.stdout.readline()
            if not line.startswith("Browse http"):
                raise Failed(f"the site did not start: {line!r}")
            yield urlsplit(line.split()[1]).port or 0
        finally:
            server.terminate()


def ask(home: Path, port: int, clients: int, seconds: float) -> Heard:
    """What `clients` heard from the site in that time."""
    heard, addresses = Heard(), Addresses.of(home)
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_ask, args=(addresses, port, until, random.Random(_SEED + number), heard))  # noqa: S311
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def _ask(addresses: Addresses, port: int, until: float, chance: random.Random, heard: Heard) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    while time.monotonic() < until:
        address = addresses.choose(chance)
        started = time.perf_counter()
        try:
            connection.request("GET", address)
            answer = connection.getresponse()
            body = answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            heard.errors.append(f"{address}: {error!r:.80}")
            continue
        heard.seconds.append((address.partition("?")[0], time.perf_counter() - started))
        if status not in (200, 302) or (status == 200 and not body):
            heard.errors.append(f"{address}: {status}")
    connection.close()


@dataclass(frozen=True)
class Addresses:
    """What can be asked for of a home: stocks and funds, those that most ask for first, and its quarters."""

    stocks: list[str]
    funds: list[str]
    quarters: list[str]

    @classmethod
    def of(cls, home: Path) -> Addresses:
        """Read from the home's store."""
        with Store(Settings(home)) as store:
            quarters = store.quarters()
            newest = quarters[-1]
            counts = store.holder_counts(newest).filter(pl.col("ticker") != "").sort("holders", descending=True)
            funds = store.positions(newest).group_by("cik").agg(pl.col("value_usd").sum()).sort("value_usd")
        ciks = [str(cik) for cik in funds["cik"].reverse()]
        return cls(counts["ticker"].head(400).to_list(), ciks, [str(quarter) for quarter in quarters])

    def choose(self, chance: random.Random) -> str:
        """An address of a page, a question or an export."""
        is_rare = chance.random() < _RARE
        stock = chance.choice(self.stocks if is_rare else self.stocks[:_SHARED_STOCKS])
        fund = chance.choice(self.funds if is_rare else self.funds[:_SHARED_FUNDS])
        quarter = f"?quarter={chance.choice(self.quarters)}" if is_rare else ""
        form = chance.choices(("", ".csv", ".json"), (4, 1, 1))[0]
        question = chance.choice(list(_QUESTIONS))
        given = {"security": stock, "fund": fund, "quarter": "", "min_cap": "50", "max_cap": "300"}
        asked = urlencode({name: given[name] for name in _QUESTIONS[question]})
        kinds = {
            "/": 2,
            "/tracker": 1,
            "/assets/site.css": 2,
            f"/search?{urlencode({'q': stock[:3], 'all': 1})}": 1,
            f"/stocks/{stock}{quarter}": 6,
            f"/funds/{fund}{quarter}": 4,
            f"/funds/{fund}?show=new": 1,
            f"/tracker/{question}{form}?{asked}": 6,
            f"/tracker/{chance.choice(_TABLES)}{form}": 3,
            f"/tracker/positions{form}?{urlencode({'cik': fund, '_size': 100})}": 2,
            f"/tracker{form}?{urlencode({'sql': f'select * from holder_counts where ticker = {stock!r}'})}": 2,
        }
        return chance.choices(list(kinds), list(kinds.values()))[0]


def _named(errors: list[str]) -> str:
    return f" ({errors[0]})" if errors else ""
