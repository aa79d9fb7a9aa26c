"""Names that bite, through every output: they steer no terminal, start no formula, and run in no page."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from tests.hostile.areas import Bench
from tests.hostile.templates import LIST
from tests.submissions import line, submission
from tracker.demo.submission_text import check_digit

BITES = (
    "<script>document.title='bitten'</script>",
    '"><img src=x onerror="document.title=\'bitten\'">',
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "＋1",
    "－1",
    "＠A",
    "\t=1",
    " =1",
    "[x](javascript:document.title='bitten')",
    "| a | b |",
    "`x`",
    "\u202eevil",
    "a\u009b2Jb",
    "a\x1b[2Jb",
    "a\x07b",
    "\u2066x",
    "{{ 7*7 }}",
    "{% for %}",
    "${7*7}",
    "%s %(x)s",
    "'; drop table filings; --",
    "<!-- x",
    "]]>",
    "</title><script>document.title='bitten'</script>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "x" * 5_000,
    "a\u2028b",
    "\ufeffx",
    "ÅÄÖ 日本 👩‍👩‍👧",
    "a\u0000b",
    "NULL",
    "1e5",
    "-",
    "",
)
COMMANDS = (
    ("rank", "2025Q3", *LIST),
    ("holders", "{ticker}"),
    ("explain", "{ticker}"),
    ("fund", "9000000501"),
    ("funds", "list"),
    ("filings",),
    ("boards",),
    ("status",),
    ("consensus", "--fund", "9000000501", "--fund", "9000000502"),
    ("compare", "9000000501", "9000000502"),
)
_COMMANDS_A_CASE = 3
FORMATS = ("table", "csv", "json", "md", "html")
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data"}
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[\d.,]*\d%?")


class Names:
    """A case is a home in which managers, issuers and a ticker's name bite; some commands answer in all formats."""

    name = "names"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def why_skipped(self) -> None:
        """Never; without Chromium, pages are read by a parser alone."""

    def tries_in(self, case: int) -> int:
        """The outputs of a home."""
        return _COMMANDS_A_CASE * len(FORMATS) + 1

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        dice = self._bench.random(self.name, case)
        home = self._bench.templates.copy("loaded", folder / "home")
        bites = [BITES[(3 * case + at) % len(BITES)] for at in range(3)]
        problem = self._try(home, bites, dice)
        return f"{[bite[:40] for bite in bites]}: {problem}" if problem else None

    def _try(self, home: Path, bites: list[str], dice: random.Random) -> str | None:
        self._fill(home, bites)
        for words in (("refresh", "2025Q3", "--offline"), ("prices", "import", str(home / "named.csv"))):
            ended = self._bench.children.run(home, *words)
            if ended.problem or ended.code != 0:
                return f"{' '.join(words[:2])}: {ended.problem or ended.last_line}"
        for words in dice.sample(COMMANDS, _COMMANDS_A_CASE):
            for form in FORMATS:
                ended = self._bench.children.run(
                    home, *(word.replace("{ticker}", "QNLR") for word in words), "--format", form
                )
                problem = ended.problem or (ended.last_line if ended.code not in (0, 1) else None)
                if problem := problem or _bitten(form, ended.out) or _bitten("table", ended.err):
                    return f"{words[0]} --format {form}: {problem}"
        title = dice.choice(bites).replace("\x00", "") or "x"
        ended = self._bench.children.run(
            home, "publish", "2025Q3", *LIST, "--top", "3", "--slug", "bites", "--title", title
        )
        if ended.problem:
            return f"publish: {ended.problem}"
        for path in sorted((home / "editions").rglob("*")):
            form = {".html": "html", ".csv": "csv", ".md": "md", ".json": "json"}.get(path.suffix)
            if form and (problem := _bitten(form, path.read_text(encoding="utf-8"))):
                return f"publish, {path.name}: {problem}"
        pages = sorted((home / "editions").rglob("index.html"))
        return next((f"{page.parent.name}/index.html runs a name" for page in pages if _runs(page)), None)

    def _fill(self, home: Path, bites: list[str]) -> None:
        in_xml = [re.sub("[\x00-\x08\x0b-\x1f]", "?", bite) or "?" for bite in bites]
        for number, name in enumerate(in_xml, 1):
            cik = 9_000_000_500 + number
            cusip8 = f"99070{number}10"
            text = submission(
                number,
                cik=cik,
                manager=name.replace("&", "&amp;").replace("<", "&lt;"),
                filed=date(2025, 11, 14),
                lines=[line(cusip8 + check_digit(cusip8), 5_000_000, 100_000, name=name, title=in_xml[0])],
            )
            found = re.search(rb"\d{10}-\d\d-\d{6}", text)
            assert found
            path = home / "filings" / "sec-edgar-filings" / f"{cik:010d}" / "13F-HR" / found[0].decode()
            path.mkdir(parents=True, exist_ok=True)
            (path / "full-submission.txt").write_bytes(text)
        with (home / "named.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["date", "symbol", "exchange", "name", "close", "market_cap", "sector"])
            for day, close in (("2025-01-03", 3.0), ("2025-12-31", 4.0), ("2026-01-05", 4.0)):
                names = [bite.replace("\x00", "?") for bite in bites]
                writer.writerow([day, "QNLR", "NASDAQ", names[0], close, 72_000_000, names[1]])


def _bitten(form: str, text: str) -> str | None:
    """What a name did to an output of that form."""
    if form == "json":
        json.loads(text) if text.strip() else None
        return None
    if found := _STEERS.search(text):
        return f"U+{ord(found[0]):04X} is written raw"
    if form == "csv":
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell.strip()) and cell.strip() != "-":
                    return f"a cell that is a formula: {cell[:60]!r}"
    if form == "html":
        return next(_Page.found(text), None)
    return None


class _Page(HTMLParser):
    """Finds what a page must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    @classmethod
    def found(cls, text: str) -> Iterator[str]:
        page = cls()
        page.feed(text)
        yield from page.problems

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed"):
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            runs = name in _ADDRESSES and (value or "").strip().lower().startswith("javascript:")
            if name.startswith("on") or runs:
                self.problems.append(f"<{tag} {name}={value!r}>")


def _runs(page: Path) -> bool:
    """Whether a name in the page runs in Chromium, where that is installed."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        return False
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
        done = subprocess.run([browser, *options, page.as_uri()], capture_output=True, text=True, timeout=60)
    return "<title>bitten</title>" in done.stdout
