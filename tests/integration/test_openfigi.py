"""`tracker refresh` and OpenFIGI, against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.filings.helpers import A, B
from tests.integration.helpers import World, run
from tests.standin import Standin

pytestmark = pytest.mark.integration
HOST = "api.openfigi.com"
MAPPING = f"{HOST}/v3/mapping"
TICKERS = {A: "AAAX", B: "BBBX"}


class Figi:
    """OpenFIGI: answers for TICKERS, by place; `questions` and `headers` are what it was asked."""

    def __init__(self, known: Mapping[str, str] = TICKERS) -> None:
        self.known = known
        self.questions: list[list[dict[str, str]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.body: bytes | None = None

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        self.questions.append(json.loads(body))
        self.headers.append(headers)
        return (
            self.body if self.body is not None else json.dumps([self.one(job) for job in self.questions[-1]]).encode()
        )

    def one(self, job: dict[str, str]) -> dict[str, object]:
        if job["idValue"] not in self.known:
            return {"warning": "No identifier found."}
        row = {"ticker": self.known[job["idValue"]], "exchCode": "US", "securityType": "Common Stock"}
        return {"data": [{**row, "ticker": "WRONG", "exchCode": "GR"}, row]}

    @property
    def asked(self) -> list[str]:
        return [job["idValue"] for question in self.questions for job in question]


@pytest.fixture
def figi(world: World, edgar: Standin) -> Figi:
    """The stand-in's OpenFIGI; the fictional market's files know neither A nor B."""
    answer = Figi()
    edgar.posts[MAPPING] = answer
    return answer


def holders(home: Path, query: str) -> dict[str, object]:
    answer = json.loads(run(home, "holders", query, "--format", "json").stdout)
    assert isinstance(answer, dict)
    return answer


def test_gaps_are_asked_for_the_largest_first_and_counted_under_their_tickers(figi: Figi, tmp_path: Path) -> None:
    home = tmp_path / "home"
    result = run(home, "refresh", "2025Q3")
    assert result.exit_code == 0
    assert figi.asked == [A, B]
    assert "OpenFIGI: 2 CUSIPs asked for, 2 tickers found" in result.stderr
    assert "2 mapped to a ticker" in result.stdout
    assert [holders(home, ticker)["cusip"] for ticker in ("AAAX", "BBBX")] == [A, B]
    assert {headers["Content-Type"] for headers in figi.headers} == {"application/json"}
    assert "X-OPENFIGI-APIKEY" not in figi.headers[0]


def test_what_was_answered_is_not_asked_again_and_nothing_changes(figi: Figi, edgar: Standin, tmp_path: Path) -> None:
    home = tmp_path / "home"
    figi.known = {A: "AAAX"}
    run(home, "refresh", "2025Q3")
    before = (home / "db" / "tracker.db").read_bytes()
    edgar.behave()
    result = run(home, "refresh", "2025Q3")
    assert edgar.asked(HOST) == []  # "no identifier found" is an answer too
    assert "nothing new" in result.stdout
    assert (home / "db" / "tracker.db").read_bytes() == before


def test_answers_are_kept_unedited_and_read_offline(figi: Figi, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "refresh", "2025Q3")
    (answer,) = [path for path in (home / "filings" / "openfigi").glob("*.json") if path.name.count(".") == 1]
    assert json.loads(answer.read_bytes()) == [figi.one({"idValue": cusip}) for cusip in (A, B)]
    assert "source, openfigi" in run(home, "status").stdout
    for path in (home / "db").rglob("*.*"):
        path.unlink()
    run(home, "refresh", "2025Q3", "--offline")
    assert holders(home, "AAAX")["cusip"] == A and len(figi.questions) == 1


def test_a_key_is_sent_and_never_shown(figi: Figi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENFIGI_API_KEY", "k-123")
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert figi.headers[0]["X-OPENFIGI-APIKEY"] == "k-123"
    assert "k-123" not in result.output
    assert not any(b"k-123" in path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())


def test_being_told_to_slow_down_is_heeded(figi: Figi, edgar: Standin, tmp_path: Path) -> None:
    edgar.misbehave(HOST, (429, {"ratelimit-reset": "1"}))
    result = run(tmp_path / "home", "refresh", "2025Q3")
    first, second = edgar.asked(HOST)
    assert (first.status, second.status) == (429, "ok")
    assert second.time - first.time >= 1.0  # the rule, as in the limiter's test: not a measure of speed
    assert "2 mapped to a ticker" in result.stdout


@pytest.mark.parametrize("act", [403, 404, 500, "reset"])
def test_where_it_cannot_be_had_there_is_one_note_and_the_refresh_is_whole(
    figi: Figi, edgar: Standin, tmp_path: Path, act: int | str
) -> None:
    edgar.misbehave(HOST, act, always=True)
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert result.exit_code == 0
    assert "OpenFIGI is not available, 2 CUSIPs without a ticker" in result.stderr
    assert result.stderr.count("OpenFIGI is not available") == 1
    assert len(edgar.asked(HOST)) <= 2
    assert holders(tmp_path / "home", A)["holders"] == 2


@pytest.mark.parametrize("body", [b"[]", b"not json", b'{"error": "x"}', b'[{"data": []}]'])
def test_an_answer_that_makes_no_sense_is_not_stored(figi: Figi, tmp_path: Path, body: bytes) -> None:
    figi.body = body
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert result.exit_code == 0 and "OpenFIGI is not available" in result.stderr
    assert not list((tmp_path / "home" / "filings").glob("openfigi/*"))
    figi.body = None
    assert "2 mapped to a ticker" in run(tmp_path / "home", "refresh", "2025Q3").stdout
