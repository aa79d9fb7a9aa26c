"""Members of zips from outside, inflated block by block: the same bytes as `zipfile`'s, or a refusal."""

from __future__ import annotations

import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker import zips
from tracker.errors import SourceError

NAME = "INFOTABLE.tsv"
TEXT = b"".join(b"%d\tEXAMPLE CORP\t%d\n" % (number, number * 7919 % 1000) for number in range(40_000))
CENTRAL = b"PK\x01\x02"


@pytest.fixture(params=["with isal", "with zlib"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "with zlib":
        monkeypatch.setattr(zips, "deflate", lambda: zlib)
    elif zips.deflate() is zlib:
        pytest.skip("isal is not installed: it has no wheel for this machine")
    return tmp_path / "a.zip"


def write(path: Path, body: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("FIRST.tsv", b"before it")
        archive.writestr(NAME, body)
    return path


def read(path: Path, size: int = 2**24) -> list[bytes]:
    with zips.open_zip(path) as archive:
        return list(zips.blocks(archive, archive.getinfo(NAME), size))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("size", [1_000, 4_096, 2**24])
def test_blocks_are_of_one_size_but_the_last(path: Path, compression: int, size: int) -> None:
    blocks = read(write(path, TEXT, compression), size)
    assert b"".join(blocks) == TEXT
    assert {len(block) for block in blocks[:-1]} <= {size} and 0 < len(blocks[-1]) <= size


@given(body=st.binary(max_size=5_000), size=st.integers(1, 6_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_come_back(path: Path, body: bytes, size: int) -> None:
    assert b"".join(read(write(path, body), size)) == body


def test_bytes_before_the_zip_do_not_matter(path: Path) -> None:
    path.write_bytes(b"#!/bin/sh\n" + write(path, TEXT).read_bytes())
    assert b"".join(read(path)) == TEXT


def test_a_bomb_is_never_in_memory_as_a_whole(path: Path) -> None:
    write(path, bytes(50_000_000))
    with zips.open_zip(path) as archive:
        blocks = zips.blocks(archive, archive.getinfo(NAME), 65_536)
        assert [len(next(blocks)) for _ in range(3)] == [65_536] * 3


@pytest.mark.parametrize(("field", "at"), [("checksum", 16), ("size", 24)])
def test_what_the_directory_says_is_compared(path: Path, field: str, at: int) -> None:
    body = bytearray(write(path, TEXT).read_bytes())
    entry = body.rindex(CENTRAL)
    (said,) = struct.unpack_from("<I", body, entry + at)
    struct.pack_into("<I", body, entry + at, said - 1)
    path.write_bytes(body)
    with pytest.raises(SourceError, match="damaged"):
        read(path)


def test_a_member_that_ends_too_early_is_refused(path: Path) -> None:
    body = bytearray(write(path, TEXT).read_bytes())
    entry = body.rindex(CENTRAL)
    (packed,) = struct.unpack_from("<I", body, entry + 20)
    struct.pack_into("<I", body, entry + 20, packed // 2)
    path.write_bytes(body)
    with pytest.raises(SourceError, match="damaged"):
        read(path)


def test_flipped_bits_are_refused_or_change_nothing(path: Path) -> None:
    whole = write(path, TEXT[:3_000]).read_bytes()
    chance = random.Random(7)  # noqa: S311
    refused = 0
    for _ in range(300):
        body = bytearray(whole)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        path.write_bytes(body)
        try:
            blocks = read(path)
        except (SourceError, KeyError):  # KeyError: the name is another one
            refused += 1
        else:
            assert b"".join(blocks) == TEXT[:3_000]
    assert refused > 100
