"""Bounds of what comes from outside: counted block by block, wherever the blocks are cut."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import bounds
from tracker.bounds import Bound, Meter

TEXT = st.lists(st.sampled_from([b"\n", b"a", b"bcd", b"efghij"]), max_size=30).map(b"".join)


@given(TEXT, st.integers(1, 12), st.integers(1, 9))
def test_the_longest_line_is_found_wherever_blocks_are_cut(text: bytes, longest: int, size: int) -> None:
    meter = Meter(Bound(10**6, longest_line=longest))
    problems = [meter.problem(text[at : at + size]) for at in range(0, len(text), size)]
    assert any(problems) == any(len(line) > longest for line in text.split(b"\n"))


@pytest.mark.parametrize(
    ("bound", "problem"),
    [
        (Bound(9), None),
        (Bound(8), "is larger than 8 bytes"),
        (Bound(9, 3), None),
        (Bound(9, 2), "has more than 2 lines"),
        (Bound(9, 3, 3), None),
        (Bound(9, 3, 2), "has a line of more than 2 bytes"),
    ],
)
def test_what_is_beyond_a_bound_is_told(tmp_path: Path, bound: Bound, problem: str | None) -> None:
    text = b"ab\n\ncde\nf"
    text = text[:9]
    assert bounds.problem(text, bound) == problem
    assert bounds.read(io.BytesIO(text), bound) == (text if problem is None else b"", problem)
    path = tmp_path / "file"
    path.write_bytes(text)
    assert bounds.read_file(path, bound)[1] == problem
