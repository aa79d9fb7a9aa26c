"""Where things lie, and who we say we are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import SettingError
from tracker.settings import Settings, cache_folder, user_cache_folder


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACKER_HOME", raising=False)
    monkeypatch.delenv("TRACKER_IDENTITY", raising=False)


def identity(text: str | None) -> tuple[str, str]:
    return Settings(Path(), text).require_identity()


def test_home_is_the_option_then_the_variable_then_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    option, variable, here = (tmp_path / name for name in ("option", "variable", "here"))
    here.mkdir()
    monkeypatch.chdir(here)
    assert Settings.from_environment().home == here
    monkeypatch.setenv("TRACKER_HOME", str(variable))
    assert Settings.from_environment().home == variable
    assert Settings.from_environment(option).home == option


def test_an_empty_variable_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_HOME", "")
    assert Settings.from_environment().home == tmp_path


def test_home_is_absolute_and_knows_the_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert Settings.from_environment(Path("data/../home")).home == tmp_path / "home"
    assert Settings.from_environment(Path("~/13f")).home == tmp_path / "user" / "13f"


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingError, match="is not a folder: choose another with --home or TRACKER_HOME"):
        Settings.from_environment(tmp_path / "file")


def test_everything_lies_below_home(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert (settings.filings, settings.db) == (tmp_path / "filings", tmp_path / "db")
    assert settings.database == tmp_path / "db" / "tracker.db"
    assert list(tmp_path.iterdir()) == []  # asking makes nothing


def test_identity_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment().identity is None
    monkeypatch.setenv("TRACKER_IDENTITY", "Jo Doe jo@example.org")
    assert Settings.from_environment().require_identity() == ("Jo Doe", "jo@example.org")


@pytest.mark.parametrize(
    ("text", "name", "mail"),
    [
        ("Name name@example.org", "Name", "name@example.org"),
        ("Some Newsletter LLC <desk@mail.example.org>", "Some Newsletter LLC", "desk@mail.example.org"),
        ("  Jo Doe   jo.doe+13f@example.co.uk  ", "Jo Doe", "jo.doe+13f@example.co.uk"),
        ("O'Neil & Co. (Research) r@example.org", "O'Neil & Co. (Research)", "r@example.org"),
    ],
)
def test_a_name_and_a_mail_address_are_an_identity(text: str, name: str, mail: str) -> None:
    assert identity(text) == (name, mail)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "Name",
        "name@example.org",  # SEC asks for a name, too
        "Name name@example",
        "Name name@@example.org",
        "Name @example.org",
        "Name name@example.org and more",
        "Name\nname@example.org",
        "Name\r\nX-Header: 1 name@example.org",
        "Name name@example.org\r\nX-Header: 1",
        "Name name@example.org\n",
        "Na\x00me name@example.org",
        "Na\x1b[31mme name@example.org",
        "Näme name@example.org",  # a header is ASCII
        "Name\u2028X name@example.org",
    ],
)
def test_anything_else_is_refused_in_one_line_that_says_how_to_set_it(text: str | None) -> None:
    with pytest.raises(SettingError) as caught:
        identity(text)
    assert str(caught.value).isprintable() and 'TRACKER_IDENTITY="Name name@example.org"' in str(caught.value)


@given(st.text())
def test_no_text_whatever_puts_a_control_character_into_a_header(text: str) -> None:
    try:
        name, mail = identity(f"{text} jo@example.org")
    except SettingError as error:
        assert "\n" not in str(error)
    else:
        assert name.isprintable() and name.isascii() and mail == "jo@example.org"


def test_a_published_home_has_a_folder_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRACKER_HOME", "s3://bucket/13f/")
    monkeypatch.delenv("TRACKER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = Settings.from_environment()
    assert settings.place == settings.remote_url == "s3://bucket/13f"
    assert not settings.home.exists()
    monkeypatch.setenv("TRACKER_CACHE", str(tmp_path / "own"))
    assert Settings.from_environment().home.is_relative_to(tmp_path / "own")
    with pytest.raises(SettingError, match="is read, not written"):
        settings.require_own()
    own = Settings.from_environment(tmp_path)
    own.require_own()
    assert own.place == str(tmp_path)


@pytest.mark.parametrize("given", ["", "relative"])
def test_without_a_usable_cache_folder_in_the_environment_the_systems_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.delenv("TRACKER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == user_cache_folder() == tmp_path / ".cache" / "tracker"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert user_cache_folder() == tmp_path / "Library" / "Caches" / "tracker"
