"""Lines under another security's CUSIP: decided by what the period's filings report, as shortened ones are.

A filer looks its stocks up by ticker, and takes the CUSIP of another exchange's: Morgan Stanley, ticker MS, stands
under the number of Milestone Scientific. The number is whole, so nothing is wrong with it alone. But the line names an
issuer that nobody else files under it, at a price that nobody else shows for it; and one other CUSIP has both. It is
counted under that. Where no other CUSIP, or more than one, has both, it is counted as it was filed, and flagged.
"""

from __future__ import annotations

import polars as pl

from ..securities import cusips
from ..tables import CUSIP_MATCHES, CusipMatchesFrame, JudgedFilingsFrame, LinesFrame, MatchEvidence, dollars_per_unit
from ..tables.text_codes import TextCodes
from .clean_lines import is_share_line
from .cusip_matches import PRICE_TOLERANCE, name_key

# The columns of LINES that `doubtful` and `find` need.
PRICED = ("accession_number", "cusip", "value", "shares", "share_type", "put_call")
COLUMNS = (*PRICED, "name_of_issuer")
_KEY = ["accession_number", "filed", "name_of_issuer"]
OTHER_PRICE = 1.2
"""by which factor a price is another one: closes of other venues and days, and values in thousands, are nearer"""
WITNESSES = 3
"""managers that have to agree on what a CUSIP is before one line is held against it"""


def doubtful(judged: JudgedFilingsFrame, lines: LinesFrame) -> pl.DataFrame:
    """Columns accession_number, cusip (clean): what is at another price than others report its CUSIP at.

    Of `lines` (PRICED suffices), all of the period.
    """
    filed, numbers = TextCodes.of(lines["cusip"]), TextCodes.of(lines["accession_number"])
    read = _whole(filed.texts).select("filed", "cusip").with_columns(_code=pl.col("cusip").rank("dense"))
    codes = filed.texts.to_frame("filed").join(read, on="filed", how="left", maintain_order="left")["_code"]
    units = numbers.texts.to_frame("accession_number").join(
        _comparable(judged), on="accession_number", how="left", maintain_order="left"
    )["_unit"]
    is_priced = is_share_line() & (pl.col("shares") > 0) & (pl.col("value") > 0)
    # whole numbers in place of texts: a quarter of all filers has millions of lines
    priced = lines.select(
        pl.when(is_priced).then(pl.col("value") / pl.col("shares")).alias("_price") * units.gather(numbers.codes),
        _code=codes.gather(filed.codes),
    )
    of_each = priced.lazy().filter(pl.col("_price").is_not_null(), pl.col("_code").is_not_null()).group_by("_code")
    usual = of_each.agg(_usual=pl.col("_price").median(), _lines=pl.len()).filter(pl.col("_lines") > WITNESSES)
    places = pl.int_range(read["cusip"].n_unique() + 1, dtype=pl.UInt32, eager=True).to_frame("_code")
    at = places.join(usual.collect(), on="_code", how="left", maintain_order="left")["_usual"]
    off = priced["_price"] / at.gather(priced["_code"])
    is_off = ((off > OTHER_PRICE) | (off < 1 / OTHER_PRICE)).fill_null(False)
    return (
        lines.select("accession_number", filed="cusip")
        .filter(is_off)
        .with_columns(pl.col("accession_number").cast(pl.String))
        .join(read.select("filed", "cusip"), on="filed", validate="m:1")
        .select("accession_number", "cusip")
        .unique()
    )


def find(judged: JudgedFilingsFrame, lines: LinesFrame) -> CusipMatchesFrame:
    """CUSIP_MATCHES of all `lines` (COLUMNS suffice) of a period; the same as the three steps that it is made of."""
    own = alone(judged, doubtful(judged, lines), lines)
    return match(judged, own, lines)


def alone(judged: JudgedFilingsFrame, doubted: pl.DataFrame, lines: LinesFrame) -> pl.DataFrame:
    """The lines that are `doubted` (see `doubtful`) and name an issuer that nobody else files under their CUSIP.

    `lines` have COLUMNS and are all of the doubted CUSIPs; more do not matter. The frame is made for `match`.
    """
    near = _named(judged, lines, doubted.select("cusip").unique())
    names = near.group_by("cusip", "_word").agg(managers=pl.col("cik").n_unique())
    usual = names.sort("managers", "_word", descending=[True, False]).unique("cusip", maintain_order=True)
    usual = usual.filter(pl.col("managers") >= WITNESSES).select("cusip", _usual="_word")
    prices = near.group_by("cusip").agg(_at=pl.col("price_usd").median())
    others = near.join(names, on=["cusip", "_word"], validate="m:1").join(usual, on="cusip", validate="m:1")
    # a name that has the usual first word anywhere is another way to write it
    others = others.filter(pl.col("managers") == 1, ~pl.col("_words").list.contains(pl.col("_usual")))
    own = others.join(doubted, on=["accession_number", "cusip"], how="semi").group_by(_KEY).agg(
        pl.col("cusip", "cik", "period_of_report", "_word", "_initial").first(),
        price_usd=pl.col("_value_usd").sum() / pl.col("shares").sum(),
    )  # fmt: skip
    off = pl.col("price_usd") / pl.col("_at")
    is_other = (off > OTHER_PRICE) | (off < 1 / OTHER_PRICE)
    return own.join(prices, on="cusip", validate="m:1").filter(is_other).drop("_at").sort(_KEY)


def words(own: pl.DataFrame) -> list[str]:
    """The words of issuers' names that lines must have to tell what `own` (see `alone`) are; in upper case."""
    return own["_word"].drop_nulls().unique().sort().to_list()


def match(judged: JudgedFilingsFrame, own: pl.DataFrame, lines: LinesFrame) -> CusipMatchesFrame:
    """CUSIP_MATCHES of `own` (see `alone`), decided from all `lines` (COLUMNS) whose names have their `words`."""
    if own.is_empty():
        return CUSIP_MATCHES.frame()
    is_alike = pl.col("_word").is_in(words(own))
    names = lines.select(pl.col("name_of_issuer").unique()).with_columns(*name_key(pl.col("name_of_issuer")))
    alike = lines.join(names.filter(is_alike).select("name_of_issuer"), on="name_of_issuer", how="semi")
    found = _named(judged, alike, cusips.read(alike["cusip"].unique()).select("cusip").unique())
    witnesses = found.group_by("cusip", "_word", "_initial").agg(
        _managers=pl.col("cik").n_unique(), candidate_issuer=pl.col("name_of_issuer").mode().sort().first()
    )
    prices = found.group_by("cusip").agg(candidate_price_usd=pl.col("price_usd").median())
    others = witnesses.join(prices, on="cusip", validate="m:1")
    pairs = own.join(others.rename({"cusip": "candidate", "_initial": "_other"}), on="_word", validate="m:m").filter(
        pl.col("candidate") != pl.col("cusip"),
        (pl.col("_initial") == pl.col("_other")).fill_null(True),
        (pl.col("price_usd") / pl.col("candidate_price_usd") - 1).abs() <= PRICE_TOLERANCE,
    )
    pairs = pairs.sort(*_KEY, "candidate", "_managers", "candidate_issuer", descending=[False] * 4 + [True, False])
    pairs = pairs.unique([*_KEY, "candidate"], maintain_order=True)
    one = pairs.filter(pl.len().over(_KEY) == 1).select(*_KEY, "candidate", "candidate_price_usd", "candidate_issuer")
    decided = own.join(one, on=_KEY, how="left", validate="1:1", maintain_order="left")
    is_found = pl.col("candidate").is_not_null()
    evidence = (
        pl.when(is_found).then(pl.lit(MatchEvidence.OTHER_SECURITY)).otherwise(pl.lit(MatchEvidence.CONTRADICTED))
    )
    decided = decided.with_columns(evidence=evidence, cusip="candidate").rename({"filed": "cusip_as_filed"})
    return CUSIP_MATCHES.check(CUSIP_MATCHES.fit(decided).sort(CUSIP_MATCHES.key))


def _priced(judged: JudgedFilingsFrame, lines: LinesFrame) -> pl.DataFrame:
    """Clean share lines with a price: accession_number, cik, filed, cusip, price_usd, ...; whole CUSIPs alone."""
    whole = _whole(lines["cusip"])
    return (
        lines.lazy()
        .filter(is_share_line(), pl.col("shares") > 0, pl.col("value") > 0)
        .rename({"cusip": "filed"})
        .join(whole.lazy().select("filed", "cusip"), on="filed", validate="m:1")
        .join(_comparable(judged).lazy(), on="accession_number", validate="m:1")
        .with_columns((pl.col("value") * pl.col("_unit")).alias("_value_usd"))
        .with_columns((pl.col("_value_usd") / pl.col("shares")).alias("price_usd"))
        .collect()
    )


def _whole(filed: pl.Series) -> pl.DataFrame:
    """Columns filed, cusip (clean) and others, of those of the CUSIPs that are whole, and of no option."""
    return cusips.read(filed.unique()).filter("is_valid", pl.col("option_side") == "")


def _comparable(judged: JudgedFilingsFrame) -> pl.DataFrame:
    """Columns accession_number, cik, period_of_report, _unit (dollars) of the filings whose shares are known."""
    filings = judged.filter(~pl.col("is_share_value").fill_null(False))
    return filings.select("accession_number", "cik", "period_of_report", _unit=dollars_per_unit(pl.col("unit")))


def _named(judged: JudgedFilingsFrame, lines: LinesFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Priced lines of the CUSIPs `wanted`, with the words of their issuers' names."""
    read = cusips.read(lines["cusip"].unique()).join(wanted, on="cusip", how="semi")
    some = lines.join(read.select(pl.col("filed").alias("cusip")), on="cusip", how="semi")
    return _priced(judged, some).with_columns(*name_key(pl.col("name_of_issuer")))
