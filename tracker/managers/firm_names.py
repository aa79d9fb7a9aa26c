"""When two names are the same name: how SEC's filers and advisers write them, brought to one form.

Only spelling is evened out: case, accents, punctuation, legal forms, EDGAR's suffixes, common abbreviations and the
misspellings that filers make of `Management`. Names that are merely alike stay different.
"""

from __future__ import annotations

import polars as pl

# A word, and how it is written in full.
_WORDS = {
    **dict.fromkeys(
        ("MGMT", "MGT", "MNGT", "MGMNT", "MANAGMENT", "MANGEMENT", "MANANGEMENT", "MANAGEMNT", "MANAGEMNET"),
        "MANAGEMENT",
    ),
    "ADVISERS": "ADVISORS",
    "ADVISER": "ADVISOR",
    "ADVISERY": "ADVISORY",
    "ASSOC": "ASSOCIATES",
    "ASSOCS": "ASSOCIATES",
    "BROS": "BROTHERS",
    "CAP": "CAPITAL",
    "COUNSELLORS": "COUNSELORS",
    "FINL": "FINANCIAL",
    "GRP": "GROUP",
    "HLDGS": "HOLDINGS",
    "INTL": "INTERNATIONAL",
    "INVT": "INVESTMENT",
    "INVTS": "INVESTMENTS",
    "NATL": "NATIONAL",
    "PTNRS": "PARTNERS",
    "SVCS": "SERVICES",
}
_LEGAL_FORMS = (
    *("LLC", "LC", "LP", "LLP", "LLLP", "INC", "INCORPORATED", "LTD", "LIMITED", "CORP", "CORPORATION", "CO"),
    *("COMPANY", "PLC", "THE"),
)
# `BAUPOST GROUP LLC/MA`, `SMITH INC /NY/`, `ARBOR CAPITAL /ADV`: how EDGAR tells filers of one name apart.
_SUFFIX = r"(?:\s*[/\\]\s*(?:ADV|[A-Z]{2,3})\s*[/\\]?)+\s*$"
_DOING_BUSINESS_AS = r"\b(?:D\s?/\s?B\s?/\s?A|D\.B\.A|DBA|A\s?/\s?K\s?/\s?A)\b\.?"


def aliases(name: pl.Expr) -> pl.Expr:
    """The names in a name, as a list: `HOLT CAPITAL ADVISORS, L.L.C. dba Holt Partners` has two."""
    return name.str.to_uppercase().str.replace_all(_DOING_BUSINESS_AS, "\n").str.split("\n")


def full(name: pl.Expr) -> pl.Expr:
    """The name with its legal form: `BAUPOST GROUP, L.L.C./MA` is BAUPOST GROUP LLC."""
    words = name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase().str.replace(_SUFFIX, "")
    words = words.str.replace_all("&", " AND ").str.replace_all(r"[.'\u{2019}]", "")
    words = words.str.replace_all(r"[^\p{L}\d]+", " ").str.replace_all(r"\bL L C\b", "LLC")
    words = words.str.replace_all(r"\bL L P\b", "LLP").str.replace_all(r"\bL P\b", "LP")
    return _join(_replace_words(words, _WORDS))


def plain(name: pl.Expr) -> pl.Expr:
    """The name without its legal form: `BAUPOST GROUP LLC/MA` and `THE BAUPOST GROUP, L.L.C.` are both BAUPOST GROUP.

    Null if nothing is left.
    """
    return _join(_replace_words(full(name), dict.fromkeys(_LEGAL_FORMS, " "))).replace("", None)


def _replace_words(words: pl.Expr, by: dict[str, str]) -> pl.Expr:
    # each word has blanks of its own, so that two neighbours can both be replaced
    spaced = pl.concat_str(pl.lit("  "), words.str.replace_all(" ", "  ", literal=True), pl.lit("  "))
    return spaced.str.replace_many([f" {word} " for word in by], [f" {word} " for word in by.values()])


def _join(words: pl.Expr) -> pl.Expr:
    return words.str.replace_all(r"\s+", " ").str.strip_chars()
