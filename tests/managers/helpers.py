"""What tests of managers share: rows of filings and of the roster, and what the rule makes of them."""

from __future__ import annotations

from datetime import date


def filing(cik: int, **given: object) -> dict[str, object]:
    defaults = {
        "accession_number": f"{cik:010d}-25-{given.pop('number', 1):06d}",
        "cik": cik,
        "manager_name": f"MANAGER {cik}",
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


RULED = [
    ({"has_hedge_funds": False}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "hedge_fund_count": 0}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "hedge_fund_count": 3}, True, "advises hedge funds"),
    ({"has_hedge_funds": None, "has_private_funds": False}, False, "advises no hedge funds"),
    ({"has_hedge_funds": None, "has_private_funds": True}, False, "unclassified"),  # of what kind is not told
    ({"regulatory_assets_usd": 1000.0, "private_fund_assets_usd": 600.0}, True, "private funds are 60% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 400.0}, False, "private funds are 40% of its assets"),
    ({"regulatory_assets_usd": 1000.0, "pooled_assets_usd": 900.0, "private_fund_assets_usd": 400.0}, False, "40%"),
    ({"regulatory_assets_usd": 0.0}, True, "not known"),
    ({"regulatory_assets_usd": 751e9}, False, "regulatory assets of $751B"),
    ({"regulatory_assets_usd": 749e9}, True, "not known"),
    ({"regulatory_assets_usd": 11_000.0, "has_private_equity_funds": True}, False, "only 9% of its assets"),
    ({"regulatory_assets_usd": 11_000.0, "has_private_equity_funds": False}, True, "not known"),
    ({"regulatory_assets_usd": 9_000.0, "has_private_equity_funds": True}, True, "not known"),
]
