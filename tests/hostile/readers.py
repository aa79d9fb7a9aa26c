"""Every file that the program reads: spoiled, each in a home of its own, and the command that reads it.

It ends in its time and its memory, with an answer or a line that says the cure, and leaves nothing outside of the home.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests import data_sets
from tests.hostile.areas import Bench
from tests.hostile.file_mutants import BYTES, TEXT, ZIPS, Mutate
from tests.hostile.templates import FUND, LIST

_REFRESH = ("refresh", "2025Q3", "--offline")
_HOLDERS = ("holders", "QNLR")
_RANK = ("rank", "2025Q3", *LIST)
_REFERENCE = "filings/reference"


@dataclass(frozen=True)
class Reader:
    """A file: a pattern in the template, of which one is spoiled, or a name and what a sound one has.

    One that `is_missed` is needed for every answer of the command: without it there is none.
    """

    name: str
    path: str
    words: Sequence[str]
    template: str = "loaded"
    sound: str = ""
    kinds: Sequence[Mutate] = TEXT
    is_missed: bool = False


READERS = (
    Reader("prices as csv", "in.csv", ("prices", "import", "{home}/in.csv"), "counted", "prices.csv"),
    Reader("prices as parquet", "in.parquet", ("prices", "import", "{home}/in.parquet"), "counted", "parquet", BYTES),
    Reader(
        "splits",
        "in.csv",
        ("prices", "import", "--splits", "{home}/in.csv"),
        sound="date,ticker,ratio\n2025-06-16,QNLR,2\n2025-07-16,MRWD,1-for-10\n",
    ),
    Reader(
        "dividends",
        "in.csv",
        ("prices", "import", "--dividends", "{home}/in.csv"),
        sound="ticker,ex_date,amount\nQNLR,2025-03-03,0.1\nQNLR,2025-06-03,0.1\n",
    ),
    Reader(
        "export of Finviz",
        "in.csv",
        ("prices", "import", "{home}/in.csv", "--on", "2025-08-20"),
        sound='"No.","Ticker","Company","Sector","Market Cap","Price","Change","Volume"\n'
        '1,"QNLR","Q","Tech",72.7,3.03,0.5%,52800\n',
    ),
    Reader(
        "list of funds",
        "in.csv",
        ("funds", "import", "{home}/in.csv"),
        sound=f"cik,name,family,is_hedge_fund\n{FUND},A,,true\n{FUND + 1},B,X,false\n",
    ),
    Reader(
        "list of a refresh", "in.csv", (*_REFRESH, "--funds", "{home}/in.csv"), sound=f"cik,name,family\n{FUND},A,\n"
    ),
    Reader("labels", "in.csv", ("funds", "check", "{home}/in.csv"), sound=f"cik,name,is_hedge_fund\n{FUND},A,Y\n"),
    Reader(
        "choices of funds",
        "funds.csv",
        ("funds", "list"),
        sound=f"cik,name,family,is_hedge_fund,source,checked_on\n{FUND},A,,true,x,2026-01-05\n",
    ),
    Reader(
        "choices of amendments",
        "amendments.csv",
        _REFRESH,
        sound="accession_number,amendment_effect,note,decided_on\n9000000022-25-000002,patch,x,2026-01-05\n",
    ),
    Reader(
        "watch-list",
        "watch.toml",
        ("watch", "--peek"),
        sound='tickers = ["QNLR"]\nfunds = [9000000002]\n[thresholds]\nholders = 3\n',
    ),
    Reader(
        "what was told",
        "watch_told.json",
        ("watch", "--peek"),
        sound='{"version": 1, "told": {"terminal": {"2025Q3": ["a"]}}}\n',
    ),
    Reader("options", "tracker.toml", ("rank",), sound='[rank]\ntop = 5\ncap = "50M:300M"\n'),
    Reader(
        "notes",
        "notes.md",
        ("publish", "2025Q3", *LIST, "--top", "1", "--notes", "{home}/notes.md"),
        sound="An *introduction*.\n\n## QNLR\n\nText, [link](https://example.org), <b>x</b>.\n\n## Links\n\n- x\n",
    ),
    Reader(
        "template",
        "own/index.html",
        ("publish", "2025Q3", *LIST, "--top", "1", "--template", "{home}/own"),
        sound="<html>{{ title }}{% for stock in stocks %}{{ stock.name }}{% endfor %}</html>",
    ),
    Reader(
        "edition to check",
        "editions/tried/edition.json",
        ("publish", "--check", "{home}/editions/tried/edition.json"),
        "published",
    ),
    Reader(
        "edition to publish again",
        "editions/tried/edition.json",
        ("publish", "--edition", "{home}/editions/tried/edition.json"),
        "published",
    ),
    Reader(
        "edition to compare",
        "editions/tried/edition.json",
        (*_RANK, "--against", "{home}/editions/tried/edition.json"),
        "published",
    ),
    Reader(
        "edition beside a new one",
        "editions/tried/edition.json",
        ("publish", "2025Q3", *LIST, "--top", "1"),
        "published",
    ),
    Reader("form index", "filings/form-index/*.idx", _REFRESH, "filed"),
    Reader("tickers", f"{_REFERENCE}/tickers/*.json", _REFRESH, "filed"),
    Reader("fails to deliver", f"{_REFERENCE}/fails-to-deliver/*.zip", _REFRESH, "filed", kinds=ZIPS),
    Reader("advisers", f"{_REFERENCE}/advisers/*.zip", _REFRESH, "filed", kinds=ZIPS),
    Reader(
        "data set",
        "filings/data-sets/01sep2025-30nov2025_form13f.zip",
        (*_REFRESH, "--source", "dataset"),
        "filed",
        "data set",
        ZIPS,
    ),
    Reader("note of a download", "filings/**/*.meta.json", _REFRESH),
    Reader("database", "db/tracker.db", _HOLDERS, kinds=BYTES),
    Reader("database of a refresh", "db/tracker.db", _REFRESH, kinds=BYTES),
    Reader("lines", "db/lines/*2025-09-30*/*.parquet", ("explain", "QNLR"), kinds=BYTES, is_missed=True),
    Reader("prices stored", "db/prices/*2025*/*.parquet", _RANK, kinds=BYTES, is_missed=True),
    Reader("counts", "db/h*/**/*.parquet", _HOLDERS, kinds=BYTES),
    Reader("prepared answers", "db/prepared/*.parquet", _RANK, kinds=BYTES),
    Reader("rows of prices", "db/price_rows.json", _RANK),
    Reader("settled steps", "db/settled.json", _REFRESH),
    Reader("kept download", f"{_REFERENCE}/fails-to-deliver/*.parquet", _REFRESH, kinds=BYTES),
    Reader("filers", "filings/submissions/*.parquet", _REFRESH, kinds=BYTES),
)


class Readers:
    """A case is one spoiled file. The readers take turns, and so do the ways to spoil."""

    name = "readers"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def why_skipped(self) -> None:
        """Never."""

    def tries_in(self, case: int) -> int:
        """One file."""
        return 1

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        reader = READERS[case % len(READERS)]
        dice = self._bench.random(self.name, case)
        home = self._bench.templates.copy(reader.template, folder / "home")
        path, sound = _find(home, reader, dice.choice)
        mutate = reader.kinds[case // len(READERS) % len(reader.kinds)]
        path.parent.mkdir(parents=True, exist_ok=True)
        spoiled = mutate(sound, dice)
        if spoiled is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(spoiled)
        outside = sorted(folder.iterdir())
        ended = self._bench.children.run(home, *(word.replace("{home}", str(home)) for word in reader.words))
        problem = ended.problem
        if not problem and ended.code not in (0, 1, 2, 3):
            problem = f"exit code {ended.code}: {ended.last_line}"
        if not problem and reader.is_missed and spoiled is None and ended.code != 1:
            problem = "it is gone, and nobody says so"
        if not problem and sorted(folder.iterdir()) != outside:
            problem = "it wrote outside of its home"
        return f"{reader.name}, {mutate.__name__} ({path.name}): {problem}" if problem else None


def _find(home: Path, reader: Reader, choose: Callable[[list[Path]], Path]) -> tuple[Path, bytes]:
    if not reader.sound:
        paths = sorted(home.glob(reader.path))
        if not paths:  # made by those who need it: then it is another's
            return home / reader.path.replace("*", "x"), b"{}"
        path = choose(paths)
        return path, path.read_bytes()
    path = home / reader.path
    if reader.sound == "prices.csv":
        return path, (home / "prices.csv").read_bytes()
    if reader.sound == "parquet":
        pl.read_csv(home / "prices.csv", try_parse_dates=True).head(2_000).write_parquet(path)
        return path, path.read_bytes()
    if reader.sound == "data set":
        lines = [data_sets.Line("990101107", 1500 * number, 100 * number) for number in range(1, 30)]
        data_sets.write(path, [data_sets.Report(number, lines=lines) for number in range(1, 6)])
        return path, path.read_bytes()
    return path, reader.sound.encode()
