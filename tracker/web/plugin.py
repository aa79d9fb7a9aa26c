"""Datasette's plugin hooks.

Datasette's plugins belong to the process, and one process may have several instances (tests do), so the hooks do
nothing for any instance but a `Browsable`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.plugins import pm
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup
from pluggy import HookimplMarker

from ..edgar_facts import filer_address
from ..output import money
from ..quarters import Quarter
from ..settings import Settings
from . import cell_html, editions, queries, routes
from .connections import HealingDatabase, limit
from .gate import Gate
from .headings import heading
from .home_state import ReadsByState, read_state
from .metadata import DATABASE_NAME, describe
from .paging import PARAMETER, Paging
from .reply import App
from .reply_cache import ReplyCache
from .safe_reply import safe_replies

_CAPS = "create temp table market_caps (ticker text primary key, date text, close real, market_cap_usd real, exchange)"
_REPORTS_AT_ONCE = 2  # polars takes all cores for each
_COUNTED_UP_TO = 200  # milliseconds; a table that takes longer is shown without a count
hookimpl = HookimplMarker("datasette")


@dataclass(frozen=True)
class Site:
    """What an instance shows besides its database: the home, and the rows of `site_data.market_caps`."""

    settings: Settings
    market_caps: list[tuple[Any, ...]]

    @property
    def editions_folder(self) -> Path:
        """Where the editions lie."""
        return self.settings.home / "editions"

    @cached_property
    def shared_reads(self) -> ReadsByState:
        """What pages share of the home as it is now."""
        return ReadsByState(lambda: read_state(self.settings))

    @cached_property
    def caps(self) -> dict[str, tuple[Any, ...]]:
        """By ticker: day, close, market_cap_usd, exchange."""
        return {ticker: tuple(more) for ticker, *more in self.market_caps}


class Browsable(Datasette):  # type: ignore[misc]  # Datasette has no types
    """A Datasette with our site, which must be there before the constructor asks the hooks for routes."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.site = site
        if not pm.is_registered(sys.modules[__name__]):
            pm.register(sys.modules[__name__])
            # or Datasette prints a traceback with all local variables for every address that it refuses
            pm.get_plugin("datasette.handle_exception").rich = None
        self.reports = ThreadPoolExecutor(_REPORTS_AT_ONCE, "report")
        super().__init__([str(site.settings.database)], **options)
        self.remove_database(DATABASE_NAME)
        self.add_database(HealingDatabase(self, str(site.settings.database)), DATABASE_NAME)


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """Add the newest market caps as a temporary table, as the file itself is open read-only; then put the limits."""
    if database == DATABASE_NAME and isinstance(datasette, Browsable):
        conn.execute("pragma temp_store = memory")
        conn.execute(_CAPS)
        conn.executemany("insert into market_caps values (?, ?, ?, ?, ?)", datasette.site.market_caps)
        conn.commit()
    if isinstance(datasette, Browsable):
        limit(conn)


@hookimpl
def canned_queries(datasette: Any, database: str) -> Any:
    """The questions whose tables exist now: editions may be published while the site is open."""
    if database != DATABASE_NAME or not isinstance(datasette, Browsable):
        return None

    async def questions() -> dict[str, dict[str, Any]]:
        return queries.canned(await datasette.get_database(DATABASE_NAME).table_names())

    return questions


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """Numbers with units, and links; see `cells`."""
    if database != DATABASE_NAME or not isinstance(datasette, Browsable):
        return None
    return cell_html.show(column, value, row, table, str(datasette.urls.database(database)))


@hookimpl
def extra_css_urls(datasette: Any) -> list[str]:
    """Our style sheet, on every page."""
    return [str(datasette.urls.path("/assets/site.css"))] if isinstance(datasette, Browsable) else []


@hookimpl
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """The menu on every page: the questions and the editions."""
    if not isinstance(datasette, Browsable):
        return []
    at = datasette.urls.database(DATABASE_NAME)
    links = [{"href": f"{at}/{query.name}", "label": query.title} for query in queries.QUERIES if not query.needs]
    return [*links, {"href": "/editions/", "label": "Editions"}, {"href": str(at), "label": "All tables, and SQL"}]


@hookimpl
def extra_template_vars(view_name: str, request: Any, datasette: Any) -> Any:
    """`site`, for this package's templates: quarters loaded, fields, questions, tables, editions."""
    if not isinstance(datasette, Browsable):
        return None

    async def variables() -> dict[str, Any]:
        database = datasette.get_database(DATABASE_NAME)
        periods = await database.execute("select distinct period_of_report from runs order by 1 desc")
        quarters = [str(Quarter.of(date.fromisoformat(day))) for (day,) in periods.rows]
        site = {
            "at": datasette.urls.database(DATABASE_NAME),
            "quarters": quarters,
            "fields": queries.FIELDS,
            "numbers": cell_html.NUMBERS,
            "page": _page_of,
            "heading": heading,
            "money": money,
            "filer_address": filer_address,
            "asked": request.args.get("q") if request is not None and request.path == "/search" else None,
            "editions": editions.published(datasette.site.editions_folder),
        }
        if view_name == "index":
            site |= await _contents(database)
        return {"site": site}

    return variables


def _page_of(request: Any, total: int) -> Paging:
    """Which rows of a table of Datasette's own a page shows; see `Paging`."""
    parameters = [(name, value) for name in request.args for value in request.args.getlist(name)]
    return Paging.of(request.args.get(PARAMETER), total, request.path, parameters)


async def _contents(database: Any) -> dict[str, Any]:
    counts = await database.table_counts(_COUNTED_UP_TO)
    described = describe()["databases"][DATABASE_NAME]["tables"]
    declared = [name for name in described if name in counts]
    tables = [
        {"name": name, "count": counts[name], **described.get(name, {"title": name, "description": ""})}
        for name in [*declared, *sorted(set(counts) - set(declared))]
    ]
    questions = [query for query in queries.QUERIES if query.needs <= set(counts)]
    return {"tables": tables, "questions": questions}


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """The addresses of our own pages; see `routes`."""
    return routes.routes() if isinstance(datasette, Browsable) else []


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """What is nobody's mistake is told without its text, which may name files: the terminal has it."""
    if not isinstance(datasette, Browsable) or isinstance(exception, Base400):
        return None
    if isinstance(exception, DatasetteError):
        if exception.status == 500:  # Datasette's default: what it says of a column that there is not
            exception.status = 400
        return None
    is_late = isinstance(exception, QueryInterrupted)
    problem = "This took too long: try again in a moment." if is_late else "This page failed."
    status = 503 if is_late else 500
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": problem, "status": status, "title": None}, status=status)
    return Response.text(problem, status=status)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """What stands before Datasette: see `gate`, `reply_cache` and `safe_reply`."""
    if not isinstance(datasette, Browsable):
        return lambda app: app
    settings = datasette.site.settings
    return lambda app: Gate(ReplyCache(safe_replies(app), lambda: read_state(settings)))
