"""What Form ADV's answers are called in SEC's files, and what they become here.

The rosters of firms head a column `5D(f)(3)` or `Main Office State`; the filing data head the same answer `5D3f` or
`1F1-State`. Headings are matched in either case; a column of ours is the sum, or the union, of its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from ..tables import ADVISERS

_TEXTS = {
    "crd_number": ("Organization CRD#", "1E1"),
    "sec_file_number": ("SEC#", "1D"),
    "name": ("Primary Business Name", "1B1", "1B"),
    "legal_name": ("Legal Name", "1A"),
    "street": ("Main Office Street Address 1", "1F1-Street 1", "1F1-Street1", "1F1-Street"),
    "state": ("Main Office State", "1F1-State"),
    "country": ("Main Office Country", "1F1-Country"),
    "phone": ("Main Office Telephone Number", "1F3", "1F3-Telephone", "1F3-Phone"),
}
_FLAGS = {
    "has_performance_fees": ("5E(6)", "5E6"),
    "is_broker_dealer": ("6A(1)", "6A1"),
    "is_insurer": ("6A(6)", "6A6"),
    "is_bank": ("6A(7)", "6A7"),
    "has_private_funds": ("7B",),
    "has_hedge_funds": ("Any Hedge Funds",),
    "has_private_equity_funds": ("Any PE Funds",),
    "has_venture_funds": ("Any VC Funds",),
}


def _client_types(letters: str) -> tuple[tuple[str, ...], ...]:
    """The headings of the assets of these types of clients, item 5.D.(3)."""
    return tuple((f"5D({letter})(3)", f"5D(3)({letter})", f"5D3{letter}") for letter in letters)


def _fund_counts(*types: str) -> tuple[tuple[str, ...], ...]:
    return tuple((f"Total number of {each} funds",) for each in types)


# our column: its parts, each with its headings
_AMOUNTS = {
    "regulatory_assets_usd": (("5F(2)(c)", "5F2c"),),
    "individual_assets_usd": _client_types("ab"),
    "investment_company_assets_usd": _client_types("d"),
    "pooled_assets_usd": _client_types("f"),
    "pension_assets_usd": _client_types("g"),
    "insurance_assets_usd": _client_types("k"),
    "other_client_assets_usd": _client_types("cehijlmn"),
    "private_fund_assets_usd": (("Total Gross Assets of Private Funds",),),
    "hedge_fund_count": _fund_counts("Hedge"),
    "private_equity_fund_count": _fund_counts("PE"),
    "venture_fund_count": _fund_counts("VC"),
    "other_fund_count": _fund_counts("Real Estate", "Securitized", "Liquidity", "Other"),
}
# One column holds a firm's CIK or several; that of the additional ones is absent from many months.
_CIKS = re.compile(r"(?:additional )?ciks?(?: ?#s?| numbers?)?")

# Only registered advisers answer item 5, so a roster of exempt advisers lacks nothing without these.
REGISTERED_ONLY = frozenset(
    {"regulatory_assets_usd", "has_performance_fees", *(name for name in _AMOUNTS if "5D3" in str(_AMOUNTS[name]))}
)
# What bears on who is a hedge fund, the weightiest first.
ANSWERS = tuple(dict.fromkeys(("has_hedge_funds", "private_fund_assets_usd", "pooled_assets_usd", *_FLAGS, *_AMOUNTS)))

Headings = dict[str, list[str]]


def find_headings(columns: Iterable[str]) -> Headings:
    """Each of our columns, and what its parts are called among `columns`; a column without any part is left out."""
    columns = list(columns)
    by_heading = {_one_line(name): name for name in reversed(columns)}  # of two that are alike the first
    parts = {**{name: (headings,) for name, headings in (_TEXTS | _FLAGS).items()}, **_AMOUNTS}
    found = {"ciks": [name for name in columns if _CIKS.fullmatch(_one_line(name))]}
    for name, those in parts.items():
        known = ([by_heading.get(heading.casefold()) for heading in headings] for headings in those)
        found[name] = [first for each in known if (first := next(filter(None, each), None))]
    return {name: headings for name, headings in found.items() if headings}


def _one_line(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def first_heading(name: str) -> str:
    """What the rosters call our column, for messages: `5D(a)(3)`."""
    if name == "ciks":
        return "CIK#"
    return (_TEXTS.get(name) or _FLAGS.get(name) or _AMOUNTS[name][0])[0]


def convert(raw: pl.DataFrame, headings: Headings) -> tuple[pl.DataFrame, dict[str, int]]:
    """ADVISERS from columns of text, rows without a CRD number left out; and amounts that are no numbers, by heading.

    A sum is of the parts that are known, and null without any.
    """
    rows = raw.with_columns(pl.all().str.strip_chars().replace("", None))
    rows = rows.filter(pl.col(headings["crd_number"][0]).str.contains(r"^0*[1-9]\d{0,9}$").fill_null(False))
    amounts = [each for name in _AMOUNTS for each in headings.get(name, [])]
    numbers = rows.select(pl.col(each).str.replace_all(r"[$, ]", "").cast(pl.Float64, strict=False) for each in amounts)
    # an amount may be written as Infinity, or below zero, and is neither
    numbers = numbers.with_columns(pl.when(pl.all().is_finite() & (pl.all() >= 0)).then(pl.all()))
    lost = {each: numbers[each].null_count() - rows[each].null_count() for each in amounts}
    texts = {name: pl.col(headings[name][0]) for name in _TEXTS if name in headings}
    texts["crd_number"] = texts["crd_number"].str.strip_chars_start("0")
    if "state" in texts:
        texts["state"] = texts["state"].str.to_uppercase()
    ciks = [pl.col(each).fill_null("").str.extract_all(r"\d{1,10}") for each in headings.get("ciks", [])]
    firms = rows.select(
        **texts,
        ciks=(pl.concat_list(ciks) if ciks else pl.lit([], pl.List(pl.String())))
        .list.eval(pl.element().cast(pl.Int64))
        .list.eval(pl.element().filter(pl.element() > 0))
        .list.unique(maintain_order=True),
        **{
            name: pl.col(headings[name][0]).str.to_uppercase().replace_strict({"Y": True, "N": False}, default=None)
            for name in _FLAGS
            if name in headings
        },
    ).with_columns(
        numbers.select(_sum(headings[name]).alias(name) for name in _AMOUNTS if name in headings).get_columns()
    )
    return ADVISERS.fit(firms), {heading: count for heading, count in lost.items() if count}


def _sum(parts: list[str]) -> pl.Expr:
    known = pl.any_horizontal(pl.col(part).is_not_null() for part in parts)
    return pl.when(known).then(pl.sum_horizontal(parts))
