"""How well the classification agrees with a user's own labels."""

from __future__ import annotations

from pathlib import Path

from ..managers import fund_lists
from ..managers.scoring import Score, Share, score
from ..output import Answer, Column, plural
from ..settings import Settings
from ..store import Store
from ..tables import MANAGERS

_COLUMNS = (
    Column("manager_name", "Manager"),
    Column("cik", "CIK"),
    Column("counted", "Counted"),
    Column("labelled", "Label"),
    Column("value_usd", "Reports", "usd"),
    Column("basis", "Why"),
)
_WORDS = {True: "hedge fund", False: "not a hedge fund"}


def check_labels(settings: Settings, path: Path) -> Answer:
    """Precision and recall against the labels in a csv (cik, name, is_hedge_fund), and where the two disagree.

    Raises InputError if the file cannot be read, NotFoundError if no quarter is loaded.
    """
    labels = fund_lists.read_list(path)
    with Store(settings) as store:
        store.require_quarter(None)
        result = score(store.read(MANAGERS), labels)
    rows = [
        {**row, "counted": _WORDS[row["is_hedge_fund"]], "labelled": _WORDS[row["label"]]}
        for row in result.wrong.to_dicts()
    ]
    facts = {
        "labels": labels.height,
        "absent": result.absent,
        "without_value": result.without_value,
        **{name: _facts(getattr(result, name)) for name in ("precision", "recall")},
        **{name: getattr(result, name).percent for name in ("precision_by_value", "recall_by_value")},
    }
    title = f"{plural(len(rows), 'disagreement')} with {plural(labels.height, 'label')} in {path.name}"
    return Answer(title, _COLUMNS, rows, facts, _notes(result), methodology={"labels": path.name})


def _facts(share: Share) -> dict[str, object]:
    return {"percent": share.percent, "interval_95": share.interval, "part": share.part, "whole": share.whole}


def _notes(result: Score) -> list[str]:
    notes = [
        f"Precision: {_sentence(result.precision)} of the counted managers are hedge funds by the labels"
        f"{_by_value(result.precision_by_value)}.",
        f"Recall: {_sentence(result.recall)} of the labelled hedge funds are counted"
        f"{_by_value(result.recall_by_value)}.",
    ]
    if result.absent:
        notes.append(f"Left out: {plural(result.absent, 'labelled manager')} without a loaded filing.")
    if result.without_value:
        notes.append(f"By value leaves out {plural(result.without_value, 'manager')} whose value is not known.")
    return notes


def _sentence(share: Share) -> str:
    if share.percent is None or share.interval is None:
        return "none"
    low, high = share.interval
    return f"{share.percent:.0f}% ({share.part:.0f} of {share.whole:.0f}; 95% interval {low:.0f}% to {high:.0f}%)"


def _by_value(share: Share) -> str:
    return "" if share.percent is None else f"; {share.percent:.0f}% by reported value"
