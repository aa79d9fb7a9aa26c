"""Which submissions are parsed together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.pipeline import read_filings


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([], [[]]),
        ([0, 0], [[0, 0]]),
        ([0, 200, 1], [[0], [200], [1]]),
        ([40, 60, 1, 99, 1], [[40, 60], [1, 99], [1]]),
        ([1, 1, 1, 1, 1], [[1, 1, 1, 1], [1]]),
    ],
)
def test_a_batch_is_bounded_in_files_and_bytes_and_may_be_one_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], together: list[list[int]]
) -> None:
    monkeypatch.setattr(read_filings, "_PARSED_TOGETHER", 4)
    monkeypatch.setattr(read_filings, "_BYTES_TOGETHER", 100)
    files = []
    for number, size in enumerate(sizes):
        path = tmp_path / str(number)
        path.write_bytes(b" " * size)
        files.append((f"{number}", number, str(path)))
    batches = read_filings._batches(files)
    assert [[path.stat().st_size for path, _, _ in batch] for batch in batches] == together
    assert [cik for batch in batches for _, _, cik in batch] == [*range(len(sizes))]
