"""SEC's data sets: which ones hold a period, and what is read of them."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data_sets import Line, Report, read_data_set, write
from tests.submissions import CIK, accession
from tracker import bounds
from tracker.bounds import Bound
from tracker.errors import SourceError
from tracker.filings import data_set_covers, data_set_tables, rules, submission, whole_numbers
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import datasets
from tracker.sources.datasets import Window
from tracker.tables import FILINGS, LINES, REJECTS, RejectKind, Submissions

PERIOD, QUARTER = date(2025, 9, 30), Quarter(2025, 3)
NAME = "01sep2025-30nov2025_form13f.zip"
A, B, C = "990101107", "990102105", "990103103"
PLAIN = Report(1, [Line(A, 12500, 1000), Line(B, 8000, 2000)])
OTHER = Report(2, [Line(C, 300, 30)], cik=CIK + 1)
Edit = dict[str, Callable[[bytes], bytes]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def replace(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    def edit(body: bytes) -> bytes:
        assert old.encode() in body
        return body.replace(old.encode(), new.encode("latin-1"), count)

    return edit


def in_order(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort("accession_number", "line_number")


def by_text(reports: list[Report]) -> Submissions:
    return Submissions.concat(submission.parse(report.text, report.accession, report.cik) for report in reports)


def assert_same(read: Submissions, parsed: Submissions, source: str = NAME) -> None:
    """Equal but for what data sets do not tell."""
    told = parsed.filings.with_columns(accepted_at=pl.lit(None, pl.Datetime("us")), source=pl.lit(source))
    assert read.filings.sort("accession_number").equals(told.sort("accession_number"))
    assert in_order(read.lines).equals(in_order(parsed.lines))
    assert read.rejects.sort(REJECTS.key).equals(parsed.rejects.sort(REJECTS.key))


def reasons(read: Submissions, severity: str = "rejected") -> dict[str, str]:
    return dict(read.rejects.filter(pl.col("severity") == severity).select("accession_number", "reason").rows())


# ---- windows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("01sep2025-30nov2025_form13f.zip", date(2025, 9, 1), date(2025, 11, 30)),
        ("01dec2025-28feb2026_form13f.zip", date(2025, 12, 1), date(2026, 2, 28)),
        ("01JAN2024-29FEB2024_form13f_0.zip", date(2024, 1, 1), date(2024, 2, 29)),
        ("1mar2024-31may2024-form13f.zip", date(2024, 3, 1), date(2024, 5, 31)),
        ("2023q4_form13f.zip", date(2023, 10, 1), date(2023, 12, 31)),
        ("2013Q2_form13f.zip", date(2013, 4, 1), date(2013, 6, 30)),
    ],
)
def test_a_window_is_read_from_the_name(name: str, first: date, last: date) -> None:
    assert datasets.window(name) == Window(first, last)
    assert datasets.window(Path("/some/where") / name) == Window(first, last)
    assert Window.of(first) == Window.of(last) == Window(first, last)


@pytest.mark.parametrize(
    "name", ["form13f.zip", "31sep2025-30nov2025_form13f.zip", "30nov2025-01sep2025_form13f.zip", "2023q5_form13f.zip",
             "01sep2025-30nov2025_form13f.zip.part", "../2023q4_form13f.zip/x"]
)  # fmt: skip
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"form13f|day"):
        datasets.window(name)


@given(st.dates(date(2013, 4, 1), date(2040, 1, 1)))
def test_every_day_lies_in_one_window_and_windows_follow_each_other(day: date) -> None:
    window = Window.of(day)
    assert window.first <= day <= window.last
    assert Window.of(window.last + timedelta(days=1)).first == window.last + timedelta(days=1)
    assert Window.of(window.first) == Window.of(window.last) == window


def test_what_is_on_disk_for_a_quarter_is_every_window_that_ends_after_it(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    folder = tmp_path / "filings" / "data-sets"
    names = ["2023q4_form13f.zip", "01jun2025-31aug2025_form13f.zip", NAME, "01dec2025-28feb2026_form13f.zip"]
    for name in [*names, "31sep2025-30nov2025_form13f.zip", ".incoming-1-0-2024q1_form13f.zip", "other.zip"]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    found = {quarter: [path.name for path in datasets.on_disk(settings, Quarter(*quarter))] for quarter in (
        (2023, 3), (2025, 2), (2025, 3), (2025, 4), (2026, 1)
    )}  # fmt: skip
    assert found == {
        (2023, 3): names, (2025, 2): names[1:], (2025, 3): names[2:], (2025, 4): names[3:], (2026, 1): []
    }  # fmt: skip
    assert datasets.on_disk(Settings(tmp_path / "nowhere"), QUARTER) == []


def test_coverage_ends_at_the_first_gap_and_begins_with_the_deadlines_window() -> None:
    deadline, after, later = (Path(f"{name}_form13f.zip") for name in (
        "01sep2025-30nov2025", "01dec2025-28feb2026", "01mar2026-31may2026"
    ))  # fmt: skip
    assert datasets.covers_until(QUARTER, [deadline]) == date(2025, 11, 30)
    assert datasets.covers_until(QUARTER, [after, deadline]) == date(2026, 2, 28)
    assert datasets.covers_until(QUARTER, [deadline, later]) == date(2025, 11, 30)
    assert datasets.covers_until(QUARTER, [after, later]) is None
    assert datasets.covers_until(QUARTER, []) is None


# ---- what is read -------------------------------------------------------------------------------------------------

QUIRKS = [
    Report(
        1,
        [
            Line(A, 12500, 1000, 'BRINDLE "B" & SONS', title="COM'S", figi="BBG00FICTION", other_manager="1,2"),
            Line("29250E108", 8000, "2,000.50", put_call="Call", discretion="DFND"),
            Line("001990100", "7", 3, share_type="PRN", title="NOTE 0.500% 1/1"),
            Line(A, 5, 5, "Soci\u00e9t\u00e9 G\u00e9n\u00e9rale", put_call="put", voting=("", 0, 0)),
        ],
        amendment=("RESTATEMENT", 3), crd_number="000012345", sec_file_number="801-1", confidential=True,
        filed=date(2025, 11, 24), value_total=20512,
    ),
    Report(2, form="13F-NT", cik=CIK + 1, manager="NOTICE & CO"),
    Report(3, [Line(C, 300, 30)], cik=CIK + 2, amendment=("NEW HOLDINGS", 1), expired=True, remark="Shown  now & late"),
    Report(4, [Line(C, 0, 0)], cik=CIK + 3),
    Report(5, [Line(A, 100, 10), Line(B, 100, 10)], cik=CIK + 4, entry_total=3, value_total=99999),
]  # fmt: skip


@pytest.mark.parametrize(("nested", "eol"), [(False, "\n"), (True, "\n"), (False, "\r\n"), (True, "\r\n")])
def test_both_ways_give_the_same(path: Path, nested: bool, eol: str) -> None:
    read = read_data_set(write(path, QUIRKS, nested=nested, eol=eol), PERIOD)
    FILINGS.check(read.filings)
    LINES.check(read.lines)
    REJECTS.check(read.rejects)
    assert_same(read, by_text(QUIRKS))
    assert read.filings.height == 5 and read.lines.height == 8
    assert set(in_order(read.lines)["cusip"]) == {A, B, C, "29250E108", "001990100"}
    assert sorted(read.rejects.select("accession_number", "severity").rows()) == [(accession(5), "flagged")] * 2


BAD = [
    Line(A, -5, 1), Line(A, 1, "-1"), Line(A, "1e3", 1), Line(A, 1, "NaN"), Line(A, "", 1), Line("", 1, 1),
    Line(A, 1, 1, ""), Line(A, 1, 1, share_type=""), Line(A, 1, 1, share_type="SHARES"), Line(A, 1, 1, put_call="Both"),
    Line(A, 1, 1, voting=(0, "x", 0)), Line(A, "12345678901234567", 1), Line(A, 1, "1,00"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_a_bad_line_rejects_its_submission_as_the_single_filing_is_and_no_other(path: Path, bad: Line) -> None:
    broken = Report(3, [Line(B, 1, 1), bad, Line(C, 1, 1), bad], cik=CIK + 2, value_total=2, entry_total=4)
    reports = [PLAIN, broken, OTHER]
    read = read_data_set(write(path, reports), PERIOD)
    assert read.filings["accession_number"].to_list() == [accession(1), accession(2)]
    assert set(reasons(read)) == {accession(3)} and "line 2" in reasons(read)[accession(3)]
    assert "(and 1 more line)" in reasons(read)[accession(3)]
    assert_same(read, by_text(reports))


def test_the_first_line_of_the_first_check_is_told_whatever_the_order_in_the_file(path: Path) -> None:
    lines = [Line(A, 1, "x"), Line(B, 1, 1), Line(A, "", 1), Line(C, "", 1)]
    reports = [Report(1, lines, value_total=1), OTHER]

    def shuffle(body: bytes) -> bytes:
        head, *rows = body.splitlines(keepends=True)
        return head + b"".join(reversed(rows))

    read = read_data_set(write(path, reports, edit={"INFOTABLE.tsv": shuffle}), PERIOD)
    assert reasons(read) == {accession(1): "information table, line 3: value is missing: None (and 1 more line)"}
    assert_same(read, by_text(reports))


def test_lines_are_numbered_by_their_key_also_across_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_set_tables, "PIECE_BYTES", 700)
    reports = [Report(n, [Line(A, n * 100 + k, 1) for k in range(1, 30)], cik=CIK + n) for n in range(1, 8)]

    def shuffle(body: bytes) -> bytes:
        head, *rows = body.splitlines(keepends=True)
        random.Random(7).shuffle(rows)  # noqa: S311
        return head + b"".join(rows)

    read = read_data_set(write(path, reports, edit={"INFOTABLE.tsv": shuffle}), PERIOD)
    assert read.filings.height == 7
    assert_same(read, by_text(reports))


CELL = st.sampled_from(
    ["1", "0", " 12500 ", "1,500", "2.50", "-1", "1e3", "", "+5", " +5", "00000000000000005", " 01", "x", "\u00a07"]
)
WORD = st.sampled_from(
    ["SH", "sh ", "PRN", "", " ", "Put", "CALL ", A, f" {A}", "EXAMPLE", "Soci\u00e9t\u00e9", "\u2003B"]
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.builds(Line, WORD, CELL, CELL, WORD, share_type=WORD, put_call=WORD, title=WORD), max_size=5))
def test_what_is_plainly_sound_is_read_as_all_else(path: Path, lines: list[Line]) -> None:
    reports = [Report(n, [line, Line(A, n, n)], cik=CIK + n) for n, line in enumerate(lines, 1)]
    write(path, [*reports, Report(9, [Line(B, 1, 1)])])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_set_tables, "PIECE_BYTES", 700)
        quick = read_data_set(path, PERIOD)
        patch.setattr(rules, "is_plain", lambda table: False)
        patch.setattr(whole_numbers, "are_amounts", lambda body, numbers: False)
        thorough = read_data_set(path, PERIOD)
    assert quick.lines.equals(thorough.lines) and quick.filings.equals(thorough.filings)
    assert quick.rejects.sort(*REJECTS.columns).equals(thorough.rejects.sort(*REJECTS.columns))
    whole = read_data_set(path, PERIOD)
    assert in_order(whole.lines).equals(in_order(quick.lines))


def test_a_table_may_end_without_a_line_break_and_with_empty_lines(path: Path) -> None:
    cut = {name: lambda body: body.rstrip(b"\n") for name in ("INFOTABLE.tsv", "SUBMISSION.tsv", "SUMMARYPAGE.tsv")}
    assert_same(read_data_set(write(path, [PLAIN, OTHER], edit=cut), PERIOD), by_text([PLAIN, OTHER]))
    blank = {name: lambda body: body + b"\n\n" for name in cut}
    assert_same(read_data_set(write(path, [PLAIN, OTHER], edit=blank), PERIOD), by_text([PLAIN, OTHER]))


def test_dates_are_dates_and_never_text(path: Path) -> None:
    filed = [date(2025, 12, 5), date(2025, 11, 14), date(2026, 1, 30)]
    reports = [Report(n, [Line(A, 1, 1)], filed=day) for n, day in enumerate(filed, 1)]
    read = read_data_set(write(path, reports), PERIOD)
    assert read.filings.sort("filing_date")["accession_number"].to_list() == [accession(n) for n in (2, 1, 3)]


def test_only_the_period_that_is_asked_for_comes(path: Path) -> None:
    late = Report(3, [Line(C, 1, 1)], period=date(2024, 12, 31))
    write(path, [PLAIN, late])
    assert read_data_set(path, PERIOD).filings["accession_number"].to_list() == [accession(1)]
    found = read_data_set(path, date(2024, 12, 31))
    assert found.lines.select("accession_number", "cusip").rows() == [(accession(3), C)]
    nothing = read_data_set(path, date(2024, 6, 30))
    assert nothing.filings.equals(FILINGS.frame()) and nothing.lines.equals(LINES.frame())
    assert nothing.rejects.is_empty()


def test_what_is_known_is_skipped_and_its_lines_are_not_opened(path: Path) -> None:
    broken = Report(3, [Line(A, "x", 1)], cik=CIK + 2)
    write(path, [PLAIN, OTHER, broken])
    found = read_data_set(path, PERIOD, skip={accession(1), accession(3)})
    assert found.filings["accession_number"].to_list() == [accession(2)]
    assert set(found.lines["accession_number"]) == {accession(2)}
    assert found.rejects.is_empty()
    write(path, [PLAIN], edit={"INFOTABLE.tsv": lambda body: b"not even a table"})
    assert read_data_set(path, PERIOD, skip=[accession(1)]).filings.is_empty()


def test_a_period_that_is_no_quarters_end_is_refused_in_its_quarter(path: Path) -> None:
    reports = [Report(1, [Line(A, 1, 1)], period=date(2025, 9, 29)), OTHER]
    assert_same(read_data_set(write(path, reports), PERIOD), by_text(reports))
    assert read_data_set(path, date(2025, 6, 30)).rejects.is_empty()


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("SUBMISSION.tsv", "30-SEP-2025", "30-SEPT-2025", "period of report '30-SEPT-2025' is not a date"),
        ("SUBMISSION.tsv", "30-SEP-2025", "31-SEP-2025", "period of report '31-SEP-2025' is not a date"),
        ("SUBMISSION.tsv", "30-SEP-2025", "30-SEP-0025", "period of report 0025-09-30 is before 1993"),
        (
            "SUBMISSION.tsv",
            "30-SEP-2025",
            "30-SEP-9999",
            "period of report 9999-09-30 is before 1993 or",
        ),
        ("SUBMISSION.tsv", "14-NOV-2025", "14-NOV-0025", "filing date 0025-11-14 is before 1993"),
        ("COVERPAGE.tsv", "FIXTURE", "F" * 4001, "cover page: a text has over 4000 characters"),
        ("SIGNATURE.tsv", "(212)", "2" * 4001, "cover page: a text has over 4000 characters"),
        ("INFOTABLE.tsv", "EXAMPLE", "E" * 4001, "name_of_issuer has over 4000 characters"),
        ("INFOTABLE.tsv", "EXAMPLE", "E" * (2**20 + 1), "INFOTABLE: a row has more than 1,048,576 bytes"),
        ("COVERPAGE.tsv", "FIXTURE", "F" * (2**20 + 1), "COVERPAGE: a row has more than 1,048,576 bytes"),
        ("SUBMISSION.tsv", "14-NOV-2025", "2025-11-14", "filing date '2025-11-14' is not a date"),
        ("SUBMISSION.tsv", "13F-HR", "13F-X", "form type '13F-X' is not supported"),
        ("SUBMISSION.tsv", "13F-HR", "13F-NT", "a notice with an information table"),
        ("SUBMISSION.tsv", str(CIK), "nobody", "CIK"),
        ("SUBMISSION.tsv", "\t30-SEP", "30-SEP", "SUBMISSION: a row has 4 fields, not 5"),
        ("COVERPAGE.tsv", "FIXTURE", "FIX\tURE", "COVERPAGE: a row has 22 fields, not 21"),
        ("COVERPAGE.tsv", accession(1), accession(9), "no cover page"),
        ("COVERPAGE.tsv", "\t\t\t\t\t\t\t\tFIX", "\tY\tone\t\t\t\t\t\tFIX", "amendmentNo 'one' is not a whole number"),
        ("SUMMARYPAGE.tsv", "\t2\t20500", "\ttwo\t20500", "tableEntryTotal 'two' is not a whole number"),
        ("INFOTABLE.tsv", "EXAMPLE", "EXAM\tPLE", "INFOTABLE: a row has 16 fields, not 15"),
        ("INFOTABLE.tsv", "EXAMPLE", "EXAM\nPLE", "INFOTABLE: a row has 3 fields, not 15"),
        ("INFOTABLE.tsv", "\t1\t2\t3\n", "\t1\t2\n", "INFOTABLE: a row has 14 fields, not 15"),
        ("INFOTABLE.tsv", "\t1002\t", "\t1001\t", "a line appears twice"),
        ("INFOTABLE.tsv", "\t1002\t", "\tx\t", "INFOTABLE_SK is not a number"),
    ],
)
def test_a_bad_row_rejects_its_own_submission_only(path: Path, table: str, old: str, new: str, words: str) -> None:
    write(path, [PLAIN, OTHER], edit={table: replace(old, new)})
    read = read_data_set(path, PERIOD)
    assert read.filings["accession_number"].to_list() == [accession(2)]
    assert read.lines["accession_number"].to_list() == [accession(2)]
    assert words in reasons(read)[accession(1)]
    others = set(reasons(read)) - {accession(1)}
    assert others <= {accession(9)}


def test_a_row_too_long_does_not_make_up_for_one_too_short(path: Path) -> None:
    def edit(body: bytes) -> bytes:
        return replace("EXAMPLE", "EXAM\tPLE")(replace(f"{C}\t", C)(body))

    read = read_data_set(write(path, [PLAIN, OTHER, Report(3, [Line(A, 1, 1)])], edit={"INFOTABLE.tsv": edit}), PERIOD)
    assert reasons(read) == {
        accession(1): "INFOTABLE: a row has 16 fields, not 15",
        accession(2): "INFOTABLE: a row has 14 fields, not 15",
    }
    assert read.filings["accession_number"].to_list() == [accession(3)]


@pytest.mark.parametrize("table", ["SUBMISSION.tsv", "COVERPAGE.tsv", "SUMMARYPAGE.tsv"])
def test_a_submission_that_stands_twice_is_refused(path: Path, table: str) -> None:
    def edit(body: bytes) -> bytes:
        head, first, *rows = body.splitlines(keepends=True)
        return head + first + first + b"".join(rows)

    read = read_data_set(write(path, [PLAIN, OTHER], edit={table: edit}), PERIOD)
    assert reasons(read) == {accession(1): f"it appears twice in {table.removesuffix('.tsv')}"}


def test_lines_that_belong_to_nobody_are_told(path: Path) -> None:
    stray = {"INFOTABLE.tsv": lambda body: body + body.splitlines()[1].replace(accession(1).encode(), b"") + b"\n"}
    edit = {**stray, "SUBMISSION.tsv": lambda body: b"".join(body.splitlines(keepends=True)[:2])}
    read = read_data_set(write(path, [PLAIN, OTHER], edit=edit), PERIOD)
    assert read.filings["accession_number"].to_list() == [accession(1)] and read.lines.height == 2
    assert set(reasons(read)) == {"", accession(2)}
    assert all("missing from SUBMISSION" in reason for reason in reasons(read).values())
    assert read.rejects["period_of_report"].null_count() == read.rejects["cik"].null_count() == 2


def test_a_report_without_lines_is_refused(path: Path) -> None:
    read = read_data_set(write(path, [PLAIN, Report(2, [])]), PERIOD)
    assert reasons(read) == {accession(2): "no information table"}


@pytest.mark.parametrize(
    "absent", ["CRDNUMBER", "SECFILENUMBER", "FIGI", "OTHERMANAGER", "TITLEOFCLASS", "AMENDMENTNO", "TABLEENTRYTOTAL"]
)
def test_an_optional_column_that_is_absent_is_null(path: Path, absent: str) -> None:
    whole = read_data_set(write(path, QUIRKS), PERIOD)
    part = read_data_set(write(path, QUIRKS, absent=[absent]), PERIOD)
    ours = {
        "CRDNUMBER": "crd_number",
        "SECFILENUMBER": "sec_file_number",
        "FIGI": "figi",
        "OTHERMANAGER": "other_manager",
        "TITLEOFCLASS": "title_of_class",
        "AMENDMENTNO": "amendment_number",
        "TABLEENTRYTOTAL": "table_entry_total",
    }[absent]
    null = pl.lit(None).alias(ours)
    for table, one, other in ((FILINGS, whole.filings, part.filings), (LINES, whole.lines, part.lines)):
        expected = table.fit(one.with_columns(null)) if ours in table.schema else one
        assert other.sort(table.key).equals(expected.sort(table.key))


@pytest.mark.parametrize(
    ("table", "absent"),
    [
        *(("SUBMISSION.tsv", name) for name in ("ACCESSION_NUMBER", "FILING_DATE", "SUBMISSIONTYPE", "PERIODOFREPORT")),
        *(("COVERPAGE.tsv", name) for name in ("FILINGMANAGER_NAME", "AMENDMENTTYPE")),
        *(("INFOTABLE.tsv", name) for name in ("INFOTABLE_SK", "CUSIP", "VALUE", "SSHPRNAMT", "PUTCALL")),
    ],
)  # fmt: skip
def test_a_required_column_that_is_absent_is_named(path: Path, table: str, absent: str) -> None:
    write(path, [PLAIN], absent=[absent])
    with pytest.raises(SourceError, match=rf"{NAME}: {table} has no column {absent}"):
        read_data_set(path, PERIOD)


def test_columns_are_found_by_name_and_new_ones_do_no_harm(path: Path) -> None:
    def turn(body: bytes) -> bytes:
        return b"".join(
            b"\t".join(reversed([*line.split(b"\t"), b"NEW"])) + b"\n" for line in body.splitlines()
        )  # fmt: skip

    edit = dict.fromkeys(("SUBMISSION.tsv", "COVERPAGE.tsv", "SUMMARYPAGE.tsv", "INFOTABLE.tsv"), turn)
    assert_same(read_data_set(write(path, QUIRKS, edit=edit), PERIOD), by_text(QUIRKS))


def test_text_that_is_not_utf8_is_taken_and_flagged(path: Path) -> None:
    edit = {"INFOTABLE.tsv": replace("EXAMPLE CORP", "SOCI\xc9T\xc9"), "COVERPAGE.tsv": replace("FIXTURE", "F\xcf")}
    read = read_data_set(write(path, [PLAIN, OTHER], edit=edit), PERIOD)
    assert in_order(read.lines)["name_of_issuer"].to_list() == ["SOCI\ufffdT\ufffd", "EXAMPLE CORP", "EXAMPLE CORP"]
    assert in_order(read.lines)["value"].to_list() == [12500, 8000, 300]
    assert set(reasons(read, "flagged")) == {accession(1)} and not reasons(read)


def test_a_piece_of_nothing_but_ragged_rows_is_no_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_set_tables, "PIECE_BYTES", 700)
    reports = [PLAIN, Report(3, [Line(A, 1, 1)] * 90), OTHER]

    def edit(body: bytes) -> bytes:
        head, *rows = body.splitlines(keepends=True)
        ragged = accession(3).encode()
        return head + b"".join(b"%s\t1\n" % ragged if row.startswith(ragged) else row for row in rows)

    read = read_data_set(write(path, reports, edit={"INFOTABLE.tsv": edit}), PERIOD)
    assert reasons(read) == {accession(3): "INFOTABLE: a row has 2 fields, not 15"}
    assert read.lines.height == 3


@pytest.mark.parametrize("piece", [700, 2**24])
def test_a_row_that_never_ends_refuses_its_submission_wherever_pieces_are_cut(
    path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(data_set_tables, "PIECE_BYTES", piece)
    monkeypatch.setattr(data_set_tables, "LONGEST_ROW", 500)
    monkeypatch.setattr(data_set_tables, "_LONG_ROWS", Bound(2**40, longest_line=500))
    edit = {"INFOTABLE.tsv": replace("EXAMPLE", "E" * 3_000)}
    read = read_data_set(write(path, [PLAIN, OTHER, Report(3, [Line(A, 1, 1)])], edit=edit), PERIOD)
    assert reasons(read) == {accession(1): "INFOTABLE: a row has more than 500 bytes"}
    assert read.filings["accession_number"].sort().to_list() == [accession(2), accession(3)]
    assert read.lines.height == 2


def test_many_short_rows_are_read_in_small_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_set_tables, "MOST_ROWS", 200)
    edit = {"INFOTABLE.tsv": lambda body: body + b"\n" * 1_000}
    assert_same(read_data_set(write(path, [PLAIN, OTHER], edit=edit), PERIOD), by_text([PLAIN, OTHER]))
    with data_set_tables.open_archive(path) as archive:
        pieces = [
            piece.rows.height for piece in archive.read("INFOTABLE.tsv", {"ACCESSION_NUMBER": "accession_number"})
        ]
    assert len(pieces) > 1_000 / 200
    monkeypatch.setattr(bounds, "DATA_SET_LINES", Bound(10**6, 900))
    with pytest.raises(SourceError, match=r"INFOTABLE\.tsv has more than 900 lines"):
        read_data_set(path, PERIOD)


@pytest.mark.parametrize("error", [OverflowError("too far"), pl.exceptions.ShapeError("odd")])
def test_what_no_rule_foresees_refuses_one_submission(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In a row, and in what is done with the lines of many submissions at once."""
    convert_cover, convert_amounts = data_set_covers._convert_cover, rules.convert_amounts

    def fail_on_second(row: dict[str, object]) -> dict[str, object]:
        if row.get("manager_name") == "SECOND":
            raise error
        return convert_cover(row)

    def fail_with_third(lines: pl.DataFrame, **given: bool) -> pl.DataFrame:
        if accession(3) in lines["accession_number"].cast(pl.String):
            raise error
        return convert_amounts(lines, **given)

    monkeypatch.setattr(data_set_covers, "_convert_cover", fail_on_second)
    monkeypatch.setattr(rules, "convert_amounts", fail_with_third)
    names = ["FIRST", "SECOND", "THIRD", "FOURTH"]
    reports = [Report(n, [Line(A, n, 1)], cik=CIK + n, manager=name) for n, name in enumerate(names, 1)]
    read = read_data_set(write(path, reports), PERIOD)
    assert read.filings["accession_number"].sort().to_list() == [accession(1), accession(4)]
    assert read.lines["value"].sort().to_list() == [1, 4]
    assert set(reasons(read)) == {accession(2), accession(3)}
    assert all(type(error).__name__ in reason for reason in reasons(read).values())
    assert set(read.rejects["kind"]) == {RejectKind.UNFORESEEN}


# ---- what is no data set ------------------------------------------------------------------------------------------


def test_a_zip_that_is_cut_off_is_refused(path: Path) -> None:
    whole = write(path, [PLAIN, OTHER]).read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at])
        with pytest.raises(SourceError, match=r"damaged.*remove it and refresh again"):
            read_data_set(path, PERIOD)


@pytest.mark.parametrize("flips", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_flipped_bytes_are_refused_or_change_nothing(path: Path, flips: int) -> None:
    whole = write(path, [PLAIN, OTHER]).read_bytes()
    expected = read_data_set(path, PERIOD)
    chance = random.Random(13)  # noqa: S311
    for _ in range(flips):
        body = bytearray(whole)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        path.write_bytes(body)
        try:
            read = read_data_set(path, PERIOD)
        except SourceError as error:
            assert path.name in str(error)
        else:
            assert read.filings.equals(expected.filings) and read.lines.equals(expected.lines)


@pytest.mark.parametrize("body", [b"", b"<html><body>Please try again later</body></html>"])
def test_a_page_instead_of_a_zip_is_refused(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    with pytest.raises(SourceError, match="damaged"):
        read_data_set(path, PERIOD)


def test_a_zip_without_a_table_or_with_two_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.htm", "")
    with pytest.raises(SourceError, match=r"no SUBMISSION\.tsv"):
        read_data_set(path, PERIOD)
    write(path, [PLAIN])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("again/INFOTABLE.tsv", "")
    with pytest.raises(SourceError, match=r"2 INFOTABLE\.tsv"):
        read_data_set(path, PERIOD)


def test_a_bomb_is_bounded_whatever_size_it_declares(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "DATA_SET_LINES", Bound(200_000))
    monkeypatch.setattr(bounds, "DATA_SET_TABLE", Bound(200_000))
    monkeypatch.setattr(data_set_tables, "PIECE_BYTES", 4096)
    write(path, [PLAIN], edit={"INFOTABLE.tsv": lambda body: body + b" " * 10_000_000})
    with pytest.raises(SourceError, match=r"INFOTABLE\.tsv is larger than 200,000 bytes"):
        read_data_set(path, PERIOD)
    write(path, [PLAIN], edit={"COVERPAGE.tsv": lambda body: b"X" * 10_000_000})
    with pytest.raises(SourceError, match=r"COVERPAGE\.tsv"):
        read_data_set(path, PERIOD)


def test_names_that_lead_elsewhere_write_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "here" / NAME, [PLAIN])
    body = path.read_bytes()
    path.write_bytes(body.replace(b"FORM13F_metadata.json", b"../../../etc/evil.txt"))
    assert read_data_set(path, PERIOD).filings.height == 1
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]
