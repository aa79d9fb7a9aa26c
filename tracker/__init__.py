"""Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings.

A folder is a step of the data. It imports only what stands below it here, and never its neighbours on the same floor:

    DOORS       cli
    SERVERS     mcp_server
    INTERFACE   api
    PAGES       newsletter, web
    TRIALS      strategies
    READS       reports, export, engines
    WRITES      pipeline, cloud
    LOOKUP      lookup
    ROOMS       sources, filings, managers, prices, rankings, store, delivery, demo
    IDENTITY    securities
    GROUND      tables, quarters, band, edgar_facts, settings, remote, errors, files, bounds, zips, json_text,
                time_limit, progress, output

`README.md` beside this file shows the path of the data; a test reads the floors from here and holds the code to them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import Home

__version__ = "0.1.0"


def open(home: str | os.PathLike[str] | None = None) -> Home:
    """The home in that folder, or published at that address, to ask from Python; left out, `TRACKER_HOME` or the
    current directory.

    Raises SettingError if there is no such folder.
    """
    from .api import open_home

    return open_home(home)
