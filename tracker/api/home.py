"""A home, asked from Python."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from ..errors import SettingError
from ..quarters import Quarter
from ..settings import Settings
from ..store.layout import move_flat_files
from .questions import Questions

if TYPE_CHECKING:
    from ..output import Answer
    from .frames import AnswerFrame

P = ParamSpec("P")


def _framed(question: Callable[Concatenate[Questions, P], Answer]) -> Callable[Concatenate[Home, P], AnswerFrame]:
    def ask(home: Home, /, *args: P.args, **kwargs: P.kwargs) -> AnswerFrame:
        from .frames import AnswerFrame

        return AnswerFrame.of(question(home.questions, *args, **kwargs))

    functools.update_wrapper(ask, question)
    # what a notebook shows as help
    ask.__signature__ = inspect.signature(question).replace(return_annotation="AnswerFrame")  # type: ignore[attr-defined]
    return ask


class Home:
    """A folder with `filings/`, `db/` and `editions/`, as `tracker refresh` fills it, or published in object storage.

    Nothing here writes to it; of a published home, it is the version that was the newest when it was opened.

    Every answer is an `AnswerFrame`: a polars frame with its `methodology`, `notes` and the meaning of its columns.
    Quarters and days are values or text (`2025Q3`, `2025-12-31`); a quarter left out is the newest loaded one.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.questions = Questions(settings)

    search = _framed(Questions.search)
    holders = _framed(Questions.holders)
    history = _framed(Questions.history)
    explain = _framed(Questions.explain)
    fund = _framed(Questions.fund)
    funds = _framed(Questions.funds)
    why = _framed(Questions.why)
    scores = _framed(Questions.scores)
    overlap = _framed(Questions.overlap)
    compare = _framed(Questions.compare)
    consensus = _framed(Questions.consensus)
    boards = _framed(Questions.boards)
    filings = _framed(Questions.filings)
    late_filings = _framed(Questions.late_filings)
    market = _framed(Questions.market)
    prices = _framed(Questions.prices)
    rank = _framed(Questions.rank)
    list_changes = _framed(Questions.list_changes)
    count = _framed(Questions.count)
    status = _framed(Questions.status)

    @property
    def path(self) -> Path:
        """The folder; of a published home, the one in the cache."""
        return self.settings.home

    @property
    def quarters(self) -> list[Quarter]:
        """The quarters that are loaded, oldest first."""
        from ..store import Store

        with Store(self.settings) as store:
            return store.quarters()

    def __repr__(self) -> str:
        return f"tracker.open({self.settings.place!r})"


def open_home(path: str | os.PathLike[str] | None = None) -> Home:
    """The home at `path`, a folder or an address; left out, at `TRACKER_HOME` or the current directory.

    Raises SettingError if there is no such folder; of an address, also SourceError and StoreError.
    """
    settings = Settings.from_environment(None if path is None else os.fspath(path))
    if settings.remote_url:
        from ..cloud.published_home import open_published

        return Home(open_published(settings))
    if not settings.home.is_dir():
        raise SettingError(
            f"there is no folder {settings.home}: `tracker demo --keep DIR` or `tracker refresh` makes one"
        )
    move_flat_files(settings.db)
    return Home(settings)
