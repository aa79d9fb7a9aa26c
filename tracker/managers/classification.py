"""Which filing managers are hedge funds, which family they belong to, and why.

SEC has no such category, so it is decided here, in this order. The first source that knows the manager decides
(`decided_by`), and its reason is kept as `basis`:
1. a list that the user gives for one run (`refresh --funds`), which is then the whole universe;
2. the user's own choices, `funds.csv` in the home directory (`tracker funds add`, `remove`, ...);
3. the hand-kept list `hedge_funds.csv`, for what no rule can see;
4. SEC's roster of investment advisers (Form ADV): the manager's firm (see `firm_links`) by the rules in
   `adviser_rules`;
5. otherwise it is not one: unclassified, with its weight, so that a person can decide.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    BOOK_SHAPES,
    FAMILY_LINKS,
    FUND_LIST,
    MANAGERS,
    AdvisersFrame,
    BookShapesFrame,
    DecidedBy,
    FamilyLinksFrame,
    FundListFrame,
    JudgedFilingsFrame,
    ManagerClass,
    ManagersFrame,
)
from . import adviser_rules
from .covers import newest_covers
from .families import join_families
from .firm_links import link_firms
from .fund_lists import IS_FETCHED, hand_kept

_LABELS = {
    DecidedBy.FUND_LIST_FOR_RUN: "the list given for this run",
    DecidedBy.USER_CHOICE: "your choice",
    DecidedBy.HAND_KEPT_LIST: "hand-kept list",
}
_NAME_HINTS = "BANK|BANCORP|TRUST CO|TRUST COMPANY|INSURANCE|ASSURANCE|PENSION|RETIREMENT|FOUNDATION|UNIVERSITY|MUTUAL"


def classify(
    filings: JudgedFilingsFrame,
    advisers: AdvisersFrame,
    only: FundListFrame | None = None,
    *,
    choices: FundListFrame | None = None,
    shapes: BookShapesFrame | None = None,
    kept: FundListFrame | None = None,
    links: FamilyLinksFrame | None = None,
) -> ManagersFrame:
    """MANAGERS: every filer of `filings`, with the weight of its newest report.

    `advisers` is empty if the roster is not available. `only` is a list that is the universe. A null `is_hedge_fund`
    in the user's `choices` leaves the decision to the other sources. `kept` replaces the hand-kept list; `shapes`
    is the result of `book_shape.measure`, `links` that of `family_links.find_links`.
    """
    managers = gather_evidence(filings, advisers, choices=choices, shapes=shapes, kept=kept)
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
        FAMILY_LINKS.frame() if links is None else links,
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


def to_fetch(stored: ManagersFrame, advisers: AdvisersFrame, choices: FundListFrame | None = None) -> set[int]:
    """CIKs of the hedge funds known before a period is read: chosen, hand-kept, `stored`, or in the roster by CIK.

    Also of the market makers in the lists: a count can include them.
    """
    measured = {
        **BOOK_SHAPES.schema,
        "line_count": pl.Int64(),
        "value_usd": pl.Float64(),
        "options_value_usd": pl.Float64(),
    }
    firms = advisers.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in measured.items())
    rostered = firms.filter(adviser_rules.verdict().fill_null(False))["ciks"].explode().drop_nulls()
    funds = {*stored.filter("is_hedge_fund")["cik"], *rostered}
    for fund_list in (hand_kept(), FUND_LIST.frame() if choices is None else choices):
        funds -= set(fund_list.filter(~IS_FETCHED)["cik"])
        funds |= set(fund_list.filter(IS_FETCHED)["cik"])
    return funds


def gather_evidence(
    filings: JudgedFilingsFrame,
    advisers: AdvisersFrame,
    *,
    choices: FundListFrame | None = None,
    shapes: BookShapesFrame | None = None,
    kept: FundListFrame | None = None,
) -> pl.DataFrame:
    """One row per filer: what each source states about it, and the decision by the first that states anything.

    Columns of `newest_covers`, of `link_firms` (null without a firm) and of BOOK_SHAPES; for each source (user_choice,
    hand_kept_list, adviser_roster) its verdict under its name, null if it has none, and its `_reason`; is_hedge_fund,
    decided_by, basis, stated_class (of the list that decides, if any), and the lists' families as
    user_choice_family and hand_kept_list_family.
    """
    choices = FUND_LIST.frame() if choices is None else choices
    kept = hand_kept() if kept is None else kept
    shapes = BOOK_SHAPES.frame() if shapes is None else shapes
    covers = newest_covers(filings)
    evidence = covers
    for frame in (
        _stated(choices, DecidedBy.USER_CHOICE),
        _stated(kept, DecidedBy.HAND_KEPT_LIST),
        link_firms(covers, advisers),
        shapes,
    ):
        evidence = evidence.join(frame, on="cik", how="left", validate="1:1")
    has_firm, roster = pl.col("link").is_not_null(), DecidedBy.ADVISER_ROSTER
    evidence = evidence.with_columns(
        pl.when(has_firm).then(adviser_rules.verdict()).alias(roster),
        pl.when(has_firm)
        .then(pl.format("adviser roster, by {}: {} {}", "link", "firm", adviser_rules.reason()))
        .alias(f"{roster}_reason"),
    )
    sources = (DecidedBy.USER_CHOICE, DecidedBy.HAND_KEPT_LIST, roster)
    decides = [(source, pl.when(pl.col(source).is_not_null())) for source in sources]
    return evidence.with_columns(
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
    missing = pl.when(pl.col("link").is_null()).then(pl.lit("in no list and not in SEC's adviser roster"))
    word = pl.col("manager_name").str.to_uppercase().str.extract(rf"\b({_NAME_HINTS})\b").str.to_lowercase()
    hint = pl.when(word.is_not_null()).then(pl.format("; its name contains {} (weak)", word))
    return pl.format("unclassified: {}{}", pl.coalesce(missing, "adviser_roster_reason"), hint.fill_null(""))
