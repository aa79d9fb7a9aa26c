"""Whose family wins, and what a family is called."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.managers.families import join_families
from tracker.tables import FAMILY_LINKS, FamilyEvidence

FILERS = {"cik": pl.Int64, "manager_name": pl.String, "chosen_family": pl.String, "listed_family": pl.String}


def join(
    names: dict[int, str | None],
    links: list[tuple[int, int]],
    *,
    chosen: dict[int, str] | None = None,
    listed: dict[int, str] | None = None,
    evidence: FamilyEvidence = FamilyEvidence.SAME_FIRM,
) -> dict[int, str]:
    rows = [(cik, name, (chosen or {}).get(cik), (listed or {}).get(cik)) for cik, name in names.items()]
    filers = pl.DataFrame(rows, schema=FILERS, orient="row")
    frame = FAMILY_LINKS.frame({"cik": a, "other_cik": b, "evidence": evidence} for a, b in links)
    return dict(join_families(filers, frame).rows())


NAMES = {1: "ONE LP", 2: "TWO LP", 3: "THREE LP", 4: "FOUR LP"}


def test_a_family_has_the_name_of_its_oldest_filer() -> None:
    assert join(NAMES, [(2, 3), (3, 4)]) == {1: "ONE LP", 2: "TWO LP", 3: "TWO LP", 4: "TWO LP"}


def test_names_of_several_families_carry_the_cik() -> None:
    names = {1: "SAME LP", 2: "SAME LP", 3: "SAME LP", 4: None}
    assert join(names, [(1, 3)]) == {1: "SAME LP (CIK 1)", 2: "SAME LP (CIK 2)", 3: "SAME LP (CIK 1)", 4: "? (CIK 4)"}
    assert join({1: "SAME LP", 2: "SAME LP"}, [(1, 2)]) == {1: "SAME LP", 2: "SAME LP"}


def test_evidence_adds_to_a_family_of_the_list_and_never_joins_two_of_them() -> None:
    listed = {1: "House", 4: "Other"}
    assert join(NAMES, [(1, 2), (2, 3), (3, 4)], listed=listed) == {1: "House", 2: "House", 3: "House", 4: "Other"}
    assert join(NAMES, [(1, 4)], listed=listed) == {1: "House", 2: "TWO LP", 3: "THREE LP", 4: "Other"}


def test_the_stronger_evidence_is_followed_first() -> None:
    filers = pl.DataFrame(
        [(cik, name, None, {1: "A", 2: "B"}.get(cik)) for cik, name in NAMES.items()], schema=FILERS, orient="row"
    )
    links = FAMILY_LINKS.frame(
        [
            {"cik": 1, "other_cik": 3, "evidence": FamilyEvidence.SAME_ADDRESS},
            {"cik": 2, "other_cik": 3, "evidence": FamilyEvidence.SAME_FIRM},
        ]
    )
    assert dict(join_families(filers, links).rows())[3] == "B"


def test_a_choice_splits_off_and_takes_nobody_along() -> None:
    links = [(1, 2), (2, 3)]
    assert join(NAMES, links, chosen={2: "TWO LP"}) == {1: "ONE LP", 2: "TWO LP", 3: "THREE LP", 4: "FOUR LP"}
    assert join(NAMES, [(1, 2), (1, 3), (2, 3)], chosen={1: "ONE LP"}) == {
        1: "ONE LP", 2: "TWO LP", 3: "TWO LP", 4: "FOUR LP",
    }  # fmt: skip


def test_a_choice_beats_the_list() -> None:
    assert join(NAMES, [(1, 2)], chosen={1: "Mine"}, listed={1: "House", 2: "House"})[1] == "Mine"


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)).filter(lambda pair: pair[0] < pair[1]), unique=True))
def test_linked_managers_are_one_family_whatever_the_order(links: list[tuple[int, int]]) -> None:
    families = join(NAMES, links)
    assert all(families[a] == families[b] for a, b in links)
    assert families == join(NAMES, links[::-1])
    assert len({*families.values()}) >= 4 - len(links)


def test_links_with_strangers_are_ignored() -> None:
    assert join(NAMES, [(1, 99), (2, 99)]) == NAMES


@pytest.mark.parametrize("evidence", FamilyEvidence)
def test_every_kind_of_evidence_joins(evidence: FamilyEvidence) -> None:
    assert join(NAMES, [(1, 2)], evidence=evidence)[2] == "ONE LP"
