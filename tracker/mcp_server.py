"""A Model Context Protocol server: programs that speak MCP ask a loaded home, over standard input and output.

Five tools: search, holders, fund, rank, explain. Every answer states its quarter and the day as of which it was known,
and names the filing (accession number) behind each row. Nothing is written, and nothing is fetched.

Importing this module needs the extra `mcp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from . import __version__
from .api import Questions
from .errors import NotFoundError, TrackerError
from .output import Answer, json_ready

MOST_ROWS = 200
_MANY = 12  # notes, and members of a fact: the rest is for `--format json`
_INSTRUCTIONS = (
    "What hedge funds report to the SEC on Form 13F about micro-cap stocks. Use `search` where a ticker or CIK is not "
    "known. Counts are lower bounds and up to 45 days late; quote accession numbers and `as_of` with every figure."
)
_READING = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Document: TypeAlias = dict[str, Any]
ASecurity = Annotated[str, Field(description="a ticker, CUSIP or part of the company's name", max_length=200)]
AManager = Annotated[str, Field(description="a CIK, or a name or part of it", max_length=200)]
AQuarter = Annotated[str | None, Field(description="a quarter as 2025Q3; left out: the newest loaded", max_length=20)]
ADay = Annotated[str | None, Field(description="a day as 2025-12-31", max_length=20)]
KnownOn = Annotated[str | None, Field(description="2025-12-31: only what had been filed by then", max_length=20)]
Top = Annotated[int, Field(description="rows at most", ge=1, le=MOST_ROWS)]


class Tools:
    """The tools of the server: each asks the home of `questions`, and answers with a `document`."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def search(
        self,
        text: Annotated[str, Field(description="words of a name, a ticker, a CUSIP or a CIK", max_length=200)],
        top: Top = 10,
    ) -> Document:
        """Find securities and managers by name; `key` is what the other tools take."""
        return _ask(lambda: self._questions.search(text, top=top), top)

    def holders(
        self, security: ASecurity, quarter: AQuarter = None, known_on: KnownOn = None, top: Top = 50
    ) -> Document:
        """The hedge funds that hold a security at a quarter's end, with the filing behind each position."""
        return _ask(lambda: self._questions.holders(security, quarter, known_on=known_on), top)

    def fund(self, manager: AManager, quarter: AQuarter = None, known_on: KnownOn = None, top: Top = 25) -> Document:
        """A manager's reported portfolio, the largest positions first, with changes since the quarter before."""
        return _ask(lambda: self._questions.fund(manager, quarter, known_on=known_on), top)

    def rank(
        self,
        quarter: AQuarter = None,
        since: ADay = None,
        until: ADay = None,
        cap_on: ADay = None,
        cap: Annotated[str, Field(description="band of market caps, 50M:300M", max_length=40)] = "50M:300M",
        by: Annotated[
            str, Field(description="performance, holders, change, value or ownership", max_length=20)
        ] = "performance",
        min_holders: Annotated[int, Field(description="fewest hedge funds that hold it", ge=0, le=10_000)] = 1,
        known_on: KnownOn = None,
        top: Top = 25,
    ) -> Document:
        """Rank the micro-caps that hedge funds hold, by performance from `since` to `until` or by holders."""
        chosen: dict[str, Any] = {"cap_on": cap_on, "cap": cap, "by": by, "min_holders": min_holders}
        return _ask(lambda: self._questions.rank(quarter, since, until, known_on=known_on, **chosen), top)

    def explain(
        self, security: ASecurity, quarter: AQuarter = None, known_on: KnownOn = None, top: Top = 50
    ) -> Document:
        """Every filing that mentions a security, whether it counts as a holder and why, with its address on EDGAR."""
        return _ask(lambda: self._questions.explain(security, quarter, known_on=known_on), top)


def make_server(questions: Questions) -> MCPServer[Any]:
    """The server with its five tools over the home of `questions`."""
    server: MCPServer[Any] = MCPServer(
        "tracker", title="Hedge funds' 13F holdings", version=__version__, instructions=_INSTRUCTIONS
    )
    tools = Tools(questions)
    for tool in (tools.search, tools.holders, tools.fund, tools.rank, tools.explain):
        server.tool(annotations=_READING)(tool)
    return server


def run(questions: Questions) -> None:
    """Serve on standard input and output until they are closed."""
    make_server(questions).run("stdio")


def document(answer: Answer, top: int) -> Document:
    """An answer as a tool returns it: title, as_of, rules, facts, the first `top` rows and how many there are, notes.

    `as_of` is the quarter, its last day, and the day up to which filings count (null: everything filed by now).
    """
    how = answer.methodology
    return {
        "title": answer.title,
        "as_of": {name: json_ready(how.get(name)) for name in ("quarter", "period_of_report", "known_on")},
        "rules": json_ready(how.get("rules", how.get("caveats", ()))),
        "facts": {name: json_ready(value) for name, value in answer.facts.items() if _is_small(value)},
        "rows": json_ready(answer.rows[:top]),
        "rows_found": len(answer.rows),
        "notes": list(answer.notes[:_MANY]),
    }


def _ask(question: Callable[[], Answer], top: int) -> Document:
    """Raises ToolError with the error's line and the nearest names, if the question cannot be answered."""
    try:
        return document(question(), top)
    except TrackerError as error:
        near = error.candidates if isinstance(error, NotFoundError) else ()
        raise ToolError(f"{error}; did you mean: {', '.join(near)}" if near else str(error)) from error


def _is_small(value: object) -> bool:
    return not isinstance(value, list | tuple | Mapping) or len(value) <= _MANY
