"""Faults of the network that come and go, stay, or never end; a run on a sound one then completes the home."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.hostile.areas import Bench
from tests.hostile.home_contents import differences, leftovers, without_runs
from tests.standin import Standin

ACTS: tuple[int | str | tuple[int, dict[str, str]], ...] = (
    403, 404, 429, 500, 503, (429, {"Retry-After": "864000"}), (503, {"Retry-After": "1"}), (301, {"Location": "http://x/"}),
    (302, {"Location": "https://127.0.0.1/"}), (429, {"Retry-After": "soon"}), "reset", "cut", "short", "empty", "html",
    "stall", "drip",
)  # fmt: skip
WHERE = (
    "", "full-index|form.idx|daily-index", "Archives/edgar/data", "company_tickers", "fails-deliver", "adviser",
    "submissions", r"\.zip$", "data.sec.gov", "www.sec.gov",
)  # fmt: skip
WORDS = ("refresh", "2025Q3")
_SECONDS = 400.0


class Network:
    """A case is an act of the stand-in, at some requests, the first of them or all."""

    name = "network"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lock = threading.Lock()
        self._whole: dict[str, str] | None = None

    def why_skipped(self) -> None:
        """Never: the loopback is everywhere."""

    def tries_in(self, case: int) -> int:
        """One fault."""
        return 1

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        dice = self._bench.random(self.name, case)
        whole = self._undisturbed()
        act, where, times = ACTS[case % len(ACTS)], dice.choice(WHERE), dice.choice((1, 2, 5, None))
        told = f"{act} at {where or 'every request'!r}, {times or 'all'} times"
        home = folder / "home"
        home.mkdir()
        with Standin(self._bench.templates.edgar()) as standin:
            standin.misbehave(where, *([act] * (times or 1)), always=times is None)
            # whoever waits because a server wants it, and says so, may do so for a while
            broken = self._bench.children.run(home, *WORDS, environment=standin.environment, seconds=_SECONDS)
            if broken.problem or broken.code not in (0, 1):
                return f"{told}: {broken.problem or f'exit code {broken.code}: {broken.last_line}'}"
        with Standin(self._bench.templates.edgar()) as standin:
            again = self._bench.children.run(home, *WORDS, environment=standin.environment)
        if again.problem or again.code != 0:
            return f"{told}: run again, {again.problem or again.last_line}"
        if found := differences(whole, without_runs(home)):
            return f"{told}: run again, {found}"
        return f"{told}: it leaves {left[:3]}" if (left := leftovers(home)) else None

    def _undisturbed(self) -> dict[str, str]:
        with self._lock:
            if self._whole is None:
                home = self._bench.folder / "undisturbed-network"
                home.mkdir()
                with Standin(self._bench.templates.edgar()) as standin:
                    ended = self._bench.children.run(home, *WORDS, environment=standin.environment)
                assert ended.code == 0, ended.err
                self._whole = without_runs(home)
            return self._whole
