"""Every call that changes the home: the process dies there, dies in the middle of it, or the disk refuses it.

Afterwards the same command, run to its end, must leave what an undisturbed one leaves. One that ended well in spite of
a refusal must have left that already.
"""

from __future__ import annotations

import errno
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.areas import Bench
from tests.hostile.children import Act, Arms, Ended, why_no_disk_faults
from tests.hostile.home_contents import contents, differences, leftovers, without_runs
from tests.hostile.templates import FUND, LIST
from tests.standin import Standin


@dataclass(frozen=True)
class Writing:
    """A command that writes: the template it starts from, its words (`{home}` is the home), and good exit codes.

    One that `downloads` does so from a stand-in; one that is not `repeatable` wants a new folder, so that afterwards it
    is asked only what it left.
    """

    name: str
    template: str
    words: Sequence[str]
    codes: Sequence[int] = (0,)
    downloads: bool = False
    repeatable: bool = True


_FILED = ("--offline", "--funds", "{home}/fund_list.csv")
WRITING = (
    Writing("refresh", "filed", ("refresh", "2025Q3", *_FILED)),
    Writing("refresh of a history", "filed", ("refresh", "2025Q2..2025Q3", *_FILED)),
    Writing("count", "loaded", ("count", "--all")),
    Writing("prices import", "counted", ("prices", "import", "{home}/prices.csv")),
    Writing("prices import again", "loaded", ("prices", "import", "{home}/corrected/prices.csv")),
    Writing("prices import --splits", "loaded", ("prices", "import", "--splits", "{home}/splits.csv")),
    Writing("funds add", "loaded", ("funds", "add", str(FUND))),
    Writing("funds remove", "loaded", ("funds", "remove", str(FUND))),
    Writing("funds import", "loaded", ("funds", "import", "{home}/list.csv")),
    Writing("publish", "loaded", ("publish", "2025Q3", *LIST, "--top", "1", "--slug", "tried", "--replace")),
    Writing("publish again", "published", ("publish", "2025Q3", *LIST, "--top", "1", "--slug", "tried", "--replace")),
    Writing("watch", "loaded", ("watch", "--seen"), (0, 1)),
    Writing("refresh from the network", "empty", ("refresh", "2025Q3"), downloads=True),
)
DEMO = Writing("demo", "empty", ("demo", "--keep", "{home}/kept"), repeatable=False)
_TURNS = (*WRITING, *WRITING, *WRITING, DEMO)  # it takes ten times as long


@dataclass(frozen=True)
class Fault:
    """What happens at a call, and how it is called."""

    name: str
    act: Act
    error: int = 0
    stays: bool = False


FAULTS = (
    Fault("killed before", Act.KILL),
    Fault("killed within", Act.TEAR),
    Fault("disk full from", Act.FAIL, errno.ENOSPC, stays=True),
    Fault("disk error once at", Act.FAIL, errno.EIO),
    Fault("disk error from", Act.FAIL, errno.EIO, stays=True),
    Fault("read-only from", Act.FAIL, errno.EROFS, stays=True),
)


@dataclass
class _Undisturbed:
    contents: dict[str, str]
    calls: Sequence[str] = field(repr=False)


class Kills:
    """Case by case: a command, a fault, and the call at which it happens, in an order that the seed shuffles."""

    name = "kills"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lock = threading.Lock()
        self._known: dict[str, _Undisturbed] = {}

    def why_skipped(self) -> str | None:
        """Where a disk cannot be made to fail."""
        return why_no_disk_faults()

    def tries_in(self, case: int) -> int:
        """One."""
        return 1

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        writing, fault, at = self._case(case)
        whole = self._undisturbed(writing)
        home = self._bench.templates.copy(writing.template, folder / "home")
        broken = self._run(home, writing, Arms(at, fault.act, fault.error, fault.stays))
        problem = self._judge(home, writing, fault, broken, whole)
        if problem:
            call = broken.calls[at - 1] if len(broken.calls) >= at else "?"
            return f"{writing.name}, {fault.name} call {call}: {problem}"
        return None

    def _judge(self, home: Path, writing: Writing, fault: Fault, broken: Ended, whole: _Undisturbed) -> str | None:
        is_kill = fault.act is not Act.FAIL
        if broken.problem:
            return broken.problem
        if not is_kill and broken.code not in writing.codes and not broken.last_line.startswith("error: "):
            return f"exit code {broken.code}, no line that says the cure: {broken.last_line}"
        if not is_kill and "delete db" in broken.last_line:
            return f"a disk that fails is no damage: {broken.last_line}"
        if not is_kill and broken.code == 0 and (found := differences(whole.contents, _contents(home, writing))):
            return f"ended well, and {found}"
        if not writing.repeatable:
            asked = self._bench.children.run(home / "kept", "status") if (home / "kept").exists() else None
            return f"then status: {asked.problem}" if asked and asked.problem else None
        again = self._run(home, writing)
        if again.problem or again.code not in writing.codes:
            return f"run again: {again.problem or f'exit code {again.code}'}: {again.last_line}"
        if found := differences(whole.contents, _contents(home, writing)):
            return f"run again, {found}"
        if left := leftovers(home):
            return f"run again, it leaves {len(left)} temporary files: {', '.join(left[:3])}"
        return None

    def _run(self, home: Path, writing: Writing, arms: Arms | None = None) -> Ended:
        words = [word.replace("{home}", str(home)) for word in writing.words]
        if not writing.downloads:
            return self._bench.children.run(home, *words, arms=arms)
        with Standin(self._bench.templates.edgar()) as standin:
            return self._bench.children.run(home, *words, arms=arms, environment=standin.environment)

    def _undisturbed(self, writing: Writing) -> _Undisturbed:
        with self._lock:
            if writing.name not in self._known:
                folder = self._bench.folder / f"undisturbed-{writing.name.replace(' ', '-')}"
                home = self._bench.templates.copy(writing.template, folder)
                ended = self._run(home, writing, Arms())
                assert ended.code in writing.codes and not ended.problem, f"{writing.name}: {ended.err}"
                self._known[writing.name] = _Undisturbed(_contents(home, writing), ended.calls)
            return self._known[writing.name]

    def _case(self, case: int) -> tuple[Writing, Fault, int]:
        """Commands take turns; the faults of each are shuffled, and begin again when all were tried."""
        writing = _TURNS[case % len(_TURNS)]
        faults = [(fault, at) for fault in FAULTS for at in range(1, len(self._undisturbed(writing).calls) + 1)]
        random.Random(f"{self._bench.seed} {writing.name}").shuffle(faults)  # noqa: S311 - to be repeated
        rounds, turn = divmod(case, len(_TURNS))
        fault, at = faults[(rounds * _TURNS.count(writing) + _TURNS[:turn].count(writing)) % len(faults)]
        return writing, fault, at


def _contents(home: Path, writing: Writing) -> dict[str, str]:
    return without_runs(home) if writing.downloads else contents(home)
