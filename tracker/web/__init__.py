"""The browsable site: Datasette over `db/tracker.db`, on the loopback interface, read-only.

The file is opened with SQLite's `mode=ro`, and not as immutable: an immutable file must not change while it is open,
and a refresh may run at the same time. Each query sees the file as one transaction left it; a refresh waits for a
running query (five seconds at most), and a query waits while a refresh commits.

Anyone who can open the page may run any SELECT within that time: that is Datasette's point, and this one file is all
there is to read. Nothing can be written, no other file attached, and the database cannot be downloaded. Requests for
another host name than this machine's are refused, so that no foreign page can read along by pointing its own name
here.
"""

from __future__ import annotations

from .server import serve
from .site import build

__all__ = ["build", "serve"]
