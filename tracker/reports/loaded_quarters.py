"""What is loaded of each quarter, in figures: found once for each state of the store, as it takes all quarters' files.

The figures of all periods are one `prepared` frame, so that asking again costs the same whatever is loaded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import partial

import polars as pl

from ..band import MICRO_CAP
from ..pipeline.loaded_counts import LoadedCounts, count_loaded
from ..quarters import Quarter
from ..store import Store, facts_of_all
from ..tables import DATE, DOUBTED, FLAG, INT, MANAGERS, REAL, TEXT, EffectEvidence
from .coverage import UNMAPPED, Coverage, CoverageMeasure, newest_caps

_LOADED = tuple(field.name for field in fields(LoadedCounts))
_COUNTED_COLUMNS = ("accession_number", "cik", "source", "line_count", "role")
_DECIDED_COLUMNS = {
    "accession_number": TEXT, "filing_date": DATE, "manager_name": TEXT, "line_count": INT, "amendment_effect": TEXT,
    "effect_basis": TEXT,
}  # fmt: skip
_READ = tuple(dict.fromkeys((*_COUNTED_COLUMNS, *_DECIDED_COLUMNS, "effect_evidence")))
_UNMAPPED = pl.List(pl.Struct(dict(zip(UNMAPPED, (TEXT, TEXT, TEXT, REAL, INT), strict=True))))
_SCHEMA: dict[str, pl.DataType] = {
    "period_of_report": DATE,
    "is_loaded": FLAG,
    **dict.fromkeys(_LOADED, INT),
    "decided": pl.List(pl.Struct(_DECIDED_COLUMNS)),
    "cusips": INT,
    "cusips_with_ticker": INT,
    "value_usd": REAL,
    "value_with_ticker_usd": REAL,
    "band_on": DATE,
    "band": INT,
    "band_with_cusip": INT,
    "unmapped": _UNMAPPED,
}


@dataclass(frozen=True, eq=False)
class LoadedQuarters:
    """What is loaded, and how much of it has a ticker, by quarter, oldest first.

    `other_filings` are of periods that were never refreshed. `decided` has the amendments, also of these, that do what
    evidence or the user says instead of what their covers say, the newest first: accession_number, filing_date,
    manager_name, line_count, amendment_effect, effect_basis, period_of_report.
    """

    loaded: dict[Quarter, LoadedCounts]
    coverage: dict[Quarter, Coverage]
    other_filings: int
    decided: pl.DataFrame

    @classmethod
    def read(cls, store: Store) -> LoadedQuarters:
        """From the store, or as they were kept for its state."""
        figures = facts_of_all(store, "loaded-quarters", _SCHEMA, partial(_measure, store))
        rows = {Quarter.of(row["period_of_report"]): row for row in figures.filter("is_loaded").to_dicts()}
        decided = figures.select("period_of_report", "decided").explode("decided").drop_nulls("decided")
        newest_first = {"filing_date": True, "accession_number": False}
        return cls(
            {quarter: LoadedCounts(**{name: row[name] for name in _LOADED}) for quarter, row in rows.items()},
            {
                quarter: Coverage(**{field.name: row[field.name] for field in fields(Coverage)})
                for quarter, row in rows.items()
            },
            int(figures.filter(~pl.col("is_loaded"))["filings"].sum()),
            decided.unnest("decided").sort(*newest_first, descending=[*newest_first.values()]),
        )


def _measure(store: Store) -> pl.DataFrame:
    """The figures, a row a period that is loaded or has filings."""
    quarters, managers = store.quarters(), store.read(MANAGERS).select("cik", "is_hedge_fund")
    filed = store.read_filings(["period_of_report"])["period_of_report"].unique()
    caps, caps_on = newest_caps(store)
    measure = CoverageMeasure(store, caps, MICRO_CAP, caps_on)
    is_decided = pl.col("effect_evidence").is_in([*DOUBTED, EffectEvidence.USER_CHOICE])
    rows: list[dict[str, object]] = []
    for period in sorted({*filed, *(quarter.end for quarter in quarters)}):
        quarter = Quarter.of(period)
        filings = store.read_filings(_READ, period)
        is_loaded = quarter in quarters
        row = {
            "period_of_report": period,
            "is_loaded": is_loaded,
            "filings": filings.height,
            "decided": filings.filter(is_decided).select(*_DECIDED_COLUMNS).to_dicts(),
        }
        if is_loaded:
            holder_counts = store.holder_counts(quarter)
            row |= asdict(count_loaded(filings, managers, holder_counts))
            row |= asdict(measure.of(quarter, holder_counts))
        rows.append(row)
    return pl.DataFrame(rows, schema=_SCHEMA, strict=True)
