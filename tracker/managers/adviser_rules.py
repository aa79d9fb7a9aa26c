"""Whether a firm in SEC's adviser roster is a hedge-fund firm: a table of rules, the first that applies decides.

The flag `Any Hedge Funds` alone also marks Vanguard, the banks and long-only managers. The share of private funds in
the firm's assets, its size, the shape of its book and its other funds distinguish these.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from .book_shape import is_index

# Private funds are the firm's main business from here on.
MIN_PRIVATE_FUND_SHARE = 0.5
# The largest hedge-fund firm in the roster of 2025-12 is Millennium with $571B; above are Vanguard, PIMCO, T. Rowe
# Price, BlackRock and the asset managers of banks, all with the flag.
MAX_REGULATORY_ASSETS_USD = 750e9
# Private-equity and credit firms also run some hedge funds; what they report is a remainder of companies they sold.
MIN_BOOK_SHARE = 0.1

_advises = pl.coalesce(
    "has_hedge_funds",
    pl.col("hedge_fund_count") > 0,
    pl.when(~pl.col("has_private_funds")).then(pl.lit(False)),
)
_assets = pl.when(pl.col("regulatory_assets_usd") > 0).then(pl.col("regulatory_assets_usd"))
_share = pl.coalesce("private_fund_assets_usd", "pooled_assets_usd") / _assets
_book = (pl.col("value_usd") + pl.col("options_value_usd")) / _assets


def _percent(share: pl.Expr) -> pl.Expr:
    return (share * 100).round(0).cast(pl.Int64)


def _billions(amount: pl.Expr) -> pl.Expr:
    return (amount / 1e9).round(0).cast(pl.Int64)


@dataclass(frozen=True)
class Rule:
    """A question about a firm: it applies if the `answer` is `decisive`, and then gives `verdict` for this `reason`.

    The answer is null if a figure is not known: the rule does not apply. `verdict` is whether the firm is a
    hedge-fund firm; null leaves it unclassified.
    """

    question: str
    answer: pl.Expr
    decisive: bool
    verdict: bool | None
    reason: pl.Expr

    @property
    def applies(self) -> pl.Expr:
        """Whether the rule decides; false if the answer is not known."""
        return (self.answer == self.decisive).fill_null(False)


RULES = (
    Rule("Does the roster state whether it advises hedge funds?", _advises.is_not_null(), False, None,
         pl.lit("does not state whether it advises hedge funds (that column is absent)")),
    Rule("Does it advise hedge funds?", _advises, False, False, pl.lit("advises no hedge funds")),
    Rule("Are private funds at least half of its assets?", _share >= MIN_PRIVATE_FUND_SHARE, False, False,
         pl.format("advises hedge funds, but private funds are {}% of its assets", _percent(_share))),
    Rule("Is it larger than any hedge-fund firm?", _assets > MAX_REGULATORY_ASSETS_USD, True, False,
         pl.format("advises hedge funds, but has regulatory assets of ${}B: a general asset manager",
                   _billions(_assets))),
    Rule("Is the share of private funds not known, and its book an index?", _share.is_null() & is_index(), True, False,
         pl.format("advises hedge funds, but reports {} lines with the weights of an index (top ten {}%)",
                   "line_count", _percent(pl.col("top_ten_share")))),
    Rule("Does it run private equity, and report less than a tenth of its assets on Form 13F?",
         pl.col("has_private_equity_funds") & (_book < MIN_BOOK_SHARE), True, False,
         pl.format("advises hedge funds, but private equity too, and reports only {}% of its assets on Form 13F",
                   _percent(_book))),
    Rule("Does it advise hedge funds, and are private funds at least half of its assets?",
         _advises & (_share >= MIN_PRIVATE_FUND_SHARE), True, True,
         pl.format("advises hedge funds; private funds are {}% of its assets", _percent(_share))),
    Rule("Does it advise hedge funds, and is the share of private funds not known?",
         _advises & _share.is_null(), True, True,
         pl.lit("advises hedge funds (their share of its assets is not known)")),
)  # fmt: skip


def verdict() -> pl.Expr:
    """The verdict of the first rule that applies; null if unclassified."""
    first = pl.coalesce(pl.when(rule.applies).then(pl.lit(at)) for at, rule in enumerate(RULES))
    return first.replace_strict({at: rule.verdict for at, rule in enumerate(RULES)}, return_dtype=pl.Boolean())


def reason() -> pl.Expr:
    """The reason of the first rule that applies, as text."""
    return pl.coalesce(pl.when(rule.applies).then(rule.reason) for rule in RULES)
