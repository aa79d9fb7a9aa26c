"""`tracker serve`: the browsable site."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .options import settings_of


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes any free one.")] = 8001,
    is_opened: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the data as web pages, on this machine only, until Ctrl-C.

    Example: tracker serve --open
    """
    from .. import web

    web.serve(settings_of(context), port, is_opened, typer.echo)
