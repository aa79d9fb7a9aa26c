"""A user's own rule: a Python file with one function, or SQL over the frame of candidates.

    def pick(candidates):                                    # my_rule.py; columns as in `stock_candidates`
        return candidates.filter(candidates["holders"] > 2).sort("ownership_pct", descending=True)

    holders >= 3 and typical_volume > 50000 order by ownership_pct desc
    select ticker from candidates where new > closed order by new desc

A file is run only if the user names it. SQL is read by polars and sees the one table `candidates`.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import polars as pl

from ..errors import InputError, SettingError
from .stock_candidates import CANDIDATES, CandidatesFrame
from .strategy_rules import RULES, Pick

_COLUMNS = f"its columns are {', '.join(CANDIDATES.columns)}"


def read_rule(text: str) -> Pick:
    """The rule that a text names: one of RULES, a Python file, or SQL.

    Raises SettingError for what is none of these, InputError for a file that cannot be used. A rule raises InputError
    if it fails on candidates or returns something else than tickers.
    """
    named = RULES.get(text.strip().lower())
    if named is not None:
        return named
    if text.strip().endswith(".py"):
        return _of_file(Path(text.strip()).expanduser())
    if any(character in text for character in " =<>"):
        return _of_sql(text.strip())
    raise SettingError(
        f"no such rule: {text!r}; name one of {', '.join(RULES)}, a file (my_rule.py), or a condition ('holders >= 3')"
    )


def _of_file(path: Path) -> Pick:
    try:
        pick = runpy.run_path(str(path)).get("pick")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); name a Python file with pick(candidates)"
        ) from None
    except Exception as error:  # it is the user's code: whatever it raises is told in a line
        raise InputError(f"{path} fails when it is read: {_told(error)}") from None
    if not callable(pick):
        raise InputError(f"{path} has no function pick(candidates); add one that returns the rows to buy, best first")
    return _checked(pick, str(path))


def _of_sql(text: str) -> Pick:
    is_whole = text.lower().startswith(("select ", "with "))
    query = text if is_whole else f"SELECT * FROM candidates WHERE {text}"  # noqa: S608 (over a frame in memory)

    def pick(candidates: CandidatesFrame) -> pl.DataFrame:
        with pl.SQLContext(candidates=candidates) as context:
            return context.execute(query, eager=True)

    checked = _checked(pick, repr(text))
    checked(CANDIDATES.frame())  # what cannot be read is told before anything is computed
    return checked


def _checked(pick: Callable[[CandidatesFrame], object], name: str) -> Pick:
    """`pick` whose answer becomes rows of the candidates in its order."""

    def chosen(candidates: CandidatesFrame) -> CandidatesFrame:
        try:
            answer = pick(candidates.clone())
        except Exception as error:  # as above
            raise InputError(f"the rule {name} fails: {_told(error)}; {_COLUMNS}") from None
        tickers = answer["ticker"] if isinstance(answer, pl.DataFrame) and "ticker" in answer.columns else answer
        values = tickers.to_list() if isinstance(tickers, pl.Series) else tickers
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError(f"the rule {name} returns no tickers; return rows of the candidates, or a list of tickers")
        order = pl.DataFrame({"ticker": values}, schema={"ticker": pl.String}).unique(maintain_order=True)
        unknown = order.join(candidates, on="ticker", how="anti")
        if unknown.height:
            raise InputError(
                f"the rule {name} picks {unknown['ticker'][0]!r}, which is no candidate; pick rows of its frame"
            )
        return CANDIDATES.fit(order.join(candidates, on="ticker", how="left", validate="1:1", maintain_order="left"))

    return chosen


def _told(error: Exception) -> str:
    problem = str(error).strip().partition("\n")[0].partition(";")[0]
    return f"{type(error).__name__}: {problem:.200}"
