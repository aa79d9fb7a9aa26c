"""Forms 25 and 15 out of a form index, and what they say of a ticker."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.sources.helpers import Notes, answered
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import delistings, fetch_log, form_index
from tracker.sources.http import Answer
from tracker.tables import DELISTINGS, TICKERS

INDEX = b"""Description:           Master Index of EDGAR Dissemination Feed by Form Type
Last Data Received:    2025-12-31

Form Type   Company Name                                                  CIK         Date Filed  File Name
---------------------------------------------------------------------------------------------------------------
13F-HR      ABRAMS CAPITAL MANAGEMENT, L.P.                               1358706     2025-11-07  edgar/data/1358706/0001172661-25-004648.txt
15-12B      25-NSE CLOSED 15 2025-10-09 CORP                              1000001     2025-10-10  edgar/data/1000001/0001000001-25-000003.txt
15-12G      OLD MILL BRANDS INC                                           1000045     2025-11-24  edgar/data/1000045/0001000045-25-000009.txt
15-12G/A    OLD MILL BRANDS INC                                           1000045     20251125    edgar/data/1000045/0001000045-25-000010.txt
15-15D      STILL LISTED NOTES INC                                        1000050     2025-11-25  edgar/data/1000050/0001000050-25-000001.txt
15F-12B     ABROAD PLC                                                    1000051     2025-11-25  edgar/data/1000051/0001000051-25-000001.txt
25          GONE BY CHOICE LTD                                            1000060     2025-12-01  edgar/data/1000060/0001000060-25-000007.txt
25          ITS SUBSIDIARY LLC                                            1000061     2025-12-01  edgar/data/1000061/0001000060-25-000007.txt
25-NSE      NASDAQ STOCK MARKET LLC                                       1354457     2025-11-13  edgar/data/1354457/0001354457-25-001234.txt
25-NSE      OLD MILL BRANDS INC                                           1000045     2025-11-13  edgar/data/1000045/0001354457-25-001234.txt
25-NSE/A    CAF\xc9 HOLDINGS INC                                             1000070     2025-12-03  edgar/data/1000070/0000876661-25-000555.txt
253G2       AN OFFERING INC                                               1000080     2025-12-03  edgar/data/1000080/0001000080-25-000001.txt
25-NSE      WRONG FOLDER INC                                              1000081     2025-12-03  edgar/data/1000082/0000876661-25-000556.txt
25          NO DAY INC                                                    1000083     2025-13-03  edgar/data/1000083/0000876661-25-000557.txt
25          CUT OFF
"""  # noqa: E501


def test_the_forms_are_read_by_the_ends_of_their_lines() -> None:
    parsed, unread = delistings.parse(INDEX)
    assert parsed.select("cik", "form_type", "filing_date", "accession_number").rows() == [
        (1000001, "15-12B", date(2025, 10, 10), "0001000001-25-000003"),
        (1000045, "15-12G", date(2025, 11, 24), "0001000045-25-000009"),
        (1000045, "15-12G/A", date(2025, 11, 25), "0001000045-25-000010"),
        (1000060, "25", date(2025, 12, 1), "0001000060-25-000007"),
        (1000061, "25", date(2025, 12, 1), "0001000060-25-000007"),
        (1000045, "25-NSE", date(2025, 11, 13), "0001354457-25-001234"),  # and not the exchange
        (1000070, "25-NSE/A", date(2025, 12, 3), "0000876661-25-000555"),
    ]
    assert parsed["company_name"][0] == "25-NSE CLOSED 15 2025-10-09 CORP"
    assert parsed["company_name"][6] == "CAF\xc9 HOLDINGS INC"
    assert [line.split()[1] for line in unread] == ["WRONG", "NO", "CUT"]


def test_13f_filings_are_read_as_before() -> None:
    parsed, unread = form_index.parse_index(INDEX)
    assert parsed["cik"].to_list() == [1358706] and unread == []


def test_several_indexes_are_one_table_and_unreadable_lines_are_told(tmp_path: Path) -> None:
    for name in ("2025-QTR4.idx", "2026-QTR1.idx"):
        (tmp_path / name).write_bytes(INDEX)
    notes = Notes()
    read = delistings.read(sorted(tmp_path.glob("*.idx")), notes)
    assert read.height == 7 and read["filing_date"].is_sorted()
    assert notes.told[0].startswith("2025-QTR4.idx: 3 lines of Forms 25 and 15 cannot be read: 25-NSE WRONG FOLDER")
    assert delistings.read([]).equals(DELISTINGS.frame())


def test_the_indexes_are_those_of_a_refresh(tmp_path: Path) -> None:
    class Client:
        """Gives the index, as `http.Client` does."""

        def __init__(self) -> None:
            self.urls: list[str] = []

        def ask(self, url: str, **more: Any) -> Answer:
            self.urls.append(url)
            return answered(INDEX)

    settings, client = Settings(tmp_path), Client()
    quarters = Quarter(2025, 3), Quarter(2025, 4)
    paths = delistings.fetch(client, settings, *quarters, today=date(2026, 11, 1))  # type: ignore[arg-type]
    assert paths == [form_index.index_path(settings, quarter) for quarter in quarters] == delistings.on_disk(settings)
    assert [url.rsplit("/", 3)[1:] for url in client.urls] == [
        ["2025", "QTR3", "form.idx"],
        ["2025", "QTR4", "form.idx"],
    ]
    assert all(fetch_log.fetched_at(path) for path in paths)


FILED = date(2025, 11, 13)
UNTIL = date(2025, 12, 31)
LISTED = TICKERS.frame(
    [
        {"ticker": "OMB", "cik": 1},
        {"ticker": "OMB-WT", "cik": 1},
        {"ticker": "STAY", "cik": 2},
        {"ticker": "NONE", "cik": 3},
    ]
)


def ends(forms: list[dict[str, object]], **last_closes: date) -> list[tuple[object, ...]]:
    closes = pl.DataFrame({"ticker": list(last_closes), "date": list(last_closes.values())})
    stocks = delistings.with_tickers(DELISTINGS.frame(forms), LISTED)
    result = delistings.last_listing_days(stocks, closes, UNTIL)
    return result.select("ticker", "last_listed_on", "form_type").rows()


def form(cik: int, form_type: str = "25-NSE", filed: date = FILED) -> dict[str, object]:
    return {"cik": cik, "form_type": form_type, "filing_date": filed, "accession_number": f"{cik}-{form_type}"}


def test_an_end_needs_a_form_and_closes_that_have_stopped() -> None:
    assert ends([form(1)], OMB=FILED, NONE=FILED) == [("OMB", FILED, "25-NSE")]
    assert ends([form(2)], STAY=UNTIL) == []  # quoted to the last day: a note was redeemed
    assert ends([form(2)], STAY=FILED + timedelta(11)) == []  # traded on: another class, or another exchange
    assert ends([form(2)], STAY=FILED + timedelta(10)) == [("STAY", FILED + timedelta(10), "25-NSE")]


def test_an_exchange_files_after_the_appeals_but_not_years_later() -> None:
    assert ends([form(1)], OMB=FILED - timedelta(365)) == [("OMB", FILED - timedelta(365), "25-NSE")]
    assert ends([form(1)], OMB=FILED - timedelta(366)) == []


def test_the_first_form_that_fits_supports_the_end_and_amendments_support_none() -> None:
    later = form(1, "15-12G", FILED + timedelta(12))
    assert ends([later, form(1), form(1, "25", date(2020, 1, 2))], OMB=FILED) == [("OMB", FILED, "25-NSE")]
    assert ends([form(1, "25-NSE/A")], OMB=FILED) == []


def test_only_the_ticker_that_stopped_has_ended() -> None:
    """The warrant's end is not the share's, though the form names neither."""
    assert ends([form(1)], **{"OMB": UNTIL, "OMB.WT": FILED}) == [("OMB.WT", FILED, "25-NSE")]


def test_each_ticker_of_the_company_has_the_form() -> None:
    forms = DELISTINGS.frame([form(1), form(1, "25/A"), form(9)])
    named = delistings.with_tickers(forms, LISTED)
    assert named.select("ticker", "cik", "form_type").rows() == [
        (None, 9, "25-NSE"), ("OMB", 1, "25-NSE"), ("OMB.WT", 1, "25-NSE"),
    ]  # fmt: skip
