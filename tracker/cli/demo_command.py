"""`tracker demo`: the whole path, offline, on a fictional market."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingError
from ..progress import Progress
from ..remote import require_folder
from .app import app


@app.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Write the fictional market to this new or empty folder.  [default: a new temporary folder]",
        ),
    ] = None,
) -> None:
    """Run the whole path offline on a small fictional market.

    Writes made-up filings and prices to a folder, refreshes eight quarters, ranks, lists the holders of one stock, and
    publishes two editions: of the list, and of a strategy. Every company, fund and figure in it is fictional.

    Example: tracker demo
    """
    from ..progress import Terminal

    _run(require_folder(folder, "--keep") if folder else None, Terminal(), typer.echo)


def _run(folder: Path | None, progress: Progress, echo: Callable[[str], None]) -> None:
    """Write the market to `folder` (default: a new temporary one), refresh, rank, show the holders of one, publish."""
    from .. import output
    from ..demo.write import write, write_earlier
    from ..newsletter.document import Request
    from ..newsletter.publish import publish
    from ..newsletter.strategy_document import StrategyRequest
    from ..pipeline import add_prices, refresh
    from ..rankings.measures import Order
    from ..rankings.parameters import ListRequest
    from ..reports.holders import who_holds
    from ..reports.list_answer import top_list
    from ..settings import Settings
    from ..strategies.strategy_plan import Plan

    clock = time.monotonic()
    home = (folder or Path(tempfile.mkdtemp(prefix="tracker-demo-"))).expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"--keep {home} cannot be made a folder ({error.strerror}); choose another path") from None
    if any(home.iterdir()):
        raise SettingError(f"--keep {home} is not empty; name a new folder: what is fictional is kept by itself")
    progress.start("writing a fictional market")
    market, earlier = write(home), write_earlier(home)
    progress.end()
    settings = Settings(home)
    add_prices.import_file(settings, earlier.prices, progress)
    for quarter in (*earlier.quarters, *market.quarters):
        refresh.refresh(settings, quarter, offline=True, progress=progress, funds=market.funds)
    add_prices.import_file(settings, market.prices, progress)
    quarter = market.quarters[-1]
    request = ListRequest(
        quarter=quarter,
        base_date=market.base,
        end_date=market.end,
        cap_date=market.cap_on,
        top=9,
        order=Order.ascending,
    )
    ranked = top_list(settings, request)
    echo("FICTIONAL DATA: every company, fund and figure below is made up.\n")
    echo(output.render(ranked, "table"))
    first = next(row for row in ranked.rows if row["rank"] == 1)
    echo("\n" + output.render(who_holds(settings, first["ticker"], quarter), "table"))
    title = "9 Best Performing Micro Cap Stocks in 2025, of a Fictional Market"
    progress.start("writing an edition")
    published = publish(settings, Request(request, title))
    progress.end()
    progress.start("trying a strategy")
    tried = publish(
        settings, StrategyRequest("consensus", Plan(top=10), "What Most Hedge Funds Hold, a Fictional Market")
    )
    progress.end()
    result = tried.document["result"]
    echo(f"\nThe same list as Markdown, page, mail, CSV and JSON: {published.page}")
    echo(
        f"The rule `{result['rule']}`, tried on {result['quarters']} quarters without looking ahead, with every pick: "
        f"{tried.page}"
    )
    echo(f"Everything is in {home}: filings/ as downloaded, db/ as derived, editions/ as published.")
    echo(f"Done in {time.monotonic() - clock:.1f} s.")
    echo(f"Look around: tracker --home {home} status")
