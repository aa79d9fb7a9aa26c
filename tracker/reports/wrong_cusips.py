"""CUSIPs that cannot be right as they were filed: which security they may mean, and what became of them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from ..errors import NotFoundError
from ..filings.cusip_matches import PRICE_TOLERANCE, issuer_words
from ..lookup import Security, find_security
from ..quarters import Quarter
from ..securities import cusips
from ..store import Store
from ..tables import CUSIP_MATCHES, CusipMatchesFrame, HolderCountsFrame, dollars_per_unit

_SHOWN = 10


def find(store: Store, query: str, quarter: Quarter, counts: HolderCountsFrame) -> Security:
    """The security that `query` means: as `find_security`, also by a CUSIP that is known only from the filings.

    A shortened CUSIP that was matched is the security that it stands for; any other is a security of its own, and nine
    zeros are no company's. Raises NotFoundError.
    """
    asked = cusips.read(pl.Series([query]))["cusip"][0]
    try:
        security = find_security(store, query, counts)
    except NotFoundError:
        lines = store.lines_of(quarter.end, [asked])
        if lines.is_empty():
            raise
    else:
        return replace(security, name=None) if asked == cusips.PLACEHOLDER else security
    if asked == cusips.PLACEHOLDER:
        return Security(None, None, [asked])
    matches = store.read(CUSIP_MATCHES, period_of_report=quarter.end, cusip_as_filed=lines["cusip"].unique())
    matched = matches["cusip"].drop_nulls().unique()
    if matched.len() == 1:
        return find_security(store, matched[0], counts)
    return Security(None, lines["name_of_issuer"].mode().sort()[0], [asked])


def names_issuer(security: Security, counts: HolderCountsFrame) -> pl.Expr:
    """Whether name_of_issuer names the security's issuer, by the security's name or by what most filings call it."""
    names = [security.name, *security.of(counts)["name_of_issuer"]]
    words = pl.DataFrame({"name": names}, schema={"name": pl.String}).drop_nulls().select(issuer_words(pl.col("name")))
    return issuer_words(pl.col("name_of_issuer")).is_in(words.to_series().implode())


def that_may_mean(security: Security, matches: CusipMatchesFrame, is_issuer: pl.Expr) -> CusipMatchesFrame:
    """Of CUSIP_MATCHES those that are counted as the security, and those that may mean it but are counted as filed.

    Nothing else may mean a security that is itself known by a wrong number only.
    """
    is_counted = pl.col("cusip").is_in(security.cusips)
    if not cusips.read(pl.Series(security.cusips, dtype=pl.String))["is_valid"].any():
        return matches.filter(is_counted)
    may_mean = pl.col("candidate").is_in(security.cusips) | (pl.col("cusip_as_filed") == cusips.PLACEHOLDER) | is_issuer
    return matches.filter(is_counted | (pl.col("cusip").is_null() & may_mean))


def has_its_price() -> pl.Expr:
    """Whether a row has the price of the rows that are the security's for certain, or one of the two is not known.

    Rows have value, unit, shares, share_type, put_call and is_unidentified. An issuer's name alone tells little: all
    iShares have one.
    """
    price = pl.when(pl.col("shares") > 0).then(pl.col("value") * dollars_per_unit(pl.col("unit")) / pl.col("shares"))
    is_its = ~pl.col("is_unidentified") & (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
    return ((price / price.filter(is_its).median() - 1).abs() <= PRICE_TOLERANCE).fill_null(True)


def notes_on(filings: pl.DataFrame) -> list[str]:
    """Sentences on the wrong CUSIPs in what `explain` lists: what they are counted as."""
    clean = cusips.read(filings["cusip_as_filed"].drop_nulls()).select("filed", read="cusip")
    matched = (
        filings.join(clean, left_on="cusip_as_filed", right_on="filed", validate="m:1")
        .filter(pl.col("read") != pl.col("cusip"), cusips.is_valid(pl.col("cusip")))
        .select("accession_number", "cusip_as_filed", "cusip")
        .unique()
        .sort("accession_number", "cusip_as_filed")
    )
    is_wrong = ~cusips.is_valid(pl.col("cusip")) & (cusips.option_side(pl.col("cusip")) == "")
    wrong = filings.filter(is_wrong)["cusip"].unique().sort()
    sentences = [
        f"{number} has it as {filed}, counted as {cusip}: so do others file it, with this issuer and this price."
        for number, filed, cusip in matched.rows()
    ]
    sentences += [
        "000000000 is what some file for want of a CUSIP: it may mean any security."
        if cusip == cusips.PLACEHOLDER
        else f"{cusip} is no whole CUSIP (too short, or a wrong check digit): counted as it was filed."
        for cusip in wrong
    ]
    more = len(sentences) - _SHOWN
    return sentences[:_SHOWN] + ([f"and {more} more numbers that are no whole CUSIPs"] if more > 0 else [])
