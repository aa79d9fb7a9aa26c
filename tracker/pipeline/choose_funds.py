"""The user's own decisions on who counts: choices kept in `<home>/funds.csv`, and what they change, at once.

A choice overrides every list and rule, is never touched by a refresh, and decides which filings are fetched. After a
change everything that is derived is settled again, offline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ..errors import InputError, NotFoundError
from ..files import chosen_file
from ..lookup import find_manager, manager_labels
from ..managers import fund_lists
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from ..store import Store
from ..tables import COUNTED_FROM, FUND_LIST, MANAGERS, RUNS, FundListFrame, ManagerClass, ManagersFrame
from .settle import classify, read_roster, settle

Change = Callable[[FundListFrame], FundListFrame]
_SHOWN = 10


@dataclass(frozen=True)
class Choice:
    """What a user decides on a manager; None leaves what was chosen before."""

    is_hedge_fund: bool
    family: str | None = None
    manager_class: ManagerClass | None = None
    note: str | None = None


def choose(
    settings: Settings, query: str, choice: Choice, *, today: date, progress: Progress | None = None
) -> list[str]:
    """Count a manager, or stop counting it, whatever lists and rules say; returns what that changed, in sentences.

    Family, class and note of an earlier choice stay unless given; a class that the choice contradicts does not. Raises
    NotFoundError, InputError, StoreError.
    """
    if choice.manager_class == ManagerClass.HEDGE_FUND and not choice.is_hedge_fund:
        raise InputError("a manager of the class hedge_fund cannot be removed: give another class, or none")
    given = {
        "is_hedge_fund": choice.is_hedge_fund,
        "family": choice.family,
        "manager_class": choice.manager_class,
        "source": choice.note,
    }
    return _choose_one(settings, query, given, today, progress)


def set_family(
    settings: Settings, query: str, family: str, *, today: date, progress: Progress | None = None
) -> list[str]:
    """Set the family a manager belongs to; lists and rules still decide whether it counts. Returns what changed."""
    return _choose_one(settings, query, {"family": family}, today, progress)


def forget(settings: Settings, query: str, progress: Progress | None = None) -> list[str]:
    """Drop the choice on a manager, so that lists and rules decide again. Raises NotFoundError if there is none."""
    with Store(settings) as store, store.writing():
        cik, name = find_manager(store, query, may_be_new=True)
        choices = fund_lists.read_choices(settings.home)
        if cik not in choices["cik"]:
            raise NotFoundError(f"you have made no choice on {_label(cik, name)}", manager_labels(choices))
        return _apply(store, lambda choices: choices.filter(pl.col("cik") != cik), [cik], progress)


def import_file(settings: Settings, path: Path, progress: Progress | None = None) -> list[str]:
    """Add a list (csv: cik, name; any other column of FUND_LIST) to the choices, replacing those it names.

    A list without `is_hedge_fund` is one of hedge funds. All or nothing: InputError if a line cannot be read.
    """
    fund_list = fund_lists.read_list(path, may_abstain=True)
    if fund_list.is_empty():
        raise InputError(f"{path} names no manager; it needs lines with cik and name")
    with Store(settings) as store, store.writing():
        return _apply(
            store,
            lambda choices: pl.concat([choices.join(fund_list, on="cik", how="anti"), fund_list]),
            fund_list["cik"].to_list(),
            progress,
        )


def export_file(settings: Settings, path: Path, *, everyone: bool = False) -> int:
    """Write the choices, or with `everyone` all hedge funds counted now, as csv; returns how many.

    Either can be imported again; what `everyone` writes can be given to `refresh --funds`. Raises SettingError for a
    path that cannot be written.
    """
    fund_list = fund_lists.read_choices(settings.home)
    if everyone:
        with Store(settings) as store:
            managers = store.read(MANAGERS).filter("is_hedge_fund")
        fund_list = FUND_LIST.fit(
            managers.select(
                "cik",
                pl.col("manager_name").alias("name"),
                pl.when(pl.col("family") != pl.col("manager_name")).then("family").alias("family"),
                "is_hedge_fund",
                "manager_class",
                pl.col("basis").alias("source"),
            )
        )
    path = path.expanduser()
    with chosen_file(path, str(path)) as chosen:
        fund_lists.write_list(chosen, fund_list)
    return fund_list.height


def _choose_one(
    settings: Settings, query: str, given: Mapping[str, object], today: date, progress: Progress | None
) -> list[str]:
    with Store(settings) as store, store.writing():
        cik, name = find_manager(store, query, may_be_new=True)

        def change(choices: FundListFrame) -> FundListFrame:
            chosen = choices.filter(pl.col("cik") == cik)
            old = chosen.row(0, named=True) if chosen.height else {"cik": cik, "name": name}
            new = {**old, "checked_on": today, **{key: value for key, value in given.items() if value is not None}}
            if new.get("is_hedge_fund") is False and new.get("manager_class") == ManagerClass.HEDGE_FUND:
                new["manager_class"] = None
            return pl.concat([choices.filter(pl.col("cik") != cik), FUND_LIST.frame([new])])

        return _apply(store, change, [cik], progress)


def _apply(store: Store, change: Change, ciks: list[int], progress: Progress | None) -> list[str]:
    """Write the changed choices, classify and settle; returns what that changed. The store's lock is held."""
    progress, settings = progress or Silent(), store.settings
    before, counted_before = store.read(MANAGERS), store.read(COUNTED_FROM)
    fund_lists.write_list(settings.home / fund_lists.CHOICES, change(fund_lists.read_choices(settings.home)))
    if before.is_empty():
        return [*(f"CIK {cik}: noted, and fetched with the next refresh" for cik in ciks[:_SHOWN]), *_more(ciks)]
    settle(store, progress, managers=classify(store, read_roster(settings, progress)))
    after, counted_from = store.read(MANAGERS), store.read(COUNTED_FROM)
    recounted = counted_from.join(counted_before, on=list(COUNTED_FROM.columns), how="anti")["period_of_report"]
    quarters = [str(quarter) for quarter in store.quarters() if quarter.end in recounted]
    return [
        *(_describe(store, cik, before, after) for cik in ciks[:_SHOWN]),
        *_more(ciks),
        *_others(before, after, ciks),
        f"recounted: {', '.join(quarters)}" if quarters else "no loaded quarter is affected",
        *_about_list(store),
    ]


def _describe(store: Store, cik: int, before: ManagersFrame, after: ManagersFrame) -> str:
    """What became of a manager: `SOROS FUND MANAGEMENT LLC (1029160): now counted; 244 positions in 2025Q3 (...)`."""
    managers = after.filter(pl.col("cik") == cik)
    if managers.is_empty():
        return f"CIK {cik}: no filing is loaded; noted, and fetched with the next refresh"
    new, old = managers.row(0, named=True), before.filter(pl.col("cik") == cik).row(0, named=True)
    state = "counted" if new["is_hedge_fund"] else "not counted"
    changed = "now" if new["is_hedge_fund"] != old["is_hedge_fund"] else "still"
    family = f"; family {new['family']}" if new["family"] != old["family"] else ""
    held = ""
    quarters = [quarter for quarter in store.quarters() if quarter.end <= new["period_of_report"]]
    if new["is_hedge_fund"] and quarters:
        held = f"; {plural(store.positions(quarters[-1], cik=cik).height, 'position')} in {quarters[-1]}"
    return f"{_label(cik, new['manager_name'])}: {changed} {state}{family}{held} ({new['basis']})"


def _others(before: ManagersFrame, after: ManagersFrame, ciks: list[int]) -> list[str]:
    """A sentence on the managers beside `ciks` whose classification changed."""
    old = before.select("cik", was_hedge_fund="is_hedge_fund")
    changed = after.join(old, on="cik", how="inner", validate="1:1").filter(
        (pl.col("is_hedge_fund") != pl.col("was_hedge_fund")) & ~pl.col("cik").is_in(ciks)
    )
    if changed.is_empty():
        return []
    return [f"{plural(changed.height, 'other manager')} classified differently than at the last refresh"]


def _about_list(store: Store) -> list[str]:
    """A note if the last refresh counted by a list, which the choices have now replaced."""
    fund_list = store.read(RUNS)["fund_list"].tail(1).drop_nulls().to_list()
    return [
        f"note: the last refresh used the list {name} (--funds); now lists, rules and your choices decide"
        for name in fund_list
    ]


def _more(ciks: list[int]) -> list[str]:
    return [f"and {len(ciks) - _SHOWN:,} more"] if len(ciks) > _SHOWN else []


def _label(cik: int, name: str | None) -> str:
    return f"{name} ({cik})" if name else f"CIK {cik}"
