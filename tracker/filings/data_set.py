"""Read one of SEC's Form 13F data sets.

The rules (see `rules`) are those for single submissions, so that both ways give the same frames and reject the same
submissions. A malformed row rejects its submission, never the whole data set.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from ..progress import Progress, Silent
from ..tables import FILINGS, LINES, OTHER_MANAGERS, REJECTS, RejectsFrame, Severity
from ..tables.coded_lines import CodedLines, CodedSubmissions
from . import other_managers, rules
from .data_set_covers import Findings, read_covers, read_submissions
from .data_set_lines import read_lines
from .data_set_tables import open_archive


def read(
    path: Path, period: date | Collection[date], *, skip: Collection[str] = (), progress: Progress | None = None
) -> CodedSubmissions:
    """The reports for `period` (a quarter's last day, or several) in the data set at `path`; no network.

    `skip`: accession numbers that are already known. Nothing of them is returned, and if nothing else is of the
    period the lines are not even opened. `accepted_at` is null and `source` the zip's name; LINES are in no
    order but that of `line_number`. REJECTS holds the period's submissions that are rejected, those whose period
    cannot be read, and lines of submissions that the data set does not name. Raises SourceError for a zip that is
    damaged, or that lacks a required table or column; both are named.
    """
    progress = progress or Silent()
    findings = Findings()
    with open_archive(path) as archive:
        periods = {period} if isinstance(period, date) else {*period}
        named = read_submissions(archive, periods, set(skip), findings)
        if findings.filings:
            read_covers(archive, findings)
            named_managers = other_managers.read_archive(archive, findings)
            lines = read_lines(archive, named, findings, progress)
        else:
            lines, named_managers = CodedLines.of(LINES.frame()), OTHER_MANAGERS.frame()
    accepted = [filing for number, filing in findings.filings.items() if number not in findings.refused]
    for filing in accepted:
        filing["source"] = path.name
    filings = FILINGS.frame(accepted)
    named_managers = named_managers.join(filings, on="accession_number", how="semi")
    return CodedSubmissions(filings, lines, _rejects(findings), named_managers)


def _rejects(findings: Findings) -> RejectsFrame:
    rows: list[dict[str, object]] = []
    for number, problem in findings.refused.items():
        filing = findings.filings.get(number, {"accession_number": number})
        rows += rules.reject_rows(filing, Severity.REJECTED, [problem])
    for number, filing in findings.filings.items():
        if number not in findings.refused:
            problems = rules.total_problems(filing) + findings.flags.get(number, [])
            rows += rules.reject_rows(filing, Severity.FLAGGED, problems)
    return REJECTS.frame(rows)
