"""OpenFIGI's answers, and what is asked for; no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.helpers import Notes
from tracker import files, tables
from tracker.errors import IncompleteError, SourceError
from tracker.settings import Settings
from tracker.sources import fetch_log, openfigi
from tracker.sources.http import Client
from tracker.sources.rate_limit import Limiter

TODAY = date(2026, 1, 5)
APPLE, GENPACT, DUOS = "037833100", "G3922B107", "266042407"
NOTHING: dict[str, Any] = {"warning": "No identifier found."}


def listing(ticker: str, exchange: str = "US", kind: str = "Common Stock", **more: str) -> dict[str, str]:
    row = {"ticker": ticker, "exchCode": exchange, "securityType": kind, "marketSector": "Equity", "name": "ACME"}
    return {**row, **more}


def save(settings: Settings, answers: dict[str, object], day: date = TODAY, name: str = "one") -> Path:
    path = settings.filings / "openfigi" / f"{name}.json"
    jobs = [{"idType": "ID_CUSIP", "idValue": cusip} for cusip in answers]
    files.write_atomic(path.with_name(f"{name}.jobs.json"), json.dumps(jobs).encode())
    body, moment = json.dumps(list(answers.values())).encode(), datetime.combine(day, datetime.min.time())
    fetch_log.keep(path, body, source="openfigi", url=openfigi.URL, fetched_at=moment)
    return path


class Asker(Client):
    """Answers instead of the network; `asked` are the jobs of each question, `keys` the key that was sent."""

    def __init__(self, answer: Callable[[list[dict[str, str]]], object]) -> None:
        self.answer = answer
        self.asked: list[list[dict[str, str]]] = []
        self.keys: list[str | None] = []
        self.limiters: list[Limiter] = []

    def post(self, url: str, body: bytes, **given: Any) -> bytes:
        jobs = json.loads(body)
        self.asked.append(jobs)
        self.keys.append(given["headers"].get("X-OPENFIGI-APIKEY"))
        self.limiters.append(given["limiter"])
        answer = self.answer(jobs)
        if isinstance(answer, Exception):
            raise answer
        told = json.dumps(answer).encode()
        given["check"](told)
        return told


def found(jobs: list[dict[str, str]]) -> list[dict[str, object]]:
    return [
        {"data": [listing("T" + job["idValue"][:3].translate(str.maketrans("0123456789", "ABCDEFGHIJ")))]}
        for job in jobs
    ]


def sound(count: int) -> list[str]:
    """So many CUSIPs with right check digits."""
    from tracker.securities import cusips

    stems = pl.DataFrame({"stem": [f"{number:06d}10" for number in range(1, count + 1)]})
    return stems.select(pl.col("stem") + cusips.check_digit(pl.col("stem"))).to_series().to_list()


@pytest.mark.parametrize(
    ("rows", "ticker", "kind"),
    [
        ([listing("APC", "GR"), listing("AAPL", "UW"), listing("AAPL", "US")], "AAPL", "Common Stock"),
        ([listing("AAPL.X", "UN"), listing("AAPL", "UW")], "AAPL.X", "Common Stock"),
        ([listing("ABCW", "US", "Equity WRT"), listing("ABC", "US")], "ABC", "Common Stock"),
        ([listing("BRK/B")], "BRK.B", "Common Stock"),
        ([listing("ABC 6 PERP", kind="PUBLIC", marketSector="Pfd")], None, "Pfd"),
        ([listing("APC", "GR")], None, None),
        ([{"ticker": "T 4 01/01/30", "exchCode": "TRACE", "marketSector": "Corp"}], None, "Corp"),
        ([], None, None),
    ],
)
def test_of_many_venues_the_american_composite_is_taken(
    tmp_path: Path, rows: list[dict[str, str]], ticker: str | None, kind: str | None
) -> None:
    frame = openfigi.read([save(Settings(tmp_path), {APPLE: {"data": rows}})])
    assert frame.select("cusip", "ticker", "security_type", "asked_on").rows() == [(APPLE, ticker, kind, TODAY)]


def test_answers_belong_to_jobs_by_their_place(tmp_path: Path) -> None:
    answers: dict[str, object] = {
        DUOS: {"data": [listing("DUOT")]},
        GENPACT: NOTHING,
        "000000000": {"error": "Invalid idValue format."},
        APPLE: {"data": [listing("AAPL")]},
    }
    frame = openfigi.read([save(Settings(tmp_path), answers)])
    assert dict(frame.select("cusip", "ticker").rows()) == {
        APPLE: "AAPL", DUOS: "DUOT", GENPACT: None, "000000000": None
    }  # fmt: skip
    assert openfigi.read([]).equals(tables.CUSIP_FIGIS.frame())


def test_the_newest_answer_counts(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    old = save(settings, {APPLE: {"data": [listing("OLD")]}}, TODAY - timedelta(300), "z")
    new = save(settings, {APPLE: {"data": [listing("NEW")]}}, TODAY, "a")
    assert openfigi.read([new, old])["ticker"].to_list() == openfigi.read([old, new])["ticker"].to_list() == ["NEW"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b'[{"data": []}, {"data": []}]', b'["x"]', b"[null]"])
def test_an_answer_of_another_form_or_length_is_none(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(IncompleteError):
        openfigi._check(body, 1)
    path = save(Settings(tmp_path), {APPLE: NOTHING})
    path.write_bytes(body)
    with pytest.raises(SourceError, match="not an answer of OpenFIGI"):
        openfigi.read([path])


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    settings, asker = Settings(tmp_path), Asker(found)
    wanted = sound(7)
    first = openfigi.fetch(asker, settings, wanted, today=TODAY)
    assert (first.answered, first.found, first.left, first.failure) == (7, 7, 0, None)
    assert [len(jobs) for jobs in asker.asked] == [5, 2]
    again = openfigi.fetch(asker, settings, wanted, today=TODAY)
    assert (again.answered, len(asker.asked)) == (0, 2)


def test_not_found_is_an_answer_for_ninety_days(tmp_path: Path) -> None:
    settings, asker = Settings(tmp_path), Asker(found)
    save(settings, {APPLE: NOTHING, DUOS: {"data": [listing("DUOT")]}}, TODAY)
    for days, asked in ((0, 0), (89, 0), (90, 1)):
        openfigi.fetch(asker, settings, [APPLE, DUOS], today=TODAY + timedelta(days))
        assert len(asker.asked) == asked
    assert asker.asked == [[{"idType": "ID_CUSIP", "idValue": APPLE}]]


def test_only_sound_cusips_are_asked_for_each_once_in_the_order_given(tmp_path: Path) -> None:
    asker = Asker(found)
    wanted = [GENPACT, "000000001", "000000000", APPLE, GENPACT, "037833902", "X"]
    openfigi.fetch(asker, Settings(tmp_path), wanted, today=TODAY)
    assert asker.asked == [[{"idType": "ID_CINS", "idValue": GENPACT}, {"idType": "ID_CUSIP", "idValue": APPLE}]]


def test_without_a_key_a_run_is_bounded_and_the_next_goes_on(tmp_path: Path) -> None:
    settings, asker = Settings(tmp_path), Asker(found)
    wanted = sound(openfigi.MOST_WITHOUT_KEY + 3)
    first = openfigi.fetch(asker, settings, wanted, today=TODAY)
    assert (first.answered, first.left) == (openfigi.MOST_WITHOUT_KEY, 3)
    assert set(asker.keys) == {None}
    assert openfigi.fetch(asker, settings, wanted, today=TODAY).left == 0
    assert [job["idValue"] for jobs in asker.asked for job in jobs] == wanted


def test_with_a_key_all_are_asked_for_a_hundred_at_once(tmp_path: Path) -> None:
    keyed, keyless = Asker(found), Asker(found)
    wanted = sound(openfigi.MOST_WITHOUT_KEY + 3)
    openfigi.fetch(keyed, Settings(tmp_path / "a", openfigi_key="secret"), wanted, today=TODAY)
    openfigi.fetch(keyless, Settings(tmp_path / "b"), wanted[:1], today=TODAY)
    assert [len(jobs) for jobs in keyed.asked] == [100, 100, 53]
    assert set(keyed.keys) == {"secret"}
    assert {id(one) for one in keyed.limiters}.isdisjoint({id(one) for one in keyless.limiters})
    assert "secret" not in repr(Settings(tmp_path, openfigi_key="secret"))
    for path in (tmp_path / "a").rglob("*.json"):
        assert b"secret" not in path.read_bytes()


def test_what_came_before_a_failure_stays(tmp_path: Path) -> None:
    settings, asker, notes = Settings(tmp_path), Asker(found), Notes()
    wanted = sound(12)
    asker.answer = lambda jobs: found(jobs) if len(asker.asked) < 2 else SourceError("gone")
    broken = openfigi.fetch(asker, settings, wanted, today=TODAY, progress=notes)
    assert (broken.answered, broken.left, broken.failure) == (5, 7, "gone")
    assert openfigi.read(openfigi.on_disk(settings)).height == 5
    asker.answer = found
    assert openfigi.fetch(asker, settings, wanted, today=TODAY).answered == 7


def test_a_wrong_number_of_answers_is_not_stored(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    asked = openfigi.fetch(Asker(lambda jobs: found(jobs)[1:]), settings, sound(5), today=TODAY)
    assert asked.answered == 0 and "4 answers to 5 jobs" in str(asked.failure)
    assert openfigi.on_disk(settings) == []
