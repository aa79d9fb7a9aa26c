"""What SEC publishes of advisers, over the network: rosters of both kinds, Form ADV filings, submissions' headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.helpers import STRANGER, World, run
from tests.sources import adv_zips
from tests.standin import Standin

pytestmark = pytest.mark.integration

MONTH = "ADV_Filing_Data_20251001_20251031.zip"
ROSTERS = "information-about-registered-investment-advisers-exempt-reporting-advisers"


def publish_advisers(world: World, *, at: str = "www.sec.gov") -> None:
    """An exempt firm that states the stranger's CIK in a filing only, with its hedge fund in a schedule."""
    site = world.folder / "www.sec.gov"
    firm = {"Organization CRD#": 777, "Primary Business Name": "QUIET STREAM", "Main Office State": "CT"}
    adv_zips.roster(site / "files/ia120125-exempt.zip", [firm])
    page = site / "data-research/sec-markets-data" / ROSTERS
    link = '<a href="/files/ia120125-exempt.zip">December</a>'
    page.write_text(page.read_text().replace("</body>", f"{link}</body>"))
    filed = {"FilingID": 1, "1E1": 777, "DateSubmitted": "10/03/2025 09:00:00 AM", "7B": "Y"}
    fund = {"FilingID": 1, "Fund Type": "Hedge Fund", "Gross Asset Value": 250_000_000}
    listing = site / "foia-services/frequently-requested-documents/form-adv-data"
    listing.parent.mkdir(parents=True)
    tables: dict[str, Any] = {
        "exempt_base": [filed],
        "exempt_funds": [fund],
        "ciks": [{"FilingID": 1, "CIK": STRANGER}],
    }
    if at == "www.sec.gov":
        adv_zips.filings(site / "files" / MONTH, **tables)
        listing.write_text(f'<a href="/files/{MONTH}">October</a>')
    else:
        reports = world.folder / at / "reports/foia"
        adv_zips.filings(reports / "advFilingData/2025" / MONTH, **tables)
        index = {"advFilingData": {"2025": {"files": [{"fileName": MONTH, "year": "2025"}]}}}
        (reports / "reports_metadata.json").write_text(json.dumps(index))
        listing.write_text('<a href="/files/adv-filing-data-20111105-20241231-part1.zip">2011 to 2024</a>')


def steps_of(home: Path, cik: int) -> dict[str, str]:
    answer = json.loads(run(home, "funds", "why", str(cik), "--format", "json").stdout)
    return {step["step"].strip(): step["says"] for step in answer["rows"]}


@pytest.mark.parametrize("at", ["www.sec.gov", "reports.adviserinfo.sec.gov"])
def test_an_exempt_hedge_fund_is_found_by_a_cik_of_its_filing(
    world: World, edgar: Standin, tmp_path: Path, at: str
) -> None:
    publish_advisers(world, at=at)
    home = tmp_path / "home"
    result = run(home, "refresh", "2025Q3", "--managers", "all")
    assert result.exit_code == 0 and "which is not available" not in result.stderr
    steps = steps_of(home, STRANGER)
    assert steps["3 adviser roster"].startswith("QUIET STREAM (CRD 777), found by CIK")
    assert (steps["is_exempt"], steps["hedge_fund_assets_usd"]) == ("yes", "250,000,000")
    assert steps["adv_filed_on"] == "2025-10-03"
    assert "regulatory_assets_usd" in steps["not known"]
    assert steps["newest book"].startswith("1 position; ten largest 100%")
    row = next(
        row
        for row in json.loads(run(home, "funds", "list", "--format", "json").stdout)["rows"]
        if row["cik"] == STRANGER
    )
    assert row["linked_by"] == "cik"
    # what is on disk is final
    edgar.requests.clear()
    run(home, "refresh", "2025Q3", "--managers", "all")
    assert edgar.asked(r"\.zip$") == []


def test_without_them_a_refresh_says_what_is_missing_and_goes_on(world: World, tmp_path: Path) -> None:
    result = run(tmp_path / "home", "refresh", "2025Q3", "--managers", "all")
    assert result.exit_code == 0
    assert "without SEC's roster of exempt advisers, which is not available" in result.stderr
    assert "without Form ADV filing data, which is not available" in result.stderr
    assert "0 missing" in result.stdout


def test_a_damaged_zip_is_told_and_left_out(world: World, tmp_path: Path) -> None:
    publish_advisers(world)
    home = tmp_path / "home"
    run(home, "refresh", "2025Q3", "--managers", "all")
    for path in (home / "filings/reference").rglob("*.zip"):
        if path.name in (MONTH, "ia120125-exempt.zip"):
            path.write_bytes(path.read_bytes()[:-30])
    result = run(home, "refresh", "2025Q3", "--managers", "all", "--offline")
    assert result.exit_code == 0
    for name in (MONTH, "ia120125-exempt.zip"):
        assert f"managers are classified without {name}" in result.stderr


def test_a_submissions_header_tells_industry_and_state(world: World, edgar: Standin, tmp_path: Path) -> None:
    filing = next(filing for filing in world.filings if filing.cik == STRANGER)
    path = world.folder / f"www.sec.gov{filing.address}"
    named = f"{STRANGER}\n".encode()
    industry = b"\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tSTATE COMMERCIAL BANKS [6022]\n"
    address = b"\n\tBUSINESS ADDRESS:\t\n\t\tSTATE:\t\t\tNJ\n</SEC-HEADER>"
    body = path.read_bytes()
    assert named in body
    path.write_bytes(body.replace(named, named + industry, 1).replace(b"</SEC-HEADER>", address))
    home = tmp_path / "home"
    run(home, "refresh", "2025Q3", "--managers", "all", "--source", "filings")
    assert steps_of(home, STRANGER)["EDGAR"] == "SIC 6022, STATE COMMERCIAL BANKS, NJ"
    assert not edgar.asked("submissions/CIK"), "no list of submissions is fetched for that"
