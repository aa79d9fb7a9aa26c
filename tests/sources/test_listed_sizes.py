"""The sizes that SEC's listing pages state beside their links."""

from __future__ import annotations

import pytest

from tracker.sources.listed_sizes import read_sizes

ROW = '<tr><td><a href="/files/x/{name}">{name}</a></td><td>{cell}</td></tr>'


def page(*rows: tuple[str, str]) -> bytes:
    return ("<table>" + "".join(ROW.format(name=name, cell=cell) for name, cell in rows) + "</table>").encode()


def test_the_size_stands_in_the_row_of_the_link() -> None:
    sizes = read_sizes(page(("2023q4_form13f.zip", "85.25 MB"), ("a b.zip", "512 kb"), ("c.zip", "1.5GB")))
    assert sizes == {"2023q4_form13f.zip": 89_391_104, "a b.zip": 524_288, "c.zip": 1_610_612_736}


@pytest.mark.parametrize("cell", ["", "about 85", "85 MBit", "1,085 MB", "8.5 MB or 9 MB", "85.1234 MB", "9999999 MB"])
def test_what_is_no_size_is_not_known(cell: str) -> None:
    """A size that is not stated is null, not 0."""
    assert read_sizes(page(("c.zip", cell))) == {}


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"<tr><td><a href='http://[x'>c.zip</a></td><td>3 MB</td></tr>"])
def test_a_page_that_is_none_has_no_sizes(body: bytes) -> None:
    assert "c.zip" not in read_sizes(body)


def test_a_row_with_two_files_tells_of_neither() -> None:
    row = b"<table><tr><td><a href='a.zip'>a</a><a href='b.zip'>b</a></td><td>3 MB</td></tr></table>"
    assert read_sizes(row) == {}
