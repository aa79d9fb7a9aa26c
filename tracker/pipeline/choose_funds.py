"""The user's own word on who counts: choices kept in `<home>/funds.csv`, and what they change, at once.

A choice beats every list and rule, is never touched by a refresh, and steers which filings are fetched. Part of the
corridor, as `pipeline`: after a change the classification and the counts of all loaded quarters are made anew, offline.
(`pipeline` is imported where that is done: to look up a name should not take its time to load.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from ..errors import InputError, NotFoundError
from ..lookup import find_manager, manager_labels
from ..managers import fund_lists
from ..progress import Progress, Silent
from ..settings import Settings
from ..store import Store
from ..tables import COUNTED_FROM, FUND_LIST, MANAGERS, RUNS

Change = Callable[[pl.DataFrame], pl.DataFrame]
_SHOWN = 10


# ---- whom a person means ------------------------------------------------------------------------------------------


# ---- choices ------------------------------------------------------------------------------------------------------


def choose(
    settings: Settings,
    query: str,
    is_hedge_fund: bool,
    *,
    family: str | None = None,
    note: str | None = None,
    today: date,
    progress: Progress | None = None,
) -> list[str]:
    """Count a manager, or count it no more, whatever lists and rule say; returns what that changed, in sentences.

    Family and note of an earlier choice stay unless given anew. Raises NotFoundError, InputError, StoreError.
    """
    given = {"is_hedge_fund": is_hedge_fund, "family": family, "source": note}
    return _on_one(settings, query, given, today, progress)


def set_family(
    settings: Settings, query: str, family: str, *, today: date, progress: Progress | None = None
) -> list[str]:
    """Say to which house a manager belongs; whether it is counted stays with lists and rule. Returns what changed."""
    return _on_one(settings, query, {"family": family}, today, progress)


def forget(settings: Settings, query: str, progress: Progress | None = None) -> list[str]:
    """Drop the choice on a manager, so that lists and rule decide again. Raises NotFoundError where there is none."""
    with Store(settings) as store, store.writing():
        cik, name = find_manager(store, query, may_be_new=True)
        if cik not in fund_lists.read_choices(settings.home)["cik"]:
            raise NotFoundError(f"there is no choice of yours on {_label(cik, name)}", _chosen(settings))
        return _apply(store, lambda choices: choices.filter(pl.col("cik") != cik), [cik], progress)


def import_file(settings: Settings, path: Path, progress: Progress | None = None) -> list[str]:
    """Take a list (csv: cik, name; family, is_hedge_fund, source, checked_on) as choices, one by one over those there.

    A list without `is_hedge_fund` is one of hedge funds. Refused whole with InputError where a line cannot be read.
    """
    given = fund_lists.read_list(path, may_abstain=True)
    if given.is_empty():
        raise InputError(f"{path}: names no manager")
    with Store(settings) as store, store.writing():
        return _apply(
            store,
            lambda choices: pl.concat([choices.join(given, on="cik", how="anti"), given]),
            given["cik"].to_list(),
            progress,
        )


def export_file(settings: Settings, path: Path, *, everyone: bool = False) -> int:
    """Write the choices, or with `everyone` all hedge funds counted now, as csv; returns how many.

    Either can be imported again; what `everyone` writes can be given to `refresh --funds`.
    """
    listed = fund_lists.read_choices(settings.home)
    if everyone:
        with Store(settings) as store:
            funds = store.read(MANAGERS).filter("is_hedge_fund")
        listed = FUND_LIST.fit(
            funds.select(
                "cik",
                pl.col("manager_name").alias("name"),
                pl.when(pl.col("family") != pl.col("manager_name")).then("family").alias("family"),
                "is_hedge_fund",
                pl.col("basis").alias("source"),
            )
        )
    fund_lists.write_list(path.expanduser().resolve(), listed)
    return listed.height


def _on_one(
    settings: Settings, query: str, given: Mapping[str, object], today: date, progress: Progress | None
) -> list[str]:
    with Store(settings) as store, store.writing():
        cik, name = find_manager(store, query, may_be_new=True)

        def change(choices: pl.DataFrame) -> pl.DataFrame:
            mine = choices.filter(pl.col("cik") == cik)
            old = mine.row(0, named=True) if mine.height else {"cik": cik, "name": name}
            new = {**old, "checked_on": today, **{key: value for key, value in given.items() if value is not None}}
            return pl.concat([choices.filter(pl.col("cik") != cik), FUND_LIST.frame([new])])

        return _apply(store, change, [cik], progress)


def _apply(store: Store, change: Change, ciks: list[int], progress: Progress | None) -> list[str]:
    """Write the changed choices, classify and count; returns what that changed. The store's lock is held."""
    from . import refresh

    progress, settings = progress or Silent(), store.settings
    before, counted = store.read(MANAGERS), store.read(COUNTED_FROM)
    fund_lists.write_list(settings.home / fund_lists.CHOICES, change(fund_lists.read_choices(settings.home)))
    quarters = store.quarters()
    if before.is_empty():
        return [*(f"CIK {cik}: noted, and fetched with the next refresh" for cik in ciks[:_SHOWN]), *_more(ciks)]
    refresh.classify(store, None, progress)
    refresh.count(store, {*quarters}, progress)
    after = store.read(MANAGERS)
    recounted = store.read(COUNTED_FROM).join(counted, on=list(COUNTED_FROM.columns), how="anti")["period_of_report"]
    said = [str(quarter) for quarter in quarters if quarter.end in recounted]
    return [
        *(_told(store, cik, before, after) for cik in ciks[:_SHOWN]),
        *_more(ciks),
        *_others(before, after, ciks),
        f"recounted: {', '.join(said)}" if said else "no loaded quarter is changed by it",
        *_about_list(store),
    ]


def _told(store: Store, cik: int, before: pl.DataFrame, after: pl.DataFrame) -> str:
    """What became of one manager: `SOROS FUND MANAGEMENT LLC (1029160): now counted; 244 positions in 2025Q3`."""
    mine = after.filter(pl.col("cik") == cik)
    if mine.is_empty():
        return f"CIK {cik}: no filing is loaded; noted, and fetched with the next refresh"
    new, old = mine.row(0, named=True), before.filter(pl.col("cik") == cik).row(0, named=True)
    state = "counted" if new["is_hedge_fund"] else "not counted"
    changed = "now" if new["is_hedge_fund"] != old["is_hedge_fund"] else "still"
    house = f"; house {new['family']}" if new["family"] != old["family"] else ""
    held = ""
    newest = [quarter for quarter in store.quarters() if quarter.end <= new["period_of_report"]]
    if new["is_hedge_fund"] and newest:
        held = f"; {store.positions(newest[-1], cik=cik).height:,} positions in {newest[-1]}"
    return f"{_label(cik, new['manager_name'])}: {changed} {state}{house}{held} ({new['basis']})"


def _others(before: pl.DataFrame, after: pl.DataFrame, ciks: list[int]) -> list[str]:
    was = before.select("cik", pl.col("is_hedge_fund").alias("was"))
    moved = after.join(was, on="cik", how="inner", validate="1:1").filter(
        (pl.col("is_hedge_fund") != pl.col("was")) & ~pl.col("cik").is_in(ciks)
    )
    return [f"{moved.height:,} other managers are decided otherwise than at the last refresh"] if moved.height else []


def _about_list(store: Store) -> list[str]:
    runs = store.read(RUNS)
    universe = str(runs["universe"][-1]) if runs.height else ""
    if not universe.startswith("list "):
        return []
    return [f"note: the last refresh took a list (--funds, {universe}); now lists, rule and your choices decide"]


def _more(ciks: list[int]) -> list[str]:
    return [f"and {len(ciks) - _SHOWN:,} more"] if len(ciks) > _SHOWN else []


def _chosen(settings: Settings) -> list[str]:
    return manager_labels(fund_lists.read_choices(settings.home))


def _label(cik: int, name: str | None) -> str:
    return f"{name} ({cik})" if name else f"CIK {cik}"
