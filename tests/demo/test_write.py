"""The fictional market is what it promises: the same bytes each time, in SEC's forms, with its special cases.

Counts here were taken by hand from the two tables in `tracker/demo`; nothing else of the package is used.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from tracker.demo import fictional_market
from tracker.demo.submission_text import FILER_NAMESPACE, TABLE_NAMESPACE, check_digit
from tracker.demo.write import Sample, write

TABLE, COVER = f"{{{TABLE_NAMESPACE}}}", f"{{{FILER_NAMESPACE}}}"
Q2, Q3 = "000001", "000002"
AMENDED = "000003"
UNREADABLE = "9000000022-25-000002"
MARKUP_IN_NAMES = ("9000000018-25-000001", "9000000018-25-000002")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return write(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def submissions(made: Sample) -> dict[str, bytes]:
    """Accession number to bytes."""
    paths = made.home.glob("filings/sec-edgar-filings/*/*/*/full-submission.txt")
    return {path.parent.name: path.read_bytes() for path in paths}


def blocks(body: bytes) -> list[etree._Element]:
    return [etree.fromstring(block) for block in re.findall(rb"<XML>\n(.*?)\n</XML>", body, re.S)]


def lines(body: bytes) -> list[dict[str, str]]:
    """Each table line as leaf name to text."""
    return [
        {str(leaf.tag).removeprefix(TABLE): leaf.text or "" for leaf in line.iter() if not len(leaf)}
        for line in blocks(body)[1].iter(f"{TABLE}infoTable")
    ]


def filing(submissions: dict[str, bytes], fund: int, number: str) -> bytes:
    return submissions[f"{9_000_000_000 + fund}-25-{number}"]


def of_issuer(rows: list[dict[str, str]], name: str) -> list[dict[str, str]]:
    return [row for row in rows if row["nameOfIssuer"].startswith(name)]


def member(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode("latin-1")


def prices(made: Sample, symbol: str) -> dict[str, dict[str, str]]:
    with made.prices.open(encoding="utf-8", newline="") as file:
        return {row["date"]: row for row in csv.DictReader(file) if row["symbol"] == symbol}


def test_two_homes_are_byte_for_byte_the_same(made: Sample, tmp_path: Path) -> None:
    write(tmp_path)
    first, second = (
        {path.relative_to(home): path.read_bytes() for path in home.rglob("*") if path.is_file()}
        for home in (made.home, tmp_path)
    )
    assert first == second


def test_writing_twice_into_one_home_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write(tmp_path)
    assert first == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_parameters(made: Sample) -> None:
    assert [str(quarter) for quarter in made.quarters] == ["2025Q2", "2025Q3"]
    assert (made.base, made.end, made.cap_on) == (date(2025, 1, 3), date(2025, 12, 31), date(2026, 1, 5))
    assert made.prices.is_file() and made.funds.is_file() and made.overrides.is_file()


def test_size_of_the_market() -> None:
    funds, securities = fictional_market.read_funds(), fictional_market.read_securities()
    assert (len(funds), sum(fund.is_hedge_fund for fund in funds)) == (30, 23)
    common = [security for security in securities if security.ticker not in fictional_market.NOT_COMMON]
    small = [security for security in common if security.end_close * security.shares < 1e9]
    assert (len(securities), len(common), len(small)) == (76, 72, 60)
    assert {key for security in securities for key in "".join(security.held)} == {fund.key for fund in funds}


def test_every_number_is_fictional_and_in_form(submissions: dict[str, bytes]) -> None:
    cusips = {security.cusip for security in fictional_market.read_securities()}
    assert len(cusips) == 76
    for body in submissions.values():
        if len(blocks(body)) > 1:
            cusips |= {row["cusip"] for row in lines(body)}
    for cusip in cusips:
        assert re.fullmatch("[0-9A-Za-z]{9}", cusip) and check_digit(cusip[:8]) == cusip[8]
        assert cusip[:2] == "99" or cusip[1:3] == "99"
    assert {body.split(b"CENTRAL INDEX KEY:\t\t\t")[1][:8] for body in submissions.values()} == {b"90000000"}


def test_submissions_lie_where_the_downloader_puts_them(made: Sample, submissions: dict[str, bytes]) -> None:
    assert len(submissions) == 62  # 30 funds, two quarters, two amendments
    for path in made.home.glob("filings/sec-edgar-filings/*/*/*/full-submission.txt"):
        cik, form, accession_number = path.parts[-4:-1]
        body = path.read_text(encoding="utf-8")
        assert f"ACCESSION NUMBER:\t\t{accession_number}\n" in body and f"CENTRAL INDEX KEY:\t\t\t{cik}\n" in body
        assert re.search(rf"SUBMISSION TYPE:\t{form}(/A)?\n", body)
        assert body.endswith("</SEC-DOCUMENT>\n")


def test_xml_is_valid_by_secs_schemas(shared: Path, submissions: dict[str, bytes]) -> None:
    schemas = [
        etree.XMLSchema(etree.parse(shared / "schemas" / "xsd" / f"{name}.xsd"))
        for name in ("eis_13F_Filer", "eis_13FDocument")
    ]
    invalid = []
    for accession_number, body in submissions.items():
        for root, schema in zip(blocks(body), schemas, strict=False):
            if not schema.validate(root):
                invalid.append(accession_number)
    assert sorted(invalid) == sorted([UNREADABLE, *MARKUP_IN_NAMES])


def test_declared_totals_are_those_of_the_table(submissions: dict[str, bytes]) -> None:
    for body in submissions.values():
        cover, *tables = blocks(body)
        if tables:
            rows = lines(body)
            assert cover.findtext(f".//{COVER}tableEntryTotal") == str(len(rows))
            assert cover.findtext(f".//{COVER}tableValueTotal") == str(sum(int(row["value"]) for row in rows))


def test_form_indexes_name_every_submission(made: Sample, submissions: dict[str, bytes]) -> None:
    named: list[str] = []
    for quarter, count in (("2025-QTR3", 30), ("2025-QTR4", 32)):
        text = (made.home / "filings" / "form-index" / f"{quarter}.idx").read_text(encoding="utf-8")
        rows = re.findall(r"^13F-\S+ .{50,}  (\d{10})  (\d{4}-\d\d-\d\d)  edgar/data/\1/(\S+)\.txt$", text, re.M)
        assert len(rows) == count
        named += [row[2] for row in rows]
        months = {"2025-QTR3": {7, 8, 9}, "2025-QTR4": {10, 11, 12}}[quarter]
        assert {date.fromisoformat(row[1]).month for row in rows} <= months
        assert all(date.fromisoformat(row[1]).weekday() < 5 for row in rows)
    assert sorted(named) == sorted(submissions)


def test_namespace_prefixes(submissions: dict[str, bytes]) -> None:
    styles = {re.search(rb"<(\w+:)?informationTable", body) for body in submissions.values()}
    assert {style[1] for style in styles if style} == {None, b"ns1:", b"n1:"}


def test_restatement_takes_back_a_doubled_portfolio(submissions: dict[str, bytes]) -> None:
    wrong, right = (lines(filing(submissions, 8, number)) for number in (Q3, AMENDED))
    assert b"<amendmentType>RESTATEMENT<" in filing(submissions, 8, AMENDED)
    assert of_issuer(wrong, "GLIMMERSTONE") and not of_issuer(right, "GLIMMERSTONE")
    doubled = {row["cusip"]: int(row["sshPrnamt"]) for row in wrong}
    assert all(doubled[row["cusip"]] == 2 * int(row["sshPrnamt"]) for row in right)


def test_new_holdings_add_two_securities(submissions: dict[str, bytes]) -> None:
    base, added = (lines(filing(submissions, 9, number)) for number in (Q3, AMENDED))
    assert b"<amendmentType>NEW HOLDINGS<" in filing(submissions, 9, AMENDED)
    assert [row["nameOfIssuer"] for row in added] == ["MERROWDALE BIOSCIENCES INC", "HARL & PIKE INSTRUMENTS INC"]
    assert not {row["cusip"] for row in base} & {row["cusip"] for row in added}


def test_options_and_bonds(submissions: dict[str, bytes]) -> None:
    arbitrage = lines(filing(submissions, 14, Q3))
    assert [row["putCall"] for row in arbitrage if "putCall" in row] == ["Put", "Call"]
    (bond,) = (row for row in arbitrage if row["sshPrnamtType"] == "PRN")
    assert (bond["cusip"][6:8], bond["sshPrnamt"], bond["value"]) == ("AA", "2000000", "1940000")
    (call,) = of_issuer(lines(filing(submissions, 10, Q3)), "FARROWTECH")
    assert call["putCall"] == "Call"


def test_one_filer_writes_thousands(submissions: dict[str, bytes]) -> None:
    def price(number: str) -> float:
        (row,) = of_issuer(lines(filing(submissions, 11, number)), "MERROWDALE")
        return int(row["value"]) / int(row["sshPrnamt"])

    assert price(Q2) > 1000 * price(Q3) * 0.5 and price(Q3) < 0.01


def test_one_filer_spreads_each_holding_over_lines(submissions: dict[str, bytes]) -> None:
    rows = of_issuer(lines(filing(submissions, 12, Q3)), "COBBLEWICK")
    assert [row.get("otherManager") for row in rows] == ["1", "2", None]
    assert rows[0]["sshPrnamt"] == rows[1]["sshPrnamt"]


def test_odd_filers(submissions: dict[str, bytes]) -> None:
    assert all(row["cusip"] == row["cusip"].lower() for row in lines(filing(submissions, 13, Q3)))
    (zero,) = lines(filing(submissions, 19, Q3))
    assert (zero["sshPrnamt"], zero["value"]) == ("0", "0")
    assert "see note 3" in {row["sshPrnamt"] for row in lines(submissions[UNREADABLE])}
    assert of_issuer(lines(filing(submissions, 18, Q3)), "Thrum <Optics> Corp")
    assert of_issuer(lines(filing(submissions, 16, Q3)), "THRUM OPTICS CORP")
    assert b"HARL &amp; PIKE" in filing(submissions, 1, Q3)


def test_notice_and_the_manager_that_reports_for_it(submissions: dict[str, bytes]) -> None:
    notice, reporter = filing(submissions, 21, Q3), filing(submissions, 1, Q3)
    assert len(blocks(notice)) == 1 and b"<reportType>13F NOTICE<" in notice
    assert b"<otherManagersInfo><otherManager><cik>9000000001<" in notice
    assert b"<sequenceNumber>1</sequenceNumber><otherManager><cik>9000000021<" in reporter


def test_reverse_split_brings_another_cusip(submissions: dict[str, bytes], made: Sample) -> None:
    (before,), (after,) = (of_issuer(lines(filing(submissions, 16, number)), "DROSSEL") for number in (Q2, Q3))
    assert (before["cusip"], after["cusip"]) == ("9912N4103", "9912N4202")
    closes = prices(made, "DRSL")
    last, first = closes["2025-08-15"], closes["2025-08-18"]
    assert float(first["close"]) / float(last["close"]) == pytest.approx(10, rel=0.02)
    assert abs(float(first["pct_change"])) < 2
    # +300% to one who compares closes, -60% in truth
    assert (closes["2025-01-03"]["close"], closes["2025-12-31"]["close"]) == ("0.9", "3.6")


def test_forward_split_hides_a_gain(made: Sample) -> None:
    closes = prices(made, "NFLO")
    assert float(closes["2025-10-20"]["close"]) / float(closes["2025-10-17"]["close"]) == pytest.approx(0.5, rel=0.02)
    assert (closes["2025-01-03"]["close"], closes["2025-12-31"]["close"]) == ("6.4", "8.0")


def test_closes_meet_the_table_and_no_day_jumps_but_by_a_split(made: Sample) -> None:
    with made.prices.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 19_042 and tuple(rows[0]) == fictional_market.PRICE_COLUMNS
    assert all(abs(float(row["pct_change"])) < 5 for row in rows)
    ends = {row["symbol"]: float(row["close"]) for row in rows if row["date"] == "2025-12-31"}
    assert ends == {s.ticker: s.end_close for s in fictional_market.read_securities() if s.ticker != "CRVN"}
    without_cap = {row["symbol"] for row in rows if not row["market_cap"]}
    assert without_cap == fictional_market.NOT_COMMON


def test_listed_late_and_delisted_early(made: Sample) -> None:
    assert min(prices(made, "LKSN")) == "2025-06-16"
    assert max(prices(made, "CRVN")) == "2025-09-19"


def test_fails_to_deliver_files(made: Sample) -> None:
    files = sorted((made.home / "filings" / "reference" / "fails-to-deliver").glob("*.zip"))
    texts = {path.stem: member(path) for path in files}
    assert len(texts) == 5
    pairs: dict[str, set[str]] = {}
    for text in texts.values():
        head, *rows, count, total, end = text.split("\r\n")
        assert head == "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE" and not end
        assert count == f"Trailer record count {len(rows)}"
        assert total.endswith(f" {sum(int(row.split('|')[3]) for row in rows)}")
        for row in rows:
            pairs.setdefault(row.split("|")[1], set()).add(row.split("|")[2])
    assert all(check_digit(cusip[:8]) == cusip[8] for cusip in pairs)
    assert pairs["9912N4103"] == pairs["9912N4202"] == {"DRSL"}
    assert pairs["9910L0107"] == {"PNDL", "PNDB"}
    assert pairs["9904E8200"] == {"SBFB"} and pairs["9904E8309"] == {"SBFPRA"}
    assert pairs["9961P7101"] == {"CLSX", "9961P7"} and pairs["990999104"] == {"TESTA"}
    assert any(row.count("|") == 6 for text in texts.values() for row in text.split("\r\n"))
    assert {s.ticker for s in fictional_market.read_securities() if s.cusip not in pairs} == {"GRVH"}


def test_tickers(made: Sample) -> None:
    path = made.home / "filings" / "reference" / "tickers" / "company_tickers_exchange.json"
    document = json.loads(path.read_bytes())
    assert document["fields"] == ["cik", "name", "ticker", "exchange"]
    tickers = {row[2] for row in document["data"]}
    assert len(tickers) == 75 and {"SBF-B", "SBF-PA"} < tickers and "CRVN" not in tickers


def test_roster_and_lists_tell_the_hedge_funds(made: Sample, submissions: dict[str, bytes]) -> None:
    path = made.home / "filings" / "reference" / "advisers" / "ia010226.zip"
    rows = list(csv.DictReader(io.StringIO(member(path))))
    assert "Måneskär Capital Partners AB" in {row["Primary Business Name"] for row in rows}
    found: dict[str, list[str]] = {"crd": [], "sec": [], "cik": [], "none": []}
    hedge = set()
    for number in range(1, 31):
        cik = str(9_000_000_000 + number)
        cover = blocks(filing(submissions, number, Q2))[0]
        crd = (cover.findtext(f".//{COVER}crdNumber") or "").lstrip("0")
        sec = cover.findtext(f".//{COVER}secFileNumber")
        by, row = next(
            (by, row)
            for by, row in [
                *(("crd", row) for row in rows if row["Organization CRD#"] == crd),
                *(("sec", row) for row in rows if row["SEC#"] == sec),
                *(("cik", row) for row in rows if cik in row["CIK#"].split(", ")),
                ("none", {"Any Hedge Funds": "N"}),
            ]
        )
        found[by].append(cik)
        if row["Any Hedge Funds"] == "Y":
            private, assets = row["Total Gross Assets of Private Funds"], row["5F(2)(c)"]
            if not private or int(private) >= int(assets) / 2:
                hedge.add(cik)
    assert {by: len(ciks) for by, ciks in found.items()} == {"crd": 17, "sec": 6, "cik": 4, "none": 3}
    funds, overrides = (
        list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for path in (made.funds, made.overrides)
    )
    assert hedge | {row["cik"] for row in overrides} == {row["cik"] for row in funds}
    assert "9000000015" not in hedge and len(funds) == 23
    assert [row["name"] for row in funds if row["family"] == "Fennwick"] == [
        "FENNWICK GLOBAL INVESTORS LP",
        "FENNWICK CREDIT OPPORTUNITIES LP",
    ]


def test_every_download_has_the_note_that_says_where_it_came_from(made: Sample) -> None:
    for folder in ("form-index", "reference"):
        files = [path for path in (made.home / "filings" / folder).rglob("*") if path.is_file()]
        notes = {path for path in files if path.name.endswith(".meta.json")}
        assert {path.name + ".meta.json" for path in files if path not in notes} == {note.name for note in notes}
        assert all(set(json.loads(note.read_bytes())) == {"source", "url", "fetched_at"} for note in notes)
