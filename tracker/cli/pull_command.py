"""`tracker pull`: copy a published home to this machine."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from ..remote import require_folder
from .app import app
from .options import own_settings_of
from .push_command import UrlArgument, url_of


@app.command("pull")
def pull_home(
    context: typer.Context,
    url: UrlArgument,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to copy it to.  [default: the home of --home]")
    ] = None,
    with_filings: Annotated[
        bool,
        typer.Option(
            "--with-filings",
            help="Copy what was downloaded, too, if it was published: to refresh, choose funds and import prices.",
        ),
    ] = False,
    may_replace: Annotated[
        bool, typer.Option("--replace", help="Give up what is in the folder and was not published.")
    ] = False,
) -> None:
    """Copy a published home to a folder of this machine.

    Fetches what differs, checks each file against the digest in the manifest, and puts all in place once all is there:
    after a kill the folder is as it was, and the next pull goes on. db/ becomes the same; in editions/ and filings/
    nothing is removed. A folder that was changed since it was pulled or pushed is left alone.

    Example: tracker pull s3://bucket/13f ~/13f
    """
    from ..cloud.pull import pull
    from ..progress import Terminal

    if folder is None:
        settings = own_settings_of(context)
    else:
        settings = dataclasses.replace(
            context.obj, home=require_folder(folder, "the folder").expanduser().resolve(), remote_url=None
        )
    typer.echo(pull(settings, url_of(url), with_filings=with_filings, may_replace=may_replace, progress=Terminal()))
