"""The ranked list as an answer: its columns, its notes, and what each filter removed."""

from __future__ import annotations

from dataclasses import replace

from ..output import Answer, Column, plural
from ..rankings.measures import By
from ..rankings.parameters import ListRequest
from ..settings import Settings
from ..store import Store
from . import list_notes, open_quarter
from .as_of import View
from .ranked_list import RankedList, rank_list

_RANK_COLUMNS = (
    Column("rank", "#", "integer"),
    Column("name", "Company"),
    Column("listing", "Listing"),
    Column("market_cap_usd", "Market cap", "usd"),
    Column("return_pct", "Performance", "change"),
    Column("holders", "Hedge funds", "integer"),
)
_CARRIED = Column("holders_carried", "With awaited", "integer")
_CHANGE_COLUMNS = (Column("change", "Change", "integer"), Column("awaited", "Awaited", "integer"))


_BY_COLUMNS = {
    By.value: (Column("value_usd", "Value held", "usd"),),
    By.ownership: (Column("ownership_pct", "Held", "share"),),
}


_FILTER_COLUMNS = (
    Column("filter", "Filter"),
    Column("removed", "Removed", "integer"),
    Column("left", "Left", "integer"),
)


def top_list(settings: Settings, request: ListRequest, explain_filters: bool = False) -> Answer:
    """The ranked list; with `explain_filters`, how many stocks each filter removed instead.

    Raises NotFoundError and SettingError as `rank_list` does.
    """
    with Store(settings) as store:
        ranked_list = rank_list(store, request)
    return _explain_filters(ranked_list) if explain_filters else _answer(ranked_list)


def _answer(ranked_list: RankedList) -> Answer:
    parameters, seen = ranked_list.parameters, ranked_list.view
    footer = (
        f"{parameters.base_date} to {parameters.end_date} · cap {parameters.band.label} on {parameters.cap_date} · "
        f"{_counted(seen)}, 13F {seen.quarter} filed up to {seen.known_on} · by {parameters.by}"
    )
    is_carried = seen.reporting.is_open or parameters.rank_carried
    columns = [
        *_RANK_COLUMNS,
        *((_CARRIED,) if is_carried else ()),
        *_CHANGE_COLUMNS,
        *_BY_COLUMNS.get(parameters.by, ()),
    ]
    if parameters.with_market_makers:
        columns = [replace(column, heading="Holders") if column.key == "holders" else column for column in columns]
    open_sentence = open_quarter.open_sentence(seen.quarter, seen.reporting, parameters.by_filer)
    title = f"{ranked_list.title}. {open_sentence}" if open_sentence else ranked_list.title
    notes, how = list_notes.notes_of(ranked_list), ranked_list.methodology()
    return Answer(title, columns, ranked_list.rows(), notes=notes, footer=footer, methodology=how)


def _counted(seen: View) -> str:
    """`61 hedge funds`, `61 hedge funds and 12 market makers`."""
    funds = plural(seen.funds - seen.market_makers, "hedge fund")
    return f"{funds} and {plural(seen.market_makers, 'market maker')}" if seen.with_market_makers else funds


def _explain_filters(ranked_list: RankedList) -> Answer:
    ranking, parameters = ranked_list.ranking, ranked_list.parameters
    start = ranking.band.height + sum(removal.count for removal in ranking.removals)
    rows = [{"filter": f"prices on {parameters.cap_date}", "removed": 0, "left": start}, *ranking.steps()]
    title = (
        f"What each filter removed, {ranked_list.view.quarter}: {plural(start, 'name')}, {ranking.band.height:,} left"
    )
    return Answer(title, _FILTER_COLUMNS, rows, methodology=parameters.as_dict())
