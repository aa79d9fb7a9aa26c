"""Datasette's plugin hooks.

Datasette's plugins belong to the process, and one process may have several instances (tests do), so the hooks do
nothing for any instance but a `Browsable`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils.asgi import Response
from markupsafe import Markup
from pluggy import HookimplMarker

from ..edgar_facts import filer_address
from ..output import money
from ..quarters import Quarter
from ..settings import Settings
from . import cell_html, editions, queries, routes
from .headings import heading
from .metadata import DATABASE_NAME, describe
from .paging import PARAMETER, Paging

_LOCAL_HOSTS = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_CAPS = "create temp table market_caps (ticker text primary key, date text, close real, market_cap_usd real, exchange)"
_REPORTS_AT_ONCE = 2  # polars takes all cores for each
_COUNTED_UP_TO = 200  # milliseconds; a table that takes longer is shown without a count
hookimpl = HookimplMarker("datasette")
App = Callable[[Mapping[str, Any], Any, Any], Awaitable[None]]


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
    def caps(self) -> dict[str, tuple[Any, ...]]:
        """By ticker: day, close, market_cap_usd, exchange."""
        return {ticker: tuple(more) for ticker, *more in self.market_caps}


class Browsable(Datasette):  # type: ignore[misc]  # Datasette has no types
    """A Datasette with our site, which must be there before the constructor asks the hooks for routes."""

    def __init__(self, site: Site, *files: Any, **options: Any) -> None:
        self.site = site
        if not pm.is_registered(sys.modules[__name__]):
            pm.register(sys.modules[__name__])
            # or Datasette prints a traceback with all local variables for every address that it refuses
            pm.get_plugin("datasette.handle_exception").rich = None
        self.reports = ThreadPoolExecutor(_REPORTS_AT_ONCE, "report")
        super().__init__(*files, **options)


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """Add the newest market caps as a temporary table, as the file itself is open read-only."""
    if database == DATABASE_NAME and isinstance(datasette, Browsable):
        conn.execute("pragma temp_store = memory")
        conn.execute(_CAPS)
        conn.executemany("insert into market_caps values (?, ?, ?, ?, ?)", datasette.site.market_caps)
        conn.commit()


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
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Refuse requests for another host name: a foreign page may point its own name here (DNS rebinding)."""
    is_ours = isinstance(datasette, Browsable)

    def wrap(app: App) -> App:
        async def guarded(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
            host = dict(scope.get("headers") or ()).get(b"host", b"")
            if is_ours and scope["type"] == "http" and not _LOCAL_HOSTS.fullmatch(host):
                refusal = Response.text("This site answers to 127.0.0.1 and localhost only.", status=403)
                await refusal.asgi_send(send)
            else:
                await app(scope, receive, send)

        return guarded

    return wrap
