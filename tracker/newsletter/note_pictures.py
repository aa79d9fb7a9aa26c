"""Pictures that an editor puts beside the notes: what they are by their own bytes, how large, and their digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

FOLDER = "pictures"
"""where they lie in an edition"""
MAX_PICTURES, MAX_BYTES, MAX_BYTES_OF_ALL, MAX_PIXELS = 50, 5_000_000, 25_000_000, 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF"}
_UNSIZED = range(0xD0, 0xDA)  # JPEG markers without a length: restarts, start, end
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # between those of JPEG frames: tables and an extension


def read_pictures(folder: Path, names: Iterator[str] | list[str]) -> dict[str, bytes]:
    """The bytes of the pictures in `folder`, by name; each is checked (see `measure`). Raises InputError."""
    pictures: dict[str, bytes] = {}
    for name in dict.fromkeys(names):
        pictures[name] = _read(folder, name)
        measure(name, pictures[name])
    if len(pictures) > MAX_PICTURES or sum(map(len, pictures.values())) > MAX_BYTES_OF_ALL:
        raise InputError(
            f"more than {MAX_PICTURES} pictures or {MAX_BYTES_OF_ALL // 10**6} MB in the notes; leave some out"
        )
    return pictures


def describe(pictures: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """By name: file (in the edition), sha256, width and height in pixels."""
    return {
        name: {
            "file": f"{FOLDER}/{name}",
            "sha256": hashlib.sha256(data).hexdigest(),
            **dict(zip(("width", "height"), measure(name, data), strict=True)),
        }
        for name, data in pictures.items()
    }


def measure(name: str, data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises InputError if it is not the PNG, JPEG or GIF file that its name promises."""
    kind = _SUFFIXES.get(Path(name).suffix.lower())
    size = _SIZES[kind](data) if kind else None
    if size is None:
        raise InputError(f"the picture {name} is not a PNG, JPEG or GIF file as its name says; save it as one")
    if not all(0 < side <= MAX_PIXELS for side in size):
        raise InputError(f"the picture {name} has {size[0]} x {size[1]} pixels; at most {MAX_PIXELS} are shown")
    return size


def _read(folder: Path, name: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise InputError(f"the picture {name!r:.100} is not the name of a file beside the notes, such as duot.png")
    path = folder / name
    try:
        if path.resolve().parent != folder.resolve() or not path.is_file():
            raise InputError(f"the picture {path} is not there; put the file beside the notes")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"the picture {path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"the picture {path} is larger than {MAX_BYTES // 10**6} MB; make it smaller")
    return data


def _png(data: bytes) -> tuple[int, int] | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> tuple[int, int] | None:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 10:
        return None
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """The size that the first frame states: markers are 0xFF and a byte, most with a length."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker == 0x01 or marker in _UNSIZED:
            at += 1 if marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


_SIZES = {"PNG": _png, "JPEG": _jpeg, "GIF": _gif}
