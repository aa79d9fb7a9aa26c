"""Ways to spoil any file: its bytes, its values, its depth, its size; and a zip's directory and contents."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

Dice = random.Random
Mutate = Callable[[bytes, Dice], bytes | None]
_VALUES = (
    b"",
    b"-1",
    b"0",
    b"1e308",
    b"1e999",
    b"NaN",
    b"inf",
    b"9" * 5000,
    b"99999-12-31",
    b"0000-00-00",
    b"0001-01-01",
    b"9999-12-31",
    b"2025-02-30",
    b"=1+1",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"',
    b"'",
    b"\x00",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"1;2",
    b"1,2",
    b"-0.0",
    b"18446744073709551616",
    b"-9223372036854775809",
    b"\x1b[2J",
    b"../../x",
    b"/etc/passwd",
    b"x" * 70_000,
)
_VALUE = re.compile(rb"[\w.+-]+")


def flip(data: bytes, dice: Dice) -> bytes:
    """Some bytes are others."""
    found = bytearray(data)
    for _ in range(dice.choice((1, 1, 3, 20))):
        if found:
            found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def truncate(data: bytes, dice: Dice) -> bytes:
    """The end is missing; perhaps all of it is."""
    return data[: dice.choice((0, 1, dice.randrange(len(data) + 1), max(0, len(data) - 1)))]


def delete(data: bytes, dice: Dice) -> bytes:
    """A piece is missing."""
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.choice((1, 10, 300)) :]


def repeat(data: bytes, dice: Dice) -> bytes:
    """A piece is there many times."""
    at, size = dice.randrange(len(data) + 1), dice.choice((1, 30, 400))
    return data[:at] + data[at : at + size] * dice.choice((2, 50)) + data[at + size :]


def value(data: bytes, dice: Dice) -> bytes:
    """Some values are others that tempt."""
    for _ in range(dice.choice((1, 1, 3))):
        found = list(_VALUE.finditer(data))
        if found:
            start, end = dice.choice(found).span()
            data = data[:start] + dice.choice(_VALUES) + data[end:]
    return data


def line(data: bytes, dice: Dice) -> bytes:
    """A line is missing, doubled, in another place, or very long; or all ends of lines are others."""
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    kind = dice.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines.insert(dice.randrange(len(lines)), lines.pop(at))
    elif kind == 3:
        lines[at] += dice.choice((b",", b'"', b"|", b"\t", b";")) * dice.choice((1, 50_000))
    elif kind == 4:
        return data.replace(b"\n", dice.choice((b"\r\n", b"\r", b"\x0b", b"\xe2\x80\xa8", b"\n\n")))
    else:
        lines[0], lines[-1] = lines[-1], lines[0]
    return b"\n".join(lines)


def recode(data: bytes, dice: Dice) -> bytes:
    """In another encoding."""
    text = data.decode("latin-1")
    return dice.choice(
        (text.encode("utf-16"), b"\xef\xbb\xbf" + data, text.encode("utf-32"), data + b"\xe9", b"\x00" + data)
    )


def deep(data: bytes, dice: Dice) -> bytes:
    """A hundred thousand levels, alone or in a value's place."""
    many = dice.choice((1_000, 100_000))
    nest = dice.choice(
        (b"[" * many, b"[" * many + b"]" * many, b'{"a":' * many + b"1" + b"}" * many, b"(" * many, b"<a>" * many)
    )
    if dice.random() < 0.5:
        return nest
    found = list(_VALUE.finditer(data))
    if not found:
        return nest
    start, end = dice.choice(found).span()
    return data[:start] + nest + data[end:]


def huge(data: bytes, dice: Dice) -> bytes:
    """Forty megabytes: of its own lines, of one line, of blanks."""
    kind = dice.randrange(4)
    size = 40 * 2**20
    if kind == 0:
        head, _, rest = data.partition(b"\n")
        return head + b"\n" + rest * (size // (len(rest) + 1))
    if kind == 1:
        return data + b"x" * size
    if kind == 2:
        return b" " * size + data
    return data + b"\n" * (size // 8)


def other(data: bytes, dice: Dice) -> bytes:
    """Something else altogether."""
    return dice.choice(
        (
            b"",
            b"\n",
            b"{}",
            b"[]",
            b"null",
            b"<html><body>Request Rate Threshold Exceeded</body></html>",
            b"PK\x03\x04",
            b"PAR1",
            b"SQLite format 3\x00",
            b"\x00" * 1000,
            dice.randbytes(3000),
        )
    )


def gone(data: bytes, dice: Dice) -> None:
    """It is not there."""


BYTES: tuple[Mutate, ...] = (flip, truncate, delete, repeat, recode, other, gone)
TEXT: tuple[Mutate, ...] = (flip, truncate, delete, repeat, value, value, line, line, recode, deep, huge, other, gone)


def in_zip(mutate: Mutate) -> Mutate:
    """A member is spoiled, and the zip is sound."""

    def spoil(data: bytes, dice: Dice) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
        name = dice.choice(sorted(members))
        members[name] = mutate(members[name], dice) or b""
        return _zip(list(members.items()))

    spoil.__name__ = f"{mutate.__name__}_in_zip"
    return spoil


def bomb(data: bytes, dice: Dice) -> bytes:
    """A member unpacks to 400 MB, or there are thousands of them."""
    name = _names(data)[0]
    kind = dice.randrange(3)
    if kind == 0:
        head = _first(data)[:200].partition(b"\n")[0]
        filling = dice.choice((b"\x00", b"a,", b"1|", b"\n"))
        return _zip([(name, head + b"\n" + filling * (400 * 2**20 // len(filling)))])
    if kind == 1:
        return _zip([(f"{number}-{name}", b"x") for number in range(20_000)])
    inner = _zip([(name, b"\x00" * 10_000_000)])
    return _zip([(name, inner), (f"{name}.zip", inner)])


def wrong_names(data: bytes, dice: Dice) -> bytes:
    """Absolute names, names that climb, two of the same name, none."""
    name, body = _names(data)[0], _first(data)
    names = (
        f"/var/{name}",
        f"../../../{name}",
        f"..\\{name}",
        f"C:\\{name}",
        "",
        "\x00",
        "a" * 60_000,
        f"{name}/",
        "\u202e" + name,
    )
    return _zip([(dice.choice(names), body), *([(name, body), (name, b"other")] if dice.random() < 0.5 else [])])


def lies(data: bytes, dice: Dice) -> bytes:
    """The directory states other sizes, checksums, places or methods."""
    found = bytearray(data)
    at = data.rfind(b"PK\x01\x02")
    place, size = dice.choice(((16, 4), (20, 4), (24, 4), (42, 4), (10, 2), (8, 2), (28, 2)))
    wrong = dice.choice((0, 1, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF)) & (256**size - 1)
    if at >= 0:
        struct.pack_into("<I" if size == 4 else "<H", found, at + place, wrong)
    return bytes(found)


def overlap(data: bytes, dice: Dice) -> bytes:
    """A thousand members that are the same bytes of the file."""
    end = data.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<I", data, end + 16)[0]
    entry = data[start:end]
    many = dice.choice((2, 1_000))
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, many & 0xFFFF, many & 0xFFFF, len(entry) * many)
    return data[:start] + entry * many + bytes(tail)


ZIPS: tuple[Mutate, ...] = (
    flip,
    truncate,
    delete,
    other,
    bomb,
    wrong_names,
    lies,
    lies,
    overlap,
    *map(in_zip, TEXT),
)


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in members:
            archive.NameToInfo.clear()  # the same name twice is meant
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def _first(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0])
