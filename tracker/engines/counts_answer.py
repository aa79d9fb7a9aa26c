"""The counts as an answer: what `tracker count` prints, the same whichever engine counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..output import Answer, Column
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store, layout
from ..store.engine_files import write_table_files
from ..tables import LINES
from .engine_inputs import EngineInputs
from .engine_names import Engine, count

RULES = (
    "lines of the filings that make up each hedge fund's report: base report or restatement, new holdings, patches",
    "values in dollars, by the unit decided for each filing",
    "holders are families, filers are managers, with shares above zero; options and principal amounts left out",
    "all CUSIPs with one ticker are one security, under the CUSIP that most is held of",
    "amounts are added up exactly",
)
_COLUMNS = (
    Column("period_of_report", "Period", "date"),
    Column("cusip", "CUSIP"),
    Column("ticker", "Ticker"),
    Column("holders", "Holders", "integer"),
    Column("filers", "Filers", "integer"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("call_holders", "Calls", "integer"),
    Column("put_holders", "Puts", "integer"),
)


def count_securities(
    settings: Settings,
    quarters: Sequence[Quarter] = (),
    engine: Engine = Engine.polars,
    master: str | None = None,
    *,
    all_loaded: bool = False,
    top: int | None = None,
) -> Answer:
    """Holders and filers of every security in each of the quarters, counted anew from the lines.

    Without `quarters` it is the newest loaded one, or all. The files that engines read are brought up to date before;
    of a published home the quarters' lines are fetched. Of the rows, sorted by period and CUSIP, the first `top`.
    Raises NotFoundError for a quarter that is not loaded, SettingError if the engine cannot be used, StoreError if
    lines are lost.
    """
    with Store(settings) as store:
        newest = store.require_quarter(None)
        wanted = store.quarters() if all_loaded else [store.require_quarter(each) for each in quarters] or [newest]
        for quarter in wanted:
            store.require_lines(quarter.end)
        # of a quarter with nothing but notices there are none
        with_lines = [quarter for quarter in wanted if store.line_total(quarter.end)]
        write_table_files(store)
    if settings.remote:  # engines have readers of their own, and most of a quarter's file is read
        for quarter in with_lines:
            settings.remote.fetch_below(layout.period_folder(Path("db"), LINES.name, quarter.end).as_posix())
    inputs = EngineInputs.below(settings.db, [quarter.end for quarter in with_lines])
    counts = count(engine, inputs, master)
    named = str(wanted[0]) if len(wanted) == 1 else f"{wanted[0]} to {wanted[-1]}"
    return Answer(
        f"Holders and filers of every security that hedge funds hold, {named}",
        _COLUMNS,
        counts.head(top).to_dicts() if top else counts.to_dicts(),
        facts={"quarters": [str(quarter) for quarter in wanted], "securities": counts.height},
        methodology={"rules": list(RULES)},
        notes=("Counts are lower bounds: small positions may be left out of Form 13F.",),
    )
