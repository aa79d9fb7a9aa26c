"""What an amendment does to the report that it amends, how that is known, and a user's own choices about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, TEXT, Table


class AmendmentEffect(StrEnum):
    """What an amendment does to the lines that were filed before it."""

    REPLACE = "replace"  # it is the whole report: nothing filed before counts
    PATCH = "patch"  # its lines take the place of those of the same securities, the rest of the report stays
    ADD = "add"  # its lines add to the report


class EffectEvidence(StrEnum):
    """What decided the effect of an amendment, in the order in which it is asked."""

    LABEL = "label"  # the type on its cover, and nothing speaks against that
    USER_CHOICE = "user_choice"
    COVER_TOTALS = "cover_totals"  # its cover declares the lines of a whole report, its table has a few
    NOTHING_HELD = "nothing_held"  # it reports one line of zero: a whole report of nothing
    NEXT_REPORT = "next_report"  # what it leaves out is in the manager's next report, or is not
    SAME_LINES = "same_lines"  # it repeats lines of the report unchanged: there is nothing to correct
    PREVIOUS_REPORT = "previous_report"  # what it leaves out is in the manager's report before, or is not
    CHANGED_LINES = "changed_lines"  # it has lines of the report with other amounts: a correction
    REPEATED_LINES = "repeated_lines"  # NEW HOLDINGS that repeats holdings of the report
    UNDECIDED = "undecided"  # none of these shows it


# What a person may want to look at: all but what follows the cover, and what a person has chosen.
DOUBTED = tuple(each for each in EffectEvidence if each not in (EffectEvidence.LABEL, EffectEvidence.USER_CHOICE))

AMENDMENT_CHOICES = Table(
    "amendment_choices",
    "A user's own choices of what an amendment does.",
    ("accession_number",),
    {
        "accession_number": (TEXT, "the amendment"),
        "amendment_effect": (TEXT, f"what it does: {', '.join(AmendmentEffect)}"),
        "note": (TEXT, "why, for the user's own records"),
        "decided_on": (DATE, "the day of the choice"),
    },
)

AmendmentChoicesFrame = Annotated[pl.DataFrame, AMENDMENT_CHOICES]
