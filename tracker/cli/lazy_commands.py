"""The commands below the root, in the order in which help lists them: each is loaded and made when it is asked for.

An answer needs one of them; to load and make all takes longer than many an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_command_name, get_group_from_info

MODULES = {
    "refresh": "refresh_command",
    "prices": "prices_commands",
    "status": "status_command",
    "rank": "rank_command",
    "market": "market_command",
    "holders": "holders_command",
    "explain": "explain_command",
    "fund": "funds_commands",
    "funds": "funds_commands",
    "compare": "compare_command",
    "consensus": "consensus_command",
    "boards": "boards_command",
    "filings": "filings_command",
    "season": "season_command",
    "watch": "watch_command",
    "strategy": "strategy_commands",
    "count": "count_command",
    "publish": "publish_command",
    "export": "export_commands",
    "push": "push_command",
    "pull": "pull_command",
    "serve": "serve_command",
    "mcp": "mcp_command",
    "demo": "demo_command",
}
"""the module that adds each command to the app"""


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name. `made` are there already; each other one is loaded, made from `app` and handed to `finish`."""

    def __init__(
        self, app: typer.Typer, made: MutableMapping[str, Any], finish: Callable[[TyperCommand | TyperGroup], None]
    ) -> None:
        self._app, self._made, self._finish = app, dict(made), finish
        for command in self._made.values():
            finish(command)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made and name in MODULES:
            import_module(f".{MODULES[name]}", __package__)
            self._made[name] = _make(self._app, name)
            self._finish(self._made[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in MODULES or name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter({**MODULES, **self._made})

    def __len__(self) -> int:
        return len({**MODULES, **self._made})


def _make(app: typer.Typer, name: str) -> Any:
    for group in app.registered_groups:
        if group.name == name:
            return get_group_from_info(
                group,
                pretty_exceptions_short=app.pretty_exceptions_short,
                suggest_commands=app.suggest_commands,
                rich_markup_mode=app.rich_markup_mode,
            )
    for command in app.registered_commands:
        if command.callback and name == (command.name or get_command_name(command.callback.__name__)):
            return get_command_from_info(
                command,
                pretty_exceptions_short=app.pretty_exceptions_short,
                rich_markup_mode=app.rich_markup_mode,
            )
    raise KeyError(name)
