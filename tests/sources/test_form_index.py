"""EDGAR's form index with content that no index has; what it lists is tried in `test_edgar`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker import bounds
from tracker.bounds import Bound
from tracker.errors import IncompleteError, SourceError
from tracker.sources import delistings, form_index

LINE = "13F-HR      EXAMPLE LP      7      {day}      edgar/data/7/0000000007-25-000001.txt\n"


def test_an_index_beyond_its_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "FORM_INDEX", Bound(10**6, 3))
    path = tmp_path / "2025-QTR4.idx"
    path.write_text("Form Type\n" + LINE.format(day="2025-11-13") * 3)
    for read in (form_index.read_index, delistings.read):
        with pytest.raises(SourceError, match="has more than 3 lines"):
            read([path])
    with pytest.raises(IncompleteError, match="has more than 3 lines"):
        form_index._check(path.read_bytes())


@pytest.mark.parametrize("day", ["0025-11-13", "9999-11-13", "2025-13-13"])
def test_a_line_with_a_day_that_cannot_be_is_unread(day: str) -> None:
    index, unread = form_index.parse_index((LINE.format(day=day) + LINE.format(day="2025-11-13")).encode())
    assert index.height == 1 and len(unread) == 1
