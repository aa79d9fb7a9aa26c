"""The fictional market, read by a program whose sentences are all replaced by ` x x `.

`python -m tests.rewording HOME [MODULE ...]` loads the market into HOME with the sentences of these modules reworded as
they are imported, asks what `QUESTIONS` asks, and prints the answers as JSON. A sentence is any text with a blank, but
for docstrings and the values of enumerations: those are data.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracker.settings import Settings

REWORDED = " x x "
SINGLE_WORDS = {"Whole", "counted"}  # texts of one word that look like data
KEPT = {"kind", "change", "window"}  # codes, which may have blanks
DROPPED = {"line", "fate", "title", "removed", "label"}  # sentences of one word, or keyed by sentences


class Reworder(ast.NodeTransformer):
    """Replaces sentences; `count` is how many."""

    def __init__(self) -> None:
        self.count = 0

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """An enumeration stays as it is."""
        is_enum = any(isinstance(base, ast.Name) and base.id.endswith("Enum") for base in node.bases)
        return node if is_enum else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """So does a docstring."""
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A text with a blank and letters is a sentence; it keeps its places to fill in."""
        text = node.value
        if not isinstance(text, str) or not (text in SINGLE_WORDS or (" " in text and re.search("[A-Za-z]{2}", text))):
            return node
        self.count += 1
        return ast.copy_location(ast.Constant(REWORDED + "{} ".join([""] * (text.count("{}") + 1))), node)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from its source, reworded; never from a cache."""

    def get_code(self, fullname: str) -> CodeType:
        tree, reworder = ast.parse(self.get_data(self.path)), Reworder()
        code = compile(ast.fix_missing_locations(reworder.visit(tree)), self.path, "exec")
        counts[fullname] = reworder.count
        return code


counts: dict[str, int] = {}


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, modules: Iterable[str]) -> None:
        self.modules = set(modules)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self.modules:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec and spec.origin, fullname
        spec.loader = _Loader(fullname, spec.origin)
        return spec


def figures(value: Any, key: str = "") -> Any:
    """What must not depend on wording: all of `value` except sentences; `key` is the name of the value."""
    if isinstance(value, dict):
        names = sorted(name for name in value if name not in DROPPED)
        return [[name if " " not in name else "", figures(value[name], name)] for name in names]
    if isinstance(value, list | tuple):
        return [figures(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, str) and " " in value and key not in KEPT:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def ask(settings: Settings) -> dict[str, Any]:
    """Ask every question of the fictional market."""
    from tests.make_golden import LISTED, Q3, REQUEST
    from tracker.demo import fictional_market
    from tracker.newsletter.document import gather
    from tracker.output import Answer, render
    from tracker.prices import cohort
    from tracker.rankings.measures import By
    from tracker.reports import filings, holders, list_answer, list_changes, market, portfolio, season, watch

    tickers = {security.ticker for security in fictional_market.read_securities()} | {*cohort.BENCHMARKS}

    def of(answer: Answer) -> dict[str, Any]:
        named = [sorted(tickers & set(re.findall("[A-Z]+", note))) for note in answer.notes]
        return {"rows": answer.rows, "facts": answer.facts, "named_in_notes": named}

    published = settings.home / "published.json"
    earlier = replace(LISTED, known_on=date(2025, 11, 14), top=None)
    published.write_text(render(list_answer.top_list(settings, earlier), "json"))
    wide = replace(LISTED, top=None, min_holders=0, cap_min_usd=0.0, cap_max_usd=1e15)
    asked = season.SeasonRequest(date(2026, 1, 5), Q3, date(2025, 11, 14), date(2025, 10, 1))
    (settings.home / "watch.toml").write_text('tickers = ["QNLR"]\nfunds = [9000000014]\n[thresholds]\nchange = 1\n')
    questions: dict[str, Callable[[], Any]] = {
        "rank": lambda: of(list_answer.top_list(settings, LISTED)),
        "rank by change": lambda: of(list_answer.top_list(settings, replace(LISTED, by=By.change))),
        "rank everything": lambda: of(list_answer.top_list(settings, wide)),
        "rank from the low": lambda: of(list_answer.top_list(settings, replace(wide, from_low=True))),
        "filters": lambda: of(list_answer.top_list(settings, wide, explain_filters=True)),
        "changes": lambda: of(list_changes.compare(settings, published)),
        "market": lambda: of(market.survey(settings, LISTED.base_date, LISTED.end_date)),
        "explain": lambda: of(filings.explain(settings, "QNLR", Q3)),
        "holders": lambda: of(holders.who_holds(settings, "QNLR", Q3)),
        "history": lambda: of(holders.history(settings, "QNLR")),
        "portfolio": lambda: of(portfolio.portfolio(settings, "9000000014", Q3)),
        "season": lambda: of(season.season(settings, asked).whole()),
        "watch": lambda: [each.events for each in watch.watch(settings, Q3, bool)],
        "edition": lambda: gather(settings, REQUEST).document,
    }
    return {name: figures(question()) for name, question in questions.items()}


def main(home: Path, modules: Sequence[str]) -> None:
    """Print the answers, and how many sentences of each module were reworded."""
    sys.meta_path.insert(0, _Finder(modules))
    from tests.homes import load_market

    answers = ask(load_market(home))
    print(json.dumps({"answers": answers, "reworded": counts}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
