"""Which ticker counts where the fails-to-deliver files give a CUSIP several at a time.

They did so for AGCO's CUSIP, with AGCO and AG on the same day; AG is First Majestic Silver. What speaks for and against
a ticker is counted in points:

    name       the issuer's name in the newest reports and the name of the company that has the ticker begin with the
               same word (+2), two (+3) or more (+4), or with different ones (-3)
    owner      another CUSIP has the ticker, too, and its issuer's name is more like the ticker's (-2)
    quotes     it has prices when it was last seen (+1), or only long before or after (-2)
    successor  its prices begin where those of another ticker of the CUSIP end (+2)
    neighbours it is seen on days after the others are no longer (+2)

What is unknown gives no points. The best ticker counts; of equals, one that no other CUSIP has: UAA and UA are classes
of Under Armour. If it leads by a single point or none, it is in doubt. The others are former names, if they were seen
before or their prices ended, or are set aside. Names are evidence here and never identity: they decide among tickers
that a record gives the CUSIP, and none can win that it does not have.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..tables import CONTESTED_TICKERS, SECURITIES, ContestedTickersFrame, SecuritiesFrame, Standing

_LEAD = 2  # points by which the best must lead
_WEEK = timedelta(days=7)  # prices, and settlement, may miss a few days
_MONTH = timedelta(days=30)  # shares that are no longer quoted are still owed for a while
_PAUSE = timedelta(days=10)  # between the last price under a name and the first under the next
_LONG_WORD, _LETTERS = 4, 6  # of a word that may be the beginning of another; of names written together


def find(securities: SecuritiesFrame) -> pl.DataFrame:
    """The pairs of CUSIPs that have two tickers on one day, and those of others that have one of these tickers.

    The columns of SECURITIES, and is_contested, true for the former.
    """
    seen_to = pl.col("last_seen").cum_max().shift().over("cusip", order_by="first_seen")
    several = securities.filter(pl.col("cusip").is_duplicated())
    overlapping = several.filter((pl.col("first_seen") <= seen_to).fill_null(False))
    contested = several.join(overlapping, on="cusip", how="semi")
    others = securities.join(contested, on="ticker", how="semi").join(contested, on="cusip", how="anti")
    return pl.concat([part.with_columns(is_contested=pl.lit(of)) for part, of in ((contested, True), (others, False))])


def judge(
    found: pl.DataFrame, listed: pl.DataFrame, issuers: pl.DataFrame, quoted: pl.DataFrame
) -> ContestedTickersFrame:
    """CONTESTED_TICKERS of what `find` returns.

    `listed` has ticker and name (of the company that has it), `issuers` cusip and name_of_issuer, `quoted` ticker,
    first_quoted and last_quoted, null for prices from the first loaded day or to the last; tickers without prices are
    not in it.
    """
    named = (
        found.select("cusip", "ticker", "first_seen", "last_seen", "is_listed", "is_contested")
        .join(listed.select("ticker", listed_name="name"), on="ticker", how="left", validate="m:1")
        .join(issuers, on="cusip", how="left", validate="m:1")
        .with_columns(common_words=_common_words(pl.col("name_of_issuer"), pl.col("listed_name")))
        .join(quoted.with_columns(_priced=pl.lit(True)), on="ticker", how="left", validate="m:1")
    )
    others = _of_others(named)
    contested = named.filter("is_contested").join(others, on=["cusip", "ticker"], how="left", validate="1:1")
    contested = contested.with_columns(
        pl.col("is_of_other").fill_null(False), _is_shared=pl.col("is_of_other").is_not_null()
    )
    scored = contested.with_columns(score=_score())
    ranked = scored.sort(
        *("cusip", "score", "_is_shared", "is_listed", "first_seen", pl.col("ticker").str.len_chars(), "ticker"),
        descending=[False, True, False, True, True, False, False],
    )
    ranked = ranked.with_columns(_place=pl.int_range(pl.len()).over("cusip"))
    return CONTESTED_TICKERS.check(
        CONTESTED_TICKERS.fit(ranked.with_columns(standing=_standing())).sort(CONTESTED_TICKERS.key)
    )


def decide(securities: SecuritiesFrame, contested: ContestedTickersFrame) -> SecuritiesFrame:
    """SECURITIES without the pairs that are set aside; former names end, at the latest, where the next begins.

    Prices show the days of a change of name more exactly than the files, in which a former symbol may still be seen.
    """
    chosen = contested.filter(pl.col("standing").is_in([Standing.CHOSEN, Standing.DOUBTFUL]))
    chosen = chosen.select("cusip", _chosen="ticker", _begins="first_quoted")
    judged = (
        securities.join(contested.select("cusip", "ticker", "standing", "last_quoted"), on=["cusip", "ticker"])
        .filter(pl.col("standing") != Standing.SET_ASIDE)
        .join(chosen, on="cusip", validate="m:1")
    )
    is_former = pl.col("standing") == Standing.FORMER
    # prices of a former name that end show a change to what is quoted from then on
    ended = pl.when(is_former & (pl.col("last_quoted") < pl.col("_begins"))).then("last_quoted")
    begins = pl.when(~is_former & (ended.max().over("cusip") < pl.col("_begins"))).then("_begins")
    changed = judged.with_columns(
        first_seen=pl.min_horizontal("first_seen", ended, begins), last_seen=pl.min_horizontal("last_seen", ended)
    )
    until = pl.col("first_seen").filter(~is_former).first().over("cusip") - timedelta(days=1)
    last_seen = pl.when(is_former).then(pl.min_horizontal("last_seen", until)).otherwise("last_seen")
    changed = changed.with_columns(last_seen=last_seen).with_columns(pl.min_horizontal("first_seen", "last_seen"))
    others = securities.join(contested, on=["cusip", "ticker"], how="anti")
    return SECURITIES.check(pl.concat([others, SECURITIES.fit(changed)]).sort(SECURITIES.key))


def _common_words(issuer: pl.Expr, listed: pl.Expr) -> pl.Expr:
    """With how many words both names begin, at most 3; null if one is null.

    A long word may be the beginning of the other (CORP, CORPORATION). If all words of a name are in the other, they
    have 3 in common.
    """
    one, other = (_words(name) for name in (issuer, listed))
    at = [(one.list.get(place, null_on_oob=True), other.list.get(place, null_on_oob=True)) for place in range(3)]
    first, second, third = (_is_alike(*words) for words in at)  # null if one has no more words
    together = [words.list.join("").str.head(_LETTERS) for words in (one, other)]
    is_same = (together[0] == together[1]) & (together[0].str.len_chars() == _LETTERS)
    words = (
        pl.when(first & second.fill_null(True) & (second.is_null() | third.fill_null(True)))
        .then(3)
        .when(first & second)
        .then(2)
        .when(first | is_same)
        .then(1)
        .otherwise(0)
    )
    return pl.when((one.list.len() > 0) & (other.list.len() > 0)).then(words).cast(pl.Int64)


def _words(name: pl.Expr) -> pl.Expr:
    return name.str.to_uppercase().str.strip_prefix("THE ").str.extract_all("[A-Z0-9]+")


def _is_alike(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    shorter = pl.min_horizontal(one.str.len_chars(), other.str.len_chars())
    begins = one.str.starts_with(other) | other.str.starts_with(one)
    return (one == other) | (begins & (shorter >= _LONG_WORD))


def _of_others(named: pl.DataFrame) -> pl.DataFrame:
    """The tickers that other CUSIPs have, too: columns cusip, ticker, is_of_other (whether by better right)."""
    owners = named.filter(pl.col("common_words") > 0).select(
        "ticker", _owner="cusip", _words="common_words", _seen="last_seen"
    )
    pairs = named.join(owners, on="ticker", how="inner").filter(pl.col("_owner") != pl.col("cusip"))
    pairs = pairs.filter(pl.col("_seen") >= pl.col("last_seen") - _WEEK)
    is_better = pl.col("_words") > pl.col("common_words").fill_null(0)
    return pairs.group_by("cusip", "ticker").agg(is_of_other=is_better.any())


def _score() -> pl.Expr:
    """The points of each ticker of a CUSIP: see the module."""
    name = pl.col("common_words").replace_strict({0: -3, 1: 2, 2: 3, 3: 4}, default=0, return_dtype=pl.Int64)
    is_over = (pl.col("last_quoted") < pl.col("last_seen") - _MONTH).fill_null(False)
    is_early = (pl.col("first_quoted") > pl.col("last_seen") + _WEEK).fill_null(False)
    quotes = pl.when(pl.col("_priced").is_null()).then(0).when(is_over | is_early).then(-2).otherwise(1)
    pause = pl.col("first_quoted") - pl.col("last_quoted").min().over("cusip")
    is_successor = pause.is_between(timedelta(0), _PAUSE).fill_null(False) & ~is_early
    is_last = pl.col("last_seen") == pl.col("last_seen").max().over("cusip")
    is_alone = is_last & (is_last.sum().over("cusip") == 1)
    return (
        name
        + pl.when("is_of_other").then(-2).otherwise(0)
        + quotes
        + pl.when(is_successor).then(2).otherwise(0)
        + pl.when(is_alone).then(2).otherwise(0)
    )


def _standing() -> pl.Expr:
    """What is decided on the tickers of each CUSIP, which come with the best first and its `_place` 0."""

    def of_best(name: str) -> pl.Expr:
        return pl.col(name).first().over("cusip")

    lead = of_best("score") - pl.col("score").filter(pl.col("_place") == 1).first().over("cusip")
    has_ended = (pl.col("last_quoted") < of_best("first_quoted")).fill_null(False)
    is_before = pl.col("first_seen") < of_best("first_seen")
    is_contradicted = pl.col("is_of_other") | (pl.col("common_words") == 0).fill_null(False)
    was_renamed = has_ended | (is_before & ((pl.col("last_seen") < of_best("last_seen")) | ~is_contradicted))
    return (
        pl.when((pl.col("_place") == 0) & (lead >= _LEAD))
        .then(pl.lit(Standing.CHOSEN.value))
        .when(pl.col("_place") == 0)
        .then(pl.lit(Standing.DOUBTFUL.value))
        .when(was_renamed)
        .then(pl.lit(Standing.FORMER.value))
        .otherwise(pl.lit(Standing.SET_ASIDE.value))
    )
