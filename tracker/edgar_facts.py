"""Form 13F and EDGAR as the SEC fixes them: form types, accession numbers, addresses, how a submission ends.

Each is stated here once, for every floor: the form types are those of 17 CFR 249.325, the rest is from the EDGAR
Filer Manual and https://www.sec.gov/search-filings/edgar-search-assistance/accessing-edgar-data.
"""

from __future__ import annotations

import re
from datetime import date

from .quarters import Quarter

FORM_TYPES = ("13F-HR", "13F-HR/A", "13F-NT", "13F-NT/A")
ACCESSION_NUMBER = r"[0-9]{10}-[0-9]{2}-[0-9]{6}"
# Submissions of the 1990s and early 2000s were wrapped for privacy-enhanced mail; only white space follows.
SUBMISSION_END = re.compile(rb"</SEC-DOCUMENT>\s*(-----END PRIVACY-ENHANCED MESSAGE-----\s*)?\Z")

FIRST_DAY = date(1993, 1, 1)
"""no submission was filed with EDGAR before"""

FIRST_XML_PERIOD = Quarter(2013, 2)
"""from then on Form 13F has a structured information table; before, it is free text"""

HOST, DATA_HOST = "www.sec.gov", "data.sec.gov"
REPORTS_HOST = "reports.adviserinfo.sec.gov"  # of Form ADV
HOSTS = frozenset({HOST, DATA_HOST, REPORTS_HOST})
ARCHIVES = f"https://{HOST}/Archives/edgar"
# The full text of a submission, to be filled with the CIK and the accession number.
SUBMISSION_ADDRESS = f"{ARCHIVES}/data/{{}}/{{}}.txt"

_ACCESSION_NUMBER = re.compile(ACCESSION_NUMBER)


def is_accession_number(text: str) -> bool:
    """Whether `text` has the form of an accession number, 0001037389-25-000064."""
    return _ACCESSION_NUMBER.fullmatch(text) is not None


def cik_label(cik: int) -> str:
    """A CIK as EDGAR writes it into addresses: `CIK0001037389`."""
    return f"CIK{cik:010d}"


def filer_address(cik: int) -> str:
    """The page that lists a filer's 13F submissions."""
    return f"https://{HOST}/cgi-bin/browse-edgar?action=getcompany&CIK={cik:010d}&type=13F"
