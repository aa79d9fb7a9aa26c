"""Who has reported for a quarter: which families are compared with the quarter before, and whose reports are awaited.

A manager *has reported* if a report of its own counts: a base report or a restatement, for NEW HOLDINGS alone are an
addition to a report that is missing. It *has given notice* if it only filed a 13F-NT: other managers report what it
holds. A report that cannot be read is not a report: its manager is awaited, and what it sold is not known.

A manager is *awaited* if it reported for the quarter before and has neither reported nor given notice for this one.

A family is *compared* if its managers are the same in both quarters, so that like is compared with like. A manager with
a report for one quarter must have one for the other, or have given notice there while another manager of the family
reports: what it holds is then taken to be in that report. If a notice leaves no manager of the family that reports,
somebody else does: the family is neither compared nor awaited. A manager without a report for the quarter before (it
is new, or its report is not loaded) takes its whole family out of the comparison, unless it takes over: from a manager
of the family that turns to notices, or from one that stops and has the same CRD or SEC file number (a change of CIK).

Families are compared whole or not at all. Of a family of which one manager is awaited, only what it still holds could
be known, not what it sold: counting that would make every change lean to buying while a quarter is open.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ..tables import (
    FAMILY_LINKS,
    MANAGERS,
    OPENING_ROLES,
    FamilyEvidence,
    FamilyLinksFrame,
    JudgedFilingsFrame,
    ManagersFrame,
    Role,
)

CLOSED_FROM_PCT = 95  # a few managers stop filing each quarter, and are awaited for ever


@dataclass(frozen=True)
class Reporting:
    """Who has reported for a quarter; of nobody anything is known if the quarter before is not loaded.

    `compared` has names of families, `awaited` CIKs of managers. `expected` families reported for the quarter before;
    of those, `reported` have no awaited manager. `reported_twice` has the CIKs of managers with a report of their own
    for both quarters: what each of these bought and sold is known, whatever the rest of its family did.
    """

    compared: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    awaited: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))
    expected: int = 0
    reported: int = 0
    reported_twice: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))

    @property
    def is_open(self) -> bool:
        """Whether fewer than `CLOSED_FROM_PCT` percent of the families of the quarter before have reported."""
        return self.reported * 100 < self.expected * CLOSED_FROM_PCT

    @property
    def reported_pct(self) -> float | None:
        """The share of the families of the quarter before that have reported; None if there are none."""
        return 100 * self.reported / self.expected if self.expected else None


def who_reported(
    managers: ManagersFrame,
    filings: JudgedFilingsFrame,
    before: JudgedFilingsFrame | None = None,
    links: FamilyLinksFrame | None = None,
) -> Reporting:
    """Who of the hedge funds among `managers` has reported, from the filings of a quarter and of the quarter before.

    `before` is None if the quarter before is not loaded; `links` shows which CIK goes on under which other.
    """
    if before is None:
        return Reporting()
    funds = MANAGERS.fit(managers).filter("is_hedge_fund").select("cik", "family", "crd_number", "sec_file_number")
    filed = funds.join(_filed(before, "_before"), on="cik", how="left", validate="1:1").join(
        _filed(filings, ""), on="cik", how="left", validate="1:1"
    )
    flags = ("has_report", "has_notice", "has_report_before", "has_notice_before")
    filed = filed.with_columns(pl.col(*flags).fill_null(False))
    stops = pl.col("has_report_before") & ~pl.col("has_report") & ~pl.col("has_notice")
    starts = pl.col("has_report") & ~pl.col("has_report_before") & ~pl.col("has_notice_before")
    stopped, started = filed.filter(stops), filed.filter(starts)
    hands_over = pl.col("has_report_before") & pl.col("has_notice")
    filed = filed.with_columns(
        (stops & ~pl.col("cik").is_in(_of_one_firm(stopped, started, links))).alias("is_awaited"),
        (starts & ~pl.col("cik").is_in(_of_one_firm(started, stopped, links)) & ~hands_over.any().over("family")).alias(
            "is_first"
        ),
    )
    families = filed.group_by("family").agg(
        pl.col("has_report", "has_report_before", "is_awaited", "is_first").any(),
    )
    expected = families.filter("has_report_before")
    return Reporting(
        compared=expected.filter(pl.col("has_report") & ~pl.col("is_awaited") & ~pl.col("is_first"))["family"].sort(),
        awaited=filed.filter("is_awaited")["cik"].sort(),
        expected=expected.height,
        reported=expected.filter(~pl.col("is_awaited")).height,
        reported_twice=filed.filter("has_report", "has_report_before")["cik"].sort(),
    )


def _filed(filings: JudgedFilingsFrame, suffix: str) -> pl.DataFrame:
    """Columns cik, has_report and has_notice (only a notice), the last two with the suffix."""
    has_report = pl.col("role").is_in(OPENING_ROLES).any()
    return filings.group_by("cik").agg(
        has_report.alias(f"has_report{suffix}"),
        ((pl.col("role") == Role.NOTICE).any() & ~has_report).alias(f"has_notice{suffix}"),
    )


def _of_one_firm(managers: pl.DataFrame, others: pl.DataFrame, links: FamilyLinksFrame | None) -> list[int]:
    """CIKs of managers that are one of the others of their family, by CRD or SEC file number, or as its successor."""
    succession = (FAMILY_LINKS.frame() if links is None else links).filter(
        pl.col("evidence") == FamilyEvidence.SUCCESSOR
    )
    pairs = succession.select("cik", "other_cik")
    both_ways = pl.concat([pairs, pairs.select(pl.col("other_cik").alias("cik"), pl.col("cik").alias("other_cik"))])
    found = managers.select("cik", "family").join(both_ways, on="cik")
    others_found = others.select(pl.col("cik").alias("other_cik"), "family")
    ciks = [
        found.join(others_found, on=["other_cik", "family"], how="semi")["cik"],
        *(
            managers.drop_nulls(number).join(others, on=["family", number], how="semi")["cik"]
            for number in ("crd_number", "sec_file_number")
        ),
    ]
    return pl.concat(ciks).unique().to_list()
