"""What was known on signal days, kept in `db/prepared`: to find it out takes most of the time of a run.

A state counts as long as what it was found out from is the same (see `state_sources`). So that files do not pile up, a
quarter has few: questions of other scopes take turns in them, and what is asked on each day of filings is not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from datetime import date
from functools import cache, cached_property

import polars as pl

from .. import __version__
from ..managers import fund_lists
from ..pipeline.digests import digest, file_states
from ..sources import advisers
from ..store import Store
from ..store.kept_tables import digest_of_all, kept_frame
from .known_state import Archive, KnownState, Scope
from .signal_days import SignalDay
from .state_sources import StateSources
from .stock_candidates import CANDIDATES

_FACTS = {
    "funds": pl.Int64(),
    "left_out": pl.List(pl.String()),
    "priced_share": pl.Float64(),
    "looks_ahead": pl.List(pl.String()),
}
_DIGESTS = {"day": pl.Date(), "digest": pl.String()}
_VERSION = 2  # raised when a state is found out differently
_FILES = 4  # that a quarter has at most
_MANY = 8  # states, that are worth a second connection


@dataclass(frozen=True)
class _Asked:
    """A state that is asked for: the parameters of `Archive.state`, and a digest of what it rests on."""

    signal: SignalDay
    scope: Scope
    since: date | None
    sources: str


class KeptStates:
    """The states of an archive, from the last time where nothing that they rest on has changed since."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store, self._archive = store, archive

    def states(self, signals: Sequence[SignalDay], scope: Scope) -> list[KnownState]:
        """The state of each signal day, oldest first, each with what came since the one before: see `Archive.state`."""
        before = [None, *(signal.day for signal in signals[:-1])]
        if len({signal.quarter for signal in signals}) < len(signals):
            return [self._archive.state(signal, scope, since) for signal, since in zip(signals, before, strict=True)]
        digests = self._digests(signals)
        asked = [
            _Asked(signal, scope, since, digests[signal.day]) for signal, since in zip(signals, before, strict=True)
        ]
        half = len(asked) // 2 if len(asked) >= _MANY else len(asked)
        with ThreadPoolExecutor(1) as beside:  # much of a state is one step after the other: two use both cores
            later = beside.submit(self._later, asked[half:])
            first = [self._kept(question, lambda: self._archive) for question in asked[:half]]
            return first + later.result()

    def _later(self, asked: Sequence[_Asked]) -> list[KnownState]:
        """As `_kept`, in a thread of its own, which needs a connection of its own."""
        with Store(self._store.settings) as store:
            archive = cache(lambda: type(self._archive)(store))
            return [self._kept(question, archive) for question in asked]

    def _kept(self, asked: _Asked, archive: Callable[[], Archive]) -> KnownState:
        """One state: as it was kept, else found out by `archive`."""
        made: list[KnownState] = []

        def make() -> pl.DataFrame:
            made.append(archive().state(asked.signal, asked.scope, asked.since))
            return _with_facts(made[0])

        signal = asked.signal
        question = repr((_VERSION, __version__, signal.day, signal.quarter, astuple(asked.scope), asked.since))
        name = f"state-{signal.quarter}-{int(_text_digest(question), 16) % _FILES}"
        kept = kept_frame(self._store, name, f"{asked.sources} {question}", {**CANDIDATES.schema, **_FACTS}, make)
        if made:
            return made[0]
        return KnownState(signal=signal, candidates=CANDIDATES.fit(kept), **kept.select(*_FACTS).row(0, named=True))

    def _digests(self, signals: Sequence[SignalDay]) -> dict[date, str]:
        """What each day's state rests on, found out once for all of the store's."""

        def make() -> pl.DataFrame:
            sources = StateSources(self._store, self._archive)
            rows = [(signal.day, sources.digest(signal)) for signal in signals]
            return pl.DataFrame(rows, schema=_DIGESTS, orient="row")

        asked = _text_digest(repr([(signal.day, signal.quarter) for signal in signals]))
        return dict(kept_frame(self._store, "state-digests", f"{self._everything} {asked}", _DIGESTS, make).iter_rows())

    @cached_property
    def _everything(self) -> str:
        """Another text whenever anything that a state may rest on is another."""
        settings = self._store.settings
        files = file_states([settings.home / fund_lists.CHOICES, *advisers.on_disk(settings)], settings.home)
        return _text_digest(f"{__version__} {digest_of_all(self._store)} {digest(fund_lists.hand_kept())} {files}")


def _with_facts(state: KnownState) -> pl.DataFrame:
    """The candidates, and in the first row what else is known."""
    rest = max(state.candidates.height - 1, 0)
    facts = [pl.Series(name, [getattr(state, name), *[None] * rest], dtype) for name, dtype in _FACTS.items()]
    return (
        state.candidates.with_columns(facts)
        if state.candidates.height
        else state.candidates.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in _FACTS.items())
    )


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
