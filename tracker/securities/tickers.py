"""One notation for tickers: `BRK.B` for a class, `ABC^A` for a preferred series.

Sources disagree: Nasdaq writes BRK/B and ABC^A, SEC BRK-B and ABC-PA, Yahoo BRK-B and ABC-PA, brokers
BRK.B, `BRK B` or ABC.PRA, and fails-to-deliver files omit the mark (BRKB). Here a symbol is upper case
without surrounding blanks, with `.` before a class (also before unit, right and warrant marks such
as `.U` and `.WS`) and `^` before a preferred series; a trailing `^` is the series without a letter.

SEC's and Yahoo's `-PA` becomes `^A`, as no class is named with two letters beginning with P; a single
`-P` is ambiguous (class P or the preferred without a letter) and is read as the preferred, `^`.
"""

from __future__ import annotations

import re

import polars as pl

# Applied in this order. Patterns use only syntax shared by Python's re and polars' regex engine.
_RULES = (
    (r"^\s+|\s+$", ""),
    (r"[\s/.\-]+", "."),
    (r"\.P(?:R\.?)?([A-Z]?)$", "^$1"),  # ABC-PA, ABC.PRA, ABC.PR.A, `ABC PRA`: preferred series A
    (r"\.+\^", "^"),
)

_LISTING = re.compile(r"^(?:\$|[A-Za-z]+:)")


def normalise(symbol: pl.Expr) -> pl.Expr:
    """`symbol` (text) in this package's notation; empty text becomes null."""
    symbol = symbol.str.to_uppercase()
    for pattern, replacement in _RULES:
        symbol = symbol.str.replace_all(pattern, replacement)
    return pl.when(symbol != "").then(symbol)


def normalise_text(symbol: str) -> str:
    """One symbol as `normalise` writes it; empty text stays empty."""
    symbol = " ".join(symbol.upper().split())  # a pattern would try each run of blanks anew
    for pattern, replacement in _RULES:
        symbol = re.sub(pattern, replacement.replace("$1", r"\1"), symbol)
    return symbol


def read_listing(text: str) -> str:
    """One symbol as people write it, `$DUOT` or `NASDAQ:DUOT`, as `normalise` writes it."""
    return normalise_text(_LISTING.sub("", text.strip()))


def plain(symbol: pl.Expr) -> pl.Expr:
    """`symbol` without any mark (BRK.B -> BRKB), as fails-to-deliver files write it."""
    return symbol.str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", "")
