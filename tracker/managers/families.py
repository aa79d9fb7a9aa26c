"""Families: managers that count once, together.

A family is a user's choice, else one of the hand-kept list, else what evidence joins (see `family_links`): all that is
linked, directly or over others. Evidence adds managers to a family of the list, but never joins two of them; whoever
has a family by choice has only that.
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from ..tables import FamilyEvidence, FamilyLinksFrame

_STRENGTH = {evidence: place for place, evidence in enumerate(FamilyEvidence)}


def join_families(filers: pl.DataFrame, links: FamilyLinksFrame) -> pl.DataFrame:
    """Columns cik, family of every filer.

    `filers` has one row a filer: cik, manager_name, chosen_family and listed_family (null: none). A family that
    evidence makes has the name of its oldest filer, the one with the lowest CIK, so that it stays the same over the
    quarters; the CIK is added where another family has that name.
    """
    chosen, listed, names = (
        dict(filers.select("cik", column).rows()) for column in ("chosen_family", "listed_family", "manager_name")
    )
    groups = _Groups({cik: family for cik, family in listed.items() if family and not chosen[cik]})
    links = links.filter(pl.all_horizontal(pl.col("cik", "other_cik").is_in(filers["cik"].implode())))
    strength = pl.col("evidence").replace_strict(_STRENGTH, return_dtype=pl.Int64)
    for cik, other in links.sort(strength, "cik", "other_cik").select("cik", "other_cik").iter_rows():
        if not chosen[cik] and not chosen[other]:
            groups.unite(cik, other)
    heads = {cik: cik if chosen[cik] else groups.head(cik) for cik in names}
    count = Counter(names[head] for head in {*heads.values()})
    made = {
        head: names[head] if names[head] and count[names[head]] == 1 else f"{names[head] or '?'} (CIK {head})"
        for head in {*heads.values()}
    }
    families = [chosen[cik] or groups.family(cik) or made[heads[cik]] for cik in names]
    return pl.DataFrame({"cik": list(names), "family": families}, schema={"cik": pl.Int64, "family": pl.String})


class _Groups:
    """Disjoint sets of CIKs, each with its lowest CIK as head, and with at most one family of a list."""

    def __init__(self, families: dict[int, str]) -> None:
        self._parents: dict[int, int] = {}
        self._families = families

    def head(self, cik: int) -> int:
        """The lowest CIK of the set that has `cik`."""
        while (parent := self._parents.get(cik, cik)) != cik:
            cik = parent
        return cik

    def family(self, cik: int) -> str | None:
        """The listed family of the set that has `cik`."""
        return self._families.get(self.head(cik))

    def unite(self, cik: int, other: int) -> None:
        """Make two sets one, unless a list has them in two families."""
        low, high = sorted((self.head(cik), self.head(other)))
        family = self._families.get(low) or self._families.get(high)
        if low != high and (not family or self._families.get(high, family) == family):
            self._parents[high] = low
            if family:
                self._families[low] = family
