"""Which filing managers are hedge funds, which family they belong to, and why.

SEC has no such category, so it is decided here, in this order. The first source that knows the manager decides
(`decided_by`), and its reason is kept as `basis`:
1. a list that the user gives for one run (`refresh --funds`), which is then the whole universe;
2. the user's own choices, `funds.csv` in the home directory (`tracker funds add`, `remove`, ...);
3. the hand-kept list `hedge_funds.csv`, for what no rule can see;
4. SEC's rosters of investment advisers (Form ADV): the manager's firm (see `firm_links`) by the rules in
   `adviser_rules`;
5. for managers without a firm there: EDGAR's industry code, the book and the name, by the rules in `filer_rules`;
6. otherwise it is not one: unclassified, with its weight, so that a person can decide.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    MANAGERS,
    DecidedBy,
    FundListFrame,
    JudgedFilingsFrame,
    ManagerClass,
    ManagersFrame,
)
from . import adviser_rules, filer_rules
from .covers import newest_covers
from .evidence import Evidence
from .families import join_families
from .firm_links import LABELS as LINK_LABELS
from .firm_links import link_firms

_LABELS = {
    DecidedBy.FUND_LIST_FOR_RUN: "the list given for this run",
    DecidedBy.USER_CHOICE: "your choice",
    DecidedBy.HAND_KEPT_LIST: "hand-kept list",
}
_NAME_HINTS = "BANK|BANCORP|TRUST CO|TRUST COMPANY|INSURANCE|ASSURANCE|PENSION|RETIREMENT|FOUNDATION|UNIVERSITY|MUTUAL"


def classify(filings: JudgedFilingsFrame, evidence: Evidence, only: FundListFrame | None = None) -> ManagersFrame:
    """MANAGERS: every filer of `filings`, with the weight of its newest report. `only` is a list of all who count."""
    managers = weigh(filings, evidence)
    if only is not None:
        source = DecidedBy.FUND_LIST_FOR_RUN
        managers = managers.join(_stated(only, source), on="cik", how="left", validate="1:1").with_columns(
            pl.coalesce(source, pl.lit(False)).alias("is_hedge_fund"),
            pl.lit(source).alias("decided_by"),
            pl.coalesce(f"{source}_reason", pl.lit("not in the list for this run")).alias("basis"),
            pl.coalesce(f"{source}_class", "stated_class").alias("stated_class"),
            pl.col(f"{source}_family").alias("user_choice_family"),
        )
    families = join_families(
        managers.select(
            "cik",
            "manager_name",
            pl.col("user_choice_family").alias("chosen_family"),
            pl.col("hand_kept_list_family").alias("listed_family"),
        ),
        evidence.links,
    )
    managers = managers.join(families, on="cik", validate="1:1").with_columns(_manager_class())
    return MANAGERS.check(MANAGERS.fit(managers))


def _manager_class() -> pl.Expr:
    """The class that a list states, as far as it agrees with the decision; whoever is counted without is a fund."""
    stated, is_fund = pl.col("stated_class"), pl.col("is_hedge_fund")
    contradicted = ~is_fund & (stated == ManagerClass.HEDGE_FUND)
    default = pl.when("is_hedge_fund").then(pl.lit(ManagerClass.HEDGE_FUND.value))
    return (
        pl.when(contradicted.fill_null(False)).then(None).otherwise(pl.coalesce(stated, default)).alias("manager_class")
    )


def weigh(filings: JudgedFilingsFrame, evidence: Evidence) -> pl.DataFrame:
    """One row per filer: what each source states about it, and the decision by the first that states anything.

    Columns of `newest_covers`, of `link_firms` (null without a firm) and of BOOK_SHAPES; sic_code, sic_description and
    edgar_state of `filers`; for each source (user_choice, hand_kept_list, adviser_roster, industry_and_name) its
    verdict under its name, null if it has none, and its `_reason`; is_hedge_fund, decided_by, basis, stated_class (of
    the list that decides, if any), and the lists' families as user_choice_family and hand_kept_list_family.
    """
    covers = newest_covers(filings)
    former_names = filings.select("cik", pl.col("manager_name").alias("name")).unique()
    managers = covers
    for frame in (
        _stated(evidence.choices, DecidedBy.USER_CHOICE),
        _stated(evidence.kept, DecidedBy.HAND_KEPT_LIST),
        link_firms(covers, evidence.advisers, evidence.filers, former_names),
        evidence.shapes,
        evidence.filers.select("cik", "sic_code", "sic_description", pl.col("state").alias("edgar_state")),
    ):
        managers = managers.join(frame, on="cik", how="left", validate="1:1")
    has_firm, roster, filer = pl.col("linked_by").is_not_null(), DecidedBy.ADVISER_ROSTER, DecidedBy.INDUSTRY_AND_NAME
    way = pl.col("linked_by").replace_strict(LINK_LABELS, return_dtype=pl.String())
    managers = managers.with_columns(
        pl.when(has_firm).then(adviser_rules.verdict()).alias(roster),
        pl.when(has_firm)
        .then(pl.format("adviser roster, by {}: {} {}", way, "firm", adviser_rules.reason()))
        .alias(f"{roster}_reason"),
        pl.when(~has_firm).then(filer_rules.verdict()).alias(filer),
        pl.when(~has_firm).then(filer_rules.reason()).alias(f"{filer}_reason"),
    )
    sources = (DecidedBy.USER_CHOICE, DecidedBy.HAND_KEPT_LIST, roster, filer)
    decides = [(source, pl.when(pl.col(source).is_not_null())) for source in sources]
    return managers.with_columns(
        pl.coalesce(*sources, pl.lit(False)).alias("is_hedge_fund"),
        pl.coalesce(*(when.then(pl.lit(source)) for source, when in decides), pl.lit(DecidedBy.UNCLASSIFIED)).alias(
            "decided_by"
        ),
        pl.coalesce(*(when.then(f"{source}_reason") for source, when in decides), _unclassified_reason()).alias(
            "basis"
        ),
        pl.when(pl.col("user_choice").is_not_null())
        .then("user_choice_class")
        .otherwise(pl.coalesce("user_choice_class", "hand_kept_list_class"))
        .alias("stated_class"),
    )


def _stated(fund_list: FundListFrame, source: DecidedBy) -> pl.DataFrame:
    """Columns cik, and under the name of `source` the list's verdict, its `_reason` as text, `_family` and `_class`."""
    verdict = pl.when("is_hedge_fund").then(pl.lit("a hedge fund")).otherwise(pl.lit("not a hedge fund"))
    kind = pl.when(pl.col("manager_class") != ManagerClass.HEDGE_FUND).then("manager_class").str.replace_all("_", " ")
    notes = pl.concat_str(kind, "source", separator="; ", ignore_nulls=True)
    note = pl.when(notes != "").then(pl.format(" ({})", notes)).otherwise(pl.lit(""))
    reason = pl.format("{}: {}{}", pl.lit(_LABELS[source]), verdict, note)
    return fund_list.select(
        "cik",
        pl.col("is_hedge_fund").alias(source),
        pl.when(pl.col("is_hedge_fund").is_not_null()).then(reason).alias(f"{source}_reason"),
        pl.col("family").alias(f"{source}_family"),
        pl.col("manager_class").alias(f"{source}_class"),
    )


def _unclassified_reason() -> pl.Expr:
    filer = f"{DecidedBy.INDUSTRY_AND_NAME}_reason"
    missing = pl.when(pl.col("linked_by").is_null()).then(
        pl.concat_str(pl.lit("in no list and not in SEC's adviser roster"), pl.format("; {}", filer).fill_null(""))
    )
    word = pl.col("manager_name").str.to_uppercase().str.extract(rf"\b({_NAME_HINTS})\b").str.to_lowercase()
    hint = pl.when(word.is_not_null()).then(pl.format("; its name contains {} (weak)", word))
    return pl.format("unclassified: {}{}", pl.coalesce(missing, "adviser_roster_reason"), hint.fill_null(""))
