"""The browsable site: Datasette over `db/tracker.db`, on the loopback, for reading only. A door.

The file is opened with SQLite's `mode=ro`, and not as immutable: an immutable file must not change while it is open,
and a refresh may run at the same time. Each query sees the file as one transaction left it; a refresh waits for a
query that is running (five seconds at most), and a query for the moment in which a refresh commits.

Whoever may open the page may ask any SELECT, within that time: that is Datasette's point, and all there is to read is
this one file. Nothing can be written, no other file attached, and the database cannot be downloaded. Requests under
another host name than this machine's are refused, so that no page elsewhere can read along through a name of its own.
"""

from __future__ import annotations

from .server import serve
from .site import build

__all__ = ["build", "serve"]
