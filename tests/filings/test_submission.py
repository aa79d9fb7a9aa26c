"""Parsing one submission: hand-written filings, one quirk each (see tests/filings/README.md)."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.filings.helpers import FILINGS_FOLDER, A, B, C, number_in
from tests.submissions import CIK, TRAILER, accession, line, submission
from tracker.filings import submission as form13f
from tracker.tables import FILINGS, LINES, REJECTS, RejectKind


def read(name: str) -> form13f.Submissions:
    data = (FILINGS_FOLDER / name).read_bytes()
    return form13f.parse(data, number_in(data))


def shares(parsed: form13f.Submissions) -> list[tuple[str, float]]:
    return parsed.lines.select("cusip", "shares").rows()


def reason(parsed: form13f.Submissions) -> str:
    """The one reason of a submission that was rejected whole."""
    assert parsed.filings.is_empty()
    assert parsed.lines.is_empty()
    assert parsed.rejects["severity"].to_list() == ["rejected"]
    return str(parsed.rejects["reason"][0])


def test_every_field_is_read_as_filed() -> None:
    data = submission(
        lines=[
            line(A, 12500, 1000, "BRINDLE FOUNDRY CORP", figi="BBG00FICTION", voting=(600, 300, 100)),
            line(B, 8000, 2000, share_type="PRN", put_call="Call", discretion="DFND", other_manager="1,2"),
        ],
        amendment=("RESTATEMENT", 3),
        accepted="164512",
        crd_number="000012345",
        sec_file_number="801-99999",
        confidential_omitted=True,
        confidential_expired=True,
        additional_information="Shown  now:\n2 lines & no more",
        filed=date(2025, 11, 24),
    )
    parsed = form13f.parse(data, accession(1), CIK)
    assert parsed.rejects.is_empty()
    assert parsed.filings.to_dicts() == [
        {
            "accession_number": accession(1),
            "cik": CIK,
            "manager_name": "FIXTURE CAPITAL LLC",
            "form_type": "13F-HR/A",
            "period_of_report": date(2025, 9, 30),
            "filing_date": date(2025, 11, 24),
            "accepted_at": datetime(2025, 11, 24, 16, 45, 12),
            "amendment_number": 3,
            "amendment_type": "RESTATEMENT",
            "is_confidential_expired": True,
            "additional_information": "Shown now: 2 lines & no more",
            "report_type": "13F HOLDINGS REPORT",
            "form13f_file_number": "028-90000",
            "crd_number": "12345",
            "sec_file_number": "801-99999",
            "street": f"{CIK} EXAMPLE STREET",
            "city": "NOWHERE",
            "state": "NY",
            "phone": "000-000-0000",
            "other_included_managers_count": 0,
            "table_entry_total": 2,
            "table_value_total": 20500,
            "is_confidential_omitted": True,
            "line_count": 2,
            "value_total": 20500.0,
            "source": "filing",
        }
    ]
    assert parsed.lines.to_dicts() == [
        {
            "accession_number": accession(1),
            "line_number": 1,
            "name_of_issuer": "BRINDLE FOUNDRY CORP",
            "title_of_class": "COM",
            "cusip": A,
            "figi": "BBG00FICTION",
            "value": 12500.0,
            "shares": 1000.0,
            "share_type": "SH",
            "put_call": "",
            "investment_discretion": "SOLE",
            "other_manager": None,
            "voting_sole": 600.0,
            "voting_shared": 300.0,
            "voting_none": 100.0,
        },
        {
            "accession_number": accession(1),
            "line_number": 2,
            "name_of_issuer": "EXAMPLE CORP",
            "title_of_class": "COM",
            "cusip": B,
            "figi": None,
            "value": 8000.0,
            "shares": 2000.0,
            "share_type": "PRN",
            "put_call": "CALL",
            "investment_discretion": "DFND",
            "other_manager": "1,2",
            "voting_sole": 2000.0,
            "voting_shared": 0.0,
            "voting_none": 0.0,
        },
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in FILINGS_FOLDER.glob("*.txt")))
def test_any_text_gives_frames_of_the_declared_shape(name: str) -> None:
    parsed = read(name)
    FILINGS.check(parsed.filings)
    LINES.check(parsed.lines)
    REJECTS.check(parsed.rejects)
    assert parsed.filings.height + (parsed.rejects["severity"] == "rejected").sum() == 1


@pytest.mark.parametrize("prefix", ["none", "ns1", "n1", "eis", "cover"])
def test_namespace_prefixes_make_no_difference(prefix: str) -> None:
    parsed = read(f"prefix_{prefix}.txt")
    assert shares(parsed) == [(A, 1000), (B, 2000)]
    assert parsed.filings.select("period_of_report", "line_count").row(0) == (date(2025, 9, 30), 2)
    assert parsed.filings["manager_name"][0]


def test_amounts_may_be_grouped_and_have_decimals_and_blanks() -> None:
    lines = read("amounts_written.txt").lines
    assert lines["shares"].to_list() == [1000, 2000, 3000]
    assert lines["value"].to_list() == [12500, 8000, 6000]


@pytest.mark.parametrize(
    "amount",
    ["1,00", "1.5.2", "12 34", "1e3", "0x10", "+5", "NaN", "inf", "٣", "1,2345", "12345678901234567", "12\n34"],
)
def test_what_is_no_amount_rejects_the_whole_filing(amount: str) -> None:
    said = reason(form13f.parse(submission(lines=[line(A, 1, 1), line(B, 5, amount)]), accession(1)))
    assert "line 2" in said
    assert "shares" in said


@pytest.mark.parametrize(
    ("text", "amount"), [("0", 0.0), ("1,234,567", 1234567.0), ("1 234.50", 1234.5), ("12.", 12.0), (" 7\n", 7.0)]
)
def test_what_is_an_amount_is_read_exactly(text: str, amount: float) -> None:
    assert form13f.parse(submission(lines=[line(A, text, 1)]), accession(1)).lines["value"].to_list() == [amount]


def test_a_comment_inside_a_number_does_not_shorten_it() -> None:
    parsed = form13f.parse(submission(lines=[line(A, "5", "99").replace(">99<", ">9<!-- -->9<", 1)]), accession(1))
    assert parsed.lines["shares"].to_list() == [99] or "shares" in reason(parsed)


def test_an_element_inside_a_number_rejects() -> None:
    hidden = line(A, "5", "99").replace(">99<", ">9<b/>9<", 1)
    assert "unexpected element" in reason(form13f.parse(submission(lines=[hidden]), accession(1)))


def test_a_doubled_element_rejects_instead_of_shifting_columns() -> None:
    twice = line(A, 5, 1).replace("<cusip>", f"<cusip>{B}</cusip><cusip>", 1)
    without = line(C, 5, 1).replace(f"<cusip>{C}</cusip>", "")
    assert "twice" in reason(form13f.parse(submission(lines=[twice, without]), accession(1)))


def test_ampersands_and_markup_survive_as_text() -> None:
    parsed = read("ampersand.txt")
    assert parsed.lines["name_of_issuer"].to_list().count("OAKSPAN & SONS INC") == 2
    assert 'COM <NEW> "A"' in parsed.lines["title_of_class"].to_list()
    assert parsed.filings["manager_name"][0] == "FIXTURE AMPER & SAND LP"
    hostile = read("script_name.txt").lines["name_of_issuer"].to_list()
    assert hostile == ["<b>BOLD</b> CORP", '=HYPERLINK("http://entity.invalid")', "'); DROP TABLE filings;--"]


def test_option_sides_are_read_however_they_are_spelled() -> None:
    assert read("options_spelled.txt").lines["put_call"].to_list() == ["PUT", "CALL", "CALL"]


def test_cusips_stay_text_as_filed() -> None:
    assert "99250E108" in read("cusips.txt").lines["cusip"].to_list()
    assert "001990100" in read("cusips.txt").lines["cusip"].to_list()


def test_a_notice_has_no_lines_and_is_no_reject() -> None:
    parsed = read("notice.txt")
    assert parsed.filings.select("form_type", "line_count").row(0) == ("13F-NT", 0)
    assert parsed.rejects.is_empty()


def test_a_combination_report_keeps_type_and_included_managers() -> None:
    parsed = read("combination.txt")
    row = parsed.filings.select("report_type", "other_included_managers_count").row(0)
    assert row == ("13F COMBINATION REPORT", 1)
    assert shares(parsed) == [(A, 1000), (B, 2000)]


def test_declared_totals_that_differ_are_kept_and_flagged() -> None:
    parsed = read("totals_differ.txt")
    assert parsed.filings.select("table_entry_total", "line_count").row(0) == (3, 2)
    assert parsed.filings.select("table_value_total", "value_total").row(0) == (99999, 20500.0)
    flags = parsed.rejects.filter(pl.col("severity") == "flagged")["reason"].to_list()
    assert len(flags) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("truncated.txt", "truncated"),
        ("truncated_inside.txt", "information table"),
        ("empty.txt", "empty"),
        ("not_a_submission.txt", "not an EDGAR submission"),
        ("not_xml.txt", "information table"),
        ("no_table.txt", "no information table"),
        ("other_document.txt", "its root is"),
        ("wrong_encoding.txt", "information table"),
        ("entity_bomb.txt", "DTD"),
        ("external_entity_file.txt", "DTD"),
        ("external_entity_http.txt", "DTD"),
        ("missing_cusip.txt", "line 2: cusip is missing"),
        ("missing_shares.txt", "line 2: shares is missing"),
        ("missing_value.txt", "line 2: value is missing"),
        ("negative_amount.txt", "line 2: shares is negative"),
        ("not_a_number.txt", "line 2: shares is not an amount"),
        ("not_a_number_nan.txt", "line 2: value is not an amount"),
        ("huge_number.txt", "line 2: value is not an amount"),
        ("path_accession.txt", "accession number"),
        ("text_era.txt", "text-era"),
        ("hidden_amount.txt", "sshPrnamt has an element within it: figi"),
        ("line_within_line.txt", "infoTable is not where the schema has it"),
        ("two_tables.txt", "two information tables"),
        ("stray_text.txt", "text in shrsOrPrnAmt beside its elements"),
        ("year_25.txt", "period of report 0025-09-30 is before 1993"),
        ("empty_lines.txt", "line 1: name_of_issuer is missing: None (and 1 more line)"),
    ],
)
def test_what_cannot_be_read_is_a_reject_with_its_reason(name: str, words: str) -> None:
    assert words in reason(read(name))


def test_every_cut_of_a_filing_is_a_reject_never_a_shorter_list() -> None:
    whole = submission(lines=[line(A, 12500, 1000), line(B, 8000, 2000)])
    end = whole.rindex(b"</SEC-DOCUMENT>") + len(b"</SEC-DOCUMENT>")
    for at in range(0, end, 37):
        parsed = form13f.parse(whole[:at], accession(1))
        assert parsed.filings.is_empty(), at
        spliced = form13f.parse(whole[:at] + TRAILER.encode(), accession(1))
        assert spliced.filings.is_empty() or spliced.lines.height in (0, 2), at


def test_a_utf16_table_cannot_hide_a_dtd() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><informationTable/>'
    assert reason(form13f.parse(submission(table_xml=text), accession(1)))


def test_a_text_of_another_filing_or_filer_is_refused() -> None:
    data = submission(lines=[line(A, 1, 1)])
    assert "accession number" in reason(form13f.parse(data, accession(2)))
    assert "CIK" in reason(form13f.parse(data, accession(1), CIK + 1))


def test_a_period_that_is_no_quarters_end_is_refused() -> None:
    data = submission(lines=[line(A, 1, 1)], period=date(2025, 9, 29))
    assert "not the end of a quarter" in reason(form13f.parse(data, accession(1)))


def test_a_file_beyond_the_bound_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form13f, "MAX_BYTES", 10)
    path = tmp_path / "full-form13f.txt"
    path.write_bytes(submission(lines=[line(A, 1, 1)]))
    assert "larger than" in reason(form13f.parse_file(path, accession(1)))


def test_files_that_are_read_together_give_what_each_gives_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form13f, "MAX_BYTES", 60_000)
    huge = tmp_path / "huge.txt"
    huge.write_bytes(b" " * 60_001)
    files = [
        (path, number_in(path.read_bytes()), None) for path in [*sorted(FILINGS_FOLDER.glob("*.txt")), huge]
    ]  # fmt: skip
    alone = form13f.Submissions.concat(form13f.parse_file(*file) for file in files)
    for some in (files, files[::-1]):
        together = form13f.parse_files(some)
        order = {"accession_number": [number for _, number, _ in some]}
        assert together.filings["accession_number"].to_list() == [
            number for number in order["accession_number"] if number in alone.filings["accession_number"]
        ]
        for one, other in (
            (together.filings, alone.filings),
            (together.lines, alone.lines),
            (together.rejects, alone.rejects),
            (together.other_managers, alone.other_managers),
        ):
            assert one.sort(one.columns).equals(other.sort(other.columns))


def test_a_submission_with_two_tables_is_refused_whatever_they_hold() -> None:
    """Added up they would be twice the book, and nothing says which one counts."""
    whole = submission(lines=[line(A, 12500, 1000)])
    start, end = (whole.index(mark) for mark in (b"<DOCUMENT>\n<TYPE>INFORMATION", b"</SEC-DOCUMENT>"))
    document = whole[start:end]
    assert document.count(b"<DOCUMENT>") == 1
    in_one_document = document.replace(b"</XML>", b"</XML>\n<XML><other/></XML>")
    for tables in (document + document, document + document.replace(b"<cusip>", b"<foo/><cusip>"), in_one_document):
        parsed = form13f.parse(whole[:start] + tables + whole[end:], accession(1))
        assert reason(parsed) == "two information tables"


def test_a_submission_with_two_cover_pages_is_refused() -> None:
    whole = submission(lines=[line(A, 12500, 1000)])
    start, end = whole.index(b"<DOCUMENT>"), whole.index(b"<DOCUMENT>\n<TYPE>INFORMATION")
    assert reason(form13f.parse(whole[:end] + whole[start:], accession(1))) == "two cover pages"


# ---- whatever is within one submission ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"09-30-2025", b"09-30-0025"),
        (b"09-30-2025", b"09-30-9999"),
        (b"PERIOD OF REPORT:20250930", b"PERIOD OF REPORT:00250930"),
        (b"PERIOD OF REPORT:20250930", b"PERIOD OF REPORT:99990930"),
        (b"FILED AS OF DATE:20251114", b"FILED AS OF DATE:00011114"),
    ],
)
def test_a_day_that_cannot_be_is_a_reject(old: bytes, new: bytes) -> None:
    text = submission(lines=[line(A, 1, 1)])
    text = re.sub(rb":[ \t]+", b":", submission(lines=[line(A, 1, 1)]))
    assert old in text
    assert "is before 1993 or more than a year ahead" in reason(form13f.parse(text.replace(old, new), accession(1)))


@pytest.mark.parametrize("error", [OverflowError("too far"), pl.exceptions.ShapeError("odd"), RecursionError()])
def test_what_no_rule_foresees_rejects_its_submission_and_says_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In the cover page, and in what is done with many submissions at once."""
    read_cover, number_lines = form13f.read_cover, form13f._numbered

    def fail_on_second(block: bytes) -> object:
        if b"SECOND" in block:
            raise error
        return read_cover(block)

    def fail_with_third(lines: pl.DataFrame, filings: list[dict[str, object]]) -> pl.DataFrame:
        if any(filing["manager_name"] == "THIRD" for filing in filings):
            raise error
        return number_lines(lines, filings)

    monkeypatch.setattr(form13f, "read_cover", fail_on_second)
    monkeypatch.setattr(form13f, "_numbered", fail_with_third)
    files = []
    for number, name in enumerate(["FIRST", "SECOND", "THIRD", "FOURTH"], 1):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(submission(number, manager=name, lines=[line(A, number, 1)]))
        files.append((path, accession(number), None))
    parsed = form13f.parse_files(files)
    assert parsed.filings["manager_name"].to_list() == ["FIRST", "FOURTH"]
    assert parsed.lines["value"].to_list() == [1, 4]
    told = parsed.rejects.filter(pl.col("kind") == RejectKind.UNFORESEEN)
    assert (
        told["accession_number"].to_list()
        == [accession(2), accession(3)]
        == parsed.rejects["accession_number"].to_list()
    )
    assert all(type(error).__name__ in reason for reason in told["reason"])


@pytest.mark.parametrize("size", [10_000, 190_000])
def test_blanks_cost_no_more_than_other_text(size: int) -> None:
    """Patterns that try each run of blanks anew took minutes for these."""
    text = submission(lines=[line(A, 1, 1)])
    name = b"COMPANY CONFORMED NAME:"
    started = time.process_time()
    for old, new in (
        (b"ACCESSION NUMBER", b"\n" * size + b"ACCESSION NUMBER"),
        (name, name + b" A" + b" " * size + b"B"),
        (b"<XML>", b"<XML>" + b"\n" * size),
        (b"<DOCUMENT>", b"<DOCUMENT>" + b" " * size),
    ):
        assert old in text
        assert form13f.parse(text.replace(old, new, 1), accession(1)).lines.height == 1
    bom = submission(lines=[line(A, 1, 1)]).replace(b"<XML>", b"<XML>\xef\xbb\xbf" + b" " * size)
    assert form13f.parse(bom, accession(1)).filings.is_empty()
    assert time.process_time() - started < 20


def test_a_text_that_is_too_long_is_a_reject() -> None:
    long = "A" * 4001
    assert "cover page: a text has over 4000" in reason(
        form13f.parse(submission(lines=[line(A, 1, 1)], manager=long), accession(1))
    )
    assert "name_of_issuer has over 4000" in reason(
        form13f.parse(submission(lines=[line(A, 1, 1), line(B, 1, 1, long)]), accession(1))
    )


def test_a_cover_page_whose_leaves_hold_elements_or_stand_twice_is_a_reject() -> None:
    text = submission(lines=[line(A, 1, 1)])
    match = re.search(rb"<(\w+:)?tableEntryTotal>1</(\w+:)?tableEntryTotal>", text)
    assert match
    total, prefix = match[0], match[1] or b""
    nested = total.replace(b">1<", b">1<" + prefix + b"a/>0<")
    for new, words in ((total + total, "appears twice"), (nested, "has an element within it")):
        assert f"tableEntryTotal {words}" in reason(form13f.parse(text.replace(total, new), accession(1)))


UNSOUND = {
    "figis": [b"<infoTable>", *[b"<figi/>" * 140_000] * 24, b"</infoTable>"],
    "empty lines": [b"<infoTable/>" * 80_000] * 4,
    "comments": [b"<!-- -->" * 120_000] * 24,
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
@pytest.mark.parametrize("inside", UNSOUND.values(), ids=UNSOUND.keys())
def test_memory_is_bounded_whatever_a_table_holds(tmp_path: Path, inside: list[bytes]) -> None:
    """24 MB of elements took half a gibibyte as a tree."""
    parsed = _parse_large(tmp_path, inside)
    assert parsed[:2] == [0, 0] and parsed[2] < 250


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
@pytest.mark.parametrize(("old", "new"), [("<cusip>", "<cusip>"), ("<cusip>", "<cusip >")], ids=["plain", "any form"])
def test_memory_is_proportional_to_the_lines_that_are_kept(tmp_path: Path, old: str, new: str) -> None:
    lines = "".join(line(A, number, 1, f"EXAMPLE ISSUER {number}") for number in range(1_000)).replace(old, new)
    count, kept, megabytes = _parse_large(tmp_path, [lines.encode()] * 60)  # 27 MB
    assert (count, kept) == (1, 60_000) and megabytes < 220


def _parse_large(tmp_path: Path, inside: list[bytes]) -> list[int]:
    """Filings, lines and the peak of memory in MB of a process that parses a table with `inside` as its lines."""
    text = submission(lines=[line(A, 1, 1)])
    first, last = text.index(b"<infoTable>"), text.index(b"</infoTable>") + len(b"</infoTable>")
    path = tmp_path / "large.txt"
    path.write_bytes(b"".join([text[:first], *inside, text[last:]]))
    code = f"""
from pathlib import Path
from tracker.filings import submission
parsed = submission.parse_file(Path({str(path)!r}), {accession(1)!r})
told = Path("/proc/self/status").read_text()  # what getrusage tells begins with the parent's peak
peak = int(told.partition("VmHWM:")[2].split()[0]) // 1024
print(parsed.filings.height, parsed.lines.height, peak)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [int(number) for number in told.stdout.split()]
