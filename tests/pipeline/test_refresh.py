"""The whole path, offline: what is on disk becomes counts, again and again the same."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.filings.helpers import FILINGS_FOLDER, A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, counts, put, report, state
from tests.submissions import cusip
from tracker.errors import StoreError
from tracker.pipeline import refresh
from tracker.pipeline.add_prices import import_file, import_splits
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.layout import lines_path
from tracker.tables import JUDGED_FILINGS, MANAGERS, POSITIONS, REJECTS, SPLITS


def files(settings: Settings) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(settings.db.rglob("*")) if path.is_file()}


def test_every_hand_written_filing_together(tmp_path: Path) -> None:
    """Good and bad ones in one home: what is rejected is named, and disturbs nothing else."""
    names = [
        path.name for path in FILINGS_FOLDER.glob("*.txt") if path.read_bytes().rstrip().endswith(b"</SEC-DOCUMENT>")
    ]
    texts = [(FILINGS_FOLDER / name).read_bytes() for name in names if name != "path_accession.txt"]
    settings = put(tmp_path, *texts)
    summary = refresh.refresh(settings, Q3, offline=True)
    with Store(settings) as store:
        filings, rejects = store.read(JUDGED_FILINGS), store.read(REJECTS, severity="rejected")
    assert filings.height + rejects.height == len(texts)
    assert rejects.height == len(summary.rejected) >= 12
    assert set(filings["accession_number"]).isdisjoint(rejects["accession_number"])
    assert rejects["reason"].str.len_chars().min() > 5


def test_the_fictional_market_counts_as_derived_by_hand(market: Settings) -> None:
    with Store(market) as store:
        held, rejects = store.holder_counts(Q3), store.read(REJECTS, severity="rejected")
    assert rejects.height == 1
    assert "see note 3" in rejects["reason"].item()
    found = dict(held.select("ticker", "holders").rows())
    # FRTC: calls only; KLMS: only in the filing that cannot be read; SBF.B: a class; GLIM: a restatement takes it out
    expected = {
        "QNLR": 7,
        "MRWD": 14,
        "TLVN": 3,
        "SBF.B": 5,
        "NFLO": 1,
        "HPIK": 9,
        "GLIM": 2,
        "CBWK": 4,
        "VMQC": 6,
        "FRTC": 0,
    }
    assert {ticker: found.get(ticker, 0) for ticker in expected} == expected
    assert found["KLMS"] == 0
    assert held.filter(pl.col("ticker") == "KLMS")["closed"].to_list() == [0]  # its holder's filing cannot be read


def test_running_again_changes_no_byte(own_market: Settings) -> None:
    settings = own_market
    before = files(settings)
    again = refresh.refresh(settings, Q3, offline=True, funds=settings.home / "fund_list.csv")
    assert not again.changed
    # notes on a run, and what is kept under the identity of the files that it is from, which a copy has anew
    notes = tuple(str(settings.db / name) for name in ("refresh.lock", "settled.json", "prepared"))
    now, then = ({k: v for k, v in each.items() if not k.startswith(notes)} for each in (files(settings), before))
    assert now == then


def test_the_quarter_before_is_compared_in_whatever_order_they_come(tmp_path: Path) -> None:
    def market(home: Path) -> Settings:
        return put(
            home,
            report(1, RENAISSANCE, {A: 100, B: 5}, Q2),
            report(2, RENAISSANCE, {A: 200}),
            report(3, CITADEL, {A: 50}),
        )

    for home, order in ((tmp_path / "1", (Q2, Q3)), (tmp_path / "2", (Q3, Q2))):
        settings = market(home)
        for quarter in order:
            refresh.refresh(settings, quarter, offline=True)
        row = counts(settings, Q3)[A]
        assert [row[key] for key in ("holders", "holders_previous", "new", "increased")] == [2, 1, 0, 1]
        assert counts(settings, Q3)[B]["closed"] == 1
    assert state(Settings(tmp_path / "1")) == state(Settings(tmp_path / "2"))


def test_a_late_amendment_corrects_its_quarter_and_the_next(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 100}, Q2), report(2, RENAISSANCE, {A: 100}))
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    assert counts(settings, Q3)[A]["increased"] == 0
    put(tmp_path, report(3, RENAISSANCE, {A: 40}, Q2, amendment=("RESTATEMENT", 1), filed=date(2025, 12, 1)))
    refresh.refresh(settings, Q3, offline=True)
    assert counts(settings, Q2)[A]["shares"] == 40
    assert counts(settings, Q3)[A]["increased"] == 1


def test_a_list_of_funds_is_the_universe_until_the_next_refresh_without_it(tmp_path: Path) -> None:
    settings = put(
        tmp_path, report(1, RENAISSANCE, {A: 1}), report(2, CITADEL, {A: 2}), report(3, 9_000_000_003, {A: 3})
    )
    funds = tmp_path / "three.csv"
    funds.write_text("cik,name\n9000000003,Three\n")
    refresh.refresh(settings, Q3, offline=True, funds=funds)
    assert counts(settings, Q3)[A]["shares"] == 3
    refresh.refresh(settings, Q3, offline=True)
    assert (counts(settings, Q3)[A]["holders"], counts(settings, Q3)[A]["shares"]) == (2, 3)


def test_prices_and_splits_keep_the_universe_of_the_last_refresh(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}), report(2, 9_000_000_003, {A: 3}))
    funds, prices, splits = (tmp_path / name for name in ("three.csv", "prices.csv", "splits.csv"))
    funds.write_text("cik,name\n9000000003,Three\n")
    prices.write_text("date,symbol,close\n2025-08-11,AAAA,1\n")
    splits.write_text("ticker,date,ratio\nAAAA,2025-08-11,2\n")
    refresh.refresh(settings, Q3, offline=True, funds=funds)
    import_file(settings, prices, Silent())
    import_splits(settings, splits, Silent())
    with Store(settings) as store:
        assert store.read(MANAGERS).filter("is_hedge_fund")["cik"].to_list() == [9_000_000_003]
        assert store.read(SPLITS).height == 1
    assert counts(settings, Q3)[A]["shares"] == 3


def test_no_note_is_given_twice_in_a_run(demo: Path) -> None:
    """The demo refreshes two quarters and imports prices."""
    lines = (demo / "stderr").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines].count("counting holders of 2025Q3") == 2
    notes = [line for line in lines if not re.search(r" in \d+\.\d s$", line)]
    assert len([note for note in notes if note.startswith("fails-to-deliver")]) == 1
    assert len(notes) == len(set(notes))


def test_lost_lines_stop_the_refresh_instead_of_lowering_a_count(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 100}))
    refresh.refresh(settings, Q3, offline=True)
    lines_path(settings.db, Q3.end).unlink()
    put(tmp_path, report(2, CITADEL, {A: 100}))
    with pytest.raises(StoreError, match="lacks lines of 1 filing,"):
        refresh.refresh(settings, Q3, offline=True)


KILLED = """
import os, sys
from pathlib import Path
from tracker.pipeline import refresh
from tracker.store import database as store, sql_values
from tracker.quarters import Quarter
from tracker.settings import Settings

def dying(work):
    def run(*given, **named):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        result = work(*given, **named)
        left -= 1
        if left == 0:
            os._exit(9)
        return result
    return run
sql_values.insert = dying(sql_values.insert)
store.Store.add_lines = dying(store.Store.add_lines)
for home in sys.argv[1:]:
    left = int(Path(home).name)
    child = os.fork()  # nothing was computed yet: the children share the imports only
    if child == 0:
        for quarter in (Quarter(2025, 2), Quarter(2025, 3)):
            refresh.refresh(Settings(Path(home)), quarter, offline=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize("writes", [[7, 26], pytest.param(range(1, 27), marks=pytest.mark.slow)], ids=["some", "every"])
def test_a_run_killed_at_any_write_ends_in_the_same_state_when_run_again(tmp_path: Path, writes: Sequence[int]) -> None:
    texts = [
        report(1, RENAISSANCE, {A: 100, B: 7}, Q2),
        report(2, RENAISSANCE, {A: 200}),
        report(3, CITADEL, {A: 50}),
        report(4, CITADEL, {B: 5}, amendment=("NEW HOLDINGS", 1), filed=date(2025, 12, 1)),
        (FILINGS_FOLDER / "not_a_number.txt").read_bytes(),
    ]
    broken, whole = [put(tmp_path / str(count), *texts) for count in writes], put(tmp_path / "whole", *texts)
    homes = [str(settings.home) for settings in broken]
    killed = subprocess.run([sys.executable, "-c", KILLED, *homes], stdout=subprocess.PIPE, text=True, check=True)
    assert killed.stdout.split() == ["9"] * len(broken)
    for settings in (whole, *broken):
        for quarter in (Q2, Q3):
            refresh.refresh(settings, quarter, offline=True)
        assert state(settings) == state(whole)
        assert not list(settings.db.rglob(".incoming*"))


def test_every_number_leads_back_to_a_filing(market: Settings) -> None:
    with Store(market) as store:
        positions, filings = store.positions(Q3), store.read(JUDGED_FILINGS)
        managers, counted = store.read(MANAGERS), store.holder_counts(Q3)
        lines = store.lines(Q3.end)
    assert positions.join(filings, on=["accession_number", "cik"], how="anti").is_empty()
    assert positions.join(lines, on="accession_number", how="anti").is_empty()
    assert managers["basis"].str.len_chars().min() > 5
    shares = positions.filter((pl.col("share_type") == "SH") & (pl.col("put_call") == ""))
    assert counted["shares"].sum() == shares["shares"].sum()
    assert POSITIONS.check(positions).height


def test_lines_of_some_filings_are_found_in_a_file_of_many_row_groups(tmp_path: Path) -> None:
    settings = put(tmp_path, *(report(number, 9_000_000_000 + number, {A: number, B: 7}) for number in range(1, 9)))
    refresh.refresh(settings, Q3, offline=True)
    with Store(settings) as store:
        path = lines_path(settings.db, Q3.end)
        pl.read_parquet(path).write_parquet(path, row_group_size=3)
        wanted = store.read(JUDGED_FILINGS)["accession_number"].head(5)
        assert set(store.lines(Q3.end, accession_numbers=wanted)["accession_number"]) == set(wanted)
        assert store.lines_of(Q3.end, [A])["shares"].sum() == sum(range(1, 9))


def test_lines_of_many_cusips_are_those_of_each(tmp_path: Path) -> None:
    many = [cusip(f"9909{place:02d}10") for place in range(99)]
    settings = put(tmp_path, report(1, RENAISSANCE, {**dict.fromkeys(many, 5), A: 7}))
    refresh.refresh(settings, Q3, offline=True)
    with Store(settings) as store:
        lines = store.lines_of(Q3.end, many, ("cusip", "shares"))
        assert lines.columns == ["cusip", "shares"]
        assert lines.equals(pl.concat(store.lines_of(Q3.end, [one], ("cusip", "shares")) for one in sorted(many)))
        assert store.lines_of(Q3.previous.end, many, ("cusip",)).columns == ["cusip"]


def test_holders_shares_confirm_a_split_and_the_counts_follow(tmp_path: Path) -> None:
    """Closes alone leave a tenfold rise unclear; three funds that all hold a tenth of their shares show the split."""
    funds = (1037389, 1423053, 1179392)
    texts = [report(n, cik, {A: 1000 * n}, Q2) for n, cik in enumerate(funds, 1)]
    settings = put(tmp_path, *texts, *(report(10 + n, cik, {A: 100 * n}) for n, cik in enumerate(funds, 1)))
    folder = settings.filings / "reference" / "fails-to-deliver"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "cnsfails202508a.zip", "w") as archive:
        rows = f"SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n20250810|{A}|AAAA|1|A|.\n"
        archive.writestr("cnsfails202508a.txt", rows + "Trailer record count 1\n")
    closes = settings.home / "closes.csv"
    days = [date(2025, 8, 11), date(2025, 8, 12), date(2025, 8, 13), date(2025, 8, 14)]
    lines = [f"{day},AAAA,{close}" for day, close in zip(days, (1.0, 1.01, 10.3, 10.2), strict=True)]
    closes.write_text("\n".join(["date,symbol,close", *lines]))
    import_file(settings, closes, Silent())
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    with Store(settings) as store:
        splits = store.read(SPLITS).select("date", "ratio", "status").rows()
        counts = store.holder_counts(Q3).row(0, named=True)
    assert splits == [(date(2025, 8, 13), 0.1, "used")]
    assert [counts[key] for key in ("split_ratio", "increased", "reduced")] == [0.1, 0, 0]
    assert not refresh.refresh(settings, Q3, offline=True).changed
