"""Which firm in SEC's adviser roster a filing manager is.

The link is the cover page's CRD number, else its SEC file number, else the CIK, else the legal name. The name is
weak, and labelled so: many firms give the roster no CIK and the cover page no number.
"""

from __future__ import annotations

import polars as pl

from ..tables import AdvisersFrame

# What is known of a firm besides its name.
FIRM_COLUMNS = (
    "regulatory_assets_usd",
    "individual_assets_usd",
    "investment_company_assets_usd",
    "pooled_assets_usd",
    "pension_assets_usd",
    "insurance_assets_usd",
    "other_client_assets_usd",
    "has_performance_fees",
    "is_broker_dealer",
    "is_insurer",
    "is_bank",
    "has_private_funds",
    "private_fund_assets_usd",
    "has_hedge_funds",
    "has_private_equity_funds",
    "has_venture_funds",
    "hedge_fund_count",
    "private_equity_fund_count",
    "venture_fund_count",
    "other_fund_count",
    "hedge_fund_assets_usd",
    "private_equity_fund_assets_usd",
    "venture_fund_assets_usd",
    "other_private_fund_assets_usd",
    "adv_filed_on",
)
_LEGAL_FORMS = "LLC|LP|LLP|INC|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLC|THE"


def link_firms(covers: pl.DataFrame, advisers: AdvisersFrame) -> pl.DataFrame:
    """One row per filer with a firm in the roster: cik, firm (its name), FIRM_COLUMNS, and link (how it was found).

    `covers` has one row per filer: cik, manager_name, crd_number, sec_file_number. A key of two firms links neither.
    """
    firms = advisers.rename({"name": "firm", "crd_number": "_crd", "sec_file_number": "_number"}).with_columns(
        _plain_name(pl.coalesce("legal_name", "firm")).alias("_name")
    )
    filers = covers.select(
        "cik",
        "crd_number",
        "sec_file_number",
        pl.col("cik").alias("_cik"),
        _plain_name(pl.col("manager_name")).alias("_plain"),
    )
    by_cik = firms.explode("ciks").drop_nulls("ciks").unique("ciks", keep="none")
    links = [
        ("CRD number", "crd_number", firms, "_crd"),
        ("SEC file number", "sec_file_number", firms, "_number"),
        ("CIK", "_cik", by_cik, "ciks"),
        ("legal name (weak)", "_plain", firms, "_name"),
    ]
    linked = []
    for link, filer_key, candidates, firm_key in links:
        keyed = candidates.filter(pl.col(firm_key).is_not_null() & (pl.col(firm_key).cast(pl.String) != ""))
        linked.append(
            filers.join(
                keyed.unique(firm_key, keep="none"), left_on=filer_key, right_on=firm_key, how="inner", validate="m:1"
            ).select("cik", "firm", *FIRM_COLUMNS, pl.lit(link).alias("link"))
        )
    return pl.concat(linked).unique("cik", keep="first", maintain_order=True)


def _plain_name(name: pl.Expr) -> pl.Expr:
    """`BAUPOST GROUP LLC/MA` and `THE BAUPOST GROUP, L.L.C.` are both BAUPOST GROUP."""
    words = name.str.to_uppercase().str.replace(r"\s*/\s*[A-Z]{2}\s*/?$", "").str.replace_all("&", " AND ")
    words = words.str.replace_all(r"\.", "").str.replace_all(r"[^\p{L}\d]+", " ")
    return words.str.replace_all(rf"\b({_LEGAL_FORMS})\b", "").str.replace_all(r"\s+", " ").str.strip_chars()
