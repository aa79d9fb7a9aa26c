"""Which filing managers are hedge funds, which house they belong to, and why.

SEC knows no such category, so it is decided, in this order; the first that knows the manager decides, and its words
are kept as `basis`:
1. a list that the user gives for one run (`refresh --funds`), which is then the whole universe;
2. the user's own choices, `funds.csv` in the home directory (`tracker funds add`, `remove`, ...);
3. the hand-kept list `data/hedge_funds.csv`, for what no rule can see;
4. SEC's roster of investment advisers (Form ADV), by the ten lines of `RULES`;
5. otherwise it is not one: "unclassified", with its weight, so that a person can decide.

The roster's firm is found by the cover page's CRD number, else its SEC file number, else the CIK, else the legal name
(weak, and said so: many firms give the roster no CIK and the cover page no number).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from ..tables import COUNTED_ROLES, FUND_LIST, JUDGED_FILINGS, MANAGERS, dollars_per_unit
from .fund_lists import hand_kept, read_choices, read_list

__all__ = [
    "RULES", "SHAPE_COLUMNS", "UNCLASSIFIED", "classify", "hand_kept", "large_reports", "read_choices", "read_list",
    "shapes", "to_fetch", "why",
]  # fmt: skip

UNCLASSIFIED = "unclassified"
# Private funds run the book from here on.
MIN_PRIVATE_FUND_SHARE = 0.5
# The largest hedge-fund firm of the roster of 2025-12 is Millennium with $571B; above are Vanguard, PIMCO, T. Rowe
# Price, BlackRock and the asset managers of banks, all with the flag.
MAX_REGULATORY_ASSETS_USD = 750e9
# An index of the whole market puts 30% into its ten largest; quants of as many lines (Renaissance 12%, Two Sigma 5%)
# spread theirs, and multi-strategy houses hold options.
INDEX_LINES, INDEX_TOP_TEN, INDEX_MAX_OPTIONS = 2000, 0.25, 0.01
# Private-equity and credit houses run some hedge fund beside; what they report is a remainder of companies they sold.
MIN_BOOK_SHARE = 0.1

SHAPE_COLUMNS = ("accession_number", "cusip", "value", "put_call")
_NAME_HINTS = "BANK|BANCORP|TRUST CO|TRUST COMPANY|INSURANCE|ASSURANCE|PENSION|RETIREMENT|FOUNDATION|UNIVERSITY|MUTUAL"
_LEGAL_FORMS = "LLC|LP|LLP|INC|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLC|THE"

_advises = pl.coalesce(
    "has_hedge_funds",
    pl.col("hedge_fund_count") > 0,
    pl.when(~pl.col("has_private_funds")).then(pl.lit(False)),
)
_assets = pl.when(pl.col("regulatory_assets_usd") > 0).then(pl.col("regulatory_assets_usd"))
_share = pl.coalesce("private_fund_assets_usd", "pooled_assets_usd") / _assets
_book = pl.col("value_usd") / _assets
_is_index = (
    (pl.col("line_count") >= INDEX_LINES)
    & (pl.col("top_ten_share") >= INDEX_TOP_TEN)
    & (pl.col("option_share") < INDEX_MAX_OPTIONS)
)


def _percent(share: pl.Expr) -> pl.Expr:
    return (share * 100).round(0).cast(pl.Int64)


def _billions(amount: pl.Expr) -> pl.Expr:
    return (amount / 1e9).round(0).cast(pl.Int64)


@dataclass(frozen=True)
class Rule:
    """`verdict` where `holds`; an unknown figure does not hold. `says` is why, for a person."""

    verdict: bool | None
    asks: str
    holds: pl.Expr
    says: pl.Expr


# The first that holds decides. A column that a month's roster lacks is null: then the lines that need it pass.
RULES = (
    Rule(None, "Does the roster tell whether it advises hedge funds?", _advises.is_null(),
         pl.lit("does not say whether it advises hedge funds (that column is absent)")),
    Rule(False, "Does it advise none?", ~_advises, pl.lit("advises no hedge funds")),
    Rule(False, "Are private funds less than half of its assets?", _share < MIN_PRIVATE_FUND_SHARE,
         pl.format("advises hedge funds, but private funds are {}% of its assets", _percent(_share))),
    Rule(False, "Is it larger than any hedge fund?", _assets > MAX_REGULATORY_ASSETS_USD,
         pl.format("advises hedge funds, but has regulatory assets of ${}B: a fund house", _billions(_assets))),
    Rule(False, "Is its book an index?", _share.is_null() & _is_index,
         pl.format("advises hedge funds, but reports {} lines with the weights of an index (top ten {}%)",
                   "line_count", _percent(pl.col("top_ten_share")))),
    Rule(False, "Is it a private-equity or credit house?",
         pl.col("has_private_equity_funds") & (_book < MIN_BOOK_SHARE),
         pl.format("advises hedge funds, but private equity too, and reports only {}% of its assets on Form 13F",
                   _percent(_book))),
    Rule(True, "Are private funds at least half of its assets?", _share >= MIN_PRIVATE_FUND_SHARE,
         pl.format("advises hedge funds; private funds are {}% of its assets", _percent(_share))),
    Rule(True, "Does it advise hedge funds?", _advises,
         pl.lit("advises hedge funds (their share of its assets is not known)")),
)  # fmt: skip


def classify(
    filings: pl.DataFrame,
    advisers: pl.DataFrame,
    only: pl.DataFrame | None = None,
    *,
    choices: pl.DataFrame | None = None,
    shapes: pl.DataFrame | None = None,
    kept: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """MANAGERS: every filer of `filings` (JUDGED_FILINGS), with the weight of its newest report.

    `advisers` is ADVISERS, empty where the roster is not at hand; `only` is a FUND_LIST that is the universe;
    `choices` the user's own (FUND_LIST, whose null `is_hedge_fund` leaves the decision to the others); `kept` stands
    for the hand-kept list; `shapes` is what the function of that name gives.
    """
    known = _evidence(filings, advisers, choices, kept, shapes)
    if only is not None:
        given = only.select("cik", pl.col("family").alias("_only_family"), *_said("_only"))
        known = known.join(given, on="cik", how="left", validate="1:1").with_columns(
            pl.coalesce("_only", pl.lit(False)).alias("is_hedge_fund"),
            pl.coalesce("_only_says", pl.lit("not in the list for this run")).alias("basis"),
            pl.coalesce("_only_family", "_own_house").alias("family"),
        )
    return MANAGERS.check(MANAGERS.fit(known))


def to_fetch(stored: pl.DataFrame, advisers: pl.DataFrame, choices: pl.DataFrame | None = None) -> set[int]:
    """CIKs of the hedge funds known before a period is read: chosen, hand-kept, stored MANAGERS, the roster's CIKs."""
    unread = advisers.with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in {**_READ, "line_count": pl.Int64(), "value_usd": pl.Float64()}.items()
    )
    rostered = unread.filter(_verdict().fill_null(False))["ciks"].explode().drop_nulls()
    funds = {*stored.filter("is_hedge_fund")["cik"], *rostered}
    for listed in (hand_kept(), FUND_LIST.frame() if choices is None else choices):
        funds -= set(listed.filter(~pl.col("is_hedge_fund"))["cik"])
        funds |= set(listed.filter("is_hedge_fund")["cik"])
    return funds


# ---- what the filing itself says ----------------------------------------------------------------------------------

_READ = {"top_ten_share": pl.Float64(), "option_share": pl.Float64()}


def large_reports(filings: pl.DataFrame) -> pl.DataFrame:
    """Columns period_of_report, accession_number, cik: newest reports with as many lines as an index has."""
    counted = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    newest = filings.group_by("cik").agg(pl.col("period_of_report").max())
    lines = pl.col("line_count").sum().over("cik")
    report = counted.join(newest, on=["cik", "period_of_report"], how="semi").filter(lines >= INDEX_LINES)
    return report.select("period_of_report", "accession_number", "cik").sort("accession_number")


def shapes(reports: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, top_ten_share, option_share of `large_reports`, from their LINES (`SHAPE_COLUMNS` suffice).

    Shares of the value reported: options', and the ten largest holdings' of what is no option. Other managers' filings
    have no part in it.
    """
    held = lines.join(reports, on="accession_number", how="inner", validate="m:1")
    option = pl.when(pl.col("put_call") == "").then(0.0).otherwise("value")
    held = held.with_columns(option.alias("options")).with_columns(pl.col("value") - pl.col("options"))
    by_cusip = held.group_by("cik", "cusip").agg(pl.col("value", "options").sum())
    total = pl.col("value").sum()
    # values are whole numbers, so their sums do not depend on the order
    return by_cusip.group_by("cik").agg(
        (pl.col("value").top_k(10).sum() / total).alias("top_ten_share"),
        (pl.col("options").sum() / (pl.col("options").sum() + total)).alias("option_share"),
    )


def _newest_covers(filings: pl.DataFrame) -> pl.DataFrame:
    """One row a filer: its newest cover page, and value and lines of what counts for that period."""
    ordered = JUDGED_FILINGS.fit(filings).sort(
        "period_of_report", "filing_date", "accepted_at", "accession_number", nulls_last=False
    )
    covers = ordered.group_by("cik", maintain_order=True).agg(
        pl.col("manager_name", "period_of_report", "accession_number").last(),
        pl.col("crd_number", "sec_file_number").drop_nulls().last(),
    )
    dollars = pl.col("value_total") * dollars_per_unit(pl.col("unit"))
    weights = (
        ordered.filter(pl.col("role").is_in(COUNTED_ROLES))
        .group_by("cik", "period_of_report")
        .agg(dollars.sum().alias("value_usd"), pl.col("line_count").sum())
    )
    return covers.join(weights, on=["cik", "period_of_report"], how="left", validate="1:1")


# ---- the decision -------------------------------------------------------------------------------------------------


def _evidence(
    filings: pl.DataFrame,
    advisers: pl.DataFrame,
    choices: pl.DataFrame | None,
    kept: pl.DataFrame | None,
    shapes: pl.DataFrame | None,
) -> pl.DataFrame:
    """One row a filer: everything that speaks for or against, and with it is_hedge_fund, basis and family."""
    covers = _newest_covers(filings)
    chosen = FUND_LIST.frame() if choices is None else choices
    kept = hand_kept() if kept is None else kept
    shape = pl.DataFrame(schema={"cik": pl.Int64(), **_READ}) if shapes is None else shapes
    known = (
        covers.join(
            chosen.select("cik", pl.col("family").alias("_chosen_family"), *_said("_chosen")),
            on="cik",
            how="left",
            validate="1:1",
        )
        .join(
            kept.select("cik", pl.col("family").alias("_kept_family"), *_said("_kept")),
            on="cik",
            how="left",
            validate="1:1",
        )
        .join(_firms(covers, advisers), on="cik", how="left", validate="1:1")
        .join(shape, on="cik", how="left", validate="1:1")
    )
    has_firm = pl.col("_way").is_not_null()
    known = known.with_columns(
        pl.when(has_firm).then(_verdict()).alias("_ruled"),
        pl.when(has_firm)
        .then(pl.format("adviser roster, by {}: {} {}", "_way", "firm", _first(lambda rule: rule.says)))
        .alias("_rule_says"),
        _own_house().alias("_own_house"),
    )
    return known.with_columns(
        pl.coalesce("_chosen", "_kept", "_ruled", pl.lit(False)).alias("is_hedge_fund"),
        pl.coalesce(
            "_chosen_says",
            "_kept_says",
            pl.when(pl.col("_ruled").is_not_null()).then("_rule_says"),
            _unclassified(),
        ).alias("basis"),
        pl.coalesce("_chosen_family", "_kept_family", "_own_house").alias("family"),
    )


def _first(of: Callable[[Rule], pl.Expr]) -> pl.Expr:
    """What `of` makes of the first rule that holds."""
    return pl.coalesce(pl.when(rule.holds).then(of(rule)) for rule in RULES)


def _verdict() -> pl.Expr:
    place = pl.coalesce(pl.when(rule.holds).then(pl.lit(at)) for at, rule in enumerate(RULES))
    return place.replace_strict({at: rule.verdict for at, rule in enumerate(RULES)}, return_dtype=pl.Boolean())


_LISTS = {"_chosen": "your choice", "_kept": "hand-kept list", "_only": "the list given for this run"}


def _said(column: str) -> list[pl.Expr]:
    """A list's word as `column`, and in words with its source; both null where it gives none."""
    word = pl.when("is_hedge_fund").then(pl.lit("a hedge fund")).otherwise(pl.lit("not a hedge fund"))
    source = pl.when(pl.col("source").is_not_null()).then(pl.format(" ({})", "source")).otherwise(pl.lit(""))
    says = pl.format("{}: {}{}", pl.lit(_LISTS[column]), word, source)
    return [
        pl.col("is_hedge_fund").alias(column),
        pl.when(pl.col("is_hedge_fund").is_not_null()).then(says).alias(f"{column}_says"),
    ]


def _unclassified() -> pl.Expr:
    missing = pl.when(pl.col("_way").is_null()).then(pl.lit("neither in a list nor in SEC's adviser roster"))
    hint = pl.col("manager_name").str.to_uppercase().str.extract(rf"\b({_NAME_HINTS})\b")
    said = pl.when(hint.is_not_null()).then(pl.format("; its name says {} (weak)", hint.str.to_lowercase()))
    return pl.format("{}: {}{}", pl.lit(UNCLASSIFIED), pl.coalesce(missing, "_rule_says"), said.fill_null(""))


def _own_house() -> pl.Expr:
    # managers of one name are not one house unless a list says so
    return (
        pl.when(pl.col("manager_name").is_duplicated() | pl.col("manager_name").is_null())
        .then(pl.format("{} (CIK {})", pl.col("manager_name").fill_null("?"), "cik"))
        .otherwise("manager_name")
    )


def _firms(covers: pl.DataFrame, advisers: pl.DataFrame) -> pl.DataFrame:
    """The roster's row of each filer that it knows, with the way it was found by as `_way`."""
    firms = advisers.rename({"name": "firm", "crd_number": "_crd", "sec_file_number": "_number"}).with_columns(
        _plain_name(pl.coalesce("legal_name", "firm")).alias("_name")
    )
    names = covers.with_columns(_plain_name(pl.col("manager_name")).alias("_name"))
    by_cik = firms.explode("ciks").drop_nulls("ciks").unique("ciks", keep="none")
    ways = [
        ("CRD number", covers.select("cik", "crd_number"), "crd_number", firms, "_crd"),
        ("SEC file number", covers.select("cik", "sec_file_number"), "sec_file_number", firms, "_number"),
        ("CIK", covers.select("cik", pl.col("cik").alias("_own")), "_own", by_cik, "ciks"),
        ("legal name (weak)", names.select("cik", pl.col("_name").alias("_own")), "_own", firms, "_name"),
    ]
    found = []
    for way, mine, left, theirs, right in ways:
        only = theirs.filter(pl.col(right).is_not_null() & (pl.col(right).cast(pl.String) != ""))
        only = only.unique(right, keep="none")
        found.append(
            mine.join(only, left_on=left, right_on=right, how="inner", validate="m:1").select(
                "cik", *_FIRM_COLUMNS, pl.lit(way).alias("_way")
            )
        )
    return pl.concat(found).unique("cik", keep="first", maintain_order=True)


_FIRM_COLUMNS = (
    "firm",
    "regulatory_assets_usd",
    "has_hedge_funds",
    "hedge_fund_count",
    "has_private_equity_funds",
    "has_private_funds",
    "private_fund_assets_usd",
    "pooled_assets_usd",
)


def _plain_name(name: pl.Expr) -> pl.Expr:
    """`BAUPOST GROUP LLC/MA` and `THE BAUPOST GROUP, L.L.C.` are both BAUPOST GROUP."""
    words = name.str.to_uppercase().str.replace(r"\s*/\s*[A-Z]{2}\s*/?$", "").str.replace_all("&", " AND ")
    words = words.str.replace_all(r"\.", "").str.replace_all(r"[^\p{L}\d]+", " ")
    return words.str.replace_all(rf"\b({_LEGAL_FORMS})\b", "").str.replace_all(r"\s+", " ").str.strip_chars()


def why(
    cik: int,
    filings: pl.DataFrame,
    advisers: pl.DataFrame,
    *,
    choices: pl.DataFrame | None = None,
    shapes: pl.DataFrame | None = None,
) -> list[dict[str, Any]]:
    """Every step of the decision on one manager: `step`, `says` (what the source has), `verdict` (True, False, None).

    The rules after the one that decides are shown too: what they would have said. Empty where no filing is loaded.
    """
    known = _evidence(filings, advisers, choices, None, shapes).filter(pl.col("cik") == cik)
    if known.is_empty():
        return []
    asked = known.with_columns(
        *(rule.holds.alias(f"_holds_{at}") for at, rule in enumerate(RULES)),
        *(rule.says.alias(f"_says_{at}") for at, rule in enumerate(RULES)),
    ).row(0, named=True)
    steps: list[dict[str, Any]] = []

    def say(step: str, says: object, verdict: bool | None = None) -> None:
        steps.append({"step": step, "says": str(says), "verdict": verdict})

    cover = [f"{key} {asked[key]}" for key in ("crd_number", "sec_file_number") if asked[key]]
    period: date = asked["period_of_report"]
    say("newest cover page", f"{asked['manager_name']}, {period}, {asked['accession_number']}; "
        f"{', '.join(cover) or 'no adviser number'}")  # fmt: skip
    say("1 your choice", asked["_chosen_says"] or "none", asked["_chosen"])
    say("2 hand-kept list", asked["_kept_says"] or "not in it", asked["_kept"])
    if asked["_way"] is None:
        say("3 adviser roster", "no firm with its CRD number, SEC file number, CIK or legal name")
    else:
        say("3 adviser roster", f"{asked['firm']}, found by {asked['_way']}")
        for name in _FIRM_COLUMNS[1:]:
            value = asked[name]
            shown = "not known" if value is None else f"{value:,.0f}" if isinstance(value, float) else value
            say(f"  {name}", shown)
        for at, rule in enumerate(RULES):
            holds = asked[f"_holds_{at}"]
            otherwise = "not known" if holds is None else "no"
            say(f"  {rule.asks}", asked[f"_says_{at}"] if holds else otherwise, rule.verdict if holds else None)
    say("4 decision", asked["basis"], asked["is_hedge_fund"])
    return steps
