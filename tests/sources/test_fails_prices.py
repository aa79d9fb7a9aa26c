"""Prices in fails-to-deliver files: what is a price, and what is not."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.sources.helpers import Notes
from tracker.errors import SourceError
from tracker.sources import fails_prices

HEAD = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n"


def pack(folder: Path, *rows: str, name: str = "cnsfails202512b") -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.txt", (HEAD + "".join(f"{row}\r\n" for row in rows)).encode("latin-1"))
    return path


def test_a_price_is_the_last_cell_and_a_point_is_none(tmp_path: Path) -> None:
    path = pack(
        tmp_path,
        "20251231|266042407|duot|46|DUOS|TECH|11.25",
        "20251230|266042407|DUOT|46|DUOS|11.3",
        "20251231|000000109|NONE|5|NO PRICE|.",
        "20251231|000000117||5|NO SYMBOL|0.0031",
        "20251231|000000125|VOID|5|EMPTY|",
    )
    notes = Notes()
    prices = fails_prices.read([path], notes)
    assert prices.schema == fails_prices.COLUMNS
    assert prices.rows() == [
        ("000000117", "", date(2025, 12, 31), 0.0031),
        ("266042407", "DUOT", date(2025, 12, 30), 11.3),
        ("266042407", "DUOT", date(2025, 12, 31), 11.25),
    ]
    assert notes.told == []
    assert fails_prices.read([]).equals(pl.DataFrame(schema=fails_prices.COLUMNS))


def test_what_is_no_price_is_left_out_and_counted(tmp_path: Path) -> None:
    cells = ("0", "-1", "abc", "1e99", "inf", "nan")
    path = pack(tmp_path, *(f"20251231|00000010{number}|T|5|X|{cell}" for number, cell in enumerate(cells)))
    notes = Notes()
    assert fails_prices.read([path], notes).is_empty()
    assert notes.told == ["fails-to-deliver: 6 prices left out: unreadable or not above zero"]


def test_two_prices_of_one_day_contradict_and_the_same_twice_does_not(tmp_path: Path) -> None:
    first = pack(tmp_path, "20251231|000000109|A|5|X|2", "20251231|000000117|B|5|X|3", name="cnsfails202512a")
    second = pack(tmp_path, "20251231|000000109|A|7|X|2.0", "20251231|000000117|B|5|X|4")
    notes = Notes()
    assert fails_prices.read([first, second], notes)["cusip"].to_list() == ["000000109"]
    assert "2 prices" in notes.told[0]


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cnsfails202512b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cnsfails202512b.txt", "a,b\n1,2\n")
    with pytest.raises(SourceError, match="not a fails-to-deliver file"):
        fails_prices.read([path])
