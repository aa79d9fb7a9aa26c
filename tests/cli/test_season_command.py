"""`tracker season` from the command line: every format, odd days, and silence where nothing is new."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.commands import Shell
from tests.delivery.servers import serve_mail
from tests.reports.season_home import load_season
from tracker.cli.season_command import SeasonFormat
from tracker.settings import Settings

DAY = ("season", "2025Q3", "--on", "2025-11-10")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_season(tmp_path_factory.mktemp("command") / "home")


@pytest.fixture
def shell(loaded: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(loaded.home, monkeypatch, capsys)


def test_the_table_has_every_part(shell: Shell) -> None:
    said = shell(*DAY)
    assert said.code == 0
    for words in (
        "4 of 5 hedge-fund families",
        "New since 2025-11-07: 4 filings",
        "Day by day",
        "Filed by",
        "Awaited on",
    ):
        assert words in said.out
    assert "entered the list" in said.out and "EORNE" not in said.out


@pytest.mark.parametrize("form", [each.value for each in SeasonFormat])
@pytest.mark.parametrize("show", ["everything", "news", "days", "filed", "awaited"])
def test_every_part_is_written_in_every_format(shell: Shell, form: str, show: str) -> None:
    said = shell(*DAY, "--format", form, "--show", show)
    assert said.code == 0 and said.out.strip() and "Traceback" not in said.err
    for word in ("None", "nan", "Timestamp"):
        assert word not in said.out if form in ("table", "md", "html", "atom") else True


@pytest.mark.parametrize("form", ["table", "md", "html", "eml"])
def test_a_season_without_notes_has_its_rows(shell: Shell, form: str) -> None:
    whole, bare = (shell(*DAY, "--format", form, *more).out for more in ((), ("--no-notes",)))
    for text, is_there in ((whole, True), (bare, False)):
        assert ("Counts are lower bounds" in text) is is_there
        assert "Day by day" in text


def test_json_has_everything_with_its_methodology(shell: Shell) -> None:
    document = json.loads(shell(*DAY, "--format", "json").out)
    assert document["on"] == "2025-11-10" and document["since"] == "2025-11-07" and document["is_news"] is True
    assert document["methodology"]["large_stake_pct"] == 5 and document["methodology"]["list"]["rank_carried"] is True
    assert document["events"]["entered"] == 1
    assert {*document} >= {"days", "filed", "awaited", "rows", "deadline", "reporting", "moves"}


def test_csv_has_the_news(shell: Shell) -> None:
    said = shell(*DAY, "--format", "csv")
    document = json.loads(shell(*DAY, "--format", "json").out)
    assert [row["id"] for row in csv.DictReader(io.StringIO(said.out))] == [row["id"] for row in document["rows"]]


def test_a_feed_a_page_and_a_mail_are_written_to_files(shell: Shell, tmp_path: Path) -> None:
    for form in ("atom", "html", "eml"):
        said = shell(*DAY, "--format", form, "--output", str(tmp_path / f"season.{form}"))
        assert said.code == 0 and not said.out and "written" in said.err
    etree.fromstring((tmp_path / "season.atom").read_bytes())
    message = email.message_from_bytes((tmp_path / "season.eml").read_bytes(), policy=email.policy.default)
    assert "13F season 2025Q3 on 2025-11-10" in message["Subject"]
    assert (tmp_path / "season.html").read_text().startswith("<!DOCTYPE html>")


def test_quiet_writes_nothing_if_nothing_is_new(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "season.atom"
    said = shell("season", "2025Q3", "--on", "2025-10-15", "--quiet", "--format", "atom", "--output", str(path))
    assert (said.code, said.out, said.err, path.exists()) == (0, "", "", False)
    assert "entered the list" in shell(*DAY, "--quiet").out


@pytest.mark.integration
def test_a_mail_is_sent_beside_what_is_written_and_none_if_nothing_is_new(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_mail() as post:
        values = {"HOST": "localhost", "PORT": str(post.port), "SECURITY": "none", "FROM": "d@example.org"}
        for name, value in {**values, "TO": "ann@example.org"}.items():
            monkeypatch.setenv(f"TRACKER_MAIL_{name}", value)
        assert shell(*DAY, "--mail").code == 0
        assert shell("season", "2025Q3", "--on", "2025-10-15", "--quiet", "--mail").code == 0
    ((_, recipients, data),) = post.messages
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert recipients == ["ann@example.org"] and "on 2025-11-10" in message["Subject"]


def test_few_rows_of_each_kind_say_how_many_more_there_are(shell: Shell) -> None:
    said = shell(*DAY, "--since", "2025-11-03", "--rows", "1")
    assert "more rows: `tracker season --show news` has all" in said.out
    for what in ("entered the list", "large stake", "holder gained", "holder lost", "no longer awaited"):
        assert what in said.out


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("2025Q3", "--on", "2025-02-30"), 1, "--on '2025-02-30' is not a date"),
        (("2025Q3", "--since", "2025-11-14", "--on", "2025-11-10"), 1, "choose an earlier day"),
        (("2025Q3", "--on", "2025-09-30"), 1, "choose a later day"),
        (("1999Q1",), 1, "1999Q1 cannot be loaded"),
        (("--stake", "0"), 2, "--stake"),
        (("--show", "nonsense"), 2, "--show"),
        (("--format", "pdf"), 2, "--format"),
        (("2025Q3", "--on", "2025-11-10", "--output", "."), 1, "is not a file"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_words(
    shell: Shell, words: tuple[str, ...], code: int, error: str
) -> None:
    said = shell("season", *words)
    assert (said.code, said.out) == (code, "") and error in said.err and "Traceback" not in said.err
