"""What tests of managers share: rows of filings and of the roster, and what the rule makes of them."""

from __future__ import annotations

from datetime import date


def filing(cik: int, **given: object) -> dict[str, object]:
    defaults = {
        "accession_number": f"{cik:010d}-25-{given.pop('number', 1):06d}",
        "cik": cik,
        "manager_name": f"MANAGER {cik} LLC",
        "form_type": "13F-HR",
        "period_of_report": date(2025, 9, 30),
        "filing_date": date(2025, 11, 14),
        "role": "base",
        "unit": "dollars",
        "value_total": 1000.0,
        "line_count": 3,
    }
    return {**defaults, **given}


def adviser(crd: str, **given: object) -> dict[str, object]:
    defaults = {"crd_number": crd, "ciks": [], "name": f"FIRM {crd}", "has_hedge_funds": True}
    return {**defaults, **given}


def ruled(given: dict[str, object]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """A row of RULED as a filing, and the roster that it is looked up in."""
    firm = {key: value for key, value in given.items() if key not in ("filer", "value")}
    cover = {"manager_name": given.get("filer", "NINE MANAGEMENT LLC"), "value_total": given.get("value", 1000.0)}
    return [filing(9, **cover)], [adviser("1", ciks=[9], **firm)]


# What the roster states of a firm (`filer`: its name; `value`: that of its report, else $1,000), whether its manager
# counts, and words of the reason.
RULED = [
    ({"has_hedge_funds": False}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "hedge_fund_count": 0}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "hedge_fund_count": 3}, True, "advises hedge funds"),
    ({"has_hedge_funds": None, "has_private_funds": False}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "has_private_funds": True}, False, "unclassified"),  # of what kind is not told
    ({"has_hedge_funds": False, "hedge_fund_assets_usd": 5.0}, True, "they are 100% of its assets"),  # newer
    ({"is_bank": True, "hedge_fund_assets_usd": 900.0, "regulatory_assets_usd": 1000.0}, False, "is a bank"),
    ({"regulatory_assets_usd": 1000.0, "hedge_fund_assets_usd": 500.0}, True, "they are 50% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "hedge_fund_assets_usd": 499.0}, False, "they are 50% of its assets"),
    # exempt advisers state no regulatory assets, but each fund's
    ({"hedge_fund_assets_usd": 400.0, "private_equity_fund_assets_usd": 600.0}, False, "they are 40% of its assets"),
    ({"hedge_fund_assets_usd": 600.0, "venture_fund_assets_usd": 400.0}, True, "they are 60% of its assets"),
    ({"hedge_fund_assets_usd": 0.0, "venture_fund_assets_usd": 400.0}, False, "they are 0% of its assets"),
    # what its funds are worth beats a private-fund share that counts private equity, too
    ({"regulatory_assets_usd": 1000.0, "private_fund_assets_usd": 900.0, "hedge_fund_assets_usd": 100.0}, False, "10%"),
    ({"regulatory_assets_usd": 1000.0, "private_fund_assets_usd": 600.0}, True, "private funds are 60% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 400.0}, False, "private funds are 40% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 900.0, "private_fund_assets_usd": 400.0}, False, "40%"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 700.0, "investment_company_assets_usd": 300.0}, False,
     "investment companies have 30% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 700.0, "individual_assets_usd": 300.0}, False,
     "individuals have 30% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 750.0, "individual_assets_usd": 250.0}, True, "75%"),
    ({"has_performance_fees": False}, False, "charges no performance fees"),
    ({"has_performance_fees": True}, True, "not known"),
    ({"regulatory_assets_usd": 0.0}, True, "not known"),
    ({"regulatory_assets_usd": 751e9, "hedge_fund_assets_usd": 700e9}, False, "regulatory assets of $751B"),
    ({"regulatory_assets_usd": 749e9, "hedge_fund_assets_usd": 700e9}, True, "93% of its assets"),
    ({"regulatory_assets_usd": 151e9}, False, "unclassified"),
    ({"regulatory_assets_usd": 13e9, "value": 20e9}, False, "no partnership (weak)"),
    ({"regulatory_assets_usd": 11e9}, True, "not known"),
    ({"regulatory_assets_usd": 13e9, "value": 9e9}, True, "not known"),
    ({"regulatory_assets_usd": 11e9, "value": 9e9}, False, "reports 82% of $11B on Form 13F"),
    ({"regulatory_assets_usd": 11e9, "value": 9e9, "filer": "NINE CAPITAL LP"}, True, "not known"),
    ({"regulatory_assets_usd": 11e9, "value": 9e9, "name": "NINE CAPITAL, L.P."}, True, "not known"),
    ({"regulatory_assets_usd": 11e9, "value": 24e9}, True, "not known"),  # no long-only book is twice the assets
    ({"regulatory_assets_usd": 11e9, "value": 6e12}, True, "not known"),  # a value in the wrong unit is no evidence
    ({"regulatory_assets_usd": 130e9, "filer": "NINE ASSOCIATES, L.P."}, True, "not known"),
    ({"filer": "NINE INVESTMENTS INC"}, False, "neither a partnership nor a limited company"),
    ({"filer": "NINE FINANCIAL ADVISORS LLC"}, False, "name is that of another business"),
    ({"filer": "NINE FINANCIAL LP"}, True, "not known"),
    ({"filer": "NINE WEALTH LP"}, False, "name is that of another business"),
    ({"name": "NINE WEALTH MANAGEMENT"}, False, "name is that of another business"),
    ({"has_venture_funds": True}, False, "venture funds too"),
    ({"has_venture_funds": True, "filer": "NINE LP"}, True, "not known"),
    ({"has_venture_funds": True, "regulatory_assets_usd": 3000.0}, True, "not known"),  # a third is public
    ({"regulatory_assets_usd": 11_000.0, "has_private_equity_funds": True}, False, "only 9% of its assets"),
    ({"regulatory_assets_usd": 11_000.0, "has_private_equity_funds": False}, True, "not known"),
    ({"regulatory_assets_usd": 9_000.0, "has_private_equity_funds": True}, False, "private equity too"),
    ({"regulatory_assets_usd": 9_000.0, "has_private_equity_funds": True, "filer": "NINE CAPITAL LLC"}, True, "known"),
    ({"regulatory_assets_usd": 3_000.0, "has_private_equity_funds": True}, True, "not known"),
    ({"has_private_equity_funds": True, "filer": "NINE LP"}, True, "not known"),
    ({"has_private_equity_funds": True, "filer": "NINE GROWTH LP"}, False, "private equity too"),
    ({"has_private_equity_funds": True, "filer": "NINE LP", "regulatory_assets_usd": 41e9, "value": 1e10}, False,
     "private equity too"),
    # private equity beside hedge funds that are most of its assets does not matter, nor how little it reports
    ({"regulatory_assets_usd": 11_000.0, "has_private_equity_funds": True, "hedge_fund_assets_usd": 8e3}, True, "73%"),
]  # fmt: skip
