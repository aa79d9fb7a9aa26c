"""`tracker serve`: the browsable site."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .options import settings_of


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port on this machine; 0 takes any free one.")
    ] = 8001,
    is_opened: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the data as pages to browse, on this machine only, until Ctrl-C.

    Needs the extra: python -m pip install '.[web]'. The site reads only, so a refresh may run at the same time.

    Example: tracker serve --open
    """
    from .. import web

    web.serve(settings_of(context), port, is_opened, typer.echo)
