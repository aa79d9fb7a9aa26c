"""The user's own decisions on who counts: they override everything, are reported, and survive."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, counts, put, report, state
from tracker.errors import InputError, NotFoundError, SettingError, StoreError
from tracker.lookup import find_manager
from tracker.managers import fund_lists
from tracker.pipeline import choose_funds, refresh
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import FUND_LIST, MANAGERS, RUNS, ManagerClass

STRANGER, COUSIN = 9_000_000_003, 9_000_000_004
TODAY = date(2026, 1, 7)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A is held by two hedge funds and two strangers of nearly one name, B by a stranger in the quarter before."""
    settings = put(
        tmp_path_factory.mktemp("loaded") / "home",
        report(1, RENAISSANCE, {A: 1}, manager="RENAISSANCE TECHNOLOGIES LLC"),
        report(2, CITADEL, {A: 2}, manager="CITADEL ADVISORS LLC"),
        report(3, STRANGER, {A: 30, B: 7}, manager="MOSSGATE PARTNERS LLC"),
        report(4, COUSIN, {A: 400}, manager="MOSSGATE ADVISERS LLC"),
        report(5, STRANGER, {B: 5}, Q2, manager="MOSSGATE PARTNERS LLC"),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


@pytest.fixture
def settings(loaded: Settings, tmp_path: Path) -> Settings:
    """A copy that the test may change."""
    return Settings(Path(shutil.copytree(loaded.home, tmp_path / "home")))


def holders(settings: Settings, cusip: str = A) -> object:
    row = counts(settings, Q3).get(cusip)
    return row and (row["holders"], row["shares"])


def add(settings: Settings, query: str, **given: str) -> list[str]:
    return choose_funds.choose(settings, query, choose_funds.Choice(True, **given), today=TODAY)


def remove(settings: Settings, query: str, **given: str) -> list[str]:
    return choose_funds.choose(settings, query, choose_funds.Choice(False, **given), today=TODAY)


def test_a_choice_changes_every_loaded_quarter_at_once_and_reports_it(settings: Settings) -> None:
    assert holders(settings) == (2, 3)
    assert add(settings, "mossgate partners", note="known") == [
        "MOSSGATE PARTNERS LLC (9000000003): now counted; 2 positions in 2025Q3 (your choice: a hedge fund (known))",
        "recounted: 2025Q2, 2025Q3",
    ]
    assert holders(settings) == (3, 33)
    assert counts(settings, Q2)[B]["holders"] == 1
    assert remove(settings, str(RENAISSANCE))[0].startswith("RENAISSANCE TECHNOLOGIES LLC (1037389): now not counted")
    assert holders(settings) == (2, 32)


def test_it_survives_a_refresh_and_a_rebuild(settings: Settings) -> None:
    add(settings, str(STRANGER))
    remove(settings, str(CITADEL))
    before = state(settings)
    refresh.refresh(settings, Q3, offline=True)
    assert state(settings) == before
    shutil.rmtree(settings.db)
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    assert holders(settings) == (2, 31)
    # `runs` has what each refresh found on its day
    assert {**state(settings), "runs": []} == {**before, "runs": []}


def test_a_list_for_one_run_is_exactly_that_list(settings: Settings, tmp_path: Path) -> None:
    add(settings, str(STRANGER))
    (tmp_path / "list.csv").write_text(f"cik,name\n{COUSIN},Cousin\n")
    refresh.refresh(settings, Q3, offline=True, funds=tmp_path / "list.csv")
    assert holders(settings) == (1, 400)
    with Store(settings) as store:
        assert store.read(RUNS)["fund_list"].to_list() == [None, None, "list.csv"]
    changes = remove(settings, str(COUSIN))
    assert any("the last refresh used the list list.csv (--funds)" in line for line in changes)
    assert any(line.startswith("3 other managers") for line in changes)
    assert holders(settings) == (3, 33)
    refresh.refresh(settings, Q3, offline=True)
    assert not any("--funds" in line for line in remove(settings, str(STRANGER)))


def test_a_family_leaves_the_decision_to_lists_and_rule(settings: Settings) -> None:
    changes = choose_funds.set_family(settings, str(RENAISSANCE), "Family", today=TODAY)
    assert changes[0].startswith("RENAISSANCE TECHNOLOGIES LLC (1037389): still counted; family Family; 1 position in")
    choose_funds.set_family(settings, str(CITADEL), "Family", today=TODAY)
    choose_funds.set_family(settings, str(STRANGER), "Family", today=TODAY)
    assert holders(settings) == (1, 3)
    add(settings, str(STRANGER))
    assert holders(settings) == (1, 33)
    with Store(settings) as store:
        assert store.read(MANAGERS, cik=STRANGER)["family"].to_list() == ["Family"]


def test_forgetting_goes_back_to_lists_and_rule(settings: Settings) -> None:
    before = state(settings)
    remove(settings, str(CITADEL))
    choose_funds.forget(settings, "citadel")
    assert state(settings) == before
    with pytest.raises(NotFoundError, match=r"made no choice on CITADEL ADVISORS LLC \(1423053\)"):
        choose_funds.forget(settings, "citadel")


def test_what_does_not_change_a_count_recounts_nothing(settings: Settings) -> None:
    assert add(settings, str(CITADEL))[1:] == ["no loaded quarter is affected"]
    changes = add(settings, "9000000999")
    assert changes[0] == "CIK 9000000999: no filing is loaded; noted, and fetched with the next refresh"


def test_a_new_note_keeps_the_family(settings: Settings) -> None:
    add(settings, str(STRANGER), family="Mossgate", note="one")
    remove(settings, str(STRANGER), note="two")
    assert fund_lists.read_choices(settings.home).rows() == [
        (STRANGER, "MOSSGATE PARTNERS LLC", "Mossgate", False, None, "two", TODAY)
    ]


def test_a_name_that_is_ambiguous_or_unknown_names_the_nearest(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="ambiguous: 2 managers") as ambiguous:
        add(settings, "MOSSGATE")
    # the larger one first
    assert ambiguous.value.candidates == ["9000000004 (MOSSGATE ADVISERS LLC)", "9000000003 (MOSSGATE PARTNERS LLC)"]
    with pytest.raises(NotFoundError, match="neither a CIK nor part") as unknown, Store(settings) as store:
        find_manager(store, "Renaisance Technology")
    assert unknown.value.candidates == ["1037389 (RENAISSANCE TECHNOLOGIES LLC)"]
    with pytest.raises(NotFoundError, match="no filing of CIK 1037388 is loaded") as near, Store(settings) as store:
        find_manager(store, "1037388")
    assert near.value.candidates == ["1037389 (RENAISSANCE TECHNOLOGIES LLC)"]
    assert not (settings.home / "funds.csv").exists()


def test_a_whole_name_is_not_ambiguous_with_one_that_contains_it(tmp_path: Path) -> None:
    settings = put(
        tmp_path, report(1, STRANGER, {A: 1}, manager="MOSS LLC"), report(2, COUSIN, {A: 1}, manager="MOSS LLC II")
    )
    refresh.refresh(settings, Q3, offline=True)
    with Store(settings) as store:
        assert find_manager(store, " moss  llc ") == (STRANGER, "MOSS LLC")


def test_a_choice_may_come_before_anything_is_loaded(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert add(settings, "soros fund") == ["CIK 1029160: noted, and fetched with the next refresh"]
    assert fund_lists.read_choices(tmp_path)["name"].to_list() == ["SOROS FUND MANAGEMENT LLC"]


def test_an_imported_list_is_all_or_nothing(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"cik,name,family\n{STRANGER},Mossgate Partners,Mossgate\n{COUSIN},Mossgate Advisers,Mossgate\n")
    remove(settings, str(CITADEL))
    remove(settings, str(COUSIN))
    assert choose_funds.import_file(settings, path)[-1] == "recounted: 2025Q2, 2025Q3"
    assert holders(settings) == (2, 431)  # Renaissance, and Mossgate once
    path.write_text(f"cik,name\n{STRANGER},x\nnobody,y\n")
    before = (settings.home / "funds.csv").read_bytes()
    with pytest.raises(InputError, match="line 3: 'nobody' is not a CIK"):
        choose_funds.import_file(settings, path)
    path.write_text("cik,name,is_hedge_fund\n")
    with pytest.raises(InputError, match="names no manager"):
        choose_funds.import_file(settings, path)
    assert (settings.home / "funds.csv").read_bytes() == before


def test_a_damaged_file_of_choices_stops_a_change_and_a_refresh(settings: Settings) -> None:
    (settings.home / "funds.csv").write_text("cik,name\nx,y\n")
    for change in (lambda: add(settings, str(STRANGER)), lambda: refresh.refresh(settings, Q3, offline=True)):
        with pytest.raises(InputError, match=r"funds\.csv, line 2: 'x' is not a CIK"):
            change()
    assert (settings.home / "funds.csv").read_text() == "cik,name\nx,y\n"


def test_one_writer_at_a_time(settings: Settings) -> None:
    with Store(settings) as other, other.writing(), pytest.raises(StoreError, match="another run"):
        add(settings, str(STRANGER))
    assert not (settings.home / "funds.csv").exists()


def test_everyone_exported_counts_the_same_when_given_to_a_refresh(settings: Settings, tmp_path: Path) -> None:
    add(settings, str(STRANGER), family="Mossgate")
    add(settings, str(COUSIN), family="Mossgate")
    before = counts(settings, Q3)
    path = tmp_path / "all.csv"
    assert choose_funds.export_file(settings, path, everyone=True) == 4
    refresh.refresh(settings, Q3, offline=True, funds=path)
    assert counts(settings, Q3) == before


def test_an_export_to_a_folder_or_below_a_file_is_refused_with_the_cure(settings: Settings, tmp_path: Path) -> None:
    cure = f"{tmp_path} is not a file; name one, such as {tmp_path}/list.csv"
    with pytest.raises(SettingError, match=re.escape(cure)):
        choose_funds.export_file(settings, tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingError, match=r"cannot be written \(.+\); choose another path$"):
        choose_funds.export_file(settings, tmp_path / "file" / "list.csv")
    assert not list(tmp_path.glob(".incoming*"))


def test_a_list_that_is_a_folder_is_refused_without_a_raw_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        choose_funds.import_file(settings, tmp_path)
    assert str(refused.value) == f"{tmp_path} cannot be read (Is a directory); name a csv file"


# What a csv cell of one line can hold: an empty one is null, blanks at the ends are not kept.
_class = st.sampled_from([None, ManagerClass.MARKET_MAKER, ManagerClass.BANK])
_text = st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(
    st.dictionaries(
        st.integers(1, 9_999_999_999),
        st.tuples(_text, _text, st.none() | st.booleans(), _class, _text, st.none() | st.dates(date(1993, 1, 1))),
        max_size=6,
    )
)
def test_importing_what_was_exported_gives_the_same_choices(
    tmp_path_factory: pytest.TempPathFactory, chosen: dict[int, tuple[object, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("home")
    first, second = Settings(folder / "1"), Settings(folder / "2")
    choices = FUND_LIST.frame(
        dict(zip(FUND_LIST.columns, (cik, *rest), strict=True)) for cik, rest in sorted(chosen.items())
    )
    fund_lists.write_list(first.home / "funds.csv", choices)
    assert fund_lists.read_choices(first.home).equals(choices)
    assert choose_funds.export_file(first, folder / "list.csv") == choices.height
    if choices.is_empty():
        return
    choose_funds.import_file(second, folder / "list.csv")
    assert fund_lists.read_choices(second.home).equals(choices)
    choose_funds.import_file(second, folder / "list.csv")
    assert fund_lists.read_choices(second.home).equals(choices)


def test_names_of_several_lines_stay_in_their_cell(tmp_path: Path) -> None:
    listed = FUND_LIST.frame([{"cik": 1, "name": 'A "B",\nC', "is_hedge_fund": True}])
    fund_lists.write_list(tmp_path / "x.csv", listed)
    assert fund_lists.read_list(tmp_path / "x.csv").row(0)[:2] == (1, 'A "B", C')
    assert pl.read_csv(tmp_path / "x.csv").height == 1
