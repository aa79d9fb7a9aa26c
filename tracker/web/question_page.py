"""The page of a question: its fields, and its rows in pages of 50.

JSON and CSV are Datasette's own: whoever reads them wants all rows, up to its limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.sqlite import sqlite3

from . import cell_html
from .headings import heading
from .listing import Heading, Listing
from .metadata import DATABASE_NAME
from .paging import PAGE_ROWS, PARAMETER, Paging, page_number
from .queries import FIELDS, Query
from .shown import Asked, Shown

_SHOW_SQL = "_show_sql"


async def show_question(datasette: Any, query: Query, asked: Asked) -> Shown:
    """The page at /tracker/NAME."""
    given = {name: asked.get(name) or "" for name in query.fields}
    at = str(datasette.urls.database(DATABASE_NAME))
    shown: dict[str, Any] = {
        "query": query,
        "fields": {name: (FIELDS[name], value) for name, value in given.items()},
        "is_asked": bool(asked.parameters),
        "sql": query.sql if asked.get(_SHOW_SQL) else "",
        "show_sql": f"{asked.path}?{urlencode({**given, _SHOW_SQL: '1'})}",
        "edit_sql": f"{at}?{urlencode({'sql': query.sql, **given})}",
        "exports": [(name, f"{asked.path}.{name.lower()}?{urlencode(given)}") for name in ("CSV", "JSON")],
    }
    limit = datasette.setting("sql_time_limit_ms")
    try:
        answer = await datasette.get_database(DATABASE_NAME).execute_fn(
            lambda connection: _read(connection, query.sql, given, page_number(asked.get(PARAMETER)), limit)
        )
    except sqlite3.DatabaseError as error:
        is_late = error.args == ("interrupted",)
        problem = f"This took more than {limit / 1000:g} seconds: narrow the question." if is_late else str(error)
        return Shown("question.html", {**shown, "problem": problem}, 400)
    columns, rows, number, total = answer
    paging = Paging.of(str(number), total, asked.path, asked.parameters)
    headings = [Heading(column, heading(column), column in cell_html.NUMBERS) for column in columns]
    cells = [[_cell(column, row[column], row, at) for column in columns] for row in rows]
    return Shown("question.html", {**shown, "listing": Listing(headings, cells, paging) if cells else None})


def _read(
    connection: Any, sql: str, given: Mapping[str, str], number: int, limit: int
) -> tuple[list[str], list[Any], int, int]:
    """The columns, the rows of page `number` (or of the last page), which page that is, and how many rows there are."""
    with sqlite_timelimit(connection, limit):
        cursor = connection.execute(sql, given)
        columns = [each[0] for each in cursor.description]
        kept: list[Any] = []
        at, page = 0, 1
        while rows := cursor.fetchmany(PAGE_ROWS):
            page = at // PAGE_ROWS + 1
            if page <= number:
                kept = rows
            at += len(rows)
    return columns, kept, min(number, page), at


def _cell(column: str, value: Any, row: Any, at: str) -> Any:
    shown = cell_html.show(column, value, row, None, at)
    return ("" if value is None else str(value)) if shown is None else shown
