"""What was known on signal days, kept in `db/prepared`: to find it out takes most of the time of a run.

What is kept counts as long as nothing is another: the store, rosters, lists, and this version of the program.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from datetime import date
from functools import cached_property

import polars as pl

from .. import __version__
from ..managers import fund_lists
from ..pipeline.digests import digest, file_states
from ..sources import advisers
from ..store import Store
from ..store.kept_tables import digest_of_all, kept_frame
from .known_state import Archive, KnownState, Scope
from .signal_days import SignalDay
from .stock_candidates import CANDIDATES

_FACTS = {
    "funds": pl.Int64(),
    "left_out": pl.List(pl.String()),
    "priced_share": pl.Float64(),
    "looks_ahead": pl.List(pl.String()),
}
_VERSION = 1  # raised when a state is found out differently


class KeptStates:
    """The states of an archive, from the last time where nothing has changed since."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store, self._archive = store, archive

    def state(self, signal: SignalDay, scope: Scope, since: date | None = None) -> KnownState:
        """As `Archive.state`."""
        made: list[KnownState] = []

        def make() -> KnownState:
            if not made:
                made.append(self._archive.state(signal, scope, since))
            return made[0]

        question = repr((_VERSION, __version__, signal.day, signal.quarter, astuple(scope), since))
        name = f"state-{signal.day}-{signal.quarter}-{hashlib.sha256(question.encode()).hexdigest()[:12]}"
        known = f"{self._sources} {question}"
        candidates = kept_frame(self._store, name, known, CANDIDATES.schema, lambda: make().candidates)
        facts = kept_frame(self._store, f"{name}-facts", known, _FACTS, lambda: _facts(make())).row(0, named=True)
        return made[0] if made else KnownState(signal=signal, candidates=candidates, **facts)

    @cached_property
    def _sources(self) -> str:
        """Another text whenever an answer may be another."""
        settings = self._store.settings
        files = file_states([settings.home / fund_lists.CHOICES, *advisers.on_disk(settings)], settings.home)
        everything = f"{digest_of_all(self._store)} {digest(fund_lists.hand_kept())} {files}"
        return hashlib.sha256(everything.encode()).hexdigest()


def _facts(state: KnownState) -> pl.DataFrame:
    row = {name: getattr(state, name) for name in _FACTS}
    return pl.DataFrame([row], schema=_FACTS)
