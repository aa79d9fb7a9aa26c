"""Several commands on one home at once: each ends well or says who is writing, and what is left is as if in turn."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.hostile.areas import Bench
from tests.hostile.home_contents import contents, differences, leftovers
from tests.hostile.templates import FUND, LIST

_REFRESH = ("refresh", "2025Q3", "--offline")
_IMPORT = ("prices", "import", "{home}/corrected/prices.csv")
_PUBLISH = ("publish", "2025Q3", *LIST, "--top", "1", "--slug", "tried", "--replace")
_CHOOSE = ("funds", "add", str(FUND))
WRITERS = (_REFRESH, _IMPORT, _PUBLISH, _CHOOSE)
READERS = (
    ("status",), ("holders", "QNLR"), ("rank", "2025Q3", *LIST), ("explain", "QNLR"), ("funds", "list"),
    ("filings",), ("boards",), ("fund", str(FUND)),
)  # fmt: skip
_BUSY = ("another run (process", "another program is writing", "is published")


class Processes:
    """A case is two writers and two readers, started together."""

    name = "processes"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lock = threading.Lock()
        self._known: dict[frozenset[Sequence[str]], dict[str, str]] = {}

    def why_skipped(self) -> None:
        """Never."""

    def tries_in(self, case: int) -> int:
        """One race."""
        return 1

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        dice = self._bench.random(self.name, case)
        home = self._bench.templates.copy("loaded", folder / "home")
        writers = [dice.choice(WRITERS), dice.choice(WRITERS)]
        commands = [*writers, *dice.sample(READERS, 2)]
        dice.shuffle(commands)
        with ThreadPoolExecutor(len(commands)) as pool:
            ended = list(pool.map(lambda words: self._run(home, words), commands))
        for one in ended:
            is_refused = one.code == 1 and any(text in one.last_line for text in _BUSY)
            if one.problem or (one.code != 0 and not is_refused):
                return f"{' '.join(one.words)} beside others: {one.problem or one.last_line}"
        for words in writers:
            again = self._run(home, words)
            if again.problem or again.code != 0:
                return f"{' '.join(words)} afterwards: {again.problem or again.last_line}"
        if found := differences(self._undisturbed(frozenset(writers)), contents(home)):
            return f"{' and '.join(words[0] for words in writers)} at once: {found}"
        return f"it leaves {left[:3]}" if (left := leftovers(home)) else None

    def _run(self, home: Path, words: Sequence[str]):
        return self._bench.children.run(home, *(word.replace("{home}", str(home)) for word in words))

    def _undisturbed(self, writers: frozenset[Sequence[str]]) -> dict[str, str]:
        """What they leave one after the other, whichever is the first: each twice, as in a race."""
        with self._lock:
            if writers not in self._known:
                home = self._bench.templates.copy("loaded", self._bench.folder / f"undisturbed-{len(self._known)}-race")
                for words in [*sorted(writers), *sorted(writers)]:
                    ended = self._run(home, words)
                    assert ended.code == 0, ended.err
                self._known[writers] = contents(home)
            return self._known[writers]
