"""Whether a filer without a firm in SEC's adviser rosters is a hedge-fund manager, by what EDGAR and its name show.

Managers abroad, those whose firm has another name, and those who are gone from the roster are not found in it. EDGAR's
industry code tells banks, insurers and operating companies; of the rest, partnerships are hedge-fund managers more
often than not, unless their name has the marks of a private-equity fund. A decision by the name is weak, and says so.
"""

from __future__ import annotations

import polars as pl

from . import decision_rules, industry_codes, name_words
from .book_shape import is_index
from .decision_rules import Rule

# A book of funds is an allocator's or a wealth manager's.
MAX_ETF_SHARE = 0.3

_words = name_words.words(pl.col("manager_name"))
_is_partnership = name_words.has_partnership_form(_words)
_is_excluded = name_words.names_other_business(_words, pl.lit("")) | name_words.names_private_equity(_words)
_is_llp = name_words.has_limited_liability_partnership_form(_words)

RULES = (
    Rule("Is it a bank or an insurer, by its industry code?", industry_codes.is_bank_or_insurer(), True, False,
         industry_codes.described()),
    Rule("Does it make or trade goods, by its industry code?", industry_codes.makes_or_trades_goods(), True, False,
         industry_codes.described()),
    Rule("Does its name name another business, or private equity?", _is_excluded, True, None, pl.lit(None, pl.String)),
    Rule("Is its book an index?", is_index(), True, None,
         pl.format("reports {} lines with the weights of an index", "line_count")),
    Rule("Are exchange-traded funds a third of its book?", pl.col("etf_share") >= MAX_ETF_SHARE, True, None,
         pl.format("exchange-traded funds are {}% of its book", (pl.col("etf_share") * 100).round(0).cast(pl.Int64))),
    Rule("Is it a partnership, and not one of London's other LLPs?",
         _is_partnership & (~_is_llp | name_words.names_capital(_words)), True, True,
         pl.lit("not found in SEC's adviser rosters; a partnership without the marks of another business (weak)")),
    Rule("Is it an offshore or Asian company named a `Capital`?",
         name_words.has_company_form(_words) & name_words.names_capital(_words)
         & pl.col("edgar_state").is_in(name_words.OFFSHORE_CENTRES), True, True,
         pl.lit("not found in SEC's adviser rosters; a company in Hong Kong, Singapore or the Cayman Islands that "
                "calls itself a `Capital` (weak)")),
)  # fmt: skip


def verdict() -> pl.Expr:
    """The verdict of the first rule that applies; null if unclassified."""
    return decision_rules.verdict(RULES)


def reason() -> pl.Expr:
    """The reason of the first rule that applies, as text; null if it has none."""
    return decision_rules.reason(RULES)
