"""What a Form 13F filing must contain to be read: one set of rules for single submissions and for SEC's data sets.

Nothing is corrected here. What cannot be read raises `Unreadable` and becomes a reject; what can be read although it
does not add up is flagged. Both are a `Problem`: its kind, and the reason as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from ..edgar_facts import FIRST_DAY
from ..quarters import Quarter
from ..tables import LinesFrame, RejectKind, Severity, Step

REQUIRED = ("name_of_issuer", "cusip", "value", "shares", "share_type")
NUMBERS = ("value", "shares", "voting_sole", "voting_shared", "voting_none")
MOST_DIGITS = 16  # of an amount (eis_13FDocument.xsd)
TEXTS = (
    "name_of_issuer",
    "title_of_class",
    "cusip",
    "figi",
    "share_type",
    "put_call",
    "investment_discretion",
    "other_manager",
)
MOST_CHARACTERS = 4000  # of a text: the longest that a schema allows
REMARK_LENGTH = 4000  # eis_13F_Filer.xsd, STRING_4000_TYPE
_AHEAD = timedelta(days=366)

_SHARE_TYPE = pl.col("share_type").str.to_uppercase()
_PUT_CALL = pl.col("put_call").str.to_uppercase().fill_null("")
# Digits, grouped in threes by commas or spaces if at all, with decimals if at all; at most 16 digits (the XSD's bound).
_NUMBER = r"^([0-9]{1,16}|[0-9]{1,3}(?:[, ][0-9]{3}){1,5})(\.[0-9]*)?$"
_DIGITS = "^[0-9]{1,16}$"
# What share_type and put_call are once they are in upper case, and no option is empty text.
CHOICES = {"share_type": {"SH", "PRN"}, "put_call": {"PUT", "CALL", ""}}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a submission: the kind decides, the reason is for people."""

    kind: RejectKind
    reason: str


class Unreadable(Exception):
    """A submission cannot be read; its `problem` becomes a reject."""

    def __init__(self, kind: RejectKind, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(kind, reason)


@dataclass(frozen=True)
class LineCheck:
    """A line of an information table is refused if `fails`; `column` holds the offending value."""

    fails: pl.Expr
    problem: str
    column: str


LINE_CHECKS = (
    *(LineCheck(pl.col(name).is_null(), f"{name} is missing", name) for name in REQUIRED),
    *(LineCheck(pl.col(name).str.starts_with("-"), f"{name} is negative", name) for name in NUMBERS),
    *(LineCheck(~pl.col(name).str.contains(_NUMBER), f"{name} is not an amount", name) for name in NUMBERS),
    LineCheck(~_SHARE_TYPE.is_in(["SH", "PRN"]), "share_type is neither SH nor PRN", "share_type"),
    LineCheck(~_PUT_CALL.is_in(["", "PUT", "CALL"]), "put_call is neither Put nor Call", "put_call"),
    *(
        LineCheck(pl.col(name).str.len_chars() > MOST_CHARACTERS, f"{name} has over {MOST_CHARACTERS} characters", name)
        for name in TEXTS
    ),
)


def strip(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with text columns stripped of surrounding blanks; empty text becomes null."""
    table = table.with_columns(pl.all().str.strip_chars())
    return table.with_columns(pl.when(pl.all().str.len_bytes() > 0).then(pl.all()))


def is_plain(table: pl.DataFrame) -> bool:
    """Whether all amounts of the stripped `table` are digits alone and no line can fail any of LINE_CHECKS.

    True allows to cast amounts as they are; False says nothing. Text columns may be Categorical, and amounts whole
    numbers of MOST_DIGITS digits at most. The caller knows that no text is longer than MOST_CHARACTERS.
    """
    is_digits = pl.col([name for name in NUMBERS if table.schema[name] == pl.String]).str.contains(_DIGITS).all()
    has_all = pl.col(REQUIRED).is_not_null().all().name.suffix("_given")
    if not all(table.select(is_digits, has_all).row(0)):
        return False
    return all(
        choices.issuperset((text or "").upper() for text in table[name].unique().cast(pl.String))
        for name, choices in CHOICES.items()
    )


def convert_lines(table: pl.DataFrame) -> LinesFrame:
    """Stripped table lines with amounts as numbers; an amount that a check refuses becomes null."""
    return convert_amounts(table).with_columns(_SHARE_TYPE.alias("share_type"), _PUT_CALL.alias("put_call"))


def convert_amounts(table: pl.DataFrame, *, is_grouped: bool = True) -> pl.DataFrame:
    """`table` with amounts as numbers, null if they are none; not `is_grouped`: they are without commas and spaces."""
    amounts = pl.col(NUMBERS)
    plain = amounts.str.replace_all("[, ]", "") if is_grouped else amounts
    return table.with_columns(plain.cast(pl.Float64, strict=False))


def convert_choice(column: pl.Series) -> pl.Series:
    """A text column as `convert_lines` has it: upper case for the share type, empty text for no option."""
    if column.name not in ("share_type", "put_call"):
        return column
    return column.to_frame().select(_SHARE_TYPE if column.name == "share_type" else _PUT_CALL).to_series()


def failed_checks(table: pl.DataFrame) -> list[int]:
    """Numbers of the LINE_CHECKS that any line of the stripped `table` fails."""
    failed = table.select(check.fails.any().alias(str(number)) for number, check in enumerate(LINE_CHECKS)).row(0)
    return [number for number, is_failed in enumerate(failed) if is_failed]


def line_problem(check: int, line: int, value: str | None, lines: int) -> Problem:
    """The problem of a table: number of the check in LINE_CHECKS, first line that fails it, how many lines do."""
    more = f" (and {lines - 1:,} more {'line' if lines == 2 else 'lines'})" if lines > 1 else ""
    reason = f"information table, line {line}: {LINE_CHECKS[check].problem}: {value!r:.60}{more}"
    return Problem(RejectKind.BAD_LINE, reason)


def read_count(name: str, text: str | None) -> int | None:
    """A whole number from the cover or summary page; raises Unreadable if `text` is not one."""
    if text is None:
        return None
    plain = text.replace(",", "")
    if not re.fullmatch(r"[0-9]{1,18}(\.0*)?", plain):
        raise Unreadable(RejectKind.BAD_COUNT, f"cover page: {name} {text!r:.40} is not a whole number")
    return int(plain.partition(".")[0])


def read_crd_number(text: str | None) -> str | None:
    """A CRD number without its leading zeros."""
    return (text.lstrip("0") or None) if text else None


def read_flag(text: str | None) -> bool | None:
    """A yes or no as filers and the data sets write it."""
    return None if text is None else text.lower() in ("true", "1", "y")


def read_remark(text: str | None) -> str | None:
    """Free text from the cover page on one line, at most REMARK_LENGTH characters of it."""
    return " ".join((text or "").split())[:REMARK_LENGTH] or None


def read_text(text: str | None) -> str | None:
    """A stripped text from the cover page, null for an empty one; raises Unreadable if it is too long."""
    text = (text or "").strip() or None
    if text is not None and len(text) > MOST_CHARACTERS:
        raise Unreadable(
            RejectKind.TOO_LARGE, f"cover page: a text has over {MOST_CHARACTERS} characters: {text!r:.40}"
        )
    return text


def require_sane(day: date, what: str) -> date:
    """`day`, which is neither before EDGAR nor more than a year ahead; `what` names it. Raises Unreadable."""
    if not FIRST_DAY <= day <= _last_day():
        raise Unreadable(RejectKind.BAD_DATE, f"{what} {day} is before {FIRST_DAY.year} or more than a year ahead")
    return day


def is_sane(day: pl.Expr) -> pl.Expr:
    """Whether `require_sane` lets a column's days pass."""
    return day.is_between(FIRST_DAY, _last_day())


def _last_day() -> date:
    return date.today() + _AHEAD


def unforeseen(error: BaseException) -> Problem:
    """The problem of a submission that no rule foresees: it is left out, and what happened is told."""
    happened = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return Problem(RejectKind.UNFORESEEN, f"reading it failed, please report this: {happened}")


def require_quarter_end(period: date) -> None:
    """Raise Unreadable unless `period` is the last day of a quarter."""
    if Quarter.of(period).end != period:
        raise Unreadable(RejectKind.NOT_A_QUARTER_END, f"period of report {period} is not the end of a quarter")


def is_notice(form_type: str | None) -> bool:
    """Whether a form type is that of a notice, which has no information table."""
    return (form_type or "").startswith("13F-NT")


def total_problems(filing: Mapping[str, Any]) -> list[Problem]:
    """Declared totals of a row of FILINGS that differ from what was read."""
    problems = []
    declared, counted = filing["table_entry_total"], filing["line_count"]
    if declared is not None and declared != counted and not is_notice(filing["form_type"]):
        problems.append(
            Problem(RejectKind.LINE_TOTAL_DIFFERS, f"number of lines declared: {declared}, read: {counted}")
        )
    total, value = filing["table_value_total"], filing["value_total"]
    if total is not None and abs(total - value) > counted:  # each line may be rounded by up to 1
        problems.append(Problem(RejectKind.VALUE_TOTAL_DIFFERS, f"value declared: {total}, sum of lines: {value:.0f}"))
    return problems


def reject_rows(
    filing: Mapping[str, Any], severity: Severity, problems: Iterable[Problem]
) -> Iterator[dict[str, object]]:
    """Rows of REJECTS for `filing` (accession_number, and cik and period_of_report if known), one for each problem."""
    for problem in dict.fromkeys(problems):
        yield {
            "accession_number": filing["accession_number"],
            "cik": filing.get("cik"),
            "period_of_report": filing.get("period_of_report"),
            "step": Step.PARSE,
            "severity": severity,
            "kind": problem.kind,
            "reason": problem.reason,
        }
