"""What EDGAR knows of a filer, from the lists of submissions on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tracker.settings import Settings
from tracker.sources import edgar_filers
from tracker.tables import EDGAR_FILERS

RENTEC = {
    "cik": "1037389",
    "name": "RENAISSANCE TECHNOLOGIES LLC",
    "sic": "6282",
    "sicDescription": "Investment Advice",
    "addresses": {
        "mailing": {"street1": "PO BOX 1", "stateOrCountry": "NJ"},
        "business": {"street1": "800 THIRD AVE", "stateOrCountry": "NY"},
    },
    "phone": "2124866780",
    "formerNames": [{"name": "RENAISSANCE TECHNOLOGIES CORP", "from": "1997-04-09"}, {"name": ""}, 7],
    "filings": {"recent": {}},
}


def put(tmp_path: Path, content: object, cik: int = 1037389) -> Path:
    path = tmp_path / "filings/submissions" / f"CIK{cik:010d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_industry_address_phone_and_former_names_are_read(tmp_path: Path) -> None:
    put(tmp_path, RENTEC)
    assert edgar_filers.read(Settings(tmp_path)).rows() == [
        (
            1037389,
            "RENAISSANCE TECHNOLOGIES LLC",
            "6282",
            "Investment Advice",
            "800 THIRD AVE",
            "NY",
            "2124866780",
            ["RENAISSANCE TECHNOLOGIES CORP"],
        )
    ]


def test_a_list_without_any_of_it_is_a_filer_of_whom_nothing_is_known(tmp_path: Path) -> None:
    put(tmp_path, {"cik": 1037389, "name": "X", "sic": "", "addresses": None, "phone": None, "formerNames": None})
    row = edgar_filers.read(Settings(tmp_path)).row(0, named=True)
    assert {key: value for key, value in row.items() if value is not None} == {
        "cik": 1037389,
        "name": "X",
        "former_names": [],
    }


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "[" * 100_000, {"cik": "9", "name": "ANOTHER"}, {"cik": None}, {"name": "NOBODY"}],
)
def test_a_malformed_list_is_left_out(tmp_path: Path, content: object) -> None:
    put(tmp_path, RENTEC)
    put(tmp_path, content, 5)
    assert edgar_filers.read(Settings(tmp_path))["cik"].to_list() == [1037389]


def test_odd_values_are_not_taken(tmp_path: Path) -> None:
    put(
        tmp_path, {**RENTEC, "sic": "62820", "phone": ["1"], "addresses": {"business": ["NY"]}, "formerNames": {"a": 1}}
    )
    row = edgar_filers.read(Settings(tmp_path)).row(0, named=True)
    assert (row["sic_code"], row["phone"], row["state"], row["former_names"]) == (None, None, None, [])


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path)
    assert edgar_filers.read(settings).equals(EDGAR_FILERS.frame())
    first, second = put(tmp_path, RENTEC), put(tmp_path, {**RENTEC, "cik": "5"}, 5)
    before = edgar_filers.read(settings)
    asked: list[str] = []
    read = edgar_filers._row

    def watch(path: Path, cik: int) -> dict[str, object] | None:
        asked.append(path.name)
        return read(path, cik)

    monkeypatch.setattr(edgar_filers, "_row", watch)
    assert edgar_filers.read(settings).equals(before) and asked == []
    first.write_text(json.dumps({**RENTEC, "sic": "6022"}))
    os.utime(first, ns=(1, 1))
    second.unlink()
    assert edgar_filers.read(settings).select("cik", "sic_code").rows() == [(1037389, "6022")]
    assert asked == [first.name]
    (tmp_path / "filings/submissions/filers.parquet").write_bytes(b"no")
    assert edgar_filers.read(settings)["cik"].to_list() == [1037389]
