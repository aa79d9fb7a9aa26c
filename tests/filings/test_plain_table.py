"""Information tables read straight from their bytes: where that is done at all, the tree gives the same."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.filings.helpers import A, B
from tests.submissions import line, table
from tracker.bounds import Bound
from tracker.filings import information_tables, line_elements, plain_lines, plain_table, rules
from tracker.filings.rules import Unreadable

AMOUNT = st.sampled_from(["0", "12500", "12\n34", "1,500", " 7 ", "-1", "1e3", "", "2.50", "a>b"])
TEXT = st.sampled_from(
    ["PLAIN CORP", "A & B", 'x < "y" > z', "  ", "", "Soci\u00e9t\u00e9", "&amp;lt;", "two\nlines", "\u00a0x"]
)
LINE = st.builds(
    line, st.sampled_from([A, B, "", " 1 "]), AMOUNT, AMOUNT, TEXT, title=TEXT, figi=st.sampled_from(["", "BBG"]),
    put_call=st.sampled_from(["", "Put", "call"]), other_manager=st.sampled_from(["", "1", "1,2"]),
    share_type=st.sampled_from(["SH", "PRN", "sh"]), voting=st.tuples(AMOUNT, AMOUNT, AMOUNT),
)  # fmt: skip
PREFIX = st.sampled_from(["", "ns1:", "n:"])
INSERTED = st.sampled_from([
    "<cusip>", "</cusip>", "<figi/>", "<figi></figi>", "<foo/>", "<foo>1</foo>", "<!-- 1 -->", "<![CDATA[<1>]]>",
    "<?p q?>", "&amp;", "&lt;", "&#49;", "&other;", "&", "<", ">", "]]>", "\r\n", "\r", "\x01", "\x00", "\ufeff", "1",
    " ", "\t", "\u00e9", "<infoTable>", "</infoTable>", "<infoTable/>", "</infoTable><infoTable>",
    "</informationTable>", " a='b'", " xmlns='u'", "<putCall>Put</putCall>", "<otherManager>1</otherManager>",
    "<!DOCTYPE x>", "<value>1</value>", "<ns1:value>1</ns1:value>",
])  # fmt: skip


def stripped(cells: plain_table.Cells) -> pl.DataFrame:
    return rules.strip(pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)))


def in_any_form(block: bytes) -> plain_table.Cells:
    pieces = list(line_elements.read_pieces(block))
    return {leaf: [text for piece in pieces for text in piece[leaf]] for leaf in information_tables._LEAVES}


def assert_same(block: bytes) -> bool:
    """Whether the table was plain; if so, both ways agree."""
    cells = plain_table.read(block)
    if cells is None:
        return False
    assert stripped(cells).equals(stripped(in_any_form(block)))
    return True


@given(st.lists(LINE, min_size=1, max_size=6), PREFIX, st.sampled_from(["\n", "\r\n", ""]))
def test_whatever_is_written_in_the_schemas_order_is_plain(lines: list[str], prefix: str, eol: str) -> None:
    assert assert_same(table(lines, prefix).replace("\n", eol).encode())


@settings(max_examples=300)
@given(st.lists(LINE, min_size=1, max_size=3), PREFIX, st.data())
def test_a_table_that_is_edited_anywhere_is_read_as_the_tree_has_it_or_left_to_it(
    lines: list[str], prefix: str, data: st.DataObject
) -> None:
    text = table(lines, prefix)
    for _ in range(data.draw(st.integers(1, 3))):
        tokens = re.split(r"(<[^<>]*>)", text)
        at = data.draw(st.integers(0, len(tokens) - 1))
        other = data.draw(st.integers(0, len(tokens) - 1))
        change = data.draw(st.sampled_from(["insert", "drop", "swap", "repeat", "inside"]))
        inserted = data.draw(INSERTED)
        if change == "insert":
            tokens.insert(at, inserted)
        elif change == "drop":
            del tokens[at]
        elif change == "swap":
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif change == "repeat":
            tokens.insert(other, tokens[at])
        else:
            place = data.draw(st.integers(0, len(tokens[at])))
            tokens[at] = tokens[at][:place] + inserted + tokens[at][place:]
        text = "".join(tokens)
    assert_same(text.encode())


PLAIN = table([line(A, 1, 2, "FIRST CORP", figi="BBG"), line(B, 3, 4, put_call="Put"), line(B, 5, 6)])
NOT_PLAIN = {
    "a comment": ("FIRST", "FI<!-- -->RST"),
    "a CDATA section": ("FIRST", "<![CDATA[FIRST]]>"),
    "a processing instruction": ("FIRST", "FI<?a b?>RST"),
    "a numeric reference": ("FIRST", "&#70;IRST"),
    "an attribute": ("<cusip>", "<cusip a='<'>".replace("<'", "'")),
    "an element of another order": ("<titleOfClass>COM</titleOfClass>", ""),
    "an unknown element": ("<value>1</value>", "<value>1<b/></value>"),
    "an empty tag": ("<figi>BBG</figi>", "<figi/>"),
    "an element outside of a line": ("</informationTable>", "<cusip>1</cusip></informationTable>"),
    "an end that is missing": ("</informationTable>", ""),
    "a DTD": ("<informationTable", "<!DOCTYPE informationTable><informationTable"),
    "another namespace": ("<infoTable>", "<infoTable xmlns='u'>"),
    "another encoding": ('encoding="UTF-8"', 'encoding="UTF-16"'),
}


@pytest.mark.parametrize(("old", "new"), NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_what_is_not_plain_is_left_to_the_tree(old: str, new: str) -> None:
    assert assert_same(PLAIN.encode()) and old in PLAIN
    assert plain_table.read(PLAIN.replace(old, new, 1).encode()) is None


def test_a_table_in_pieces_is_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a piece is found not to be plain after others were read, and where a line fails a check."""
    lines = [line(A, number, 1, f"NAME {number} & SONS") for number in range(1, 40)]
    tables = [
        table(lines, "n1:"),
        table([*lines, line(B, 1, 1, figi="BBG").replace("<figi>", "<figi a='b'>")]),
        table([*lines, line(B, "x", 1), *lines, line(B, "y", 1)]),
        table([*lines, line(B, 1, 1).replace("<value>", "<value>1</value><value>")]),
    ]
    read = {}
    for size in (2**21, 2_000):
        monkeypatch.setattr(plain_table, "PIECE_BYTES", size)
        monkeypatch.setattr(line_elements, "LINES_TOGETHER", 7)
        read[size] = information_tables.read_tables(text.encode() for text in tables)
    whole, pieces = read.values()
    assert whole.heights == pieces.heights == [39, 40, 0, 0] and whole.refused == pieces.refused
    assert whole.lines.equals(pieces.lines)


UNSOUND = {
    "an element in an amount": (
        "<sshPrnamt>2</sshPrnamt>",
        "<sshPrnamt>2<figi/>0</sshPrnamt>",
        "has an element within",
    ),
    "a line in a line": ("</infoTable>\n  <infoTable>", "<infoTable>", "not where the schema has it|not well|mismatch"),
    "a leaf elsewhere": ("<Sole>", "</votingAuthority><Sole>1</Sole><votingAuthority><Sole>", "not where the schema"),
    "a wrapper in a wrapper": ("<Sole>", "<shrsOrPrnAmt/><Sole>", "not where the schema has it|twice"),
    "text in a line": ("<infoTable>", "<infoTable>7", "text in infoTable beside its elements"),
    "text between lines": ("</infoTable>", "</infoTable>7", "text in informationTable beside its elements"),
    "text before the end": ("</informationTable>", "7</informationTable>", "text in informationTable"),
}


@pytest.mark.parametrize(("old", "new", "words"), UNSOUND.values(), ids=UNSOUND.keys())
def test_unsound_structure_is_refused_never_counted(old: str, new: str, words: str) -> None:
    text = PLAIN.replace(old, new, 1)
    assert old in PLAIN and plain_table.read(text.encode()) is None
    with pytest.raises(Unreadable, match=words):
        information_tables.read_table(text.encode())


def test_a_table_has_a_most_of_lines_and_a_line_a_most_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_table, "PIECE_BYTES", 1_000)
    for module in (information_tables, line_elements):
        monkeypatch.setattr(module, "INFORMATION_TABLE", Bound(10**6, 2, 2**16))
    for text in (PLAIN, PLAIN.replace("FIRST", "FI<!-- -->RST")):
        with pytest.raises(Unreadable, match="more than 2 lines"):
            information_tables.read_table(text.encode())
    with pytest.raises(Unreadable, match="a line of more than 65,536 bytes"):
        information_tables.read_table(PLAIN.replace("<figi>", "<figi/>" * 40_000 + "<figi>").encode())


def test_text_that_is_not_ascii_needs_utf8() -> None:
    text = PLAIN.replace("FIRST", "SOCI\u00c9T\u00c9")
    assert assert_same(text.encode()) and assert_same(b"\xef\xbb\xbf" + text.encode())
    latin = text.replace("UTF-8", "ISO-8859-1")
    assert plain_table.read(latin.encode("latin-1")) is None
    assert assert_same(PLAIN.replace("UTF-8", "ISO-8859-1").encode())


def test_large_tables_are_checked_as_small_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for few in (0, 2_000):
        monkeypatch.setattr(information_tables, "_FEW", few)
        table = information_tables.read_table(PLAIN.encode())
        assert table["value"].to_list() == [1, 3, 5] and table["put_call"].to_list() == ["", "PUT", ""]
        with pytest.raises(Unreadable, match="line 2: value is negative"):
            information_tables.read_table(PLAIN.replace("<value>3<", "<value>-3<").encode())
        with pytest.raises(Unreadable, match="appears twice"):
            information_tables.read_table(PLAIN.replace("<value>3<", "<value>3</value><value>3<").encode())


@settings(max_examples=300)
@given(st.lists(LINE, min_size=1, max_size=6))
def test_what_is_plainly_sound_is_typed_as_all_else(lines: list[str]) -> None:
    cells = plain_table.read(table(lines).encode())
    assert cells is not None
    texts = {name: cells[leaf] for leaf, name in information_tables._LEAVES.items()}
    quick = plain_lines.convert(texts)
    stripped = rules.strip(pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)))
    if quick is not None:
        typed = rules.convert_lines(stripped)
        assert not rules.failed_checks(stripped) and pl.DataFrame(quick, schema=typed.schema).equals(typed)


TABLES = {
    "plain": PLAIN,
    "read by the tree": PLAIN.replace("FIRST", "FI<!-- -->RST"),
    "grouped amounts": PLAIN.replace("<value>1<", "<value>1,000<"),
    "a bad amount": PLAIN.replace("<value>3<", "<value>-3<"),
    "two bad lines": PLAIN.replace("<value>3<", "<value>x<").replace("<value>5<", "<value>y<"),
    "an unknown element": PLAIN.replace("<value>1</value>", "<value>1<b/></value>"),
    "not XML": "<informationTable",
    "a DTD": PLAIN.replace("<informationTable", "<!DOCTYPE informationTable><informationTable"),
    "no lines": table([]),
    "another prefix": table([line(A, 7, 8)], "n1:"),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(TABLES)), max_size=8), st.sampled_from([0, 2_000]))
def test_tables_that_are_read_together_are_as_each_alone(names: list[str], few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(information_tables, "_FEW", few)
        together = information_tables.read_tables(TABLES[name].encode() for name in names)
        first = 0
        for place, name in enumerate(names):
            height = together.heights[place]
            lines = together.lines.slice(first, height)
            first += height
            try:
                alone = information_tables.read_table(TABLES[name].encode())
            except Unreadable as unreadable:
                assert together.refused[place] == unreadable.problem and not height
            else:
                assert place not in together.refused and lines.equals(alone)
        assert first == together.lines.height
