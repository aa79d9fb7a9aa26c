"""What a Form 13F must hold to be taken, stated once: for submissions read one by one and for SEC's data sets.

Nothing is corrected here. What cannot be read raises `Unreadable`, and its text becomes the `reason` of a reject;
what is read although it does not add up is a flag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from ..quarters import Quarter

REQUIRED = ("name_of_issuer", "cusip", "value", "shares", "share_type")
NUMBERS = ("value", "shares", "voting_sole", "voting_shared", "voting_none")

_SHARE_TYPE = pl.col("share_type").str.to_uppercase()
_PUT_CALL = pl.col("put_call").str.to_uppercase().fill_null("")
# Digits, grouped in threes by commas or spaces if at all, with decimals if at all; at most 16 digits (the XSD's bound).
_NUMBER = r"^([0-9]{1,16}|[0-9]{1,3}(?:[, ][0-9]{3}){1,5})(\.[0-9]*)?$"

# What a line of an information table is refused for: (where it is so, in words, the column that shows it).
LINE_CHECKS: list[tuple[pl.Expr, str, str]] = [
    *((pl.col(name).is_null(), f"{name} is missing", name) for name in REQUIRED),
    *((pl.col(name).str.starts_with("-"), f"{name} is negative", name) for name in NUMBERS),
    *((~pl.col(name).str.contains(_NUMBER), f"{name} is not an amount", name) for name in NUMBERS),
    (~_SHARE_TYPE.is_in(["SH", "PRN"]), "share_type is neither SH nor PRN", "share_type"),
    (~_PUT_CALL.is_in(["", "PUT", "CALL"]), "put_call is neither Put nor Call", "put_call"),
]


class Unreadable(Exception):
    """Why a submission cannot be taken; becomes the `reason` of a reject."""


def strip(table: pl.DataFrame) -> pl.DataFrame:
    """Text columns without blanks around them; what is empty then is null."""
    table = table.with_columns(pl.all().str.strip_chars())
    return table.with_columns(pl.when(pl.all().str.len_bytes() > 0).then(pl.all()))


def convert_lines(table: pl.DataFrame) -> pl.DataFrame:
    """Table lines as `strip` leaves them, with amounts as numbers; null where a check catches the amount."""
    return table.with_columns(
        pl.col(NUMBERS).str.replace_all("[, ]", "").cast(pl.Float64, strict=False),
        _SHARE_TYPE.alias("share_type"),
        _PUT_CALL.alias("put_call"),
    )


def tell_line(check: int, line: int, value: str | None, lines: int) -> str:
    """The reason of a reject: the number of the check in LINE_CHECKS, the first line it catches, how many it does."""
    more = f" (and {lines - 1} lines more)" if lines > 1 else ""
    return f"information table, line {line}: {LINE_CHECKS[check][1]}: {value!r:.60}{more}"


def read_count(name: str, text: str | None) -> int | None:
    """A whole number of the cover or summary page; raises Unreadable where `text` is none."""
    if text is None:
        return None
    plain = text.replace(",", "")
    if not re.fullmatch(r"[0-9]{1,18}(\.0*)?", plain):
        raise Unreadable(f"cover page: {name} {text!r:.40} is not a whole number")
    return int(plain.partition(".")[0])


def read_crd_number(text: str | None) -> str | None:
    """A CRD number without its leading zeros."""
    return (text.lstrip("0") or None) if text else None


def read_flag(text: str | None) -> bool | None:
    """A yes or no as filers and the data sets write it."""
    return None if text is None else text.lower() in ("true", "1", "y")


def require_quarter_end(period: date) -> None:
    """Raise Unreadable unless `period` is the last day of a quarter."""
    if Quarter.of(period).end != period:
        raise Unreadable(f"period of report {period} is not the end of a quarter")


def tell_totals(filing: Mapping[str, Any]) -> list[str]:
    """Declared totals of a row of FILINGS that differ from what was read, in words."""
    flags = []
    declared, counted = filing["table_entry_total"], filing["line_count"]
    if declared is not None and declared != counted and not filing["form_type"].startswith("13F-NT"):
        flags.append(f"declares {declared} lines, has {counted}")
    total, value = filing["table_value_total"], filing["value_total"]
    if total is not None and abs(total - value) > counted:  # each line may be rounded by up to 1
        flags.append(f"declares a value of {total}, its lines add up to {value:.0f}")
    return flags
