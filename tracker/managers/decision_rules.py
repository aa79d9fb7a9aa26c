"""A table of rules: questions about a filer, asked in their order; the first that applies decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Rule:
    """A question about a filer: it applies if the `answer` is `decisive`, and then gives `verdict` for this `reason`.

    The answer is null if a figure is not known: the rule does not apply. `verdict` is whether the filer is a
    hedge-fund manager; null leaves it unclassified.
    """

    question: str
    answer: pl.Expr
    decisive: bool
    verdict: bool | None
    reason: pl.Expr

    @property
    def applies(self) -> pl.Expr:
        """Whether the rule decides; false if the answer is not known."""
        return (self.answer == self.decisive).fill_null(False)


def verdict(rules: Sequence[Rule]) -> pl.Expr:
    """The verdict of the first rule that applies; null if unclassified."""
    first = pl.coalesce(pl.when(rule.applies).then(pl.lit(at)) for at, rule in enumerate(rules))
    return first.replace_strict({at: rule.verdict for at, rule in enumerate(rules)}, return_dtype=pl.Boolean())


def reason(rules: Sequence[Rule]) -> pl.Expr:
    """The reason of the first rule that applies, as text; null if none does."""
    return pl.coalesce(pl.when(rule.applies).then(rule.reason) for rule in rules)
