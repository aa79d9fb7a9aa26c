"""Pictures beside an editor's notes are what their bytes say, not what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.newsletter.pictures import gif, jpeg, png
from tracker.errors import InputError
from tracker.newsletter import note_pictures
from tracker.newsletter.note_pictures import describe, measure, read_pictures


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.png", png(30, 20)), ("a.gif", gif(30, 20)), ("a.jpg", jpeg(30, 20)), ("A.JPEG", jpeg(30, 20))],
)
def test_the_size_is_read_from_the_file(name: str, data: bytes) -> None:
    assert measure(name, data) == (30, 20)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", jpeg()),
        ("a.jpg", png()),
        ("a.svg", b"<svg/>"),
        ("a.png", b""),
        ("a.png", png()[:20]),
        ("a.jpg", jpeg()[:12]),
        ("a.gif", b"GIF89a"),
        ("a.png", b"<script>alert(1)</script>"),
        ("a.png", png(0, 3)),
        ("a.png", png(20_000, 1)),
    ],
)
def test_what_is_no_such_picture_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(InputError, match=name):
        measure(name, data)


@pytest.mark.parametrize(
    "name", ["../a.png", "/etc/passwd", "sub/a.png", ".a.png", "a b.png", "https://e.org/a.png", ""]
)
def test_only_a_file_beside_the_notes_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.png").write_bytes(png())
    with pytest.raises(InputError, match="beside the notes"):
        read_pictures(tmp_path / "notes", [name])


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match="is not there"):
        read_pictures(notes, ["a.png"])


def test_large_ones_and_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png())
    monkeypatch.setattr(note_pictures, "MAX_PICTURES", 1)
    assert list(read_pictures(tmp_path, ["a.png", "a.png"])) == ["a.png"]
    with pytest.raises(InputError, match="more than 1 picture"):
        read_pictures(tmp_path, ["a.png", "b.png"])
    monkeypatch.setattr(note_pictures, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        read_pictures(tmp_path, ["a.png"])


def test_the_document_knows_each_by_its_digest() -> None:
    (row,) = describe({"a.png": png(3, 2)}).values()
    assert (row["file"], row["width"], row["height"], len(row["sha256"])) == ("pictures/a.png", 3, 2, 64)
