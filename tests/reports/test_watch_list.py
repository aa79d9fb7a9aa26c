"""The watch-list as a person writes it: read, or refused in a line that says the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.band import Band
from tracker.errors import InputError
from tracker.reports.watch_list import FILE, Thresholds, WatchList, read_watch_list


def read(home: Path, text: str) -> WatchList:
    (home / FILE).write_text(text)
    return read_watch_list(home)


def test_everything_that_can_be_watched(tmp_path: Path) -> None:
    watch_list = read(
        tmp_path,
        'tickers = ["duot", "266042407", "BRK.B", "DUOT"]\nfunds = ["Renaissance  Technologies", 1423053]\n'
        "[thresholds]\nmin_value_usd = 1_000_000\nmin_move_pct = 12.5\nholders = 10\nchange = 3\nstake_pct = 5\n"
        '[list]\ncap = "10M:1B"\n',
    )
    assert watch_list == WatchList(
        ("DUOT", "266042407", "BRK.B"),
        ("Renaissance Technologies", 1423053),
        Thresholds(1_000_000, 12.5, 10, 3, 5),
        Band.parse("10M:1B"),
    )


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    assert read(tmp_path, 'tickers = ["DUOT"]') == WatchList(("DUOT",))
    assert read(tmp_path, "[thresholds]\nholders = 10").thresholds.is_of_list


def test_the_example_in_the_module_is_valid(tmp_path: Path) -> None:
    from tracker.reports import watch_list

    lines = [line[4:] for line in (watch_list.__doc__ or "").splitlines() if line.startswith("    ")]
    assert read(tmp_path, "\n".join(lines)).thresholds.holders == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing is watched; add a line such as"),
        ("[thresholds]\nmin_value_usd = 5", "nothing is watched"),
        ('tickers = "DUOT"', "tickers is not a list; write tickers"),
        ("tickers = [7]", "tickers has '7'; write tickers or CUSIPs as texts"),
        ('tickers = ["Duos Technologies"]', "write tickers or CUSIPs"),
        ('tickers = ["A\\nB"]', "write tickers or CUSIPs"),
        ('ticker = ["DUOT"]', "it has 'ticker'; it may have tickers, funds, thresholds, list"),
        ("funds = [-1]", "funds has '-1'; write a CIK"),
        ("funds = [true]", "funds has 'True'; write a CIK"),
        ('funds = [""]', "write a CIK"),
        ("thresholds = 1", r"thresholds is not a section; write \[thresholds\]"),
        ("[thresholds]\nholder = 3", r"\[thresholds\] has 'holder'; it may have min_value_usd"),
        ("[thresholds]\nholders = 1.5", "holders is '1.5'; write a whole number from 1"),
        ("[thresholds]\nholders = 0", "holders is '0'; write a whole number from 1"),
        ("[thresholds]\nstake_pct = nan", "stake_pct is 'nan'; write a number from 0.01 to 100"),
        ("[thresholds]\nstake_pct = true", "stake_pct is 'True'; write a number"),
        ("[thresholds]\nmin_value_usd = inf", "min_value_usd is 'inf'"),
        ('[list]\ncap = 5\n', "cap of .list. is not a text"),
        ('tickers = ["A"]\n[list]\ncap = "300M:50M"', "300M:50M"),
        ("tickers = [", "is not TOML"),
        ("tickers = " + "[" * 5000, "is not TOML"),
        ("tickers = [" + '"A",' * 501 + "]", "tickers has 501 entries; at most 500"),
        ("#" * 70_000, "larger than 65,536 bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_cure(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, text)
    assert str(tmp_path / FILE) in str(caught.value) and str(caught.value).isprintable()


def test_without_a_file_the_error_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there; write one with a line such as tickers"):
        read_watch_list(tmp_path)


def test_bytes_that_are_no_text_are_an_error_in_a_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'tickers = ["\xff\xfe"]')
    with pytest.raises(InputError, match="is not TOML"):
        read_watch_list(tmp_path)
