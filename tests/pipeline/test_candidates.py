"""Who is asked for: each way in and each way out, by hand-written filers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.managers.helpers import adviser, filing
from tracker.managers.classification import classify
from tracker.managers.evidence import Evidence
from tracker.pipeline.candidates import ASKED, NOT_ASKED, AskReason, Candidates, choose
from tracker.sources import advisers
from tracker.sources.expected_submissions import FILERS
from tracker.tables import ADVISERS, FUND_LIST, JUDGED_FILINGS, MANAGERS

FILER, OTHER = 9, 10


def reason(
    *known: dict[str, object],
    name: str = "RIVER ROCK LLC",
    is_timely: bool = True,
    firms: tuple[dict[str, object], ...] = (),
    counted: bool = False,
    chosen: bool | None = None,
    kept: bool | None = None,
) -> AskReason:
    """What `choose` decides about FILER, whom the index names `name`; `known` are its filings and cover pages."""
    filers = pl.DataFrame([(FILER, name, is_timely), (OTHER, "SOMEBODY ELSE INC", True)], FILERS, orient="row")

    def stated(is_hedge_fund: bool | None) -> pl.DataFrame:
        return FUND_LIST.frame([{"cik": FILER, "is_hedge_fund": is_hedge_fund}])

    chosen_frame = choose(
        filers,
        JUDGED_FILINGS.frame(known),
        MANAGERS.frame([{"cik": FILER, "is_hedge_fund": counted}]),
        ADVISERS.frame(firms),
        choices=stated(chosen),
        kept=stated(kept),
    )
    assert chosen_frame["cik"].to_list() == [FILER, OTHER]
    assert chosen_frame["reason"][1] == AskReason.NEVER_SEEN
    return AskReason(chosen_frame["reason"][0])


SEEN = filing(FILER, manager_name="RIVER ROCK LLC")
FUND = adviser("77", legal_name="RIVER ROCK L.L.C.", regulatory_assets_usd=11_000.0, private_fund_assets_usd=10_000.0)
NO_FUND = {**FUND, "has_hedge_funds": False}


def test_a_list_decides_first_and_the_users_own_choice_before_the_hand_kept_list() -> None:
    assert reason(SEEN, kept=True) == AskReason.LISTED
    assert reason(SEEN, chosen=True, kept=False) == AskReason.LISTED
    assert reason(SEEN, chosen=False, kept=True) == AskReason.LISTED_OUT
    assert reason(kept=False) == AskReason.LISTED_OUT, "also one never seen"
    assert reason(SEEN, kept=False, counted=True, firms=(FUND,)) == AskReason.LISTED_OUT


def test_a_choice_of_the_family_only_leaves_the_decision_to_the_others() -> None:
    assert reason(SEEN, chosen=None, kept=True) == AskReason.LISTED
    assert reason(SEEN, chosen=None) == AskReason.NOT_COUNTED


def test_market_makers_of_the_lists_are_asked_for_unless_the_user_left_them_out() -> None:
    kept = FUND_LIST.frame([{"cik": FILER, "is_hedge_fund": False, "manager_class": "market_maker"}])
    left_out = FUND_LIST.frame([{"cik": FILER, "is_hedge_fund": False}])
    filers = pl.DataFrame([(FILER, "RIVER ROCK LLC", True)], FILERS, orient="row")
    nothing = JUDGED_FILINGS.frame(), MANAGERS.frame(), ADVISERS.frame()
    assert choose(filers, *nothing, kept=kept)["reason"].to_list() == [AskReason.LISTED]
    assert choose(filers, *nothing, choices=left_out, kept=kept)["reason"].to_list() == [AskReason.LISTED_OUT]


def test_the_cik_leads_to_a_firm() -> None:
    firm = {**FUND, "legal_name": "OTHER NAME"}
    assert reason(SEEN, firms=({**firm, "ciks": [FILER]},)) == AskReason.RULE
    assert reason(SEEN, firms=({**firm, "ciks": [OTHER + 1]},)) == AskReason.NOT_COUNTED


def test_the_company_name_in_the_index_leads_to_a_firm_where_the_old_cover_page_does_not() -> None:
    renamed = filing(FILER, manager_name="BROOK STONE LLC")
    assert reason(renamed, firms=(FUND,)) == AskReason.RULE
    assert reason(renamed, name="RIVER BANK", firms=(FUND,)) == AskReason.NOT_COUNTED


def test_a_firm_that_the_rule_leaves_open_is_asked_since_the_next_book_may_decide() -> None:
    venture = adviser("77", legal_name="RIVER ROCK L.L.C.", regulatory_assets_usd=3000.0, has_venture_funds=True)
    cover = {"accession_number": "a", "cik": FILER, "manager_name": "RIVER ROCK LLC"}
    assert reason(cover, firms=(venture,)) == AskReason.RULE
    assert reason(cover, firms=({**venture, "has_hedge_funds": False},)) == AskReason.NOT_COUNTED


def test_a_name_that_two_firms_share_leads_nowhere() -> None:
    twin = {**FUND, "crd_number": "78"}
    assert reason(SEEN, firms=(FUND, twin)) == AskReason.NOT_COUNTED


def test_the_numbers_on_an_earlier_cover_page_lead_to_a_firm_of_another_name() -> None:
    """As a data set has it: a cover page, no role, no unit."""
    cover = {"accession_number": "a", "cik": FILER, "manager_name": "X", "crd_number": "5"}
    firm = {**FUND, "legal_name": "STREAM ADVISORS"}
    assert reason(cover, firms=({**firm, "crd_number": "5"},)) == AskReason.RULE
    assert reason(cover, firms=({**firm, "crd_number": "6"},)) == AskReason.NOT_COUNTED


def test_a_firm_that_advises_no_hedge_funds_is_asked_only_if_it_was_never_seen() -> None:
    assert reason(SEEN, firms=(NO_FUND,)) == AskReason.NOT_COUNTED
    assert reason(firms=(NO_FUND,)) == AskReason.NEVER_SEEN, "its cover page may lead to another firm"


def test_the_last_book_does_not_exclude_the_next() -> None:
    """A book of 9% of its assets is too little for a firm with private equity; the next report may have more."""
    firm = {**FUND, "has_private_equity_funds": True}
    assert not classify(JUDGED_FILINGS.frame([SEEN]), Evidence(ADVISERS.frame([firm])))["is_hedge_fund"].item()
    assert reason(SEEN, firms=(firm,)) == AskReason.RULE


def test_who_counted_before_is_asked_whatever_has_become_of_the_roster() -> None:
    assert reason(SEEN, counted=True) == AskReason.COUNTED
    assert reason(SEEN, counted=True, firms=(NO_FUND,)) == AskReason.COUNTED


def test_who_was_never_seen_is_asked_and_who_came_much_later_is_not() -> None:
    assert reason() == AskReason.NEVER_SEEN
    assert reason(SEEN) == AskReason.NOT_COUNTED
    assert reason(is_timely=False) == AskReason.CAME_LATER
    assert reason(is_timely=False, firms=(FUND,)) == AskReason.RULE


def test_every_reason_is_asked_or_not_and_the_counts_add_up() -> None:
    assert {*ASKED, *NOT_ASKED} == {*AskReason} and not ASKED.keys() & NOT_ASKED.keys()
    reasons = [AskReason.LISTED, AskReason.NEVER_SEEN, AskReason.NEVER_SEEN, AskReason.NOT_COUNTED]
    candidates = Candidates.of(pl.DataFrame({"cik": [1, 2, 3, 4], "reason": reasons}))
    assert candidates.ciks == {1, 2, 3}
    assert (candidates.filers, candidates.not_asked) == (4, 1)
    assert candidates.describe(ASKED) == "1 by a list, 2 never seen before"


@pytest.mark.parametrize("nobody", [True, False])
def test_no_filers_and_no_roster_are_no_error(nobody: bool) -> None:
    filers = pl.DataFrame(schema=FILERS) if nobody else pl.DataFrame([(FILER, None, True)], FILERS, orient="row")
    chosen = choose(filers, JUDGED_FILINGS.frame(), MANAGERS.frame(), ADVISERS.frame())
    assert Candidates.of(chosen).filers == filers.height


@pytest.mark.parametrize("known_part", [0, 2, 1], ids=["nobody known", "every second known", "everybody known"])
def test_of_the_real_filers_everyone_who_counts_is_asked_for(shared: Path, known_part: int) -> None:
    """By the names of real filers and the real roster; what counts is what rule and hand-kept list say."""
    names = pl.read_csv(shared / "managers" / "filers.csv").select("cik", pl.col("name").alias("company_name"))
    filers = names.with_columns(pl.lit(True).alias("is_timely"))
    covers = names.select("cik", manager_name="company_name", accession_number=pl.col("cik").cast(pl.String))
    roster = advisers.read((shared / "edgar" / "www.sec.gov" / "files" / "investment").rglob("ia*.zip"))
    counted = set(classify(JUDGED_FILINGS.fit(covers), Evidence(roster)).filter("is_hedge_fund")["cik"])
    known = covers.gather_every(known_part) if known_part else covers.head(0)
    candidates = Candidates.of(choose(filers, JUDGED_FILINGS.fit(known), MANAGERS.frame(), roster))
    assert candidates.filers == names.height == 9396
    assert len(counted & candidates.ciks) >= 0.99 * len(counted) > 500
    if known_part == 1:
        assert len(candidates.ciks) < 0.25 * names.height
