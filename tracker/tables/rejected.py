"""What was rejected or flagged, and the kinds of reasons for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, INT, TEXT, Table


class Step(StrEnum):
    """The step of a refresh that rejects or flags."""

    DOWNLOAD = "download"
    PARSE = "parse"
    NORMALISE = "normalise"


class Severity(StrEnum):
    """Whether a submission is left out (rejected) or counted with a warning (flagged)."""

    REJECTED = "rejected"
    FLAGGED = "flagged"


class RejectKind(StrEnum):
    """The kind of a reason: what `status` groups by. A submission has at most one reason of a kind and step."""

    # rejected: the submission as a whole
    NOT_DOWNLOADED = "not_downloaded"
    TOO_LARGE = "too_large"
    NOT_A_SUBMISSION = "not_a_submission"
    TRUNCATED = "truncated"
    MISLABELLED = "mislabelled"
    FORM_TYPE = "form_type"
    BAD_DATE = "bad_date"
    NOT_A_QUARTER_END = "not_a_quarter_end"
    TEXT_ERA = "text_era"
    # rejected: its cover page and information table
    NO_COVER_PAGE = "no_cover_page"
    NO_TABLE = "no_table"
    NOTICE_WITH_TABLE = "notice_with_table"
    MALFORMED_XML = "malformed_xml"
    BAD_COUNT = "bad_count"
    BAD_LINE = "bad_line"
    # rejected: rows of a data set
    RAGGED_ROW = "ragged_row"
    DUPLICATE_ROW = "duplicate_row"
    UNNAMED_SUBMISSION = "unnamed_submission"
    # flagged as it was read
    PERIOD_DIFFERS = "period_differs"
    LINE_TOTAL_DIFFERS = "line_total_differs"
    VALUE_TOTAL_DIFFERS = "value_total_differs"
    LOSSY_TEXT = "lossy_text"
    # flagged as it was judged
    UNKNOWN_AMENDMENT = "unknown_amendment"
    NEW_HOLDINGS_ALONE = "new_holdings_alone"
    SEVERAL_ORIGINALS = "several_originals"
    NOTICE_BESIDE_REPORT = "notice_beside_report"
    RESTATEMENT_DOUBTED = "restatement_doubted"
    RESTATEMENT_UNDECIDED = "restatement_undecided"
    NEW_HOLDINGS_REPEATED = "new_holdings_repeated"
    UNIT_CONTRADICTED = "unit_contradicted"
    UNIT_NOT_CONFIRMED = "unit_not_confirmed"
    PRICES_DISAGREE = "prices_disagree"
    CUSIP_CLEANED = "cusip_cleaned"
    CUSIP_INVALID = "cusip_invalid"
    CUSIP_MATCHED = "cusip_matched"
    CUSIP_SHORTENED = "cusip_shortened"
    CUSIP_OF_ANOTHER = "cusip_of_another"
    CUSIP_CONTRADICTED = "cusip_contradicted"
    OPTION_CUSIP = "option_cusip"
    SHARES_ARE_VALUES = "shares_are_values"


REJECTS = Table(
    "rejects",
    "Submissions that were rejected, or counted with a warning: one row for each kind of reason.",
    ("accession_number", "step", "kind"),
    {
        "accession_number": (TEXT, "the submission"),
        "cik": (INT, "its filer; null if not known"),
        "period_of_report": (DATE, "its period; null if not known"),
        "step": (TEXT, f"the step that found it: {', '.join(Step)}"),
        "severity": (TEXT, "`rejected`: nothing of it is counted; `flagged`: counted, with a warning"),
        "kind": (TEXT, "the kind of reason, such as `truncated` or `unit_not_confirmed`"),
        "reason": (TEXT, "what is wrong, as text"),
    },
)

RejectsFrame = Annotated[pl.DataFrame, REJECTS]
