"""`tracker mcp`: answers for programs that speak the Model Context Protocol."""

from __future__ import annotations

import typer

from .app import app
from .options import settings_of


@app.command("mcp")
def serve_mcp(context: typer.Context) -> None:
    """Answer programs that speak MCP, the Model Context Protocol.

    Serves five tools on standard input and output: search, holders, fund, rank, explain. Answers name the quarter, the
    day as of which it was known, and the accession number behind each row; nothing is written or fetched. A client
    starts the command itself: give it `tracker` as the command and `--home DIR mcp` as the arguments. Needs
    the extra: `python -m pip install '.[mcp]'`.

    Example: tracker mcp
    """
    from ..api import Questions
    from ..errors import SettingError

    try:
        from ..mcp_server import run
    except ModuleNotFoundError as error:
        cure = "run `python -m pip install '.[mcp]'` in the source folder"
        raise SettingError(f"the server needs the package mcp (No module named {error.name!r}): {cure}") from None

    run(Questions(settings_of(context)))
