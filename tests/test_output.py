"""One answer in four formats; text from filings steers neither a terminal, nor a page, nor a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracker.errors import SettingError
from tracker.output import (
    FORMATS,
    Answer,
    Column,
    Look,
    OutputFormat,
    dollars,
    emit,
    look_of,
    money,
    part,
    percent,
    plural,
    render,
    render_terminal,
)

COLUMNS = (
    Column("name", "Company"),
    Column("day", "Day", "date"),
    Column("cap", "Market cap", "usd"),
    Column("pct", "Performance", "change"),
    Column("shares", "Shares", "number"),
    Column("count", "Funds", "integer"),
)
ROW = {"name": "Tolvane Inc", "day": date(2025, 9, 30), "cap": 223.56e6, "pct": 175.0, "shares": 1234.0, "count": 3}
ESCAPES = [
    "\x1b[31mred\x1b[0m",
    "\x9b2J",
    "a\rb",
    "a\nb",
    "a\x00b",
    "a\x07b",
    "a\u202eb",
    "a\u2028b",
    "a\x7fb",
    "\x1b]0;x\x07",
]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    " =1+1",
    "\t=1+1",
    "\r\n=1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    '=HYPERLINK("http://x")',
]
TEXTS = st.text() | st.sampled_from([*ESCAPES, *FORMULAS])


def answer(*rows: dict[str, Any], **given: Any) -> Answer:
    return Answer(**{"title": "A title", "columns": COLUMNS, "rows": rows, **given})


def named(text: str) -> Answer:
    """An answer that holds `text` wherever text from outside can stand."""
    return answer({**ROW, "name": text}, title=text, notes=[text], facts={"name": text})


def run_python(program: str, *words: str) -> str:
    root = Path(__file__).resolve().parent.parent
    run = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=root)
    return run.stdout


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# ---- table --------------------------------------------------------------------------------------------------------


def test_a_table_is_aligned_numbers_to_the_right() -> None:
    other = {"name": "X", "day": None, "cap": None, "pct": -5.5, "shares": 0.5, "count": 12345}
    assert render(answer(ROW, other, notes=["A note."]), "table").splitlines() == [
        "A title",
        "",
        "Company      Day         Market cap  Performance  Shares   Funds",
        "-----------  ----------  ----------  -----------  ------  ------",
        "Tolvane Inc  2025-09-30    $223.56M     +175.00%   1,234       3",
        "X                               n/a       -5.50%    0.50  12,345",
        "",
        "A note.",
    ]


def test_a_table_without_rows_is_its_title_and_notes() -> None:
    assert render(answer(notes=["Nothing is loaded."]), "table") == "A title\n\nNothing is loaded."


def test_no_line_of_a_table_ends_in_blanks() -> None:
    text = render(Answer("t", COLUMNS[:2], [{"name": "A long name", "day": None}, {"name": "b", "day": None}]), "table")
    assert all(line == line.rstrip() for line in text.splitlines())


# ---- amounts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "short", "long"),
    [
        (None, "n/a", "n/a"),
        (0, "$0", "$0"),
        (12.4, "$12", "$12"),
        (999, "$999", "$999"),
        (1000, "$1.00K", "$1,000"),
        (205_165_340.0, "$205.17M", "$205.17 Million"),
        (1.3249e9, "$1.32B", "$1.32 Billion"),
        (3.1e12, "$3.10T", "$3.10 Trillion"),
        (999_994, "$999.99K", "$1.00 Million"),
        (999_999, "$1.00M", "$1.00 Million"),
        (999_999_999.0, "$1.00B", "$1.00 Billion"),
    ],
)
def test_money_has_one_scale_for_lists_and_articles(value: float | None, short: str, long: str) -> None:
    assert (money(value), dollars(value)) == (short, long)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (99.996, "99.99%"), (99.999999999, "99.99%"), (100.0, "100.00%"), (98.82, "98.82%"), (0.29, "0.29%"),
        (1.15, "1.15%"), (None, "n/a"),
    ],
)  # fmt: skip
def test_a_part_never_reads_as_the_whole(share: float | None, said: str) -> None:
    assert part(share) == said


def test_a_part_of_whole_hundredths_is_that() -> None:
    assert [part(number / 100) for number in range(10_001)] == [f"{number / 100:.2f}%" for number in range(10_001)]


def test_percentages_have_two_decimals() -> None:
    assert [percent(49.2), percent(49.2, "+"), percent(-1234.5, "+"), percent(None)] == [
        "49.20%",
        "+49.20%",
        "-1,234.50%",
        "n/a",
    ]


def test_a_count_agrees_with_its_noun() -> None:
    assert plural(1, "line") == "1 line" and plural(0, "line") == "0 lines"
    assert plural(3200, "line") == "3,200 lines" and plural(2, "family", "families") == "2 families"


# ---- text from outside --------------------------------------------------------------------------------------------


@given(TEXTS)
def test_no_control_character_reaches_a_terminal_or_a_page(text: str) -> None:
    for form in ("table", "md", "csv", "html"):
        assert all(character.isprintable() for line in render(named(text), form).split("\n") for character in line)


@given(TEXTS)
def test_a_name_is_text_in_html_and_nothing_else(text: str) -> None:
    document = lxml.html.fragment_fromstring(render(named(text), "html"))
    plain = lxml.html.fragment_fromstring(render(named("x"), "html"))
    assert [each.tag for each in document.iter()] == [each.tag for each in plain.iter()]
    assert (document.findtext(".//caption") or "").split() == "".join(
        c if c.isprintable() else " " for c in text
    ).split()


def test_an_html_answer_loads_nothing_and_aligns_numbers() -> None:
    html = render(answer(ROW), "html")
    assert "<script" not in html and "http" not in html and "<details" not in html  # there are no notes
    assert html.count('style="text-align:right"') == html.count('style="text-align:left"') * 2


@given(TEXTS)
def test_a_name_never_makes_a_line(text: str) -> None:
    plain = render(named("x"), "md").count("\n")
    assert render(named(text), "md").count("\n") == plain
    table = render(answer({**ROW, "name": text}), "table")
    assert len(table.split("\n")) == 5  # title, empty, heading, rule, row


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A|B", r"A\|B"),
        ("A*B*_c_", r"A\*B\*\_c\_"),
        ("THRUM <Optics>", "THRUM &lt;Optics&gt;"),
        ("[x](http://y)", r"\[x\](http&#58;//y)"),
        ("`code`", r"\`code\`"),
        ("back\\slash", "back\\\\slash"),
        ("\\|", "\\\\\\|"),
        ("Harl & Pike", "Harl &amp; Pike"),
        ("www.e.org a@e.org ~~x~~", r"www&#46;e.org a&#64;e.org \~\~x\~\~"),
    ],
)
def test_markdown_marks_are_escaped(text: str, written: str) -> None:
    lines = render(named(text), "md").splitlines()
    assert lines[0] == f"## {written}"
    assert lines[4].startswith(f"| {written} | 2025-09-30 |")
    assert lines[-1] == f"- {written}"


@given(TEXTS)
def test_every_markdown_row_has_as_many_cells_as_the_heading(text: str) -> None:
    heading, rule, row = render(named(text), "md").splitlines()[2:5]
    cells = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in (heading, rule, row)]
    assert cells == [len(COLUMNS) + 1] * 3


def test_markdown_aligns_numbers_to_the_right() -> None:
    assert render(answer(ROW), "md").splitlines() == [
        "## A title",
        "",
        "| Company | Day | Market cap | Performance | Shares | Funds |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        "| Tolvane Inc | 2025-09-30 | $223.56M | +175.00% | 1,234 | 3 |",
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_csv_cell_is_never_a_formula(text: str) -> None:
    (row,) = read_csv(render(named(text), "csv"))
    assert row["name"].startswith("'") and row["name"].lstrip("' ") == text.strip("\u200b\u00a0 \t\r\n")


@given(TEXTS)
def test_a_csv_cell_begins_with_no_formula_mark_whatever_is_before_it(text: str) -> None:
    (row,) = read_csv(render(named(text), "csv"))
    assert row["name"].strip()[:1] not in ("=", "+", "-", "@")


# ---- csv ----------------------------------------------------------------------------------------------------------


def test_csv_holds_every_fact_in_full(tmp_path: Path) -> None:
    row = {**ROW, "cap": 223_562_345.678, "pct": -3.25, "more": 'a "quoted", text', "nothing": None}
    (read,) = read_csv(render(answer(row), "csv"))
    assert read == {
        "name": "Tolvane Inc",
        "day": "2025-09-30",
        "cap": "223562345.678",
        "pct": "-3.25",  # a number below zero is no formula
        "shares": "1234",
        "count": "3",
        "more": 'a "quoted", text',
        "nothing": "",
    }


def test_csv_without_rows_has_its_heading() -> None:
    assert render(answer(), "csv") == "name,day,cap,pct,shares,count"


# ---- json ---------------------------------------------------------------------------------------------------------


def test_json_has_whole_numbers_dates_and_nulls_at_any_depth() -> None:
    deep = {"whole": 5.0, "part": 0.5, "many": [1.0, {"nothing": None, "yes": True}], "open": float("inf")}
    facts = {"deep": deep, "day": date(2025, 9, 30), "at": datetime(2025, 11, 14, 17, 30), "large": 2.0**60}
    text = render(answer({"name": None, "shares": 1234.0}, facts=facts), "json")
    assert "1234.0" not in text and '"whole": 5,' in text
    document = json.loads(text, parse_constant=pytest.fail)
    envelope = {name: document.pop(name) for name in ("title", "methodology", "columns", "notes")}
    assert [column["name"] for column in envelope["columns"]] == ["name", "shares"]
    assert document == {
        "deep": {"whole": 5, "part": 0.5, "many": [1, {"nothing": None, "yes": True}], "open": None},
        "day": "2025-09-30",
        "at": "2025-11-14T17:30:00",
        "large": 2**60,
        "rows": [{"name": None, "shares": 1234}],
    }


@given(TEXTS)
def test_json_holds_text_as_it_was(text: str) -> None:
    found = json.loads(render(named(text), "json"))
    assert (found["name"], found["rows"][0]["name"]) == (text, text)


def test_json_refuses_what_it_has_no_form_for() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        render(answer(facts={"set": {1}}), "json")


# ---- the table of formats -----------------------------------------------------------------------------------------


def test_a_format_is_a_function_and_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    titles = OutputFormat((".title",), lambda answer: answer.title.upper(), "the title, loudly")
    monkeypatch.setitem(FORMATS, "loud", titles)
    printed: list[str] = []
    emit(answer(), "loud", None, printed.append)
    emit(answer(), "loud", tmp_path / "list.title", printed.append)
    assert printed == ["A TITLE"] and (tmp_path / "list.title").read_text() == "A TITLE\n"


def test_the_command_line_offers_what_the_table_of_formats_holds() -> None:
    program = """
from tracker.output import FORMATS, OutputFormat
FORMATS["loud"] = OutputFormat((".title",), str, "the title, loudly")
from tracker.cli import main
main()
"""
    assert "|".join([*FORMATS, "loud"]) in "".join(run_python(program, "status", "--help").split())


def test_no_suffix_belongs_to_two_formats() -> None:
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    assert len(set(suffixes)) == len(suffixes) and all(suffix.startswith(".") for suffix in suffixes)
    assert all(form.purpose for form in FORMATS.values())


# ---- where it goes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_holds_what_stdout_would(form: Any, tmp_path: Path) -> None:
    printed: list[str] = []
    emit(named("Måneskär ☃"), form, None, printed.append)
    emit(named("Måneskär ☃"), form, tmp_path / "new" / "list", printed.append)
    assert (tmp_path / "new" / "list").read_text(encoding="utf-8") == printed[0] + "\n" and len(printed) == 1


def test_an_answer_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        emit(answer(facts={"set": {1}}), "json", path, pytest.fail)
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("list.json", "old")]


def test_a_file_is_replaced_not_written_into(tmp_path: Path) -> None:
    path, reader = tmp_path / "list.csv", tmp_path / "reader"
    path.write_text("old")
    os.link(path, reader)  # whoever has the old file open keeps it
    emit(answer(ROW), "csv", path, pytest.fail)
    assert reader.read_text() == "old" and path.read_text().startswith("name,")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "list.csv"
    link.symlink_to("real/list.csv")
    emit(answer(ROW), "csv", link, pytest.fail)
    assert link.is_symlink() and (tmp_path / "real" / "list.csv").read_text().startswith("name,")


def test_a_folder_or_a_device_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(SettingError, match="is not a file; name one"):
            emit(answer(ROW), "csv", path, pytest.fail)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_a_place_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingError, match="cannot be written"):
        emit(answer(ROW), "csv", tmp_path / "file" / "list.csv", pytest.fail)


# ---- on a terminal ------------------------------------------------------------------------------------------------


class Stream(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


def bare(text: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[\d+m", "", text)


def test_only_a_terminal_has_a_look() -> None:
    assert look_of(Stream(False), {}) is None
    look = look_of(Stream(True), {"TERM": "xterm"})
    assert look is not None and look.is_coloured and look.width > 0


@pytest.mark.parametrize(
    ("environment", "is_coloured"), [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colour_can_be_refused(environment: dict[str, str], is_coloured: bool) -> None:
    look = look_of(Stream(True), environment)
    assert look is not None and look.is_coloured is is_coloured


def test_rises_and_falls_have_colours() -> None:
    shown = render_terminal(answer(ROW, {**ROW, "pct": -5.0}, {**ROW, "pct": 0.0}), Look(100, is_coloured=True))
    assert "\x1b[32m+175.00%\x1b[0m" in shown and "\x1b[31m-5.00%\x1b[0m" in shown and " +0.00%" in bare(shown)
    assert "\x1b[32m+0.00%" not in shown
    plainly = render_terminal(answer(ROW), Look(100, is_coloured=False))
    assert plainly == bare(plainly) == render(answer(ROW), "table")


def test_more_holders_than_before_are_a_rise() -> None:
    columns = (Column("holders", "Funds", "integer"), Column("awaited", "Awaited", "integer"))
    rows = [{"holders": 3, "change": change, "awaited": 0} for change in (1, 0, -1, None)]
    lines = render_terminal(Answer("t", columns, rows), Look(80, is_coloured=True)).splitlines()[4:]
    assert ["32m3" in line for line in lines] == [True, False, False, False]
    assert ["31m3" in line for line in lines] == [False, False, True, False]


def test_a_change_in_words_has_no_colour() -> None:
    change = Answer("t", (Column("change", "Change"),), [{"change": "new"}])
    assert render_terminal(change, Look(80, is_coloured=True)).splitlines()[-1] == "new"


@given(st.text(max_size=60), st.integers(20, 120))
def test_an_answer_is_never_wider_than_the_terminal(name: str, width: int) -> None:
    foreign = answer({**ROW, "name": f"{name} Inc"}, ROW, title=name, notes=[name], footer=name)
    shown = bare(render_terminal(foreign, Look(width, is_coloured=True)))
    assert all(cell_len(line) <= width for line in shown.splitlines())
    assert all(text in shown for text in ("1,234", "$223.56M", "2025-09-30", "+175.00%"))


@given(TEXTS)
def test_foreign_text_steers_no_terminal(text: str) -> None:
    shown = render_terminal(named(text), Look(80, is_coloured=True))
    assert all(character.isprintable() for line in bare(shown).split("\n") for character in line)


def test_markup_is_shown_as_it_is() -> None:
    shown = render_terminal(named("[bold red]A[/] :smile:"), Look(120, is_coloured=True))
    assert shown.count("[bold red]A[/] :smile:") == 3


COMPANIES = (
    Column("name", "Company"),
    Column("listing", "Listing"),
    Column("cap", "Market capitalization", "usd"),
    Column("number", "Filing"),
)
COMPANY = {
    "name": "An Unusually Long Name Of A Company Inc",
    "listing": "NASDAQ:ABCD",
    "cap": 205.17e6,
    "number": "0000950123-25-000001",
}


def test_headings_wrap_before_names_do() -> None:
    lines = render_terminal(Answer("t", COMPANIES, [COMPANY]), Look(95, is_coloured=False)).splitlines()
    assert COMPANY["name"] in lines[-1] and "Market" in lines[2] and "capitalization" in lines[3]


def test_names_wrap_and_numbers_and_codes_do_not() -> None:
    shown = render_terminal(Answer("t", COMPANIES, [COMPANY]), Look(70, is_coloured=False))
    first, *further = shown.splitlines()[5:]
    assert all(text in first for text in ("An Unusually", "NASDAQ:ABCD", "$205.17M", "0000950123-25-000001"))
    assert " ".join([first.split("  ")[0], *(line.strip() for line in further)]) == COMPANY["name"]


def test_rows_become_blocks_where_columns_do_not_fit() -> None:
    shown = render_terminal(Answer("t", COMPANIES, [COMPANY, {**COMPANY, "name": None}]), Look(50, is_coloured=False))
    assert shown.splitlines()[2:] == [
        "Company                An Unusually Long Name Of A",
        "                       Company Inc",
        "Listing                NASDAQ:ABCD",
        "Market capitalization  $205.17M",
        "Filing                 0000950123-25-000001",
        "",
        "Listing                NASDAQ:ABCD",
        "Market capitalization  $205.17M",
        "Filing                 0000950123-25-000001",
    ]


def test_an_address_breaks_after_a_slash() -> None:
    address = "https://www.sec.gov/Archives/edgar/data/1000001/0000950123-25-000001.txt"
    rows = [{"name": "A", "url": address}]
    shown = render_terminal(Answer("t", (Column("name", "Company"), Column("url", "Filing")), rows), Look(60, False))
    first, second = shown.splitlines()[4:]
    assert first.endswith("/") and second.strip() == "0000950123-25-000001.txt"
    assert first.split()[1] + second.strip() == address


def test_sentences_wrap_and_lose_nothing() -> None:
    sentence = "not a hedge fund: the adviser roster shows no hedge fund among its private funds " * 2
    made = answer({**ROW, "name": sentence}, title=sentence, notes=[sentence], footer=sentence)
    for width in (40, 80, 120):
        words = bare(render_terminal(made, Look(width, is_coloured=True))).split()
        assert all(words.count(word) >= 4 for word in sentence.split())


def test_columns_of_wide_names_are_aligned() -> None:
    made = answer({**ROW, "name": "日本"}, {**ROW, "name": "e\u0301bcd"}, ROW)
    for shown in (render(made, "table"), render_terminal(made, Look(100, is_coloured=False))):
        assert len({cell_len(line) for line in shown.splitlines()[4:]}) == 1


def test_the_footer_is_dim_and_for_terminals_only() -> None:
    made = answer(ROW, footer="each family counts once")
    assert "each family" not in render(made, "table")
    assert render_terminal(made, Look(80, is_coloured=True)).endswith("\n\n\x1b[2meach family counts once\x1b[0m")


def test_rich_is_imported_for_terminals_only() -> None:
    program = """
import sys
from tracker import output
import tracker.cli
output.render(output.Answer("t", (output.Column("a", "A"),), [{"a": "b"}]), "table")
print([name for name in sys.modules if name.partition(".")[0] == "rich"])
"""
    assert run_python(program).strip() == "[]"
