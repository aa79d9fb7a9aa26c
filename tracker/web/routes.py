"""The addresses of our own pages, and how each is answered.

Reports take their time in polars and SQLite: they run in threads of their own, so that the event loop answers others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Response

from ..errors import NotFoundError, SettingError, TrackerError
from ..store import sharing
from . import editions, queries
from .fund_page import show_fund
from .metadata import DATABASE_NAME
from .question_page import show_question
from .search_page import show_search
from .shown import Asked, Shown
from .stock_page import show_stock

# No script of anybody's, and nothing from elsewhere.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_QUESTIONS = {query.name: query for query in queries.QUERIES}


def routes() -> list[tuple[str, Any]]:
    """Patterns of paths and what answers them, for Datasette, which tries them before its own."""
    names = "|".join(_QUESTIONS)
    return [
        (r"/editions(?P<path>/.*)?$", _edition),
        (r"/stocks/(?P<code>[^/]+)/?$", _stock),
        (r"/funds/(?P<cik>[^/]+)/?$", _fund),
        (r"/(?P<which>stocks|funds)/?$", _overview),
        (r"/search/?$", _search),
        (rf"/{DATABASE_NAME}/(?P<name>{names})$", _question),
    ]


async def _stock(datasette: Any, request: Any) -> Any:
    site, code = datasette.site, unquote(request.url_vars["code"]).strip()
    asked = _asked(request)
    return await _answer(datasette, request, lambda: show_stock(site.settings, site.caps, code, asked))


async def _fund(datasette: Any, request: Any) -> Any:
    settings, cik = datasette.site.settings, unquote(request.url_vars["cik"]).strip()
    asked = _asked(request)
    return await _answer(datasette, request, lambda: show_fund(settings, cik, asked))


async def _search(datasette: Any, request: Any) -> Any:
    settings, asked = datasette.site.settings, _asked(request)
    return await _answer(datasette, request, lambda: show_search(settings, asked))


async def _question(datasette: Any, request: Any) -> Any:
    query = _QUESTIONS[request.url_vars["name"]]
    if not query.needs <= set(await datasette.get_database(DATABASE_NAME).table_names()):
        raise NotFound(f"Nothing has been published: {query.title.lower()} will be here")
    return await _write(datasette, request, await show_question(datasette, query, _asked(request)))


async def _overview(datasette: Any, request: Any) -> Any:
    at = datasette.urls.database(DATABASE_NAME)
    is_stocks = request.url_vars["which"] == "stocks"
    return Response.redirect(f"{at}/most_held" if is_stocks else f"{at}/managers?is_hedge_fund=1")


async def _edition(datasette: Any, request: Any) -> Any:
    folder, path = datasette.site.editions_folder, request.url_vars["path"] or ""
    file = editions.find(folder, path)
    if file is not None and file.name == "index.html" and not path.endswith(("/", "index.html")):
        return Response.redirect(f"/editions{path}/")  # relative addresses of its pictures need the slash
    if file is not None:
        content_type = editions.CONTENT_TYPES[file.suffix.lower()]
        return Response(file.read_bytes(), headers=dict(editions.HEADERS), content_type=content_type)
    is_list = path in ("", "/", "/index.html")
    return await _write(datasette, request, Shown("editions.html", {"is_list": is_list}, 200 if is_list else 404))


async def _answer(datasette: Any, request: Any, show: Callable[[], Shown]) -> Any:
    """The page that `show` makes. It depends on the address and on what the store holds, and on nothing else."""
    loop = asyncio.get_running_loop()
    shown = await loop.run_in_executor(datasette.reports, _shown, show, datasette.site)
    return await _write(datasette, request, shown)


def _shown(show: Callable[[], Shown], site: Any) -> Shown:
    home = site.settings.home
    try:
        with sharing(site.shared_reads()):
            return show()
    except TrackerError as error:
        status = 404 if isinstance(error, NotFoundError) else 400 if isinstance(error, SettingError) else 503
        near = error.candidates if isinstance(error, NotFoundError) else []
        problem = str(error).replace(f"{home}/", "").replace(str(home), "the home")  # where it lies is nobody's concern
        return Shown("problem.html", {"problem": problem, "candidates": near}, status)


async def _write(datasette: Any, request: Any, shown: Shown) -> Any:
    if shown.location:
        return Response.redirect(shown.location)
    page = await datasette.render_template(shown.template, dict(shown.variables), request, view_name="tracker")
    return Response.html(page, status=shown.status, headers=dict(_HEADERS))


def _asked(request: Any) -> Asked:
    parameters = tuple((name, value) for name in request.args for value in request.args.getlist(name))
    return Asked(request.path, parameters)
