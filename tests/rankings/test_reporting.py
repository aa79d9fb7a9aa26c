"""Who has reported: which families are compared, and who is awaited."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.rankings.helpers import BEFORE, filings, manager
from tracker.rankings.reporting import Reporting, who_reported
from tracker.tables import MANAGERS, Role

BASE, NOTICE, ADDED, REPLACED = Role.BASE, Role.NOTICE, Role.NEW_HOLDINGS, Role.REPLACED
Roles = Mapping[int, Role | tuple[Role, ...]]
# 2 and 3 are one family; 4 is no hedge fund
FUNDS = [manager(1), manager(2, "HOUSE"), manager(3, "HOUSE"), manager(4, is_hedge_fund=False)]


def reporting(before: Roles | None, now: Roles, managers: list[dict[str, object]] = FUNDS) -> Reporting:
    then = None if before is None else filings(before, BEFORE)
    return who_reported(MANAGERS.frame(managers), filings(now), then)


def state(found: Reporting) -> tuple[list[str], list[int], int, int]:
    return found.compared.to_list(), found.awaited.to_list(), found.expected, found.reported


def test_who_reported_for_both_quarters_is_compared_and_who_did_not_is_awaited() -> None:
    found = reporting({1: BASE, 2: BASE}, {2: BASE, 4: BASE})
    assert state(found) == (["HOUSE"], [1], 2, 1)


def test_of_nobody_anything_is_known_without_the_quarter_before() -> None:
    for before in (None, {}):
        found = reporting(before, {1: BASE, 2: BASE})
        assert state(found) == ([], [], 0, 0)
        assert (found.is_open, found.reported_pct) == (False, None)


def test_who_reports_for_the_first_time_is_neither_compared_nor_awaited() -> None:
    assert state(reporting({1: BASE}, {1: BASE, 2: BASE})) == (["M1"], [], 1, 1)


@pytest.mark.parametrize(
    ("now", "compared"),
    [
        ({2: BASE, 3: BASE}, ["HOUSE"]),
        ({2: BASE}, []),  # 3 is outstanding: what the house sold is not known
        ({2: BASE, 3: NOTICE}, ["HOUSE"]),  # 2 reports for 3
        ({2: NOTICE, 3: NOTICE}, []),  # somebody else reports for both
    ],
)
def test_a_family_is_compared_when_all_its_managers_have_filed(now: Roles, compared: list[str]) -> None:
    found = reporting({2: BASE, 3: BASE}, now)
    assert found.compared.to_list() == compared
    assert found.awaited.to_list() == ([3] if 3 not in now else [])
    assert (found.expected, found.reported) == (1, int(3 in now))


@pytest.mark.parametrize(
    ("before", "compared"),
    [
        ({2: BASE, 3: NOTICE}, ["HOUSE"]),  # 2 reported for 3
        ({2: BASE}, []),  # what 3 held before is not known: it would all be new
        ({2: NOTICE, 3: NOTICE}, []),
    ],
)
def test_a_manager_without_a_report_before_takes_its_family_out(before: Roles, compared: list[str]) -> None:
    found = reporting(before, {2: BASE, 3: BASE})
    assert (found.compared.to_list(), found.awaited.to_list()) == (compared, [])


def test_a_manager_whose_notice_is_missing_changes_nothing() -> None:
    assert state(reporting({2: BASE, 3: NOTICE}, {2: BASE})) == (["HOUSE"], [], 1, 1)


def test_who_gives_notice_alone_is_reported_by_another_and_not_awaited() -> None:
    assert state(reporting({1: BASE}, {1: NOTICE})) == ([], [], 1, 1)


def test_within_a_family_a_report_passes_over_with_a_notice() -> None:
    assert state(reporting({2: BASE}, {2: NOTICE, 3: BASE})) == (["HOUSE"], [], 1, 1)


@pytest.mark.parametrize("number", ["crd_number", "sec_file_number"])
def test_a_new_cik_of_the_same_firm_goes_on_as_the_old_one(number: str) -> None:
    firm = [manager(2, "HOUSE", **{number: "77"}), manager(3, "HOUSE", **{number: "77"})]
    assert state(reporting({2: BASE}, {3: BASE}, firm)) == (["HOUSE"], [], 1, 1)
    others = [firm[0], manager(3, "HOUSE", **{number: "78"})]
    assert state(reporting({2: BASE}, {3: BASE}, others)) == ([], [2], 1, 0)
    strangers = [firm[0], manager(3, "ELSEWHERE", **{number: "77"})]
    assert state(reporting({2: BASE}, {3: BASE}, strangers)) == ([], [2], 1, 0)


def test_one_family_more_does_not_stand_in_for_one_that_is_awaited() -> None:
    assert state(reporting({1: BASE}, {2: BASE})) == ([], [1], 1, 0)


@pytest.mark.parametrize("roles", [ADDED, Role.UNKNOWN_AMENDMENT, ()])
def test_additions_to_a_report_that_is_missing_are_no_report(roles: Role | tuple[Role, ...]) -> None:
    """Its base may be unreadable: all that it had would look sold."""
    assert state(reporting({1: BASE}, {1: roles})) == ([], [1], 1, 0)
    assert state(reporting({1: roles}, {1: BASE})) == ([], [], 0, 0)


@pytest.mark.parametrize("roles", [(REPLACED, Role.RESTATEMENT), (BASE, ADDED), (NOTICE, BASE), (BASE, NOTICE)])
def test_amendments_and_a_notice_beside_a_report_leave_it_a_report(roles: tuple[Role, ...]) -> None:
    assert state(reporting({1: roles}, {1: roles})) == (["M1"], [], 1, 1)


def test_a_report_that_a_notice_replaced_is_none() -> None:
    assert state(reporting({1: BASE}, {1: (REPLACED, NOTICE)})) == ([], [], 1, 1)


@pytest.mark.parametrize(("reported", "is_open"), [(0, True), (18, True), (19, False), (20, False)])
def test_a_quarter_is_open_until_95_percent_of_the_families_have_reported(reported: int, is_open: bool) -> None:
    managers = [manager(cik) for cik in range(1, 26)]
    before = dict.fromkeys(range(1, 21), BASE)
    late = dict.fromkeys(range(1, reported + 1), BASE) | dict.fromkeys(range(21, 26), BASE)  # five are new
    found = reporting(before, late, managers)
    assert (found.expected, found.reported, found.is_open) == (20, reported, is_open)
    assert found.reported_pct == reported * 5
