"""SEC's Form ADV filing data: the assets of each firm's hedge funds, by its newest filing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.sources import adv_zips
from tests.sources.helpers import Notes, answered
from tracker import bounds
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources import adv_filing_data, adv_filing_file, advisers, fetch_log
from tracker.sources.http import Answer
from tracker.tables import ADVISERS

JUNE = "ADV_Filing_Data_20260601_20260630.zip"
OLD = "adv-filing-data-20111105-20241231-part{}.zip"


def base(number: int, crd: str, day: str = "06/24/2026 10:37:17 AM", **given: object) -> dict[str, object]:
    return {"FilingID": number, "1E1": crd, "1A": f"FIRM {crd}", "DateSubmitted": day, "7B": "Y", **given}


def fund(number: int, kind: str, value: object, **given: object) -> dict[str, object]:
    return {"FilingID": number, "Fund Type": kind, "Gross Asset Value": value, **given}


def read(*paths: Path) -> dict[str, dict[str, object]]:
    return {row["crd_number"]: row for row in adv_filing_data.read(paths).to_dicts()}


def assets(row: dict[str, object]) -> list[object]:
    return [row[name] for name in adv_filing_file.ASSETS]


def test_the_assets_are_those_of_each_type_of_fund(tmp_path: Path) -> None:
    path = adv_zips.filings(
        tmp_path / JUNE,
        base=[base(1, "0007"), base(2, "8"), base(3, "9", **{"7B": "N"})],
        exempt_base=[base(4, "10")],
        funds=[
            fund(1, "Hedge Fund", 100),
            fund(1, "hedge fund", "$ 1,000"),
            fund(1, "Private Equity Fund", 30),
            fund(1, "Real Estate Fund", 4),
            fund(1, "Other Private Fund", 5),
        ],
        exempt_funds=[fund(4, "Venture Capital Fund", 7.5)],
    )
    firms = read(path)
    assert assets(firms["7"]) == [1100.0, 30.0, 0.0, 9.0]
    assert assets(firms["8"]) == [None] * 4  # advises private funds, but others list them
    assert assets(firms["9"]) == [0.0] * 4  # states that it advises none
    assert assets(firms["10"]) == [0.0, 0.0, 7.5, 0.0]
    assert [firms[crd]["is_exempt"] for crd in ("7", "10")] == [False, True]
    assert (firms["7"]["hedge_fund_count"], firms["7"]["has_hedge_funds"]) == (2, True)
    assert (firms["8"]["hedge_fund_count"], firms["8"]["has_hedge_funds"]) == (None, None)
    assert firms["10"]["has_hedge_funds"] is False


def test_a_feeder_beside_its_master_is_not_added_again(tmp_path: Path) -> None:
    feeder = {"Feeder Fund": "Y", "Master Fund ID": "805-1"}
    path = adv_zips.filings(
        tmp_path / JUNE,
        base=[base(1, "7"), base(2, "8")],
        funds=[
            fund(1, "Hedge Fund", 1000, **{"Fund ID": "805-1", "Master Fund": "Y"}),
            fund(1, "Hedge Fund", 600, **{"Fund ID": "805-2", **feeder}),
            fund(1, "Hedge Fund", 1000, **{"Fund ID": "805-1", "Master Fund": "Y"}),  # listed twice
            # its master is another firm's, so that these are all of its assets
            fund(2, "Hedge Fund", 400, **{"Fund ID": "805-3", **feeder}),
        ],
    )
    firms = read(path)
    assert (firms["7"]["hedge_fund_assets_usd"], firms["7"]["hedge_fund_count"]) == (1000.0, 2)
    assert firms["8"]["hedge_fund_assets_usd"] == 400.0


@pytest.mark.parametrize("value", ["", "n/a", "-5", "inf", "NaN"])
def test_a_fund_without_a_value_leaves_its_types_assets_unknown(tmp_path: Path, value: str) -> None:
    path = adv_zips.filings(
        tmp_path / JUNE,
        base=[base(1, "7")],
        funds=[fund(1, "Hedge Fund", 100), fund(1, "Hedge Fund", value), fund(1, "Venture Capital Fund", 3)],
    )
    assert assets(read(path)["7"]) == [None, 0.0, 3.0, 0.0]


def test_the_newest_filing_says_all_whatever_the_order_of_files_and_numbers(tmp_path: Path) -> None:
    june = adv_zips.filings(
        tmp_path / JUNE,
        base=[
            base(50, "7", "06/30/2026 01:00:00 PM", **{"5F2c": 3}),
            base(60, "7", "06/30/2026 11:00:00 AM", **{"5F2c": 2}),
            base(51, "8", "06/02/2026"),
        ],
        funds=[fund(60, "Hedge Fund", 2), fund(51, "Hedge Fund", 9)],
    )
    may = adv_zips.filings(
        tmp_path / "ADV_Filing_Data_20260501_20260531.zip",
        base=[base(70, "7", "05/31/2026 11:00:00 PM", **{"5F2c": 1})],
        funds=[fund(70, "Hedge Fund", 1)],
    )
    for firms in (read(june, may), read(may, june)):
        # the newest filing lists no fund: an older one's are not taken for it
        assert (firms["7"]["regulatory_assets_usd"], firms["7"]["hedge_fund_assets_usd"]) == (3.0, None)
        assert firms["7"]["adv_filed_on"] == date(2026, 6, 30)
        assert (firms["8"]["adv_filed_on"], firms["8"]["hedge_fund_assets_usd"]) == (date(2026, 6, 2), 9.0)


def test_base_and_schedule_may_be_in_two_zips(tmp_path: Path) -> None:
    one = adv_zips.filings(
        tmp_path / OLD.format(1),
        base=[base(1, "7", "03/30/2023 10:00:00 AM"), base(2, "7", "03/30/2024 10:00:00 AM")],
        ciks=[{"FilingID": 2, "CIK": "0001000001"}, {"FilingID": 2, "CIK": 44}, {"FilingID": 1, "CIK": 9}],
    )
    two = adv_zips.filings(tmp_path / OLD.format(2), funds=[fund(1, "Hedge Fund", 1), fund(2, "Hedge Fund", 2)])
    firm = read(one, two)["7"]
    assert (firm["hedge_fund_assets_usd"], firm["ciks"]) == (2.0, [44, 1_000_001])
    assert read(one)["7"]["hedge_fund_assets_usd"] is None
    assert read(two) == {}


def test_what_a_roster_states_is_kept_and_completed(tmp_path: Path) -> None:
    months = adv_zips.roster(
        tmp_path / "ia060126.zip",
        [
            {
                "Organization CRD#": 7,
                "Primary Business Name": "SEVEN",
                "CIK#": 1,
                "5F(2)(c)": 500,
                "Any Hedge Funds": "N",
            }
        ],
    )
    path = adv_zips.filings(
        tmp_path / JUNE,
        base=[base(1, "7", **{"5F2c": 400, "5D3a": 30, "5D3b": 4, "5E6": "Y", "1F1-State": "NY"}), base(2, "8")],
        exempt_base=[base(3, "9")],
        funds=[fund(1, "Hedge Fund", 100)],
        ciks=[{"FilingID": 1, "CIK": 2}, {"FilingID": 1, "CIK": 1}],
    )
    completed = adv_filing_data.complete(advisers.read(months), adv_filing_data.read([path]))
    firms = {row["crd_number"]: row for row in ADVISERS.check(completed).to_dicts()}
    # 8 is in no roster of registered advisers any more; of exempt ones there is no roster
    assert set(firms) == {"7", "9"}
    assert (firms["9"]["name"], firms["9"]["is_exempt"]) == ("FIRM 9", True)
    seven = firms["7"]
    assert (seven["name"], seven["regulatory_assets_usd"], seven["has_hedge_funds"]) == ("SEVEN", 500.0, False)
    assert (seven["individual_assets_usd"], seven["has_performance_fees"], seven["state"]) == (34.0, True, "NY")
    assert (seven["ciks"], seven["hedge_fund_assets_usd"]) == ([1, 2], 100.0)


def test_completing_with_nothing_changes_nothing(tmp_path: Path) -> None:
    firms = advisers.read(
        adv_zips.roster(tmp_path / "ia060126.zip", [{"Organization CRD#": 7, "Primary Business Name": "SEVEN"}])
    )
    assert adv_filing_data.complete(firms, adv_filing_data.read([])).equals(firms)
    assert adv_filing_data.complete(ADVISERS.frame(), adv_filing_data.read([])).equals(ADVISERS.frame())


def test_a_zip_is_parsed_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = adv_zips.filings(tmp_path / JUNE, base=[base(1, "7")], funds=[fund(1, "Hedge Fund", 1)])
    first = adv_filing_file.load(path)
    monkeypatch.setattr(adv_filing_file, "parse", lambda path: pytest.fail("parsed again"))
    assert adv_filing_file.load(path).equals(first)
    monkeypatch.undo()
    adv_zips.filings(path, base=[base(1, "7")], funds=[fund(1, "Hedge Fund", 2)])
    assert read(path)["7"]["hedge_fund_assets_usd"] == 2.0
    path.with_name(f"{path.name}.parquet").write_bytes(b"PAR1 not")
    assert read(path)["7"]["hedge_fund_assets_usd"] == 2.0
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f"{path.name}.parquet"}


def test_a_broken_zip_costs_nothing_but_itself(tmp_path: Path) -> None:
    sound = adv_zips.filings(tmp_path / JUNE, base=[base(1, "7"), base(2, ""), {"FilingID": "", "1E1": 5}])
    broken = tmp_path / OLD.format(1)
    broken.write_bytes(sound.read_bytes()[:-60])
    strange = adv_zips.pack(tmp_path / OLD.format(2), {"IA_ADV_Base_A_20260601_20260630.csv": "a,b\r\n1,2\r\n"})
    empty = adv_zips.pack(tmp_path / "adv-filing-data-20001019-20111104.zip", {"x.csv": "a\r\n"})
    notes = Notes()
    assert adv_filing_data.read([sound, broken, strange, empty], notes)["crd_number"].to_list() == ["7"]
    assert len(notes.told) == 3
    assert all("managers are classified without" in told for told in notes.told)
    for path in (broken, strange, empty):
        with pytest.raises(SourceError, match=path.name):
            adv_filing_file.load(path)


def test_a_member_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ADV_TABLE", bounds.Bound(1000))
    path = adv_zips.filings(tmp_path / JUNE, base=[base(number, "7") for number in range(100)])
    with pytest.raises(SourceError, match="larger than 1,000 bytes"):
        adv_filing_file.load(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


class _Site:
    """Answers from a mapping of addresses, and keeps what it was asked for."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def ask(self, url: str, **_: object) -> Answer:
        self.asked.append(url)
        if url not in self.pages:
            raise SourceError(f"{url}: not published (yet)")
        return answered(self.pages[url])

    def each(self, work: object, items: list[object], threads: int) -> list[object]:
        return [work(item) for item in items]  # type: ignore[operator]


def page(*names: str) -> bytes:
    return "".join(f'<a href="/files/{name}">{name}</a>' for name in names).encode()


def months(count: int) -> list[str]:
    firsts = pl.date_range(date(2025, 1, 1), date(2026, 12, 1), "1mo", eager=True)[:count]
    return [f"ADV_Filing_Data_{day:%Y%m%d}_{day.replace(day=28):%Y%m%d}.zip" for day in firsts]


def test_the_newest_thirteen_months_are_fetched_and_no_history(tmp_path: Path) -> None:
    settings, names = Settings(tmp_path), months(15)
    site = _Site(
        {
            adv_filing_data.URL: page(OLD.format(1), *reversed(names)),
            **{f"https://www.sec.gov/files/{name}": b"zip" for name in names},
        }
    )
    paths = adv_filing_data.fetch(site, settings)  # type: ignore[arg-type]
    assert [path.name for path in paths] == names[2:]
    assert adv_filing_data.on_disk(settings) == paths
    site.asked.clear()
    adv_filing_data.fetch(site, settings)  # type: ignore[arg-type]
    assert site.asked == []


def test_months_that_the_page_does_not_link_to_are_looked_up(tmp_path: Path) -> None:
    settings, names = Settings(tmp_path), [*months(2), "../../x.zip", None]
    listing = {"advFilingData": {"2025": {"files": [{"fileName": name} for name in names]}, "order": 1}}
    listed = f"{adv_filing_data.REPORTS}/reports_metadata.json"
    zips = {f"{adv_filing_data.REPORTS}/advFilingData/2025/{name}": b"zip" for name in months(2)}
    site = _Site({adv_filing_data.URL: page(OLD.format(1)), listed: json.dumps(listing).encode(), **zips})
    assert [path.name for path in adv_filing_data.fetch(site, settings)] == months(2)  # type: ignore[arg-type]
    site.pages[listed] = b'{"advFilingData": []}'
    for path in (tmp_path / "filings/reference/adv-filing-data").glob("reports_metadata*"):
        path.unlink()
    with pytest.raises(SourceError, match="another form than expected"):
        adv_filing_data.fetch(site, settings)  # type: ignore[arg-type]
    assert fetch_log.fetched_at(tmp_path / "filings/reference/adv-filing-data/reports_metadata.json") is None
