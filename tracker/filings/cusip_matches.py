"""Which whole CUSIP a shortened one stands for: decided by what the period's filings report, never computed.

Filers lose characters: a spreadsheet drops leading zeros, an export the check digit or a letter (14161W105 becomes
14161105). A whole CUSIP that reads so without the lost character is the same security if the filings that have it name
the same issuer and show the same price. Otherwise, or if two agree, the shortened one is counted as it was filed. All
filings of the period are looked at together: their order does not matter.

A CUSIP of nine characters with a wrong check digit, and the nine zeros that some write for want of one, are never
matched: they are kept as filed, and listed so that a person can find them.
"""

from __future__ import annotations

import polars as pl

from ..securities import cusips
from ..tables import (
    CUSIP_MATCHES,
    REJECTS,
    CusipMatchesFrame,
    JudgedFilingsFrame,
    LinesFrame,
    MatchEvidence,
    RejectKind,
    RejectsFrame,
    Severity,
    Step,
    dollars_per_unit,
)

# The columns of LINES that `match` needs.
COLUMNS = ("accession_number", "cusip", "value", "shares", "name_of_issuer")
# Reports value a security at one close; what remains is values rounded to thousands, and closes of other venues.
PRICE_TOLERANCE = 0.05
_FORMS = (
    "AG|AND|CL|CO|COM|COMPANY|CORP|CORPORATION|DEL|GROUP|GRP|HLDG|HLDGS|HOLDINGS|INC|L|LIMITED|LLC|LP|LTD|N|NEW|P|PLC|"
    "SA|SE|THE|V"
)
_SHOWN = 3


def related(filed: pl.Series) -> list[str]:
    """Of CUSIPs as filed those that cannot be right, and the whole ones that they may stand for; all of them clean.

    Lines with other CUSIPs need not be read to `match`.
    """
    pairs = _pairs(cusips.read(filed))
    return sorted({*pairs["short"], *pairs["candidate"].drop_nulls()})


def match(judged: JudgedFilingsFrame, lines: LinesFrame) -> CusipMatchesFrame:
    """CUSIP_MATCHES: one row for each filing and wrong CUSIP in `lines` (COLUMNS suffice) of one period."""
    read = cusips.read(lines["cusip"])
    pairs = _pairs(read)
    if pairs.is_empty():
        return CUSIP_MATCHES.frame()
    wanted = pl.concat([pairs["short"], pairs["candidate"].drop_nulls()]).unique().to_frame("cusip")
    filings = judged.select(
        "accession_number", "cik", "period_of_report", "is_share_value", dollars_per_unit(pl.col("unit")).alias("_unit")
    )
    held = (
        lines.select(COLUMNS)
        .rename({"cusip": "filed"})
        .join(read.select("filed", "cusip").join(wanted, on="cusip", how="semi"), on="filed", validate="m:1")
        .join(filings, on="accession_number", validate="m:1")
        .with_columns(*name_key(pl.col("name_of_issuer")))
    )
    is_priced = (pl.col("shares") > 0) & (pl.col("value") > 0) & ~pl.col("is_share_value").fill_null(False)
    price = (pl.col("value") * pl.col("_unit")).filter(is_priced).sum() / pl.col("shares").filter(is_priced).sum()
    own = (
        held.join(pairs.select(pl.col("short").unique()), left_on="cusip", right_on="short", how="semi")
        .group_by("accession_number", "filed", "cusip", "cik", "period_of_report")
        .agg(
            price.alias("price_usd"),
            pl.col("name_of_issuer", "_word", "_initial").sort_by("value", "name_of_issuer").last(),
        )
        .rename({"cusip": "short"})
    )
    candidates = held.join(
        pairs.select(pl.col("candidate").unique()), left_on="cusip", right_on="candidate", how="semi"
    )
    witnesses = (
        candidates.group_by("cusip", "cik")
        .agg(price.alias("price"), pl.col("name_of_issuer").mode().sort().first())
        .group_by("cusip")
        .agg(
            pl.col("price").drop_nans().median().alias("candidate_price_usd"),
            pl.col("name_of_issuer").mode().sort().first().alias("candidate_issuer"),
        )
        .rename({"cusip": "candidate"})
    )
    names = candidates.select(
        pl.col("cusip").alias("candidate"), "_word", pl.col("_initial").alias("_other_initial")
    ).unique()
    compared = (
        own.join(pairs, on="short", how="left", validate="m:m")
        .join(witnesses, on="candidate", how="left", validate="m:1")
        .join(
            _same_issuer(own, pairs, names), on=["accession_number", "filed", "candidate"], how="left", validate="1:1"
        )
        .with_columns(
            pl.col("_is_issuer").fill_null(False),
            (pl.col("price_usd") / pl.col("candidate_price_usd") - 1).abs().fill_nan(None).alias("_off"),
        )
    )
    return _decide(compared)


def _pairs(read: pl.DataFrame) -> pl.DataFrame:
    """Columns short, candidate: each wrong CUSIP and the whole ones that may be meant (null if there is none).

    A shortened one may stand for those that read so without a character, one of nine characters for one that differs in
    its check digit only. Options have numbers of their own and are left out.
    """
    cusip, is_option = pl.col("cusip"), pl.col("option_side") != ""
    wrong = read.filter(~pl.col("is_valid") & (~is_option | cusips.is_shortened(cusip)))
    wrong = wrong.select(cusip.unique().alias("short"))
    whole = read.filter(pl.col("is_valid") & ~is_option).select(cusip.unique().alias("candidate"))
    if wrong.is_empty():
        return pl.DataFrame(schema={"short": pl.String, "candidate": pl.String})
    is_short = cusips.is_shortened(pl.col("short"))
    forms = whole.with_columns(cusips.shorten(pl.col("candidate")).alias("short")).explode("short")
    starts = whole.with_columns(pl.col("candidate").str.head(8).alias("start"))
    mistyped = wrong.filter(~is_short & (pl.col("short").str.len_bytes() == cusips.LENGTH))
    pairs = pl.concat(
        [
            wrong.filter(is_short).join(forms, on="short", validate="1:m"),
            mistyped.with_columns(pl.col("short").str.head(8).alias("start"))
            .join(starts, on="start", validate="m:1")
            .select("short", "candidate"),
        ]
    )
    return wrong.join(pairs, on="short", how="left", validate="1:m")


def _same_issuer(own: pl.DataFrame, pairs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Columns accession_number, filed, candidate, _is_issuer (True) of candidates that some filing names alike."""
    named = own.join(pairs.drop_nulls(), on="short", validate="m:m").join(
        names, on=["candidate", "_word"], validate="m:m"
    )
    is_alike = (pl.col("_initial") == pl.col("_other_initial")).fill_null(True)
    alike = named.filter(is_alike).select("accession_number", "filed", "candidate").unique()
    return alike.with_columns(pl.lit(True).alias("_is_issuer"))


def _decide(compared: pl.DataFrame) -> CusipMatchesFrame:
    """One row per filing and wrong CUSIP from one per candidate, with columns _is_issuer and _off."""
    group = ["accession_number", "filed"]
    agrees = pl.col("_is_issuer") & (pl.col("_off") <= PRICE_TOLERANCE).fill_null(False)
    ordered = compared.with_columns(agrees.alias("_agrees")).sort(
        *group, "_agrees", "_is_issuer", "_off", "candidate", descending=[False, False, True, True, False, False],
        nulls_last=True,
    )  # fmt: skip
    agreeing = pl.col("_agrees").sum().over(group)
    evidence = (
        pl.when(~cusips.is_shortened(pl.col("short")))
        .then(pl.lit(MatchEvidence.NOT_SHORTENED))
        .when(agreeing == 1)
        .then(pl.lit(MatchEvidence.MATCHED))
        .when(agreeing > 1)
        .then(pl.lit(MatchEvidence.SEVERAL))
        .when(pl.col("candidate").is_null())
        .then(pl.lit(MatchEvidence.NOT_FILED))
        .when("_is_issuer")
        .then(pl.lit(MatchEvidence.OTHER_PRICE))
        .otherwise(pl.lit(MatchEvidence.OTHER_ISSUER))
    )
    decided = (
        ordered.with_columns(evidence.alias("evidence"), pl.col("price_usd").fill_nan(None))
        .unique(group, keep="first", maintain_order=True)
        .with_columns(pl.when(pl.col("evidence") == MatchEvidence.MATCHED).then("candidate").alias("cusip"))
    )
    decided = decided.rename({"filed": "cusip_as_filed"})
    return CUSIP_MATCHES.check(CUSIP_MATCHES.fit(decided).sort(CUSIP_MATCHES.key))


_FLAGS = {
    MatchEvidence.MATCHED: RejectKind.CUSIP_MATCHED,
    MatchEvidence.OTHER_SECURITY: RejectKind.CUSIP_OF_ANOTHER,
    MatchEvidence.CONTRADICTED: RejectKind.CUSIP_CONTRADICTED,
}
_REASONS = {
    RejectKind.CUSIP_MATCHED: "{} of other than 9 characters, counted under the number that others file: {}",
    RejectKind.CUSIP_SHORTENED: "{} of other than 9 characters, counted as filed: {}",
    RejectKind.CUSIP_OF_ANOTHER: "{} of another security, counted under the number that others file for this issuer at "
    "this price: {}",
    RejectKind.CUSIP_CONTRADICTED: "{} under which others file another issuer at another price, counted as filed: {}",
}


def flag_matches(cusip_matches: CusipMatchesFrame) -> RejectsFrame:
    """Flags of the filings with wrong CUSIPs: those that stand for another one, and those that are counted as filed."""
    is_matched = pl.col("cusip").is_not_null()
    as_text = pl.when(is_matched).then(pl.format("{} as {}", "cusip_as_filed", "cusip")).otherwise("cusip_as_filed")
    flags = (
        cusip_matches.filter(pl.col("evidence") != MatchEvidence.NOT_SHORTENED)
        .with_columns(
            pl.col("evidence").replace_strict(_FLAGS, default=RejectKind.CUSIP_SHORTENED).alias("kind"),
            as_text.alias("_text"),
        )
        .group_by("accession_number", "cik", "period_of_report", "kind")
        .agg(pl.len().alias("_count"), pl.col("_text").sort().head(_SHOWN).str.join(", ").alias("_texts"))
    )
    count = pl.when(pl.col("_count") == 1).then(pl.lit("1 CUSIP")).otherwise(pl.format("{} CUSIPs", "_count"))
    texts = pl.when(pl.col("_count") > _SHOWN).then(pl.format("{}, ...", "_texts")).otherwise("_texts")
    reason = pl.coalesce(
        pl.when(pl.col("kind") == kind).then(pl.format(text, count, texts)) for kind, text in _REASONS.items()
    )
    return REJECTS.fit(
        flags.with_columns(
            pl.lit(Step.NORMALISE).alias("step"), pl.lit(Severity.FLAGGED).alias("severity"), reason.alias("reason")
        ).sort("accession_number", "kind")
    )


def issuer_words(name: pl.Expr) -> pl.Expr:
    """An issuer's name in plain words, without legal forms: `KKR & CO L P DEL` and `KKR AND CO INC` are both KKR."""
    plain = name.fill_null("").str.to_uppercase().str.replace_all(r"[.'`]", "").str.replace_all(r"[^\p{L}\d]+", " ")
    plain = plain.str.strip_chars()
    words = plain.str.replace_all(rf"\b({_FORMS})\b", " ").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(words == "").then(plain).otherwise(words)


def name_key(name: pl.Expr) -> tuple[pl.Expr, ...]:
    """`_word` and `_initial`: the first word of an issuer's name, and the letter with which the next begins; `_words`.

    Later words are abbreviated in too many ways to be compared: FINL, FINANCIAL. `FIRST BANCORP` and `FIRST FINANCIAL
    CORP` are two issuers.
    """
    words = issuer_words(name)
    return (
        words.str.extract(r"^(\S+)").alias("_word"),
        words.str.extract(r"^\S+\s+(\S)").alias("_initial"),
        words.str.split(" ").alias("_words"),
    )
