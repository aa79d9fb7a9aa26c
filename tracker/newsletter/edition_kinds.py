"""The kinds of editions: what each brings to being published, made again, compared, and listed among all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..settings import Settings
from . import (
    document,
    edition_entries,
    layouts,
    list_differences,
    strategy_differences,
    strategy_document,
)
from .chart_style import Chart
from .document import Request
from .edition_differences import Differences
from .render import Layout
from .strategy_document import StrategyRequest

EditionRequest = Request | StrategyRequest


class Gathered(Protocol):
    """A document, and its charts once it is known that they are wanted."""

    @property
    def document(self) -> dict[str, Any]:
        """Everything that the edition says, JSON-ready."""

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """The editor's own, by their path in the edition."""

    def draw(self) -> dict[str, Chart]:
        """The charts by name."""


@dataclass(frozen=True)
class EditionKind:
    """What a kind of edition brings.

    `gather` reads what a request asks for; `requested` is the request that a document in a folder answers; `find` says
    what of a document in a file would differ now; `entry` is how it stands among all editions.
    """

    gather: Callable[[Settings, Any], Gathered]
    requested: Callable[[Mapping[str, Any], Path], EditionRequest]
    find: Callable[[Settings, Path, Mapping[str, Any]], Differences]
    entry: Callable[[Mapping[str, Any]], edition_entries.Entry]
    layout: Layout


LIST = EditionKind(
    document.gather,
    document.requested,
    list_differences.find,
    edition_entries.of_list,
    layouts.LIST,
)
STRATEGY = EditionKind(
    strategy_document.gather,
    lambda edition, _: strategy_document.requested(edition),
    strategy_differences.find,
    edition_entries.of_strategy,
    layouts.STRATEGY,
)
_KINDS = {"list": LIST, strategy_document.KIND: STRATEGY}


def kind_of(edition: Mapping[str, Any]) -> EditionKind:
    """The kind of a document; one that names none is a list. Raises KeyError for another."""
    return _KINDS[edition.get("kind", "list")]


def kind_for(request: EditionRequest) -> EditionKind:
    """The kind of edition that a request asks for."""
    return STRATEGY if isinstance(request, StrategyRequest) else LIST
