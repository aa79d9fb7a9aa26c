"""Which columns, besides the key, a database finds rows by."""

from __future__ import annotations

from collections.abc import Mapping

INDEXES: Mapping[str, tuple[str, ...]] = {
    "positions": ("cik", "ticker"),
    "securities": ("ticker",),
    "filings": ("cik", "period_of_report"),
    "family_links": ("other_cik",),
    # in a database that has them: here these are files, sorted by the column
    "lines": ("cusip",),
    "prices": ("date",),
}
"""by the name of the table; each column has an index of its own"""
