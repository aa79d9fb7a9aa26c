"""Which managers are hedge funds, and why."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.homes import BANKS_AND_INDEX_MANAGERS, HEDGE_FUNDS, Real
from tests.managers.helpers import RULED, adviser, filing, ruled
from tests.pipeline.helpers import put
from tracker.errors import InputError
from tracker.managers import adviser_rules, book_shape, classification, decision_steps, fund_lists
from tracker.managers.evidence import Evidence
from tracker.pipeline import refresh, settle
from tracker.quarters import Quarter
from tracker.sources import advisers
from tracker.store import Store
from tracker.tables import ADVISERS, FUND_LIST, JUDGED_FILINGS, LINES, MANAGERS, DecidedBy

RENAISSANCE, VANGUARD = 1037389, 102909


def classify(
    filings: list[dict[str, object]],
    roster: tuple[dict[str, object], ...] | list[dict[str, object]] = (),
    only: pl.DataFrame | None = None,
    **given: pl.DataFrame,
) -> dict[int, dict[str, object]]:
    made = classification.classify(JUDGED_FILINGS.frame(filings), Evidence(ADVISERS.frame(roster), **given), only)
    return {row["cik"]: row for row in MANAGERS.check(made).to_dicts()}


def test_the_hand_kept_list_beats_the_roster_both_ways() -> None:
    roster = [adviser("1", ciks=[VANGUARD]), adviser("2", ciks=[RENAISSANCE], has_hedge_funds=False)]
    found = classify([filing(VANGUARD), filing(RENAISSANCE)], roster)
    assert (found[VANGUARD]["is_hedge_fund"], found[RENAISSANCE]["is_hedge_fund"]) == (False, True)
    assert "hand-kept list: not a hedge fund (long only; index house" in str(found[VANGUARD]["basis"])


@pytest.mark.parametrize(
    ("cover", "firm", "way"),
    [
        ({"crd_number": "777"}, {"crd_number": "777"}, "CRD number"),
        ({"sec_file_number": "801-777"}, {"crd_number": "5", "sec_file_number": "801-777"}, "SEC file number"),
        ({}, {"crd_number": "5", "ciks": [12, 9_000_000_777]}, "CIK"),
    ],
)
def test_the_roster_is_joined_by_number_or_cik(cover: dict[str, object], firm: dict[str, object], way: str) -> None:
    cik = 9_000_000_777
    row = classify([filing(cik, **cover)], [adviser(**{"crd": "0", **{"crd_number": "0"}, **firm})])[cik]  # type: ignore[arg-type]
    assert row["is_hedge_fund"] is True
    assert f"by {way}" in str(row["basis"])


def test_a_crd_number_beats_a_cik_that_names_another_firm() -> None:
    cik = 9_000_000_777
    roster = [adviser("1", has_hedge_funds=False), adviser("2", ciks=[cik])]
    assert classify([filing(cik, crd_number="1")], roster)[cik]["is_hedge_fund"] is False


@pytest.mark.parametrize(("private", "expected"), [(500.0, True), (499.0, False), (None, True)])
def test_private_funds_must_be_half_of_the_assets_where_that_is_known(private: float | None, expected: bool) -> None:
    roster = [adviser("1", ciks=[9], regulatory_assets_usd=1000.0, private_fund_assets_usd=private)]
    row = classify([filing(9)], roster)[9]
    assert row["is_hedge_fund"] is expected
    assert ("not known" in str(row["basis"])) is (private is None)


@pytest.mark.parametrize(("firm", "expected", "words"), RULED)
def test_each_line_of_the_rule(firm: dict[str, object], expected: bool, words: str) -> None:
    row = classify(*ruled(firm))[9]
    assert row["is_hedge_fund"] is expected
    assert words in str(row["basis"])


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        ([600.0] * 10 + [1.0] * 1990, 0.0, False),  # three quarters in the ten largest
        ([1.0] * 2000, 0.0, True),  # flat, as a quant's
        ([600.0] * 10 + [1.0] * 1990, 200.0, True),  # options
        ([600.0] * 10 + [1.0] * 1989, 0.0, True),  # too short
    ],
)
def test_a_long_book_with_the_weights_of_an_index_is_no_hedge_funds(
    values: list[float], options: float, expected: bool
) -> None:
    lines = LINES.frame(
        {
            "accession_number": ["a"] * (len(values) + 1),
            "cusip": [str(at) for at in range(len(values) + 1)],
            "value": [*values, options],
            "name_of_issuer": ["ACME INC"] * (len(values) + 1),
            "title_of_class": ["COM"] * (len(values) + 1),
            "put_call": [""] * len(values) + ["PUT"],
        }
    )
    filings = [filing(9, accession_number="a", line_count=len(values))]
    shapes = book_shape.measure(book_shape.newest_reports(JUDGED_FILINGS.frame(filings)), lines)
    row = classify(filings, [adviser("1", ciks=[9])], shapes=shapes)[9]
    assert row["is_hedge_fund"] is expected
    assert ("weights of an index" in str(row["basis"])) is not expected


def test_a_name_is_the_last_way_to_the_roster() -> None:
    firm = adviser("1", name="GROUP", legal_name="THE NINE & TEN GROUP, L.L.C.")
    cover = filing(9, manager_name="Nine and Ten Group LLC/MA")
    row = classify([cover], [firm])[9]
    assert row["is_hedge_fund"] is True
    assert "by name: GROUP" in str(row["basis"])
    # two firms of that name: which of them is not known
    assert classify([cover], [firm, {**firm, "crd_number": "2"}])[9]["is_hedge_fund"] is False
    # a number beats the name
    other = adviser("3", legal_name="ELSE", ciks=[9], has_hedge_funds=False)
    assert classify([cover], [firm, other])[9]["is_hedge_fund"] is False


def test_other_filings_do_not_change_a_decision() -> None:
    firm = adviser("1", legal_name="SAME LP")
    alone = classify([filing(8, manager_name="SAME LP")], [firm])[8]
    beside = classify([filing(8, manager_name="SAME LP"), filing(9, manager_name="SAME LP")], [firm])[8]
    assert alone["basis"] == beside["basis"]


def test_a_name_that_says_bank_is_a_hint_to_a_person_and_decides_nothing() -> None:
    assert classify([filing(9, manager_name="RIVER BANK N.A.")])[9]["basis"] == (
        "unclassified: in no list and not in SEC's adviser roster; its name contains bank (weak)"
    )
    assert classify([filing(9, manager_name="RIVER BANK LP")], [adviser("1", ciks=[9])])[9]["is_hedge_fund"] is True


FUNDS = st.sampled_from([RENAISSANCE, VANGUARD, 8, 9])


@given(st.dictionaries(FUNDS, st.booleans()), st.dictionaries(FUNDS, st.booleans()))
def test_a_choice_always_wins_and_touches_no_one_else(chosen: dict[int, bool], flags: dict[int, bool]) -> None:
    filings = [filing(cik) for cik in (RENAISSANCE, VANGUARD, 8, 9)]
    roster = [adviser(str(cik), ciks=[cik], has_hedge_funds=flag) for cik, flag in flags.items()]
    choices = FUND_LIST.frame({"cik": cik, "is_hedge_fund": word} for cik, word in chosen.items())
    before, after = classify(filings, roster), classify(filings, roster, choices=choices)
    assert {cik: after[cik]["is_hedge_fund"] for cik in chosen} == chosen
    assert all(after[cik] == before[cik] for cik in before if cik not in chosen)


def test_a_choice_may_speak_of_the_family_only() -> None:
    choices = FUND_LIST.frame([{"cik": cik, "family": "House"} for cik in (RENAISSANCE, 9)])
    found = classify([filing(RENAISSANCE), filing(9)], choices=choices)
    assert [(found[cik]["family"], found[cik]["is_hedge_fund"]) for cik in (RENAISSANCE, 9)] == [
        ("House", True),
        ("House", False),
    ]


def explain(roster: dict[str, object], **cover: object) -> dict[str, tuple[str, bool | None]]:
    """What is found, and what it decides, at each step for a manager with a firm in the roster."""
    filings = JUDGED_FILINGS.frame([{**filing(9, crd_number="1"), **cover}])
    explanation = decision_steps.explain(9, filings, Evidence(ADVISERS.frame([roster])))
    assert explanation is not None
    return {step["step"].strip(): (step["says"], step["verdict"]) for step in explanation.steps}


def test_an_explanation_has_every_step_and_ends_in_the_decision() -> None:
    filings = JUDGED_FILINGS.frame([filing(9, crd_number="1")])
    roster = ADVISERS.frame([adviser("1", regulatory_assets_usd=1000.0, private_fund_assets_usd=499.0)])
    explanation = decision_steps.explain(9, filings, Evidence(roster))
    assert explanation is not None
    steps = explanation.steps
    assert steps[0]["says"].startswith("MANAGER 9 LLC, 2025-09-30, 0000000009-25-000001; crd_number 1")
    found = {step["step"].strip(): (step["says"], step["verdict"]) for step in steps}
    assert found["regulatory_assets_usd"] == ("1,000", None)
    assert "hedge_fund_count" in found["not known"][0] and "hedge_fund_count" not in found
    assert found["Are private funds at least half of its assets?"][1] is False
    decided = classify([filing(9, crd_number="1")], roster.to_dicts())[9]
    assert steps[-1] == {"step": "5 decision", "says": decided["basis"], "verdict": False}
    assert (explanation.is_hedge_fund, explanation.decided_by, explanation.basis) == (
        False,
        decided["decided_by"],
        decided["basis"],
    )
    assert decision_steps.explain(10, filings, Evidence(roster)) is None


STATES, ADVISES = "Does Form ADV state whether it advises hedge funds?", "Does it advise hedge funds?"


def test_a_question_is_answered_as_it_is_asked() -> None:
    with_flag = explain(adviser("1", has_hedge_funds=True))
    assert with_flag["has_hedge_funds"] == ("yes", None)
    assert (with_flag[STATES], with_flag[ADVISES]) == (("yes", None), ("yes", None))

    without_flag = explain(adviser("1", has_hedge_funds=False))
    assert without_flag["has_hedge_funds"] == ("no", None)
    assert without_flag[STATES] == ("yes", None)
    assert without_flag[ADVISES] == ("no: advises no hedge funds", False)

    absent = explain(adviser("1", has_hedge_funds=None))
    assert "has_hedge_funds" in absent["not known"][0]
    assert absent[STATES][0].startswith("no: ") and absent[STATES][1] is None
    assert absent[ADVISES] == ("not known", None)


@pytest.mark.parametrize(("firm", "expected", "words"), RULED)
def test_the_first_question_with_a_verdict_decides(firm: dict[str, object], expected: bool, words: str) -> None:
    (cover,), (roster,) = ruled(firm)
    steps = explain(roster, **cover)
    verdicts = [steps[rule.question] for rule in adviser_rules.RULES]
    assert all(re.match("yes|no|not known", says) for says, _ in verdicts)
    decided = [(says, verdict) for says, verdict in verdicts if ": " in says]
    assert words.removeprefix("unclassified") in decided[0][0]
    assert bool(decided[0][1]) is expected


def test_what_decides_is_kept_apart_from_the_reason() -> None:
    listed = FUND_LIST.frame([{"cik": 8, "is_hedge_fund": True}])
    roster = [adviser("1", ciks=[10]), adviser("2", ciks=[11], has_hedge_funds=False), adviser("3", ciks=[12])]
    roster[2] |= {"has_hedge_funds": None}
    filings = [filing(cik) for cik in (RENAISSANCE, 8, 9, 10, 11, 12)]
    found = classify(filings, roster, choices=listed)
    assert {cik: row["decided_by"] for cik, row in found.items()} == {
        RENAISSANCE: DecidedBy.HAND_KEPT_LIST,
        8: DecidedBy.USER_CHOICE,
        9: DecidedBy.UNCLASSIFIED,
        10: DecidedBy.ADVISER_ROSTER,
        11: DecidedBy.ADVISER_ROSTER,
        12: DecidedBy.UNCLASSIFIED,  # the roster has the firm, but does not state what it advises
    }
    alone = classify(filings, roster, listed)
    assert {row["decided_by"] for row in alone.values()} == {DecidedBy.FUND_LIST_FOR_RUN}


def test_managers_of_one_name_are_not_one_family() -> None:
    found = classify([filing(8, manager_name="SAME LP"), filing(9, manager_name="SAME LP"), filing(10)])
    assert found[8]["family"] != found[9]["family"]
    assert found[10]["family"] == "MANAGER 10 LLC"


def test_who_is_in_no_list_is_none_and_says_so() -> None:
    row = classify([filing(9)])[9]
    assert row["is_hedge_fund"] is False
    assert row["decided_by"] == DecidedBy.UNCLASSIFIED


def test_a_users_list_is_the_whole_universe(tmp_path: Path) -> None:
    path = tmp_path / "funds.csv"
    path.write_text("CIK,Name,Family\n0000000009,Nine,House\n")
    found = classify([filing(9), filing(RENAISSANCE)], only=fund_lists.read_list(path))
    assert {cik: row["is_hedge_fund"] for cik, row in found.items()} == {9: True, RENAISSANCE: False}
    assert found[9]["family"] == "House"


def test_name_and_numbers_are_the_newest_covers_and_weight_is_what_counts() -> None:
    old = filing(
        9, period_of_report=date(2025, 6, 30), filing_date=date(2026, 1, 1), manager_name="OLD", crd_number="1"
    )
    new = filing(9, number=2, manager_name="NEW", unit="thousands")
    replaced = filing(9, number=3, role="replaced", value_total=7.0, filing_date=date(2025, 11, 1))
    row = classify([old, new, replaced])[9]
    assert (row["manager_name"], row["crd_number"], row["value_usd"], row["line_count"]) == ("NEW", "1", 1_000_000.0, 3)


def test_a_report_whose_value_is_not_known_is_not_worth_nothing() -> None:
    unknown = classify([filing(9), filing(9, number=2, role="new holdings", value_total=None)])[9]
    assert unknown["value_usd"] is None and unknown["line_count"] == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nx\n", "no column cik"),
        ("cik,name\nabc,x\n", "line 2: 'abc' is not a CIK"),
        ("cik,name\n1,x\n0001,y\n", "line 3: CIK 1 appears twice"),
        ("cik,name\n../../1,x\n", "is not a CIK"),
        ("cik,name\n12345678901,x\n", "is not a CIK"),
        ("cik,name,is_hedge_fund\n1,x,perhaps\n", "write Y or N"),
        ("cik,name,checked_on\n1,x,yesterday\n", "line 2: checked_on"),
        ("cik,name\n", "names no manager"),
        ("", "no column"),
    ],
)
def test_a_list_that_cannot_be_read_names_line_and_cure(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "funds.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=f"funds.csv.*{re.escape(words)}"):
        fund_lists.read_list(path)


def test_the_hand_kept_list_is_sound() -> None:
    kept = fund_lists.hand_kept()
    assert kept["source"].is_not_null().all()
    assert kept["checked_on"].is_not_null().all()
    assert kept["cik"].is_sorted()
    assert kept.filter("is_hedge_fund").height > 30
    assert kept.filter(~pl.col("is_hedge_fund")).height > 20


def test_every_hand_kept_cik_is_a_real_filers(shared: Path) -> None:
    """Under the name that the filer uses, unless its CIK was taken from one of the test filings."""
    filings = pl.read_csv(shared / "edgar" / "filings.csv")["cik"]
    filers = pl.read_csv(shared / "managers" / "filers.csv").select("cik", pl.col("name").alias("filed_as"))
    others = fund_lists.hand_kept().filter(~pl.col("cik").is_in(filings.implode())).join(filers, on="cik", how="left")
    assert others.height > 200 and others.filter(pl.col("name").ne_missing(pl.col("filed_as"))).is_empty()


# ---- measured on real managers ------------------------------------------------------------------------------------

LABELS = Path(__file__).parent / "labels.csv"


@pytest.fixture(scope="module")
def decided(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """MANAGERS of the 106 as decided by the rule alone, and with the hand-kept list, beside their labels."""
    edgar = shared / "edgar" / "www.sec.gov"
    newest = pl.read_csv(shared / "edgar" / "filings.csv", infer_schema=False).sort("period", "filed", "accession")
    newest = newest.unique("cik", keep="last", maintain_order=True)
    paths = [
        edgar / "Archives/edgar/data" / str(int(cik)) / number.replace("-", "") / f"{number}.txt"
        for cik, number in newest.select("cik", "accession").rows()
    ]
    settings = put(tmp_path_factory.mktemp("home"), *(path.read_bytes() for path in paths))
    refresh.refresh(settings, Quarter(2025, 4), offline=True)
    roster = advisers.read(sorted((edgar / "files/investment/data/other").rglob("ia*.zip")))
    with Store(settings) as store:
        filings = store.read(JUDGED_FILINGS)
        shapes = settle.shapes(store, filings)
    labels = pl.read_csv(LABELS).select("cik", (pl.col("is_hedge_fund") == "Y").alias("label"), "reason")
    return {
        name: classification.classify(filings, Evidence(roster, kept=kept, shapes=shapes)).join(
            labels, on="cik", how="right"
        )
        for name, kept in (("rule", FUND_LIST.frame()), ("rule and list", fund_lists.hand_kept()))
    }


def test_every_manager_is_labelled_with_a_reason(shared: Path) -> None:
    labels = pl.read_csv(LABELS)
    assert set(labels["cik"]) == set(pl.read_csv(shared / "edgar" / "filings.csv")["cik"])
    assert labels["cik"].is_sorted() and labels["reason"].str.len_chars().min() > 3
    assert set(labels["is_hedge_fund"]) == {"Y", "N"}


def test_the_managers_of_two_micro_caps_are_classified_as_labelled(real: Real) -> None:
    with Store(real.settings) as store:
        managers = store.read(MANAGERS)
    labels = pl.read_csv(LABELS).select("cik", label=pl.col("is_hedge_fund") == "Y")
    both = managers.join(labels, on="cik").filter(pl.col("cik").is_in([*HEDGE_FUNDS, *BANKS_AND_INDEX_MANAGERS]))
    assert both.height == (10 if real.is_whole else 4)
    assert both["is_hedge_fund"].equals(both["label"], null_equal=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by", "borderline", "precision", "recall"),
    [
        ("rule", True, 0.85, 0.7),
        ("rule", False, 0.85, 0.68),
        ("rule and list", True, 0.98, 0.98),
    ],
)
def test_precision_and_recall(
    decided: dict[str, pl.DataFrame], by: str, borderline: bool, precision: float, recall: float
) -> None:
    """`pytest -m slow -k precision_and_recall -s` prints the figures that the README gives."""
    found = decided[by].filter(pl.lit(borderline) | ~pl.col("reason").str.starts_with("borderline"))
    both = found.filter("is_hedge_fund", "label").height
    counted, true = found.filter("is_hedge_fund").height, found.filter("label").height
    print(f"\n{by}, {found.height} managers: precision {both}/{counted} = {both / counted:.0%}, "
          f"recall {both}/{true} = {both / true:.0%}")  # fmt: skip
    for cik, name, basis, reason in (
        found.filter(pl.col("is_hedge_fund") != pl.col("label")).select("cik", "manager_name", "basis", "reason").rows()
    ):
        print(f"  {cik} {name}: {basis} | labelled: {reason}")
    assert both / counted >= precision
    assert both / true >= recall


def test_two_micro_caps_have_the_hedge_funds_that_are_known(real: Real) -> None:
    """Ten managers hold DUOT or DERM, most of them banks and index managers."""
    for cusip, expected in (("266042407", {1037389, 1423053, 1179392}), ("48115J109", {1037389, 1423053})):
        with Store(real.settings) as store:
            held = store.positions(Quarter(2025, 3), cusip=cusip, put_call="", share_type="SH")
            lines = store.lines_of(Quarter(2025, 3).end, [cusip])
        assert set(held["cik"]) == expected
        assert lines["accession_number"].n_unique() > len(expected)
