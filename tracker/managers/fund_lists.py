"""Lists of managers that are, or are not, hedge funds: csv files that a person edits, as FUND_LIST.

    cik,name,family,is_hedge_fund,manager_class,source,checked_on
    1029160,SOROS FUND MANAGEMENT LLC,,Y,family_office,"family office, counted by custom",2026-11-20

There are three: the hand-kept one in this package, one given to a refresh (`--funds`), and the user's own choices in
the home directory, which no refresh changes.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from importlib import resources
from pathlib import Path

import polars as pl

from ..errors import InputError
from ..files import write_atomic
from ..output import arm, csv_record, plain
from ..tables import FUND_LIST, FundListFrame, ManagerClass

CHOICES = "funds.csv"  # in the home directory
_YES, _NO = {"y", "yes", "true", "1"}, {"n", "no", "false", "0"}
# Whose filings a list asks for: a count can include the market makers, too. Null if the list does not decide.
IS_FETCHED = pl.col("is_hedge_fund") | (pl.col("manager_class") == ManagerClass.MARKET_MAKER).fill_null(False)


def hand_kept() -> FundListFrame:
    """The list in this package."""
    file = resources.files("tracker.managers").joinpath("hedge_funds.csv")
    return _read(file.read_text(encoding="utf-8"), "hedge_funds.csv")


def read_list(path: Path, *, may_abstain: bool = False) -> FundListFrame:
    """A user's list of managers, as csv with columns cik and name, optionally family, is_hedge_fund, manager_class.

    An empty `is_hedge_fund` is a yes, but a no for a market maker; with `may_abstain` it is null (the row sets only
    family or class), and the list may be empty. Raises InputError with file and line for a missing column, an invalid
    CIK or one that appears twice, or a class that is unknown or contradicts `is_hedge_fund`.
    """
    try:
        return _read(path.read_text(encoding="utf-8-sig"), str(path), may_abstain=may_abstain)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); name a csv file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def read_choices(home: Path) -> FundListFrame:
    """The user's own choices below `home`; empty if there are none. Raises InputError."""
    path = home / CHOICES
    return read_list(path, may_abstain=True) if path.exists() else FUND_LIST.frame()


def write_list(path: Path, fund_list: FundListFrame) -> None:
    """Write a list as csv, all or nothing; `read_list` with `may_abstain` returns the same.

    A spreadsheet may open it: what it would run as a formula has an apostrophe before it there, as in any CSV.
    """
    records = [csv_record(FUND_LIST.columns)]
    answers = {True: "Y", False: "N", None: ""}
    for row in FUND_LIST.check(fund_list).sort("cik").to_dicts():
        row["is_hedge_fund"] = answers[row["is_hedge_fund"]]
        records.append(csv_record(plain(value).strip() if isinstance(value, str) else value for value in row.values()))
    write_atomic(path, ("\n".join(records) + "\n").encode())


def read_class(text: str, what: str) -> ManagerClass | None:
    """The class that a text names, None if it is empty; `what` names it in the error. Raises InputError."""
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word and word not in list(ManagerClass):
        raise InputError(f"{what} is {text!r:.40}; write one of {', '.join(ManagerClass)}")
    return ManagerClass(word) if word else None


def _read(text: str, where: str, *, may_abstain: bool = False) -> FundListFrame:
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := {"cik", "name"} - set(reader.fieldnames):
        raise InputError(f"{where}: no column {', '.join(sorted(missing))}; its first line must name cik and name")
    rows: dict[int, dict[str, object]] = {}
    for row in reader:
        at = f"{where}, line {reader.line_num}"
        cells = {key: arm((value or "").strip()) for key, value in row.items() if isinstance(key, str)}
        if not any(cells.values()):
            continue
        cik = cells["cik"]
        if not (cik.isascii() and cik.isdigit() and len(cik) <= 10 and int(cik)):
            raise InputError(f"{at}: {cik!r} is not a CIK; write up to 10 digits, as 1037389")
        if int(cik) in rows:
            raise InputError(f"{at}: CIK {int(cik)} appears twice")
        answer = cells.get("is_hedge_fund", "").lower()
        if answer and answer not in _YES | _NO:
            raise InputError(f"{at}: is_hedge_fund is {answer!r}; write Y or N")
        is_silent = not answer and may_abstain and "is_hedge_fund" in reader.fieldnames
        manager_class = read_class(cells.get("manager_class", ""), f"{at}: manager_class")
        is_market_maker = not answer and manager_class == ManagerClass.MARKET_MAKER
        is_hedge_fund = None if is_silent else not (answer in _NO or is_market_maker)
        if manager_class == ManagerClass.HEDGE_FUND and is_hedge_fund is False:
            raise InputError(f"{at}: manager_class is hedge_fund, but is_hedge_fund is {answer!r}; change one of them")
        try:
            checked = date.fromisoformat(cells["checked_on"]) if cells.get("checked_on") else None
        except ValueError:
            raise InputError(f"{at}: checked_on is {cells['checked_on']!r}; write it as 2025-12-31") from None
        rows[int(cik)] = {
            "cik": int(cik),
            "name": cells["name"] or None,
            "family": cells.get("family") or None,
            "is_hedge_fund": is_hedge_fund,
            "manager_class": manager_class,
            "source": cells.get("source") or None,
            "checked_on": checked,
        }
    if not rows and not may_abstain:
        raise InputError(f"{where}: names no manager")
    return FUND_LIST.check(FUND_LIST.frame(rows.values()))
