"""Whether a firm in SEC's adviser rosters is a hedge-fund firm: a table of rules, the first that applies decides.

The flag `Any Hedge Funds` alone also marks Vanguard, the banks, mutual-fund managers and wealth managers with one small
fund. Form ADV tells them apart: the gross assets of its hedge funds (Schedule D, section 7.B.(1)), the assets of each
type of client (item 5.D), and performance fees (item 5.E). Where a month's file lacks these, the size of the firm, the
shape of its book and, as the weakest evidence, its legal form and name decide; such a reason says so.
"""

from __future__ import annotations

import polars as pl

from . import decision_rules, industry_codes, name_words
from .book_shape import is_index
from .decision_rules import Rule

# Hedge funds, or private funds where no more is known, are the firm's main business from here on.
MIN_FUND_SHARE = 0.5
# A quarter for mutual funds, or for individuals' accounts, is a business of its own.
MAX_INVESTMENT_COMPANY_SHARE = MAX_INDIVIDUAL_SHARE = 0.25
# The largest hedge-fund firm in the roster of 2025-12 is Millennium with $571B; above are Vanguard, PIMCO, T. Rowe
# Price, BlackRock and the asset managers of banks, all with the flag.
MAX_REGULATORY_ASSETS_USD = 750e9
# Private-equity and credit firms also run some hedge funds; what they report is a remainder of companies they sold.
MIN_BOOK_SHARE = 0.1
# Hedge funds invest in books of companies; a book of funds is an allocator's or a wealth manager's.
MAX_ETF_SHARE = 0.5

# Where Form ADV gives neither clients nor fund assets. Of the firms with the flag, those above $150B are long-only but
# for a handful, which the hand-kept list names; of those above $12B that are not partnerships, most are.
MAX_UNKNOWN_MIX_USD, MAX_UNKNOWN_COMPANY_USD = 150e9, 12e9
# Hedge funds' regulatory assets are gross, with borrowing and shorts; a large firm that reports half of them and more
# on Form 13F owns shares and nothing else. Above all of them and more, options or a gross book do it; and a tenth in
# options is a trader's book.
LONG_ONLY_BOOK_SHARE, LONG_ONLY_FROM_USD, MIN_OPTION_SHARE = (0.75, 1.3), 10e9, 0.1
# Private-equity and venture houses report what is left of companies that they took public: a third is a public book.
PUBLIC_BOOK_SHARE = 0.3
# A value above its firm's gross assets by more is in the wrong unit.
MAX_BOOK_SHARE = 20.0
# Above, a partnership with private-equity funds is a private-equity house.
MAX_PRIVATE_EQUITY_PARTNERSHIP_USD = 40e9

_by_type = pl.sum_horizontal(
    "hedge_fund_assets_usd",
    "private_equity_fund_assets_usd",
    "venture_fund_assets_usd",
    "other_private_fund_assets_usd",
)
_stated = pl.when(pl.col("regulatory_assets_usd") > 0).then("regulatory_assets_usd")
# Exempt advisers state no regulatory assets: theirs are those of their private funds.
_assets = pl.coalesce(
    pl.when(pl.col("hedge_fund_assets_usd").is_not_null() & (_by_type > 0)).then(pl.max_horizontal(_stated, _by_type)),
    _stated,
)
_hedge_share = pl.col("hedge_fund_assets_usd") / _assets
_share = pl.coalesce("private_fund_assets_usd", "pooled_assets_usd") / _stated
_investment_companies = pl.col("investment_company_assets_usd") / _stated
_individuals = pl.col("individual_assets_usd") / _stated
_reported = pl.col("value_usd") + pl.col("options_value_usd").fill_null(0.0)
_book_share = pl.when(_reported > 0).then(_reported / _stated)
_book = pl.when(_book_share <= MAX_BOOK_SHARE).then(_book_share)

_advises = pl.coalesce(
    pl.when(pl.col("hedge_fund_assets_usd") > 0).then(pl.lit(True)),
    "has_hedge_funds",
    pl.col("hedge_fund_count") > 0,
    pl.when(~pl.col("has_private_funds")).then(pl.lit(False)),
    pl.col("hedge_fund_assets_usd") > 0,
)
_is_unknown_mix = _hedge_share.is_null() & _share.is_null()

# A filer may leave its legal form out of its name; the roster has it.
_words = name_words.words(pl.col("manager_name"))
_firm_words = name_words.words(pl.col("firm"))
_is_partnership = name_words.has_partnership_form(_words) | name_words.has_partnership_form(_firm_words)
_is_company = ~_is_partnership & (name_words.has_company_form(_words) | name_words.has_company_form(_firm_words))
_trades_options = (pl.col("option_share") >= MIN_OPTION_SHARE).fill_null(False)
_has_public_book = (_book >= PUBLIC_BOOK_SHARE).fill_null(False)
_has_small_book = (_book < LONG_ONLY_BOOK_SHARE[0]).fill_null(False)


def _percent(share: pl.Expr) -> pl.Expr:
    return (share * 100).round(0).cast(pl.Int64)


def _billions(amount: pl.Expr) -> pl.Expr:
    return (amount / 1e9).round(0).cast(pl.Int64)


def _where_mix_is_unknown(answer: pl.Expr) -> pl.Expr:
    return pl.when(_is_unknown_mix).then(answer)


RULES = (
    Rule("Does Form ADV state whether it advises hedge funds?", _advises.is_not_null(), False, None,
         pl.lit("does not state whether it advises hedge funds (that column is absent)")),
    Rule("Does it advise hedge funds?", _advises, False, False, pl.lit("advises no hedge funds")),
    Rule("Is it a bank?", pl.col("is_bank"), True, False, pl.lit("advises hedge funds, but is a bank")),
    Rule("Are hedge funds at least half of its assets?", _hedge_share >= MIN_FUND_SHARE, False, False,
         pl.format("advises hedge funds, but they are {}% of its assets", _percent(_hedge_share))),
    Rule("Are private funds at least half of its assets?", _share >= MIN_FUND_SHARE, False, False,
         pl.format("advises hedge funds, but private funds are {}% of its assets", _percent(_share))),
    Rule("Has it more than a quarter of its assets in mutual funds and the like?",
         _investment_companies > MAX_INVESTMENT_COMPANY_SHARE, True, False,
         pl.format("advises hedge funds, but investment companies have {}% of its assets",
                   _percent(_investment_companies))),
    Rule("Has it more than a quarter of its assets from individuals' accounts?", _individuals > MAX_INDIVIDUAL_SHARE,
         True, False,
         pl.format("advises hedge funds, but individuals have {}% of its assets", _percent(_individuals))),
    Rule("Does it charge performance fees?", pl.col("has_performance_fees"), False, False,
         pl.lit("advises hedge funds, but charges no performance fees")),
    Rule("Is it larger than any hedge-fund firm?", _assets > MAX_REGULATORY_ASSETS_USD, True, False,
         pl.format("advises hedge funds, but has regulatory assets of ${}B: a general asset manager",
                   _billions(_assets))),
    Rule("Is the share of private funds not known, and its book an index?", _is_unknown_mix & is_index(), True, False,
         pl.format("advises hedge funds, but reports {} lines with the weights of an index (top ten {}%)",
                   "line_count", _percent(pl.col("top_ten_share")))),
    Rule("Is the share of private funds not known, and half of its book in exchange-traded funds?",
         _where_mix_is_unknown(pl.col("etf_share") >= MAX_ETF_SHARE), True, False,
         pl.format("advises hedge funds, but exchange-traded funds are {}% of its book",
                   _percent(pl.col("etf_share")))),
    Rule("Does it run private equity, and report less than a tenth of its assets on Form 13F?",
         pl.when(_hedge_share.is_null()).then(pl.col("has_private_equity_funds") & (_book < MIN_BOOK_SHARE)),
         True, False,
         pl.format("advises hedge funds, but private equity too, and reports only {}% of its assets on Form 13F",
                   _percent(_book))),
    Rule("Does it advise hedge funds, and are they at least half of its assets?",
         _advises & (_hedge_share >= MIN_FUND_SHARE), True, True,
         pl.format("advises hedge funds; they are {}% of its assets", _percent(_hedge_share))),
    Rule("Does it advise hedge funds, and are private funds at least half of its assets?",
         _advises & (_share >= MIN_FUND_SHARE), True, True,
         pl.format("advises hedge funds; private funds are {}% of its assets", _percent(_share))),
    # From here on neither clients nor fund assets are known.
    Rule("Is it a bank or an insurer, by its industry code?", industry_codes.is_bank_or_insurer(), True, False,
         pl.format("advises hedge funds, but is {}", industry_codes.described())),
    Rule("Does its name name another business?",
         name_words.names_other_business(_words, pl.col("firm"))
         & ~(_is_partnership & ~_words.str.contains("WEALTH")), True, False,
         pl.lit("advises hedge funds, but its name is that of another business; their share of its assets is not known "
                "(weak)")),
    Rule("Has it more than $150B, and fewer than a tenth of its book in options?",
         (_assets > MAX_UNKNOWN_MIX_USD) & ~_trades_options, True, None,
         pl.format("advises hedge funds, but has regulatory assets of ${}B, of which their share is not known",
                   _billions(_assets))),
    Rule("Is it a large firm that reports most of its assets on Form 13F, and few options?",
         _book.is_between(*LONG_ONLY_BOOK_SHARE) & (_assets >= LONG_ONLY_FROM_USD) & ~_is_partnership
         & ~_trades_options, True, None,
         pl.format("advises hedge funds, but reports {}% of ${}B on Form 13F, as long-only managers do (weak)",
                   _percent(_book), _billions(_assets))),
    Rule("Is it a partnership or a limited company?", _is_partnership | _is_company, False, None,
         pl.lit("advises hedge funds, but their share of its assets is not known, and it is neither a partnership nor "
                "a limited company (weak)")),
    Rule("Is it a company with more than $12B, and is its book not that of a hedge fund?",
         _is_company & (_assets > MAX_UNKNOWN_COMPANY_USD) & ~_trades_options & ~_has_small_book, True, None,
         pl.format("advises hedge funds, but has regulatory assets of ${}B, of which their share is not known, and is "
                   "no partnership (weak)", _billions(_assets))),
    Rule("Is it a partnership that runs private equity, and large or named for it?",
         _is_partnership & pl.col("has_private_equity_funds")
         & ((_assets > MAX_PRIVATE_EQUITY_PARTNERSHIP_USD) | name_words.names_venture(_words)) & ~_has_public_book,
         True, None,
         pl.lit("advises hedge funds, but private equity too, and their share of its assets is not known")),
    Rule("Is it a company that runs venture funds, and reports less than a third of its assets?",
         _is_company & pl.col("has_venture_funds") & ~_has_public_book, True, None,
         pl.lit("advises hedge funds, but venture funds too, and their share of its assets is not known (weak)")),
    Rule("Is it a company that runs private equity, not named a `Capital`, and reports less than a third?",
         _is_company & pl.col("has_private_equity_funds") & ~name_words.names_capital(_words) & ~_has_public_book,
         True, None,
         pl.lit("advises hedge funds, but private equity too, and their share of its assets is not known (weak)")),
    Rule("Does it advise hedge funds, and is the share of private funds not known?", _advises & _is_unknown_mix,
         True, True, pl.lit("advises hedge funds (their share of its assets is not known)")),
)  # fmt: skip


def verdict() -> pl.Expr:
    """The verdict of the first rule that applies; null if unclassified."""
    return decision_rules.verdict(RULES)


def reason() -> pl.Expr:
    """The reason of the first rule that applies, as text."""
    return decision_rules.reason(RULES)
