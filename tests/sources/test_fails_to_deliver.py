"""Fails-to-deliver files and SEC's page that lists them."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.sources.helpers import Notes
from tracker import tables
from tracker.bounds import Bound
from tracker.errors import IncompleteError, SourceError
from tracker.settings import Settings
from tracker.sources import fails_file, fails_to_deliver, fetch_log, sec_pages

HEAD = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n"


def pack(tmp_path: Path, rows: list[str], name: str = "cnsfails202512b", *, count: int | None = None) -> Path:
    text = HEAD + "".join(f"{row}\r\n" for row in rows)
    text += f"Trailer record count {len(rows) if count is None else count}\r\nTrailer total quantity of shares 9\r\n"
    path = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"folder/{name}.txt", text.encode("latin-1"))
    return path


def test_pairs_of_several_files_are_merged(tmp_path: Path) -> None:
    first = pack(
        tmp_path,
        [
            "20241216|266042209|DUOT|46|DUOS|TECH|GROUP|5.98",
            "20241231|266042209|DUOT|46|DUOS TECHNOLOGIES|.",
            "20241220|29250E108|ENBX|1||.",
        ],
        "cnsfails202412b",
    )
    second = pack(tmp_path, ["20251231|266042407|DUOT|5|DUOS NEW|11.25", "20251230|266042209|duot |5||."])
    notes = Notes()
    assert fails_to_deliver.read([first, second], notes).rows() == [
        ("266042209", "DUOT", "DUOS TECHNOLOGIES", date(2024, 12, 16), date(2025, 12, 30)),
        ("266042407", "DUOT", "DUOS NEW", date(2025, 12, 31), date(2025, 12, 31)),
        ("29250E108", "ENBX", None, date(2024, 12, 20), date(2024, 12, 20)),
    ]
    assert notes.told == []
    assert fails_to_deliver.read([]).equals(tables.CUSIP_SYMBOLS.frame())


def test_an_extra_pipe_in_the_description_moves_nothing(tmp_path: Path) -> None:
    frame = fails_to_deliver.read([pack(tmp_path, ['20251231|084670702|BRKB|46|BERKSHIRE "B" | NEW|5.98'])])
    assert frame.row(0)[:3] == ("084670702", "BRKB", 'BERKSHIRE "B" | NEW')


def test_placeholders_and_unreadable_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        "20251231|00087B101|**********|4|A|.",
        "20251231|00087B102||4|A|.",
        "20251231|01881G106|01881G|4|A|.",
        "20251231|00006K018|TESTA|4|TEST|.",
        "20251231|00087B104|ZVZZT|4|NASDAQ TEST STOCK|.",
        "20251231|247361702|1702REG|4|A|.",
        "20251231|G3922B107|G|4|GENPACT|.",
        "20251231|0187B102|AB|4|A|.",
        "20251331|00087B103|AB|4|A|.",
        "gone wrong",
        "20251231|037833100|AAPL|4|A|.",
    ]
    notes = Notes()
    assert fails_to_deliver.read([pack(tmp_path, rows)], notes)["symbol"].to_list() == ["AAPL", "G"]
    assert notes.told == [
        "fails-to-deliver: 3 lines that cannot be read skipped in 1 file",
        "fails-to-deliver: 6 lines without a usable symbol skipped in 1 file",
    ]


def test_what_is_skipped_is_summed_over_files_and_what_is_cut_off_is_named(tmp_path: Path) -> None:
    sound, bad = "20251231|037833100|AAPL|4|A|.", "20251231|00087B102||4|A|."
    paths = [
        pack(tmp_path, [sound, bad], "cnsfails202511a"),
        pack(tmp_path, [sound, bad, bad], "cnsfails202511b", count=2),
        pack(tmp_path, [sound], "cnsfails202512a", count=7),
    ]
    cut = tmp_path / "cnsfails202512b.zip"
    with zipfile.ZipFile(cut, "w") as archive:
        archive.writestr("cnsfails202512b.txt", f"{HEAD}{sound}\r\n")
    notes, again = Notes(), Notes()
    first = fails_to_deliver.read([*paths, cut], notes)
    assert notes.told == [
        "fails-to-deliver: 3 lines without a usable symbol skipped in 2 files",
        "fails-to-deliver: no trailer, the file may be cut off: cnsfails202512b.zip",
        "fails-to-deliver: the trailer does not count the lines above it: cnsfails202511b.zip, cnsfails202512a.zip",
    ]
    assert fails_to_deliver.read([*paths, cut], again).equals(first)
    assert again.told == notes.told


# ---- what was parsed is kept ---------------------------------------------------------------------------------------

ROW, OTHER = "20251231|037833100|AAPL|4|A|.", "20251231|594918104|MSFT|4|M|."


def symbols(*paths: Path) -> list[str]:
    return fails_to_deliver.read(paths)["symbol"].to_list()


def kept_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.parquet")


def rewrite(kept: Path, symbol: str) -> None:
    """Another symbol in what was kept, so that it shows where a result comes from."""
    metadata = {key: value for key, value in pl.read_parquet_metadata(kept).items() if not key.startswith("ARROW")}
    pl.read_parquet(kept).with_columns(symbol=pl.lit(symbol)).write_parquet(kept, metadata=metadata)


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path, [ROW])
    assert symbols(path) == ["AAPL"]
    rewrite(kept_beside(path), "KEPT")
    assert symbols(path) == ["KEPT"]
    monkeypatch.setattr(fails_file, "PARSER_VERSION", fails_file.PARSER_VERSION + 1)
    assert symbols(path) == ["AAPL"]


def test_a_changed_zip_is_parsed_again(tmp_path: Path) -> None:
    assert symbols(pack(tmp_path, [ROW])) == ["AAPL"]
    assert symbols(pack(tmp_path, [OTHER])) == ["MSFT"]


def test_a_copied_home_needs_no_parsing(tmp_path: Path) -> None:
    path = pack(tmp_path, [ROW])
    symbols(path)
    rewrite(kept_beside(path), "KEPT")
    copy = tmp_path / "copy" / path.name
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    kept_beside(copy).write_bytes(kept_beside(path).read_bytes())
    assert symbols(copy) == ["KEPT"]


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_damaged_copy_is_rebuilt(tmp_path: Path, part: float) -> None:
    path = pack(tmp_path, [ROW, OTHER])
    assert symbols(path) == ["AAPL", "MSFT"]
    kept = kept_beside(path)
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * part)])
    assert symbols(path) == ["AAPL", "MSFT"]
    assert kept.read_bytes() == whole


def test_a_kept_file_of_other_columns_is_rebuilt(tmp_path: Path) -> None:
    path = pack(tmp_path, [ROW])
    symbols(path)
    metadata = {"made_from": pl.read_parquet_metadata(kept_beside(path))["made_from"], "counts": "{}"}
    for frame in (pl.DataFrame({"cusip": ["1"]}), tables.CUSIP_SYMBOLS.frame()):
        frame.write_parquet(kept_beside(path), metadata=metadata)
        assert symbols(path) == ["AAPL"]


def test_where_nothing_can_be_kept_the_zip_is_read(tmp_path: Path) -> None:
    path = pack(tmp_path, [ROW])
    kept_beside(path).mkdir()  # in the way of the file, also for a superuser
    (kept_beside(path) / "file").touch()
    assert symbols(path) == symbols(path) == ["AAPL"]
    assert not list(tmp_path.glob(".incoming*"))


def test_what_is_kept_is_no_download(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    folder = sec_pages.folder(settings, fails_to_deliver.SOURCE)
    folder.mkdir(parents=True)
    path = pack(folder, [ROW])
    fetch_log.keep(path, path.read_bytes(), source=fails_to_deliver.SOURCE, url="x")
    sources = fetch_log.read_sources(settings)
    symbols(path)
    assert kept_beside(path).is_file()
    assert fails_to_deliver.on_disk(settings) == [path]
    assert fetch_log.read_sources(settings).equals(sources) and sources.height == 1


def test_a_zip_with_something_else_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cnsfails202512b.zip"
    for name, text in (("cns.txt", "hello"), ("other.exe", HEAD)):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, text)
        with pytest.raises(SourceError, match="cnsfails202512b"):
            fails_to_deliver.read([path])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match="damaged"):
        fails_to_deliver.read([path])
    with pytest.raises(IncompleteError):
        sec_pages.check_zip(path.read_bytes())


def test_a_member_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cnsfails202512b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cns.txt", "0" * 5_000_000)
    with pytest.raises(SourceError, match="larger than"):
        sec_pages.read_member(path, fails_file.MEMBER, Bound(1_000_000))


def test_a_listing_gives_secs_own_files_of_known_names(tmp_path: Path) -> None:
    page = b"""<html><body><a href="/files/data/cnsfails202512b.zip">x</a><a href="cnsfails202401a_0.zip">x</a>
        <a href="https://www.sec.gov/files/node/add/cnsfails202003b.zip?download">x</a><a name="no-link">x</a>
        <a href="https://evil.example/cnsfails202512a.zip">x</a><a href="http://www.sec.gov/cnsfails202511a.zip">x</a>
        <a href="https://[/cnsfails202512a.zip">x</a><a href="/files/cnsfails202513a.zip">x</a>
        <a href="/files/../../cnsfails202512b.zip.exe">x</a><a href="//evil.example/cnsfails202510a.zip">x</a>"""
    links = sec_pages.read_links(page, fails_to_deliver.URL, fails_to_deliver._NAME)
    assert [url for _, url in links] == [
        "https://www.sec.gov/files/data/cnsfails202512b.zip",
        "https://www.sec.gov/data-research/sec-markets-data/cnsfails202401a_0.zip",
        "https://www.sec.gov/files/node/add/cnsfails202003b.zip?download",
    ]
    assert sec_pages.read_links(b"", fails_to_deliver.URL, fails_to_deliver._NAME) == []


@pytest.mark.parametrize(
    ("since", "until", "names"),
    [
        ((2025, 1, 1), (2025, 1, 31), ["1a", "1b"]),
        ((2025, 1, 16), (2025, 2, 28), ["1b"]),
        ((2025, 1, 10), (2025, 1, 12), ["1a"]),
        ((2025, 3, 1), (2025, 4, 30), ["1b", "7a"]),
        ((2024, 3, 1), (2024, 4, 30), ["1a"]),
        ((2026, 3, 1), (2026, 4, 30), ["7a"]),
    ],
)
def test_a_window_takes_its_half_months_or_the_nearest(
    since: tuple[int, int, int], until: tuple[int, int, int], names: list[str]
) -> None:
    links = sec_pages.read_links(
        b"".join(b'<a href="/f/cnsfails2025%s.zip">x</a>' % name for name in (b"07a", b"01b", b"01a")),
        fails_to_deliver.URL,
        fails_to_deliver._NAME,
    )
    halves = sorted(fails_to_deliver._half(match, url) for match, url in links)
    chosen = fails_to_deliver._choose(halves, date(*since), date(*until))
    assert [half.name[-6:-4] for half in chosen] == names


def test_a_flipped_byte_in_a_zip_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "cnsfails202512b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = "".join(f"20251231|{n:09d}|AB{n}|{n * 7}|X|1.5\n" for n in range(500))
        archive.writestr(
            "cnsfails202512b.txt", "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n" + rows
        )
    whole = path.read_bytes()
    for at in range(80, 400, 16):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with pytest.raises(SourceError):
            fails_to_deliver.read([path])


@pytest.mark.parametrize("line", [b"", b"x" * 3_000])
def test_a_file_of_too_many_or_too_long_lines_is_refused_before_it_is_read(tmp_path: Path, line: bytes) -> None:
    """A zip of 249 KB took 6 GiB."""
    path = tmp_path / "cnsfails202512b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        head = b"SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
        archive.writestr("cnsfails202512b.txt", head + (line + b"\n") * (10 if line else 1_000_001))
    with pytest.raises(SourceError, match=r"has (more than 1,000,000 lines|a line of more than 2,000 bytes)"):
        fails_file.parse(path)
