"""How the counted were found in the rosters."""

from __future__ import annotations

from tracker.managers import firm_links
from tracker.reports.link_counts import count_links, links_sentence
from tracker.tables import MANAGERS, LinkedBy


def test_only_hedge_funds_are_counted_by_their_link() -> None:
    rows = [
        *({"cik": cik, "is_hedge_fund": True, "linked_by": LinkedBy.CIK} for cik in range(1, 1001)),
        {"cik": 2001, "is_hedge_fund": True, "linked_by": LinkedBy.NAME_AND_PLACE},
        {"cik": 2002, "is_hedge_fund": True, "linked_by": None},
        {"cik": 2003, "is_hedge_fund": False, "linked_by": LinkedBy.CRD_NUMBER},
    ]
    counts = count_links(MANAGERS.frame(rows))
    assert {way: count for way, count in counts.items() if count} == {"cik": 1000, "name_and_place": 1, "none": 1}
    assert links_sentence(counts) == (
        "Of 1,002 hedge funds, in SEC's adviser rosters: 1,000 by CIK, 1 by name and place, 1 not found."
    )
    assert links_sentence(count_links(MANAGERS.frame())) == ""


def test_every_way_has_a_name_for_people() -> None:
    assert set(firm_links.LABELS) == set(LinkedBy)
