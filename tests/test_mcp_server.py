"""`tracker mcp`, asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from mcp import Client, StdioServerParameters

from tests.cli.helpers import ask as ask_command
from tracker.api import Questions
from tracker.mcp_server import MOST_ROWS, make_server
from tracker.settings import Settings


def ask(settings: Settings, name: str, **given: Any) -> Any:
    """What the tool returns, over the protocol, within this process."""

    async def call(client: Client) -> Any:
        return await client.call_tool(name, given)

    return asyncio.run(_with(Client(make_server(Questions(settings))), call))


async def _with(client: Client, call: Callable[[Client], Awaitable[Any]]) -> Any:
    async with client:
        return await call(client)


def test_five_tools_are_offered_that_only_read(market: Settings) -> None:
    async def call(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = asyncio.run(_with(Client(make_server(Questions(market))), call))
    assert [tool.name for tool in tools] == ["search", "holders", "fund", "rank", "explain"]
    for tool in tools:
        assert tool.description and tool.annotations and tool.annotations.read_only_hint
        assert all(each.get("description") for each in tool.input_schema["properties"].values())


def test_every_position_names_its_filing_and_the_day_it_is_known_of(market: Settings) -> None:
    said = ask(market, "holders", security="QNLR", quarter="2025Q3")
    found = said.structured_content
    assert not said.is_error
    assert found["as_of"]["quarter"] == "2025Q3" and found["as_of"]["period_of_report"] == "2025-09-30"
    assert found["as_of"]["known_on"] and found["rules"]
    assert found["facts"]["holders"] == 7 and found["rows_found"] == len(found["rows"]) == 8
    assert all(len(row["accession_number"]) == 20 for row in found["rows"])


def test_a_question_of_the_past_is_answered_as_of_then(market: Settings) -> None:
    then = ask(market, "holders", security="QNLR", quarter="2025Q3", known_on="2025-11-10").structured_content
    now = ask(market, "holders", security="QNLR", quarter="2025Q3").structured_content
    assert then["as_of"]["known_on"] == "2025-11-10"
    assert then["rows_found"] < now["rows_found"]


def test_names_lead_to_what_the_other_tools_take(market: Settings) -> None:
    (row, *_) = ask(market, "search", text="quenchlight").structured_content["rows"]
    assert (row["kind"], row["key"]) == ("security", "QNLR")
    (fund, *_) = ask(market, "search", text="9000000002").structured_content["rows"]
    book = ask(market, "fund", manager=fund["key"], top=2).structured_content
    assert len(book["rows"]) == 2 < book["rows_found"]


def test_a_list_and_an_explanation_lead_to_filings(market: Settings) -> None:
    dates = {"since": "2025-01-03", "until": "2025-12-31", "cap_on": "2026-01-05"}
    ranked = ask(market, "rank", quarter="2025Q3", top=3, **dates).structured_content
    assert [row["rank"] for row in ranked["rows"]] == [1, 2, 3]
    assert ranked["as_of"]["quarter"] == "2025Q3"
    explained = ask(market, "explain", security=ranked["rows"][0]["ticker"], quarter="2025Q3").structured_content
    assert all(row["url"].startswith("https://www.sec.gov/") for row in explained["rows"])


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("holders", {"security": "QNLT"}, "did you mean: QNLR"),
        ("holders", {"security": "QNLR", "quarter": "2013Q3"}, "not loaded"),
        ("holders", {"security": "QNLR", "known_on": "tomorrow"}, "is not a date"),
        ("rank", {"by": "nonsense"}, "--by 'nonsense'"),
        ("rank", {"cap": "many"}, "is not a band"),
        ("fund", {"manager": "x" * 201}, "200 characters"),
        ("explain", {"security": "QNLR", "top": MOST_ROWS + 1}, "less than or equal to 200"),
        ("search", {"text": "  "}, "write a name"),
    ],
)
def test_what_cannot_be_answered_is_an_error_that_says_the_cure(
    market: Settings, tool: str, given: dict[str, Any], said: str
) -> None:
    answer = ask(market, tool, **given)
    assert answer.is_error
    assert said in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


def test_an_empty_home_says_what_to_run(tmp_path: Path) -> None:
    answer = ask(Settings(tmp_path), "search", text="Duos")
    assert answer.is_error and "tracker refresh" in answer.content[0].text
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_a_line_says_what_to_install(market: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "tracker.mcp_server" or name.split(".")[0] == "mcp"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "tracker.mcp_server", raising=False)
    code, out, error = ask_command(market.home, "mcp")
    assert (code, out) == (1, "") and "pip install '.[mcp]'" in error and "\n" not in error


@pytest.mark.integration
def test_a_client_starts_the_command_and_asks_it(market: Settings) -> None:
    """A process of its own: nothing but the protocol is on its standard output."""
    words = ["-m", "tracker", "--home", str(market.home), "mcp"]
    server = StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ))

    async def call(client: Client) -> Any:
        return await client.call_tool("holders", {"security": "QNLR"})

    answer = asyncio.run(_with(Client(server, read_timeout_seconds=60), call))
    assert answer.structured_content["rows"]
