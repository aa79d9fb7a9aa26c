"""JSON from outside: whatever is in it, one kind of error."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tracker
from tracker import bounds
from tracker.bounds import Bound
from tracker.json_text import parse_json

PACKAGE = Path(tracker.__file__).parent


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"\x00", b'"\xed\xa0\x80"', b'"\\uD800"', b"9" * 5_000],
)
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_its_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "JSON", Bound(5))
    assert parse_json(b"[1,2]") == [1, 2]
    with pytest.raises(ValueError, match="larger than 5 bytes"):
        parse_json(b"[1,2,3]")
    assert parse_json(b"[1,2,3]", Bound(7)) == [1, 2, 3]
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        parse_json(b"[1,2]", Bound(4))


# What they read is their own: what the library is handed, what was rendered a line before, what was told already. And
# the editions' and lists' reader, which is stricter.
OWN = {"json_text.py", "downloader_library.py", "watch_command.py", "publish.py", "told.py", "json_shape.py"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_no_module_reads_json_in_a_way_of_its_own(path: Path) -> None:
    names = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Attribute)}  # fmt: skip
    assert path.name in OWN or "json.loads" not in names
