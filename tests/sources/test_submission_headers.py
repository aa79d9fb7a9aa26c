"""What a submission's header states of its filer; hand-written as EDGAR writes it, today and before 2001."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from tracker.settings import Settings
from tracker.sources import edgar_filers
from tracker.sources.submission_headers import read_header

CIK = 1099219
HEADER = """<SEC-DOCUMENT>0001140361-23-013281.txt : 20230323
<SEC-HEADER>0001140361-23-013281.hdr.sgml : 20230323
ACCESSION NUMBER:\t\t0001140361-23-013281
CONFORMED SUBMISSION TYPE:\t13F-HR
FILED AS OF DATE:\t\t20230323

FILER:

\tCOMPANY DATA:\t
\t\tCOMPANY CONFORMED NAME:\t\t\tMETLIFE  INC
\t\tCENTRAL INDEX KEY:\t\t\t0001099219
\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tLIFE INSURANCE [6311]
\t\tSTATE OF INCORPORATION:\t\t\tDE

\tFILING VALUES:
\t\tFORM TYPE:\t\t13F-HR

\tBUSINESS ADDRESS:\t
\t\tSTREET 1:\t\t200 PARK AVENUE
\t\tSTATE:\t\t\tny
\t\tBUSINESS PHONE:\t\t212-578-5500

\tMAIL ADDRESS:\t
\t\tSTREET 1:\t\tPO BOX 1
\t\tSTATE:\t\t\tNJ

\tFORMER COMPANY:\t
\t\tFORMER CONFORMED NAME:\tMETLIFE HOLDINGS INC
\t\tDATE OF NAME CHANGE:\t19991119

\tFORMER COMPANY:\t
\t\tFORMER CONFORMED NAME:\tMETROPOLITAN LIFE
\t\tDATE OF NAME CHANGE:\t19901119
</SEC-HEADER>
<DOCUMENT>
"""
STATED = {
    "name": "METLIFE INC",
    "sic_code": "6311",
    "sic_description": "LIFE INSURANCE",
    "street": "200 PARK AVENUE",
    "state": "NY",
    "phone": "212-578-5500",
    "former_names": ["METLIFE HOLDINGS INC", "METROPOLITAN LIFE"],
    "filed_on": date(2023, 3, 23),
}


def put(tmp_path: Path, text: str, number: str = "0001140361-23-013281", cik: int = CIK) -> Path:
    path = tmp_path / f"filings/sec-edgar-filings/{cik:010d}/13F-HR/{number}/full-submission.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_industry_address_phone_and_former_names_are_read(tmp_path: Path, ending: str) -> None:
    assert read_header(put(tmp_path, HEADER.replace("\n", ending)), CIK) == STATED


@pytest.mark.parametrize(
    "industry", ["", "\t []", "\t [\n]</COMPANY-DATA>", "UNKNOWN SIC - 0000 [0000]", "BANKS [60221]", "BANKS 6022"]
)
def test_an_industry_that_is_not_stated_is_not_known(tmp_path: Path, industry: str) -> None:
    header = read_header(put(tmp_path, HEADER.replace("LIFE INSURANCE [6311]", industry)), CIK)
    assert header is not None and header["sic_code"] is header["sic_description"] is None
    assert header["name"] == "METLIFE INC" and header["street"] == "200 PARK AVENUE"


def test_a_header_without_addresses_states_none(tmp_path: Path) -> None:
    text = HEADER.partition("\tBUSINESS ADDRESS")[0] + "</SEC-HEADER>"
    header = read_header(put(tmp_path, text), CIK)
    assert header is not None and header["state"] is header["phone"] is None and header["former_names"] == []


def test_the_mail_address_is_not_taken_for_the_business_address(tmp_path: Path) -> None:
    """A firm whose post goes to another state is not there."""
    header = read_header(put(tmp_path, HEADER.replace("BUSINESS ADDRESS", "OTHER ADDRESS")), CIK)
    assert header is not None and header["state"] is None


def test_of_several_filers_only_the_one_asked_for_is_read(tmp_path: Path) -> None:
    other = "FILER:\n\n\tCOMPANY DATA:\n\t\tCOMPANY CONFORMED NAME:\tBANK\n\t\tCENTRAL INDEX KEY:\t\t0000000005\n"
    bank = "\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tSTATE COMMERCIAL BANKS [6022]\n\n"
    path = put(tmp_path, HEADER.replace("FILER:\n", f"{other}{bank}FILER:\n"))
    assert read_header(path, CIK) == STATED
    header = read_header(path, 5)
    assert header is not None and (header["name"], header["sic_code"], header["state"]) == ("BANK", "6022", None)
    assert read_header(path, 6) is None


@pytest.mark.parametrize("text", ["", HEADER.partition("</SEC-HEADER>")[0], "x" * 100_000 + HEADER, "<SEC-HEADER>\n"])
def test_a_header_that_is_not_whole_is_left_out(tmp_path: Path, text: str) -> None:
    assert read_header(put(tmp_path, text), CIK) is None
    assert edgar_filers.read(Settings(tmp_path)).is_empty()


def test_the_newest_submission_counts_and_former_names_are_those_of_all(tmp_path: Path) -> None:
    put(tmp_path, HEADER)
    later = HEADER.replace("20230323", "20250213").replace("200 PARK AVENUE", "1 NEW STREET")
    later = later.replace("FORMER CONFORMED NAME:\tMETROPOLITAN LIFE\n", "FORMER CONFORMED NAME:\tMET\n")
    # without an industry: what was known of that stays
    put(tmp_path, later.replace("LIFE INSURANCE [6311]", ""), "0000000001-25-000001")
    filers = edgar_filers.read(Settings(tmp_path))
    (row,) = filers.iter_rows(named=True)
    assert (row["cik"], row["sic_code"], row["street"]) == (CIK, "6311", "1 NEW STREET")
    assert row["former_names"] == ["METLIFE HOLDINGS INC", "METROPOLITAN LIFE", "MET"]
    assert edgar_filers.read(Settings(tmp_path)).equals(filers), "the same from what is kept"


def test_blanks_cost_no_more_than_other_text(tmp_path: Path) -> None:
    path = tmp_path / "full-submission.txt"
    name = b"COMPANY CONFORMED NAME:  A" + b" " * 30_000 + b"B"
    head = b"FILER:\n\nCOMPANY DATA:\n" + name + b"\nCENTRAL INDEX KEY: 0000000007\n"
    started = time.process_time()
    for _ in range(20):
        path.write_bytes(head + b"</SEC-HEADER>")
        header = read_header(path, 7)
        assert header is not None and header["name"] == "A B"
    assert time.process_time() - started < 2
