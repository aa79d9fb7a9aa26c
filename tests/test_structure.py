"""The house: floors as the docstring of `tracker` states them, imports as `ast` sees them."""

from __future__ import annotations

import ast
import graphlib
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracker

PACKAGE = Path(__file__).resolve().parent.parent / "tracker"
OUTSIDE = {"__init__", "__main__"}  # the version, and the line that runs the doors

# Whoever else talks to the network or to SQLite would do so unthrottled, or outside of a transaction.
ONLY_IN = {
    "requests": {"sources", "delivery"},
    "urllib3": {"sources"},
    "urllib": {"sources", "web", "delivery", "newsletter", "export", "engines"},  # to write and to read addresses
    "http": {"sources"},
    "socket": {"sources", "web", "engines"},  # to listen, and to see whether a cluster is there
    "smtplib": {"delivery"},
    "email": {"sources", "delivery"},
    "sec_edgar_downloader": {"sources"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "typer": {"cli"},
    "altair": {"newsletter"},
    "jinja2": {"newsletter"},
    "markdown_it": {"newsletter"},
    "lxml": {"filings", "sources"},
    "psycopg": {"export"},
    "pyiceberg": {"export"},
    "duckdb": {"engines"},
    "datafusion": {"engines"},
    "pyspark": {"engines"},
}
MAX_LINES, MAX_MEDIAN_LINES, MAX_PARAMETERS = 400, 150, 7


def floors_of(docstring: str) -> list[set[str]]:
    """The floors that a docstring lists as `    NAME    room, room`, the highest first."""
    rows = re.findall(r"^ {4}[A-Z]+ +([a-z_]+(?:,\s+[a-z_]+)*)$", docstring, re.MULTILINE)
    return [set(re.split(r",\s+", row)) for row in rows]


FLOORS = floors_of(tracker.__doc__ or "")
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}
GROUND = len(FLOORS) - 1


def may_import(room: str, other: str) -> bool:
    """Whether a module in `room` may import one in `other`; the ground floor is open within itself."""
    if room in OUTSIDE or room == other or other == "__init__":
        return True
    return FLOOR_OF[other] > FLOOR_OF[room] or FLOOR_OF[other] == FLOOR_OF[room] == GROUND


def room_of(path: Path) -> str:
    """The folder (or the module on the top level) that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
each_module = pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())


def imported(path: Path, text: str | None = None) -> Iterator[list[str]]:
    """What is imported, name by name from the package down: `from ..store import Store` is tracker, store, Store."""
    package = ["tracker", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8") if text is None else text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            yield from ([*base, alias.name] for alias in node.names)


def imports(path: Path, text: str | None = None) -> Iterator[tuple[str, bool]]:
    """Each import: a room of the house (True) or a top-level package of others (False)."""
    for name in imported(path, text):
        if name[0] != "tracker":
            yield name[0], False
        else:
            yield name[1] if len(name) > 1 and name[1] in FLOOR_OF else "__init__", True


def targets(path: Path) -> set[str]:
    """The modules that may be meant: a name may be a module of a package, or something in a module."""
    return {".".join(name[:length]) for name in imported(path) for length in (len(name), len(name) - 1)}


def public(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes, and the public methods of those."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, kinds) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def test_every_module_stands_on_a_floor_and_every_room_of_the_plan_is_there() -> None:
    assert {room_of(path) for path in MODULES.values()} - OUTSIDE == set(FLOOR_OF)


def test_no_room_is_listed_twice() -> None:
    assert sum(map(len, FLOORS)) == len(FLOOR_OF) > len(FLOORS) > 1


@each_module
def test_a_room_imports_only_what_is_below_it(path: Path) -> None:
    wrong = {name for name, is_ours in imports(path) if is_ours and not may_import(room_of(path), name)}
    assert wrong == set(), f"{room_of(path)} imports {wrong}"


def test_no_imports_run_in_a_circle() -> None:
    """Modules that import each other are one module in two files. `__init__` files only hand names on."""
    names = {f"tracker.{name.removesuffix('.py').replace('/', '.')}" for name in MODULES} - {"tracker.__init__"}
    graph = {}
    for name, path in MODULES.items():
        module = f"tracker.{name.removesuffix('.py').replace('/', '.')}"
        if path.stem not in OUTSIDE:
            graph[module] = {target for target in targets(path) if target in names and target != module}
    assert list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError


@each_module
def test_the_network_and_sqlite_have_one_door_each(path: Path) -> None:
    wrong = {
        name
        for name, is_ours in imports(path)
        if not is_ours and room_of(path) not in ONLY_IN.get(name, {room_of(path)})
    }
    assert wrong == set(), f"{room_of(path)} imports {wrong}"


@each_module
def test_no_module_is_long(path: Path) -> None:
    assert _lines(path) <= MAX_LINES, f"{path.name} has {_lines(path)} lines"


def test_most_modules_are_short() -> None:
    assert statistics.median(map(_lines, MODULES.values())) <= MAX_MEDIAN_LINES


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.stem for path in MODULES.values() if path.stem not in OUTSIDE)
    assert [name for name, count in names.items() if count > 1] == []


@each_module
def test_what_is_public_says_what_it_does(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [("the module", tree), *public(tree)] if path.name != "__main__.py" else []
    assert [name for name, node in named if not ast.get_docstring(node)] == []


@each_module
def test_no_function_takes_many_parameters(path: Path) -> None:
    """A command and a question have one an option; those of `refresh` are the doors for code that calls it."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    long = {node.name for node in functions if _parameters(node) > MAX_PARAMETERS}
    assert room_of(path) in ("cli", "api", "mcp_server") or long - {"refresh", "refresh_history"} == set()


def test_imports_of_every_form_are_seen() -> None:
    text = """
import sqlite3.dbapi2
from .. import settings, __version__
from ..store import Store
from . import http
def later():
    from tracker.reports import status
    import tracker.cli
    from urllib.parse import quote
"""
    ours = {("settings", True), ("__init__", True), ("store", True), ("sources", True), ("reports", True)}
    others = {("cli", True), ("sqlite3", False), ("urllib", False)}
    assert set(imports(PACKAGE / "sources" / "edgar.py", text)) == ours | others


def test_a_floor_knows_neither_what_is_above_nor_its_neighbours() -> None:
    assert may_import("cli", "reports") and may_import("sources", "tables") and may_import("tables", "quarters")
    assert not may_import("reports", "newsletter") and not may_import("sources", "store")
    assert not may_import("tables", "cli") and not may_import("web", "newsletter")


def _parameters(node: ast.FunctionDef) -> int:
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
