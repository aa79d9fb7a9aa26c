"""Questions that the site answers: each has a title, a description, fields to fill in, and a file of SQL.

Each statement is self-contained, so that it can be copied, changed and run on the page itself. New and closed positions
share one template, `changed_positions`: they differ only in which quarter comes first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any, Literal

from ..band import MICRO_CAP
from ..tables import OPENING_ROLES, Role

_SQL = Path(__file__).parent / "sql"
_CHANGED = {
    "min_cap": f"{MICRO_CAP.low_usd / 1e6:g}",
    "max_cap": f"{MICRO_CAP.high_usd / 1e6:g}",
    "opening_roles": ", ".join(f"'{role}'" for role in OPENING_ROLES),
    "notice": f"'{Role.NOTICE}'",
}
_NEW = {
    **_CHANGED,
    "about": "What hedge-fund families hold now and did not hold a quarter before.",
    "change": "new",
    "held": "this_quarter",
    "other": "quarter_before",
}
_CLOSED = {
    **_CHANGED,
    "about": "What hedge-fund families held a quarter before and do not hold now; shares and values are those of then.",
    "change": "closed",
    "held": "quarter_before",
    "other": "this_quarter",
}


@dataclass(frozen=True)
class Field:
    """A parameter: its label on the page, and a hint (an example, or what applies if it is left empty)."""

    label: str
    hint: str = ""
    kind: Literal["text", "number", "quarter"] = "text"


FIELDS = {
    "security": Field("Ticker or CUSIP", "DUOT"),
    "fund": Field("Fund", "CIK or part of the name"),
    "quarter": Field("Quarter", kind="quarter"),
    "min_cap": Field("Market cap from ($ million)", "50", "number"),
    "max_cap": Field("to ($ million)", "300", "number"),
    "edition": Field("Edition", "the last part of its address"),
}


@dataclass(frozen=True)
class Query:
    """A question: its name in the address, its title, what it shows, its fields, a note, the tables it needs.

    Its SQL is the file of its name, or the template `file` filled in with `words`.
    """

    name: str
    title: str
    about: str
    fields: tuple[str, ...]
    note: str = ""
    needs: frozenset[str] = frozenset()
    file: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The statement, with its comments."""
        text = (_SQL / f"{self.file or self.name}.sql").read_text(encoding="utf-8").strip()
        return Template(text).substitute(self.words) if self.words else text


_CAPS = "Market caps are the newest in db/prices at the time the site was started."
QUERIES = (
    Query(
        "who_holds",
        "Who holds it?",
        "The hedge funds that report shares of a security, largest holding first, without options.",
        ("security", "quarter"),
    ),
    Query(
        "holders_by_quarter",
        "Who bought, who sold?",
        "How many hedge funds held a security in each loaded quarter, and how many bought or sold.",
        ("security",),
    ),
    Query(
        "fund_portfolio",
        "What does a fund hold?",
        "Everything that a hedge fund reports, largest first, including options and principal amounts.",
        ("fund", "quarter"),
    ),
    Query(
        "most_held",
        "Most held micro-caps",
        "The companies in a market-cap band, by number of hedge fund holders.",
        ("quarter", "min_cap", "max_cap"),
        _CAPS,
    ),
    Query(
        "new_positions",
        "New positions",
        "What hedge fund families hold now and did not hold a quarter earlier, if they reported for both quarters.",
        ("quarter", "fund", "min_cap", "max_cap"),
        _CAPS,
        file="changed_positions",
        words=_NEW,
    ),
    Query(
        "closed_positions",
        "Closed positions",
        "What hedge fund families held a quarter earlier and no longer hold, if they reported for both quarters.",
        ("quarter", "fund", "min_cap", "max_cap"),
        f"Shares and values are those of the quarter before. {_CAPS}",
        file="changed_positions",
        words=_CLOSED,
    ),
    Query(
        "published",
        "Published lists",
        "The editions, newest first.",
        (),
        needs=frozenset({"editions"}),
    ),
    Query(
        "published_list",
        "A published list",
        "The stocks of an edition by rank.",
        ("edition",),
        "Leave the field empty for the newest edition.",
        needs=frozenset({"editions", "rankings"}),
    ),
)


def canned(tables: Collection[str]) -> dict[str, dict[str, Any]]:
    """Datasette's canned queries: the questions whose tables are among `tables`."""
    return {
        query.name: {
            "sql": query.sql,
            "title": query.title,
            "description": f"{query.about} {query.note}".strip(),
            "params": list(query.fields),
            "hide_sql": True,
        }
        for query in QUERIES
        if query.needs <= set(tables)
    }
