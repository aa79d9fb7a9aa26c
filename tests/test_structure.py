"""The house: doors -> corridor -> rooms -> ground, as `ast` sees it.

A room imports only the ground floor and never its neighbour; frames declared in `tables` are all that passes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tracker"

GROUND = {"tables", "quarters", "settings", "errors", "files", "progress", "symbols", "cusips", "checks", "output"}
GROUND |= {"merge", "kinds", "fund_lists", "__init__"}
ROOMS = {"form13f", "holdings", "managers", "securities", "holders", "performance", "splits", "market"}
ROOMS |= {"rankings", "store", "sources", "charts", "newsletter"}
CORRIDOR = {"pipeline", "editions", "acquisition", "answers", "prices", "quotes", "universe", "demo", "sample"}
DOORS = {"cli", "web", "__main__"}
MAY_IMPORT = {
    **dict.fromkeys(GROUND, GROUND),
    **{room: GROUND | {room} for room in ROOMS},
    **dict.fromkeys(CORRIDOR, GROUND | ROOMS | CORRIDOR),
    **dict.fromkeys(DOORS, GROUND | CORRIDOR | DOORS),
    "sample": {"sample", "quarters"},  # data: it knows the calendar and nothing else
}
# Whoever else talks to the network or to SQLite would do so unthrottled, or outside of a transaction.
ONLY_IN = {
    "requests": {"sources"},
    "urllib3": {"sources"},
    "urllib": {"sources", "web"},  # to write addresses
    "http": {"sources"},
    "socket": {"sources", "web"},  # to listen
    "sec_edgar_downloader": {"sources"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "typer": {"cli"},
}
MAX_LINES = 400
LONGER = {"tables.py"}  # declarations, a line a column: to cut the list in two would only hide half of it


def place(path: Path) -> str:
    """The room (or other part of the house) that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
each_module = pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())


def imports(path: Path, text: str | None = None) -> Iterator[tuple[str, bool]]:
    """Each import: part of the house (True) or top-level package of others (False)."""
    package = ["tracker", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8") if text is None else text)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            names = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] != "tracker":
                yield name[0], False
            else:
                yield name[1] if len(name) > 1 and name[1] in MAY_IMPORT else "__init__", True


def public(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes, and the public methods of those."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, kinds) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def test_every_module_has_its_place() -> None:
    assert {place(path) for path in MODULES.values()} == set(MAY_IMPORT)


@each_module
def test_a_room_imports_the_ground_floor_only(path: Path) -> None:
    wrong = {name for name, is_ours in imports(path) if is_ours and name not in MAY_IMPORT[place(path)]}
    assert wrong == set(), f"{place(path)} imports {wrong}"


@each_module
def test_the_network_and_sqlite_have_one_door_each(path: Path) -> None:
    wrong = {
        name for name, is_ours in imports(path) if not is_ours and place(path) not in ONLY_IN.get(name, {place(path)})
    }
    assert wrong == set(), f"{place(path)} imports {wrong}"


@each_module
def test_no_module_is_long(path: Path) -> None:
    count = len(path.read_text(encoding="utf-8").splitlines())
    assert count <= MAX_LINES or path.name in LONGER, f"{path.name} has {count} lines"


@each_module
def test_what_is_public_says_what_it_does(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [("the module", tree), *public(tree)] if path.name != "__main__.py" else []
    assert [name for name, node in named if not ast.get_docstring(node)] == []


def test_imports_of_every_form_are_seen() -> None:
    text = """
import sqlite3.dbapi2
from .. import symbols, __version__
from ..store import Store
from . import http
def later():
    from tracker.answers import status
    import tracker.cli
    from urllib.parse import quote
"""
    ours = {("symbols", True), ("__init__", True), ("store", True), ("sources", True), ("answers", True), ("cli", True)}
    assert set(imports(PACKAGE / "sources" / "edgar.py", text)) == ours | {("sqlite3", False), ("urllib", False)}
