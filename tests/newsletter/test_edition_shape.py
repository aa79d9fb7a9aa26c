"""Editions that are none: each is left out with a sentence, none stops another from being published, none is lost."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.make_golden import GOLDEN, LISTED, REQUEST
from tests.newsletter.helpers import files_of
from tracker.errors import InputError, TrackerError
from tracker.files import REPLACED
from tracker.newsletter import index
from tracker.newsletter.edition_shape import read_edition
from tracker.newsletter.publish import check, publish, rebuild
from tracker.reports.json_shape import MOST_BYTES
from tracker.reports.list_changes import compare
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import EDITIONS, RANKINGS

SHORT = replace(REQUEST, listed=replace(LISTED, top=1))
SOUND: dict[str, Any] = json.loads((GOLDEN / "edition" / "edition.json").read_bytes())
STRATEGY: dict[str, Any] = {
    "kind": "strategy",
    **{name: SOUND[name] for name in ("title", "slug", "base_url", "as_of", "files")},
    "methodology": {"quarter": "2025Q3", "period_of_report": "2025-09-30"},
    "state": {"known_on": "2025-11-14"},
    "rows": [{"signal_date": "2025-11-14", "ticker": "QNLR", "quarter": "2025Q3"}],
    "result": {"from": "2025-11-14", "to": None, "rule": "consensus", "is_too_short": True, "looks_ahead": ["no"],
               "quarters": 1, "names": 1},
    "signals": [{"funds": 3}],
    "notes": ["A note."],
    "filings": {}, "years": [], "quarters": [], "daily": [],
}  # fmt: skip
WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, 1e308, "", "x", "99999-01-01", "0000-00-00", "../../etc/passwd", "/etc/passwd",
    "\ud800", "\x1b[2J", "<script>alert(1)</script>", [], [[]], [None], {}, {"": None}, {"x": {"y": []}},
]  # fmt: skip


def write(editions: Path, name: str, data: bytes | str) -> Path:
    folder = editions / name
    folder.mkdir(parents=True)
    (folder / "edition.json").write_bytes(data.encode() if isinstance(data, str) else data)
    (folder / "index.html").write_text('<title>x</title><nav class="editions"></nav>')
    return folder


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document, down to the members of rows."""
    if at:
        yield at
    if len(at) < 4 and isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(len(value), 2)):
            yield from places(value[key], (*at, key))


def mutated(sound: dict[str, Any], place: tuple[Any, ...], wrong: Any, slug: str) -> dict[str, Any]:
    """The document with one place changed; without it if `wrong` is `...`."""
    document = copy.deepcopy(sound)
    document["slug"] = slug
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    if wrong is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = wrong
    return document


@pytest.mark.parametrize("sound", [SOUND, STRATEGY], ids=["list", "strategy"])
def test_no_mutated_edition_stops_the_list_of_all(tmp_path: Path, sound: dict[str, Any]) -> None:
    settings, chance = Settings(tmp_path), random.Random(15)  # noqa: S311
    tries = [(place, wrong) for place in places(sound) for wrong in (..., *WRONG)]
    chance.shuffle(tries)
    for number, (place, wrong) in enumerate(tries[:400]):
        name = f"m{number}"
        write(settings.editions, name, json.dumps(mutated(sound, place, wrong, name)))
    write(settings.editions, "sound", json.dumps({**sound, "slug": "sound"}))
    before = {path: data for path, data in files_of(settings.editions).items() if path.endswith(".json")}
    with Store(settings) as store:
        notes = index.renew(settings, store)
        slugs = set(store.read(EDITIONS)["slug"])
    feed = json.loads((settings.editions / "feed.json").read_bytes())
    assert "sound" in slugs and {item["id"] for item in feed["items"]} == slugs
    assert len(notes) + len(slugs) == 401 and len(notes) > 100
    assert all("\n" not in note and len(note) < 600 for note in notes)
    for text in ("index.html", "feed.atom"):
        assert "<script>alert" not in (settings.editions / text).read_text()
    for path, data in before.items():
        assert (settings.editions / path).read_bytes() == data, "what is left out stays as it is"


HOSTILE = {
    "empty": b"",
    "not-json": b"{",
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "deep-object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "wrong-encoding": '{"title": "\u00e9"}'.encode("latin-1"),
    "utf-16": json.dumps(SOUND).encode("utf-16"),
    "binary": bytes(range(256)) * 100,
    "nan": json.dumps({**SOUND, "chosen_from": float("nan")}).encode(),
    "infinite": json.dumps({**SOUND, "chosen_from": float("inf")}).encode(),
    "many-digits": b'{"a": ' + b"9" * 10_000 + b"}",
    "array": b"[]",
    "text": b'"edition"',
    "null": b"null",
    "half-a-character": json.dumps({**SOUND, "title": "\ud800"}).encode(),
    "year": json.dumps({**SOUND, "as_of": "99999-12-31"}).encode(),
    "week": json.dumps({**SOUND, "as_of": "2025-W01-1"}).encode(),
    "file-outside": json.dumps({**SOUND, "files": {"../../db/tracker.db": "0" * 64}}).encode(),
    "file-absolute": json.dumps({**SOUND, "files": {"/etc/passwd": "0" * 64}}).encode(),
    "base": json.dumps({**SOUND, "base_url": "javascript:alert(1)"}).encode(),
    "slug-outside": json.dumps({**SOUND, "slug": "../x"}).encode(),
    "kind": json.dumps({**SOUND, "kind": ["list"]}).encode(),
    "twice": json.dumps({**SOUND, "rows": SOUND["rows"][:1] * 2}).encode(),
    "copy": json.dumps(SOUND).encode(),
    "huge": b" " * (MOST_BYTES + 1),
}


@pytest.fixture
def settings(own_market: Settings, undrawn: None) -> Settings:
    """A home of its own, without editions; charts are not drawn."""
    return own_market


def test_hostile_editions_do_not_stop_a_publication(settings: Settings, tmp_path: Path) -> None:
    for name, data in HOSTILE.items():
        write(settings.editions, name, data)
    (settings.editions / "folder" / "edition.json").mkdir(parents=True)
    (settings.editions / "pipe").mkdir()
    os.mkfifo(settings.editions / "pipe" / "edition.json")
    elsewhere = write(tmp_path, "elsewhere", json.dumps({**SOUND, "slug": "link"}))
    (settings.editions / "link").symlink_to(elsewhere)
    (settings.editions / "dead-link").symlink_to(tmp_path / "nowhere")
    (settings.editions / "linked-file").mkdir()
    (settings.editions / "linked-file" / "edition.json").symlink_to(elsewhere / "edition.json")
    (settings.editions / "no-edition").mkdir()
    published = publish(settings, SHORT)
    assert len(published.notes) == len(HOSTILE) + 5, published.notes
    assert all(note.startswith("left out of the list of editions: ") for note in published.notes)
    assert all(len([n for n in published.notes if f"/{name}" in n]) >= 1 for name in HOSTILE)
    with Store(settings) as store:
        assert store.read(EDITIONS)["slug"].to_list() == [published.folder.name]
    again = publish(settings, replace(SHORT, slug="another"))
    with Store(settings) as store:
        assert sorted(store.read(RANKINGS)["edition"].unique()) == sorted([published.folder.name, "another"])
    assert len(again.notes) == len(published.notes)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("copy", "utf-16")])
def test_a_hostile_edition_is_refused_in_a_line(settings: Settings, name: str) -> None:
    folder = write(settings.editions, name, HOSTILE[name])
    for call in (check, rebuild):
        for path in (folder, folder / "edition.json"):
            with pytest.raises(InputError) as refused:
                call(settings, path)
            assert "\n" not in str(refused.value) and len(str(refused.value)) < 600
    is_list = {
        "year",
        "week",
        "file-outside",
        "file-absolute",
        "base",
        "kind",
        "half-a-character",
        "twice",
        "slug-outside",
    }
    if name not in is_list:  # what is no edition may be a list
        with pytest.raises(InputError):
            compare(settings, folder / "edition.json")


def test_mutated_editions_are_compared_or_refused(settings: Settings) -> None:
    chance = random.Random(9)  # noqa: S311
    tries = [(place, wrong) for place in places(SOUND) if len(place) < 4 for wrong in (..., *WRONG)]
    compared = 0
    for place, wrong in chance.sample(tries, 400):
        text = json.dumps(mutated(SOUND, place, wrong, SOUND["slug"]))
        folder = write(settings.editions, "mutated", text)
        try:
            read_edition(folder / "edition.json")
        except InputError:
            shutil.rmtree(folder)
            continue
        if compared < 8:
            compared += 1
            for call in (check, rebuild):
                try:
                    call(settings, folder)
                except TrackerError as error:
                    assert "\n" not in str(error), (place, wrong)
        shutil.rmtree(settings.editions)
    assert compared == 8


def test_a_copied_folder_is_left_out_and_told(settings: Settings) -> None:
    first = publish(settings, SHORT)
    shutil.copytree(first.folder, settings.editions / "copy-of-it")
    second = publish(settings, replace(SHORT, slug="second"))
    (note,) = second.notes
    assert "copy-of-it is a copy of the edition" in note and first.folder.name in note
    feed = json.loads((settings.editions / "feed.json").read_bytes())
    assert sorted(item["id"] for item in feed["items"]) == sorted([first.folder.name, "second"])


def test_an_edition_whose_writer_was_killed_is_still_read(settings: Settings) -> None:
    published = publish(settings, SHORT)
    before = files_of(published.folder)
    put_aside = published.folder.with_name(REPLACED + published.folder.name)
    published.folder.replace(put_aside)  # killed between the two renames
    assert index.read(published.folder)["slug"] == published.folder.name
    assert check(settings, published.folder / "edition.json").rows == []
    with pytest.raises(TrackerError, match="is published"):
        publish(settings, SHORT, may_replace=False)
    publish(settings, replace(SHORT, slug="another"))
    assert files_of(published.folder).keys() == before.keys() and not put_aside.exists()
