"""Sixteen ways to spoil a submission: bytes, structure, amounts, encoding, header."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Dice = random.Random
_LEAF = re.compile(rb"<(?:\w+:)?(nameOfIssuer|titleOfClass|cusip|value|sshPrnamt|sshPrnamtType|putCall|Sole)>([^<]*)</")
_AMOUNTS = (
    b"",
    b"0",
    b"-1",
    b"1e5",
    b"1E+05",
    b"0x10",
    b"NaN",
    b"INF",
    b"1,234",
    b"1,23",
    b"12 345",
    b"1.5",
    b".5",
    b"5.",
    b"+7",
    b"1_000",
    b"9" * 16,
    b"9" * 17,
    b"9" * 5000,
    b"\xef\xbc\x91\xef\xbc\x92",
    b"\xd9\xa3",
    b"$5",
    b"5 shares",
    b"1;2",
    b"1.2.3",
    b"\xc2\xa05",
    b"\t5\n",
    b"00000000000000005",
    b"1,234.5",
    b"(5)",
    b"&#53;",
    b"&#x35;5",
    b"5&amp;",
    b"<![CDATA[5]]>",
    b"9<!-- -->9",
    b"9<?x y?>9",
    b"9<figi/>99",
    b"9<x>9</x>",
)
_HEADER = {
    rb"PERIOD OF REPORT:\s*\d+": (
        b"PERIOD OF REPORT: 00250930",
        b"PERIOD OF REPORT: 99991231",
        b"PERIOD OF REPORT: 20250931",
        b"PERIOD OF REPORT:",
        b"PERIOD OF REPORT: 2025093",
        b"PERIOD OF REPORT: -2025093",
        b"PERIOD OF REPORT: 20250929",
    ),
    rb"\d\d-\d\d-\d{4}": (
        b"09-30-0025",
        b"09-30-9999",
        b"00-00-0000",
        b"13-45-2025",
        b"09-30-20255",
        b"9-30-2025",
        b"",
        b"09/30/2025",
        b"\xd9\xa09-30-2025",
    ),
    rb"FILED AS OF DATE:\s*\d+": (b"FILED AS OF DATE: 00010101", b"FILED AS OF DATE: 99991231", b"FILED AS OF DATE:"),
    rb"ACCEPTANCE-DATETIME>\d+": (b"ACCEPTANCE-DATETIME>", b"ACCEPTANCE-DATETIME>20251314996199"),
    rb"CENTRAL INDEX KEY:\s*\d+": (b"CENTRAL INDEX KEY: 0", b"CENTRAL INDEX KEY: 99999999999999999999"),
    rb"SUBMISSION TYPE:\s*\S+": (b"SUBMISSION TYPE: 13F-HR/A", b"SUBMISSION TYPE: 13F-NT", b"SUBMISSION TYPE: 10-K"),
    rb"CONFORMED NAME:[^\n]*": (
        b"CONFORMED NAME:" + b" " * 20_000 + b"X",
        b"CONFORMED NAME: \x1b[2J=1+1",
        b"CONFORMED NAME:",
    ),
    rb"<tableEntryTotal>\d+": (b"<tableEntryTotal>" + b"9" * 400, b"<tableEntryTotal>-1", b"<tableEntryTotal>x"),
    rb"<tableValueTotal>\d+": (b"<tableValueTotal>1e999", b"<tableValueTotal>"),
    rb"<reportType>[^<]*": (b"<reportType>13F NOTICE", b"<reportType>13F COMBINATION REPORT", b"<reportType>"),
}


def flip(text: bytes, dice: Dice) -> bytes:
    """Some bytes are others."""
    found = bytearray(text)
    for _ in range(dice.choice((1, 1, 2, 5))):
        found[dice.randrange(len(found))] = dice.choice((0, 9, 10, 32, 38, 60, 62, 128, 255, dice.randrange(256)))
    return bytes(found)


def delete(text: bytes, dice: Dice) -> bytes:
    """A piece is missing."""
    at, size = dice.randrange(len(text)), dice.choice((1, 5, 40, 400))
    return text[:at] + text[at + size :]


def repeat(text: bytes, dice: Dice) -> bytes:
    """A piece is there twice."""
    at, size = dice.randrange(len(text)), dice.choice((5, 40, 400, 2000))
    return text[: at + size] + text[at:]


def truncate(text: bytes, dice: Dice) -> bytes:
    """The end is missing, or all but the trailer."""
    cut = text[: dice.randrange(len(text))]
    return cut + (b"\n</SEC-DOCUMENT>\n" if dice.random() < 0.5 else b"")


def insert(text: bytes, dice: Dice) -> bytes:
    """Something is there that does not belong."""
    at = dice.randrange(len(text))
    what = (
        b"<",
        b"&",
        b"]]>",
        b"\x00",
        b"\r",
        b"\xff\xfe",
        b"<!--",
        b"&#0;",
        b"<XML>",
        b"</XML>",
        b"</DOCUMENT>",
        b"\n" * 3000,
    )
    return text[:at] + dice.choice(what) + text[at:]


def move(text: bytes, dice: Dice) -> bytes:
    """Two tags stand in each other's place."""
    tags = list(re.finditer(rb"<[^<>]{1,60}>", text))
    one, other = sorted(dice.sample(tags, 2), key=re.Match.start)
    middle = text[one.end() : other.start()]
    return text[: one.start()] + other[0] + middle + one[0] + text[other.end() :]


def child(text: bytes, dice: Dice) -> bytes:
    """A leaf has an element in it."""
    inner = dice.choice((b"<figi/>", b"<value>1</value>", b"<x/>", b"<Sole>1</Sole>", b"<infoTable/>"))
    return _in_leaf(text, dice, lambda value: value[: len(value) // 2] + inner + value[len(value) // 2 :])


def nest(text: bytes, dice: Dice) -> bytes:
    """A row is within another row, or in a leaf's place, or empty."""
    rows = list(re.finditer(rb"<((?:\w+:)?)infoTable>.*?</\1infoTable>", text, re.DOTALL))
    if not rows:
        return flip(text, dice)
    row, other = dice.choice(rows), dice.choice(rows)
    prefix = row[1]
    what = dice.choice(
        (other[0], b"<" + prefix + b"infoTable/>", b"<" + prefix + b"infoTable></" + prefix + b"infoTable>")
    )
    at = dice.choice((row.start() + len(prefix) + 11, row.end() - len(prefix) - 12, row.start(), row.end()))
    return text[:at] + what + text[at:]


def second_table(text: bytes, dice: Dice) -> bytes:
    """Two information tables: in a document, in two, or one within the other."""
    tables = list(re.finditer(rb"<((?:\w+:)?)informationTable\b.*?</\1informationTable>", text, re.DOTALL))
    if not tables:
        return flip(text, dice)
    table = dice.choice(tables)
    kind = dice.randrange(4)
    if kind == 0:
        return text[: table.end()] + table[0] + text[table.end() :]
    if kind == 1:
        return text[: table.end()] + b"</XML><XML>" + table[0] + text[table.end() :]
    documents = list(re.finditer(rb"<DOCUMENT>.*?</DOCUMENT>\s*", text, re.DOTALL))
    if kind == 2 and documents:
        return text[: documents[-1].end()] + documents[-1][0] + text[documents[-1].end() :]
    at = table[0].find(b">") + 1 + table.start()
    return text[:at] + table[0] + text[at:]


def amount(text: bytes, dice: Dice) -> bytes:
    """An amount, or another leaf, is written in a way that tempts."""
    return _in_leaf(text, dice, lambda _: dice.choice(_AMOUNTS))


def namespace(text: bytes, dice: Dice) -> bytes:
    """Prefixes and namespaces are others, or not declared."""
    kind = dice.randrange(4)
    if kind == 0:
        return re.sub(rb'xmlns(:\w+)?="[^"]*"', b"", text, count=dice.choice((1, 2, 0)))
    if kind == 1:
        return text.replace(b"<infoTable>", b'<infoTable xmlns="urn:x">', dice.choice((1, -1)))
    if kind == 2:
        return text.replace(b"<value>", b"<n:value>", 1).replace(b"</value>", b"</n:value>", 1)
    return text.replace(b"13f", b"13F").replace(b"thirteenf/", b"other/")


def entity(text: bytes, dice: Dice) -> bytes:
    """Entities are declared, or used."""
    declared = dice.choice(
        (
            b'<!DOCTYPE x [<!ENTITY a "9">]>',
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
            b'<!DOCTYPE x [<!ENTITY a "99"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]>',
        )
    )
    spoiled = re.sub(rb"(<\?xml[^>]*>)", lambda match: match[1] + declared, text, count=dice.choice((1, 0)))
    return _in_leaf(spoiled, dice, lambda value: value + dice.choice((b"&a;", b"&b;", b"&amp;", b"&lt;", b"&#65;")))


def comment(text: bytes, dice: Dice) -> bytes:
    """Comments, CDATA and instructions within a leaf."""
    pieces = (b"<!-- 1 -->", b"<?p 1?>", b"<![CDATA[1]]>", b"<![CDATA[]]>", b"<!---->")
    return _in_leaf(text, dice, lambda value: value[:1] + dice.choice(pieces) + value[1:])


def encoding(text: bytes, dice: Dice) -> bytes:
    """The declared encoding is another than the one used."""
    kind = dice.randrange(5)
    if kind == 0:
        names = (b"UTF-16", b"ISO-8859-1", b"UTF-7", b"EBCDIC-CP-US", b"x" * 300, b"windows-1252", b"US-ASCII")
        return text.replace(b'encoding="UTF-8"', b'encoding="' + dice.choice(names) + b'"')
    if kind == 1:
        return _in_leaf(text, dice, lambda value: value + b"\xe9\xe8")
    if kind == 2:
        return text.replace(b"<?xml", b"\xef\xbb\xbf<?xml")
    if kind == 3:
        return text.decode("latin-1").encode("utf-16")
    return _in_leaf(
        text,
        dice,
        lambda value: value + dice.choice((b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae")),
    )


def header(text: bytes, dice: Dice) -> bytes:
    """A field of the header or of the cover page is impossible."""
    pattern = dice.choice(list(_HEADER))
    found = list(re.finditer(pattern, text))
    if not found:
        return flip(text, dice)
    match = dice.choice(found)
    return text[: match.start()] + dice.choice(_HEADER[pattern]) + text[match.end() :]


def grow(text: bytes, dice: Dice) -> bytes:
    """Deep, long, or many: a hundred thousand of something."""
    many = dice.choice((1_000, 20_000))
    kind = dice.randrange(6)
    if kind == 0:
        return text.replace(b"<infoTable>", b"<a>" * many + b"</a>" * many + b"<infoTable>", 1)
    if kind == 1:
        return _in_leaf(text, dice, lambda value: value * many)
    if kind == 2:
        return text.replace(b"<infoTable>", b"<infoTable " + b" ".join(b'a%d="1"' % at for at in range(many)) + b">", 1)
    if kind == 3:
        return text.replace(b"</infoTable>", b"<figi/>" * many + b"</infoTable>", 1)
    if kind == 4:
        return text.replace(b"FILER:", b"\n" * many + b"FILER:", 1)
    return text.replace(b"COMPANY DATA:", b"COMPANY DATA:" + b"\t " * many, 1)


KINDS: tuple[Callable[[bytes, Dice], bytes], ...] = (
    flip,
    delete,
    repeat,
    truncate,
    insert,
    move,
    child,
    nest,
    second_table,
    amount,
    namespace,
    entity,
    comment,
    encoding,
    header,
    grow,
)


def _in_leaf(text: bytes, dice: Dice, change: Callable[[bytes], bytes]) -> bytes:
    leaves = list(_LEAF.finditer(text))
    if not leaves:
        return flip(text, dice)
    start, end = dice.choice(leaves).span(2)
    return text[:start] + change(text[start:end]) + text[end:]
