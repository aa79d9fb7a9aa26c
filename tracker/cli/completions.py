"""What a shell completes: tickers, managers, quarters, exchanges, sectors and kinds, told by what a parameter takes.

A command need not do anything for it: an argument or option whose metavar is SECURITY, TICKER, CIK_OR_NAME or QUARTER,
and the options `--exchange`, `--sector` and `--kind`, are completed wherever they appear. Nothing is created, and on
any error nothing is completed and nothing printed.

Names come from filings of strangers, and shells evaluate what they are given: only letters, digits and a few marks that
mean nothing to a shell get through.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from ..settings import Settings

if TYPE_CHECKING:
    from typer._click.shell_completion import CompletionItem

    Pairs = Iterator[tuple[str, str]]  # what is completed, and what it is

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.^-]{0,20}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,&/-]{0,100}")
_UNPRINTED = re.compile(r"[^A-Za-z0-9 .,-]+")
_PLAIN = re.compile(r"([^A-Za-z0-9.,/^-])")


def _tickers(settings: Settings, beginning: str) -> Pairs:
    from ..store import known_names

    return (pair for pair in known_names.tickers(settings.database, beginning) if _TICKER.fullmatch(pair[0]))


def _managers(settings: Settings, beginning: str) -> Pairs:
    """Names, or CIKs if that is what was begun with; a name that two managers have is none."""
    from ..store import known_names

    pairs = known_names.managers(settings.database, beginning)
    if beginning.isdigit():
        return (pair for pair in pairs if pair[0].startswith(beginning))
    names = [name for _, name in pairs]
    return ((name, cik) for cik, name in pairs if _NAME.fullmatch(name) and names.count(name) == 1)


def _quarters(settings: Settings, _: str) -> Pairs:
    from ..quarters import Quarter
    from ..store import known_names

    days = map(date.fromisoformat, known_names.period_ends(settings.database))
    return ((str(Quarter.of(day)), f"to {day}") for day in days)


def _exchanges(_: Settings, __: str) -> Pairs:
    return ((name, "") for name in ("NASDAQ", "NYSE", "AMEX"))


def _sectors(settings: Settings, _: str) -> Pairs:
    from ..store import known_names

    return ((name, "") for name in known_names.sectors(settings.db) if _NAME.fullmatch(name))


def _kinds(_: Settings, __: str) -> Pairs:
    from ..tables.identity import KINDS

    return ((kind, "") for kind in KINDS)


_BY_METAVAR = {"SECURITY": _tickers, "TICKER": _tickers, "CIK_OR_NAME": _managers, "QUARTER": _quarters}
_BY_OPTION = {"--exchange": _exchanges, "--sector": _sectors, "--kind": _kinds}


def complete_names(command: TyperCommand | TyperGroup) -> None:
    """Let a shell complete the arguments and options of a command that take a name in the store."""
    for parameter in command.params:
        if isinstance(parameter, TyperArgument | TyperOption):
            known = next((_BY_OPTION[word] for word in parameter.opts if word in _BY_OPTION), None)
            known = known or _BY_METAVAR.get((parameter.metavar or "").strip("[].* "))
            if known is not None:
                vars(parameter)["shell_complete"] = _completer(known)


def _completer(known: Callable[[Settings, str], Pairs]) -> Callable[[Any, str], list[CompletionItem]]:
    def shell_complete(context: Any, incomplete: str) -> list[CompletionItem]:
        with suppress(Exception):  # a traceback would land in the middle of what somebody is typing
            settings = Settings.from_environment(context.find_root().params.get("home"))
            return [_item(name, what, incomplete) for name, what in known(settings, incomplete)
                    if name.upper().startswith(incomplete.upper())]  # fmt: skip
        return []

    return shell_complete


def _item(name: str, what: str, incomplete: str) -> CompletionItem:
    """The completion, in lower case if it was begun so: shells compare it with what was typed, and we do not."""
    from typer._click.shell_completion import CompletionItem

    value = name.lower() if incomplete.islower() else name
    if os.environ.get("_TRACKER_COMPLETE", "").endswith("bash"):  # the others quote by themselves
        value = _PLAIN.sub(r"\\\1", value)
    return CompletionItem(value, help=_UNPRINTED.sub(" ", what).strip()[:60] or None)
