"""`tracker push`: publish a home in object storage."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .options import own_settings_of

UrlArgument = Annotated[
    str, typer.Argument(metavar="URL", help="s3://bucket/prefix, gs://..., az://..., or file:///folder.")
]


@app.command("push")
def push_home(
    context: typer.Context,
    url: UrlArgument,
    with_filings: Annotated[
        bool,
        typer.Option(
            "--with-filings",
            help="Publish what was downloaded, too: who pulls it can refresh, choose funds and import prices.",
        ),
    ] = False,
    may_replace: Annotated[
        bool, typer.Option("--replace", help="Publish this home in the place of another one, or of a later version.")
    ] = False,
) -> None:
    """Publish this home in object storage, for others to read or to pull.

    Sends what has changed in db/ and editions/, then a manifest: readers have the old version whole until that is
    written, and the new one from then on. After a kill, the next push goes on. Of two pushes at once the one that ends
    first counts; the other is refused.

    Others read it in place, as `TRACKER_HOME=s3://bucket/13f tracker holders DUOT`, and engines read the tables at
    s3://bucket/13f/db/lines/period=*/part-*.parquet and so on. Credentials are those of the environment (AWS_PROFILE,
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, ...). Needs the extra:
    python -m pip install '.[s3]' (or gs, az).

    Example: tracker push s3://bucket/13f
    """
    from ..cloud.push import push
    from ..progress import Terminal

    settings = own_settings_of(context)
    typer.echo(push(settings, url_of(url), with_filings=with_filings, may_replace=may_replace, progress=Terminal()))


def url_of(text: str) -> str:
    """The address that an argument is. Raises SettingError for another text."""
    from ..errors import SettingError
    from ..remote import EXAMPLE, SCHEMES, to_url

    url = to_url(text)
    if url is None:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise SettingError(f"{text!r:.200} is no address: write {EXAMPLE} (it begins with {known})")
    return url
