"""The real sec-edgar-downloader against a stand-in for EDGAR that misbehaves: nothing is lost, torn or hurried."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.homes import ROOT
from tests.integration.market import Edgar, Filing, tree
from tests.sources.helpers import Notes
from tests.standin import SEC_HOSTS, Standin, peak, rate
from tracker.errors import InputError, NotPublishedError, SettingError, SourceError
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import edgar as edgar_source
from tracker.sources import fails_to_deliver, fetch_log
from tracker.sources.edgar import Expected, Fetched, expected, fetch, on_disk, path_of
from tracker.sources.expected_submissions import FILERS
from tracker.sources.http import Client, Patience
from tracker.sources.rate_limit import Limiter

pytestmark = pytest.mark.integration

IDENTITY = "Ann Example ann@example.org"
PERIOD, TODAY = Quarter(2025, 3), date(2025, 12, 1)
FILED = date(2025, 11, 14)
QUICK = Patience(attempts=4, refusals=3, pause=0.02, timeout=(2.0, 0.5))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", IDENTITY)


@pytest.fixture
def client(settings: Settings, edgar: Standin) -> Client:
    return quick(settings)


@pytest.fixture
def world(edgar: Standin) -> Edgar:
    return Edgar(edgar.folder)


def quick(settings: Settings) -> Client:
    """A client with short pauses and, for what is not about the limit, a limit that nobody meets."""
    return Client(settings, limiter=Limiter(1000), patience=QUICK)


def refresh(client: Client, settings: Settings, *, today: date = TODAY, ciks: set[int] | None = None) -> Fetched:
    return fetch(client, settings, expected(client, settings, PERIOD, ciks, today=today).filings)


def assert_whole(settings: Settings, filings: list[Filing]) -> None:
    """Exactly these submissions lie below `filings`, byte for byte, and nothing half-done."""
    for one in filings:
        assert path_of(settings, one.cik, one.form, one.number).read_text() == one.text
    assert set(on_disk(settings)["accession_number"]) == {one.number for one in filings}
    assert not list(settings.filings.rglob(".incoming*"))


def test_everything_expected_arrives_and_a_second_run_changes_nothing(
    client: Client, settings: Settings, edgar: Standin, world: Edgar, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = [world.file(cik, FILED) for cik in range(101, 106)]
    wanted.append(world.file(101, date(2025, 11, 20), form="13F-HR/A"))
    wanted.append(world.file(106, FILED, form="13F-NT"))
    wanted.append(world.file(106, FILED))
    world.file(102, date(2025, 8, 14), period=date(2025, 6, 30))
    world.write()
    fetched = refresh(client, settings)
    assert (fetched.downloaded, fetched.present, fetched.missing) == (8, 0, [])
    assert sorted(path.read_text() for path in fetched.paths) == sorted(one.text for one in wanted)
    assert_whole(settings, wanted)
    assert len(edgar.asked(r"/Archives/edgar/data")) == 8
    assert len(edgar.requests) == 8 + 1, "one request a submission, and one for the form index"
    assert {one.agent for one in edgar.requests} == {IDENTITY}

    before = tree(settings.filings)
    edgar.behave()
    again = refresh(client, settings)
    assert (again.downloaded, again.present, again.missing) == (0, 8, [])
    assert not edgar.asked(r"edgar/data|submissions|tickers")
    after = tree(settings.filings)
    # the running quarter's index is asked for again, so it and its note are as of now
    assert {name for name in before if before[name] != after.get(name)} <= {
        "form-index/2025-QTR4.idx",
        "form-index/2025-QTR4.idx.meta.json",
    }
    assert before.keys() == after.keys()
    assert capfd.readouterr().out == ""


def test_later_quarters_bring_amendments_and_late_reports_of_the_period_only(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    spring = date(2026, 2, 13)
    wanted = [
        world.file(201, FILED),
        world.file(202, FILED),
        world.file(201, spring, form="13F-HR/A"),
        world.file(203, spring),  # reported late, once
        world.file(202, date(2026, 5, 4), form="13F-NT/A"),
        world.file(204, spring),  # late, beside the next period's
    ]
    others = [
        world.file(201, spring, period=date(2025, 12, 31)),
        world.file(202, spring, form="13F-HR/A", period=date(2025, 12, 31)),
        world.file(204, spring, period=date(2025, 12, 31)),
        world.file(205, spring, period=date(2025, 12, 31)),
    ]
    unlisted = world.file(206, spring, form="13F-HR/A")
    world.unlisted.add(unlisted.number)
    world.write()
    found = look(client, settings, today=date(2026, 11, 20))
    numbers = set(found.filings["accession_number"])
    assert numbers == {one.number for one in [*wanted, unlisted]}
    assert not numbers & {one.number for one in others}
    told = " ".join(found.warnings)
    assert "2026Q3" in told and "2026Q4" in told and "1 later submission must be fetched to learn the period" in told
    assert len(edgar.asked("QTR3/form.idx")) == 2, "an index that is not there is not asked for long"

    # EDGAR's list of the filer's submissions does not name it, but the index does.
    assert not refresh(client, settings, today=date(2026, 11, 20)).missing
    assert_whole(settings, [*wanted, unlisted])
    edgar.behave()
    again = look(client, settings, today=date(2026, 11, 20), ciks={202, 203})
    assert set(again.filings["cik"]) == {202, 203}
    assert not edgar.asked("submissions"), "lists on disk that tell all that is asked are not fetched again"
    assert look(client, settings, today=date(2026, 11, 20), ciks=set()).filings.is_empty()
    assert not edgar.asked("2025/QTR4"), "a closed quarter's index is final"


def test_a_function_chooses_the_filers_from_all_that_the_indexes_name(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    """201 filed in time, 202 in the last quarter in which late reports are searched for, 203 after that."""
    days = [FILED, date(2026, 2, 13), date(2026, 11, 13), date(2027, 2, 12)]
    for cik, day in ((201, days[0]), (201, days[1]), (202, days[2]), (203, days[3])):
        world.file(cik, day)
    world.write()
    shown: list[pl.DataFrame] = []

    def choose(filers: pl.DataFrame) -> set[int]:
        shown.append(filers)
        return {201}

    found = expected(client, settings, PERIOD, choose, today=date(2027, 3, 1))
    assert set(found.filings["cik"]) == {201}
    assert not edgar.asked("submissions/CIK000000020[23]"), "nothing is asked of the others"
    (filers,) = shown
    assert dict(filers.schema) == FILERS
    assert filers.select("cik", "is_timely").rows() == [(201, True), (202, True), (203, False)]
    assert filers["company_name"][0] == "FICTIONAL 13F-HR FUND 201 2025-01-01, L.P."
    late = expected(client, settings, PERIOD, choose, filed_after=days[2], today=date(2027, 3, 1))
    assert late.filings.is_empty() and shown[1]["cik"].to_list() == [203], "who filed before that day is left out"


def test_a_long_download_says_how_long_before_it_begins(
    client: Client, settings: Settings, world: Edgar, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cik in range(101, 104):
        world.file(cik, FILED)
    world.write()
    monkeypatch.setattr(edgar_source, "_WORTH_SAYING_SECONDS", 0.2)
    filings, notes = look(client, settings, today=TODAY).filings, Notes()
    fetch(client, settings, filings, progress=notes)
    assert notes.told == ["3 submissions of 3 filers to download: about 1 minute at 10 requests a second"]
    fetch(client, settings, filings, progress=notes)
    assert len(notes.told) == 1, "nothing is left to download"


def look(client: Client, settings: Settings, *, today: date, ciks: set[int] | None = None) -> Expected:
    return expected(client, settings, PERIOD, ciks, today=today)


@pytest.mark.parametrize(
    "act", [403, (429, {"Retry-After": "0"}), 503, 500, "reset", "stall", "cut", "short", "empty", "html"]
)
def test_a_passing_fault_is_retried(
    act: int | str, client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    wanted = [world.file(cik, FILED) for cik in (301, 302)]
    world.write()
    edgar.misbehave(r"form\.idx", "empty" if act == "short" else act)
    edgar.misbehave(r"/data/301/", act, act)
    fetched = refresh(client, settings)
    assert (fetched.downloaded, fetched.missing) == (2, [])
    assert_whole(settings, wanted)
    assert len(edgar.asked(r"/data/301/")) == 3
    assert len(edgar.asked(r"/data/302/")) == 1


@pytest.mark.parametrize("zipped", [False, True])
def test_a_body_that_stays_cut_off_is_never_taken(
    zipped: bool, client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    edgar.zipped = zipped
    sound, cut, short = (world.file(cik, FILED) for cik in (401, 402, 403))
    world.write()
    edgar.misbehave(r"/data/402/", "cut", always=True)
    edgar.misbehave(r"/data/403/", "short", always=True)
    fetched = refresh(client, settings)
    assert {one.accession_number for one in fetched.missing} == {cut.number, short.number}
    assert "cut off" in " ".join(one.reason for one in fetched.missing)
    assert_whole(settings, [sound])


def test_what_cannot_be_had_is_named_with_its_reason_and_the_others_arrive(
    client: Client, settings: Settings, edgar: Standin, world: Edgar, capfd: pytest.CaptureFixture[str]
) -> None:
    sound, refused, gone, other = (world.file(cik, FILED) for cik in (501, 502, 503, 505))
    world.write()
    edgar.misbehave(r"/data/502/", 403, always=True)
    edgar.misbehave(r"/data/503/", 404, always=True)
    path = edgar.folder / f"www.sec.gov{other.address}"
    path.write_text(other.text.replace(other.number, sound.number))
    fetched = refresh(client, settings)
    reasons = {one.cik: one.reason for one in fetched.missing}
    assert reasons.keys() == {502, 503, 505}
    assert "403" in reasons[502] and "throttling" in reasons[502] and "may be missing" in reasons[502]
    assert "not published" in reasons[503]
    assert sound.number in reasons[505]
    assert_whole(settings, [sound])
    assert fetched.downloaded == 1 and gone.number not in {path.parent.name for path in fetched.paths}
    assert refused.number in {one.accession_number for one in fetched.missing}
    assert capfd.readouterr().out == "", "the library's prints stay out of our output"


def test_a_submission_of_another_form_than_expected_is_refused(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    one = world.file(511, FILED)
    world.write()
    (edgar.folder / f"www.sec.gov{one.address}").write_text(one.text.replace("TYPE:\t13F-HR", "TYPE:\t13F-HR/A"))
    assert "expected 13F-HR, what arrived is 13F-HR/A" in refresh(client, settings).missing[0].reason
    assert_whole(settings, [])


def test_a_truncated_file_on_disk_is_fetched_again(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    wanted = [world.file(cik, FILED) for cik in (601, 602, 603)]
    world.write()
    refresh(client, settings)
    torn = path_for(settings, wanted[1])
    torn.write_bytes(torn.read_bytes()[:-60])
    edgar.behave()
    fetched = refresh(client, settings)
    assert (fetched.downloaded, fetched.present) == (1, 2)
    assert [one.path for one in edgar.asked("edgar/data")] == [wanted[1].address]
    assert_whole(settings, wanted)


def path_for(settings: Settings, one: Filing) -> Path:
    return path_of(settings, one.cik, one.form, one.number)


RUN = """
import sys
from datetime import date
from pathlib import Path
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import edgar
from tracker.sources.http import Client, Patience
settings = Settings(Path(sys.argv[1]), "Ann Example ann@example.org")
client = Client(settings, patience=Patience(pause=0.02))
expected = edgar.expected(client, settings, Quarter(2025, 3), today=date(2025, 12, 1))
try:
    print(edgar.fetch(client, settings, expected.filings).downloaded)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_is_completed_by_the_next(
    signum: signal.Signals, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    wanted = [world.file(cik, FILED) for cik in range(701, 721)]
    world.write()
    edgar.misbehave("/data/715/", "stall", always=True)
    command = [sys.executable, "-c", RUN, str(settings.home)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)
    while len(edgar.asked("edgar/data")) < 12 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signum)
    process.communicate(timeout=20)
    assert process.returncode == (-signal.SIGKILL if signum == signal.SIGKILL else 130)
    numbers = {one.number: one for one in wanted}
    survived = list(settings.filings.glob("sec-edgar-filings/*/*/*/*.txt"))
    assert len(survived) >= 6
    assert all(path.read_text() == numbers[path.parent.name].text for path in survived)

    edgar.behave()
    fetched = refresh(quick(settings), settings)
    assert (fetched.downloaded, fetched.present) == (20 - len(survived), len(survived))
    assert not {one.path for one in edgar.asked("edgar/data")} & {
        numbers[path.parent.name].address for path in survived
    }
    assert_whole(settings, wanted)


# A request on a new connection arrives later than the one sent after it: spacing what is sent does not do.
@pytest.mark.parametrize(("latency", "connect_lag"), [(0.0, 0.0), (0.08, 0.0), (0.0, 0.3)])
def test_never_more_than_ten_requests_in_any_second(
    latency: float,
    connect_lag: float,
    settings: Settings,
    edgar: Standin,
    world: Edgar,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edgar.latency, edgar.connect_lag = latency, connect_lag
    wanted = [world.file(cik, FILED) for cik in range(801, 831)]
    world.write()
    # retries count as well
    edgar.misbehave(r"/data/80\d/", 403, 503, "reset")
    fetched = refresh(Client(settings, patience=QUICK), settings)
    assert fetched.downloaded == 30
    assert_whole(settings, wanted)
    times = [one.time for one in edgar.requests if one.host in SEC_HOSTS]
    assert len(times) == 1 + 30 + 3
    assert peak(times) <= 10
    with capsys.disabled():
        print(f"\n  {len(times)} requests at {rate(times):.2f}/s, at most {peak(times)} in any second")


def test_several_runs_at_once_share_the_limit(edgar: Standin, world: Edgar, tmp_path: Path) -> None:
    edgar.latency = 0.05
    wanted = [world.file(cik, FILED) for cik in range(831, 846)]
    world.write()
    homes = [Settings(tmp_path / name, IDENTITY) for name in ("one", "other", "third")]
    runs = []
    for home in homes:
        (own := tmp_path / f"tmp-{home.home.name}").mkdir()  # as services and sandboxes have it
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(own)}
        command = [sys.executable, "-c", RUN, str(home.home)]
        runs.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
    assert [run.communicate(timeout=60)[0].strip() for run in runs] == [b"15"] * 3
    times = [one.time for one in edgar.requests]
    assert len(times) == 3 * (1 + 15)
    assert peak(times) <= 10
    for home in homes:
        assert_whole(home, wanted)


def test_a_server_that_throttles_at_the_limit_never_sees_a_reason_to(
    settings: Settings, edgar: Standin, world: Edgar
) -> None:
    edgar.throttle = 10
    wanted = [world.file(cik, FILED) for cik in range(851, 861)]
    world.write()
    refresh(Client(settings, patience=QUICK), settings)
    assert_whole(settings, wanted)
    assert {one.status for one in edgar.requests} == {"ok"}


def test_what_an_index_says_becomes_no_path(client: Client, settings: Settings, edgar: Standin, world: Edgar) -> None:
    sound = world.file(901, FILED)
    world.extra_lines["2025/QTR4"] = "\n".join(
        f"13F-HR      EVIL FUND   {cik}         2025-11-14  {name}"
        for cik, name in (
            ("902", "edgar/data/../../../x/0000000902-25-000001.txt"),
            ("902", "edgar/data/902/../../../../etc/passwd"),
            ("902", "edgar/data/902/0000000902-25-000001/../x.txt"),
            ("902", "edgar/data/903/0000000902-25-000001.txt"),
            ("902", "edgar/data/902/0000000902-25-1.txt"),
        )
    )
    world.write()
    found = look(client, settings, today=TODAY)
    assert found.filings["accession_number"].to_list() == [sound.number]
    assert "5 lines of Form 13F cannot be read" in found.warnings[0]


def test_an_index_that_is_not_there_yet_is_told_in_words(client: Client, settings: Settings, world: Edgar) -> None:
    world.file(921, date(2025, 8, 14))
    world.write()
    with pytest.raises(SourceError, match="may be missing"):
        expected(client, settings, PERIOD, today=date(2025, 10, 2))
    with pytest.raises(NotPublishedError, match="reports are due on 2025-11-14"):
        expected(client, settings, PERIOD, today=date(2025, 9, 20))


def test_without_an_identity_nothing_is_asked(settings: Settings, edgar: Standin) -> None:
    with pytest.raises(SettingError, match="TRACKER_IDENTITY"):
        quick(Settings(settings.home)).get("https://www.sec.gov/x")
    assert not edgar.requests


@pytest.mark.parametrize("location", ["https://evil.example/x", "http://www.sec.gov/x", "https://api.nasdaq.com/x"])
def test_a_redirect_to_another_host_is_refused(location: str, client: Client, edgar: Standin) -> None:
    edgar.misbehave("/start", (302, {"Location": location}))
    with pytest.raises(SourceError, match=r"not followed|not a plain https"):
        client.get("https://www.sec.gov/start")
    assert len(edgar.requests) == 1


def test_a_redirect_among_secs_hosts_is_followed(client: Client, edgar: Standin) -> None:
    (edgar.folder / "data.sec.gov").mkdir()
    (edgar.folder / "data.sec.gov/end").write_text("here")
    edgar.misbehave("/start", (301, {"Location": "https://data.sec.gov/end"}))
    assert client.get("https://www.sec.gov/start") == b"here"


def test_a_body_larger_than_allowed_is_refused_at_once(client: Client, edgar: Standin, tmp_path: Path) -> None:
    (edgar.folder / "www.sec.gov").mkdir()
    (edgar.folder / "www.sec.gov/big").write_bytes(b"0" * 3_000_000)
    edgar.zipped = True
    with pytest.raises(SourceError, match="larger than"):
        client.save("https://www.sec.gov/big", tmp_path / "big", max_bytes=1_000_000)
    assert len(edgar.requests) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["edgar"]


def test_only_sec_is_told_who_asks(client: Client, edgar: Standin) -> None:
    (edgar.folder / "api.nasdaq.com").mkdir()
    (edgar.folder / "api.nasdaq.com/x").write_text("{}")
    client.get("https://api.nasdaq.com/x")
    assert "@" not in edgar.requests[0].agent


def test_a_bad_accession_number_is_refused_before_anything_is_asked(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    world.file(931, FILED)
    world.write()
    rows = look(client, settings, today=TODAY).filings
    edgar.behave()
    with pytest.raises(InputError, match="not an accession number"):
        fetch(client, settings, rows.with_columns(accession_number=pl.lit("../../x")))
    assert not edgar.requests


def test_reference_sources_follow_secs_page_and_keep_what_is_final(
    client: Client, settings: Settings, edgar: Standin, world: Edgar
) -> None:
    def half(day: str) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(
                "cns.txt", f"SETTLEMENT DATE|CUSIP|SYMBOL|Q|D|P\n{day}|266042407|DUOT|1|X|.\nTrailer record count 1\n"
            )
        return packed.getvalue()

    page = edgar.folder / "www.sec.gov/data-research/sec-markets-data/fails-deliver-data"
    page.parent.mkdir(parents=True)
    names = ("cnsfails202501a.zip", "cnsfails202501b_0.zip", "cnsfails202507a.zip")
    links = "".join(f'<a href="/files/{name}">x</a>' for name in names)
    page.write_text(f'<html><body>{links}<a href="https://evil.example/cnsfails202502a.zip">x</a></body></html>')
    (edgar.folder / "www.sec.gov/files").mkdir()
    for name, day in zip(names, ("20250110", "20250120", "20250710"), strict=True):
        (edgar.folder / "www.sec.gov/files" / name).write_bytes(half(day))
    edgar.misbehave("202501a", "html", "cut")
    paths = fails_to_deliver.fetch(client, settings, date(2025, 1, 1), date(2025, 3, 31))
    assert [path.name for path in paths] == list(names[:2])
    assert fails_to_deliver.read(paths)["last_seen"].to_list() == [date(2025, 1, 20)]
    paths = fails_to_deliver.fetch(client, settings, date(2025, 3, 1), date(2025, 4, 30))
    assert [path.name for path in paths] == list(names[1:])
    assert len(edgar.requests) == 1 + 3 + 1 + 1
    assert fetch_log.read_sources(settings)["source"].unique().to_list() == ["fails-to-deliver"]
    # one source that cannot be had leaves the client fit for the others
    edgar.misbehave("202507a", 404, always=True)
    paths[-1].unlink()
    with pytest.raises(NotPublishedError):
        fails_to_deliver.fetch(client, settings, date(2025, 7, 1), date(2025, 7, 31))
    assert client.get("https://www.sec.gov/files/cnsfails202501a.zip")
    # a listing that is old is read again
    edgar.misbehave("fails-deliver-data", 404)
    listing = settings.filings / "reference/fails-to-deliver/listing.html"
    fetch_log.keep(listing, listing.read_bytes(), source="x", url="x", fetched_at=datetime(2025, 1, 1))
    with pytest.raises(NotPublishedError):
        fails_to_deliver.fetch(client, settings, date(2025, 1, 1), date(2025, 1, 31))
