"""Evidence that two filing managers are one family: what rosters, cover pages, addresses and names show.

Each kind is one of FamilyEvidence. A network of a bank, a custodian's address or a name in common would join strangers:
- of those whom a cover page names, one joins if the names begin alike, or if both have one phone number or address;
- or if it names the first one in turn, as a notice names who reports for it: only if it does so with nobody else, the
  first one with few, and both never reported for one period, as an adviser and its subadviser do;
- phone and address count only with a common beginning of the names (see `name_stems`);
- equal names count only if the one reported until the other began, in the same city.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    FAMILY_LINKS,
    AdvisersFrame,
    FamilyEvidence,
    FamilyLinksFrame,
    FilingsFrame,
    OtherManagerRole,
    OtherManagersFrame,
)
from . import name_stems

# A house has a few filers with names of their own (Greenlight: DME Advisors and two more); a bank names dozens.
MAX_OTHER_NAMES = 10

# Anything else that a cover has in place of a number (`N/A`, `999999999`) would join strangers.
_NUMBERS = {
    "form13f_file_number": r"^0?28-\d{3,6}$",
    "crd_number": r"^[1-9]\d{0,6}$",
    "sec_file_number": r"^80[12]-\d{1,9}$",
}
# All of a filing that shows a link; of `_ORDER` the newest comes last.
_ORDER = ("period_of_report", "filing_date", "accession_number")
FILING_COLUMNS = (*_ORDER, "cik", "manager_name", "form_type", *_NUMBERS, "phone", "street", "city")
_STREET_ENDINGS = {"STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "BOULEVARD": "BLVD", "PLACE": "PL", "SQUARE": "SQ"}
_SUITE = r"\b(\d+(ST|ND|RD|TH) (FLOOR|FL)|SUITE|STE|FLOOR|FL|UNIT|ROOM|RM)\b.*$"


def find_links(filings: FilingsFrame, other_managers: OtherManagersFrame, advisers: AdvisersFrame) -> FamilyLinksFrame:
    """FAMILY_LINKS between the filers of `filings` (FILING_COLUMNS suffice); `advisers` is empty without a roster."""
    filings = _with_real_numbers(filings.select(FILING_COLUMNS)).sort(_ORDER, nulls_last=False)
    other_managers = _with_real_numbers(other_managers)
    filers = _filers(filings)
    named = _named(filings, other_managers, filers)
    phones, addresses = _phones(filings), _addresses(filings)
    links = [
        _same_firm(filings, filers, advisers),
        _named_each_other(named, filings),
        _named_alike(named),
        _named_there(named, pl.concat([phones, addresses])),
        _alike_at(phones, filers, FamilyEvidence.SAME_PHONE),
        _alike_at(addresses, filers, FamilyEvidence.SAME_ADDRESS),
        _successors(filers),
    ]
    return FAMILY_LINKS.check(
        FAMILY_LINKS.fit(pl.concat(links).sort("cik", "other_cik", "evidence", "detail")).unique(
            FAMILY_LINKS.key, keep="first", maintain_order=True
        )
    )


def _with_real_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(form)).then(name).alias(name) for name, form in _NUMBERS.items()
    )


def _filers(filings: FilingsFrame) -> pl.DataFrame:
    """One row a filer: cik, manager_name, city and crd_number of its newest cover, stem, and first and last period."""
    filers = filings.group_by("cik", maintain_order=True).agg(
        pl.col("manager_name").drop_nulls().last(),
        pl.col("city", "crd_number").drop_nulls().last(),
        pl.col("period_of_report").min().alias("since"),
        pl.col("period_of_report").max().alias("until"),
    )
    name = pl.col("manager_name")
    return filers.with_columns(name_stems.stem(name).alias("stem"), name_stems.plain(name).alias("plain_name"))


def _pairs(frame: pl.DataFrame, evidence: FamilyEvidence, detail: pl.Expr) -> FamilyLinksFrame:
    """FAMILY_LINKS of pairs in columns cik and other_cik, in either order."""
    low, high = pl.min_horizontal("cik", "other_cik"), pl.max_horizontal("cik", "other_cik")
    links = frame.filter(pl.col("cik") != pl.col("other_cik")).select(
        low.alias("cik"), high.alias("other_cik"), pl.lit(evidence.value).alias("evidence"), detail.alias("detail")
    )
    return links.cast(FAMILY_LINKS.schema)  # type: ignore[arg-type]


def _same_firm(filings: FilingsFrame, filers: pl.DataFrame, advisers: AdvisersFrame) -> FamilyLinksFrame:
    """Filers with one firm: by the CRD number of their covers, else by the roster's SEC file number or CIK."""
    firms = advisers.select(pl.col("crd_number").alias("firm"), "sec_file_number", "ciks")
    by_number = (
        firms.drop_nulls("sec_file_number")
        .unique("sec_file_number", keep="none")
        .select("sec_file_number", pl.col("firm").alias("firm_by_number"))
    )
    by_cik = firms.explode("ciks").drop_nulls("ciks").unique("ciks", keep="none")
    by_cik = by_cik.select(pl.col("ciks").alias("cik"), pl.col("firm").alias("firm_by_cik"))
    numbers = filings.group_by("cik").agg(pl.col("sec_file_number").drop_nulls().last())
    firm_of = (
        filers.select("cik", "crd_number")
        .join(numbers, on="cik", how="left", validate="1:1")
        .join(by_number, on="sec_file_number", how="left", validate="m:1")
        .join(by_cik, on="cik", how="left", validate="1:1")
        .select("cik", pl.coalesce("crd_number", "firm_by_number", "firm_by_cik").alias("firm"))
        .drop_nulls()
    )
    # a firm's filers in a chain, from the lowest CIK on: no pair for every two of them
    chain = firm_of.sort("cik").with_columns(pl.col("cik").first().over("firm").alias("other_cik"))
    return _pairs(chain, FamilyEvidence.SAME_FIRM, pl.format("CRD number {}", "firm"))


def _named(filings: FilingsFrame, other_managers: OtherManagersFrame, filers: pl.DataFrame) -> pl.DataFrame:
    """Which filer's cover names which: cik, other_cik, is_included, accession_number, names, and their common stem.

    Another manager is found by its CIK, else by a number that one filer alone has, else by its full name.
    """
    covers = filings.select("accession_number", "cik")
    rows = other_managers.rename({"cik": "named_cik"}).join(covers, on="accession_number", how="inner", validate="m:1")
    rows = rows.with_columns(name_stems.plain(pl.col("name")).alias("plain_name"))
    keys = [*_NUMBERS]
    rows = rows.join(
        filers.select(pl.col("cik").alias("named_cik"), pl.col("cik").alias("by_cik")),
        on="named_cik",
        how="left",
        validate="m:1",
    )
    for key in keys:
        owners = filings.select(key, pl.col("cik").alias(f"by_{key}")).drop_nulls().unique()
        rows = rows.join(owners.unique(key, keep="none"), on=key, how="left", validate="m:1")
    owners = filers.select("plain_name", pl.col("cik").alias("by_name")).drop_nulls()
    owners = owners.unique("plain_name", keep="none")
    rows = rows.join(owners, on="plain_name", how="left", validate="m:1")
    has_number = pl.any_horizontal(pl.col("named_cik", *keys).is_not_null())
    other_cik = pl.coalesce("by_cik", *(f"by_{key}" for key in keys), pl.when(~has_number).then("by_name"))
    rows = rows.with_columns(
        other_cik.alias("other_cik"), (pl.col("role") == OtherManagerRole.INCLUDED).alias("is_included")
    )
    rows = rows.filter(pl.col("other_cik").is_not_null() & (pl.col("other_cik") != pl.col("cik")))
    newest = (
        rows.sort("accession_number")
        .group_by("cik", "other_cik", maintain_order=True)
        .agg(pl.col("accession_number").last(), pl.col("is_included").any())
    )
    stems = filers.select("cik", "manager_name", "stem")
    others = stems.rename({"cik": "other_cik", "manager_name": "other_name", "stem": "other_stem"})
    named = newest.join(stems, on="cik", validate="m:1").join(others, on="other_cik", validate="m:1")
    return named.with_columns(name_stems.common_stem("stem", "other_stem").alias("common_stem"))


def _named_each_other(named: pl.DataFrame, filings: FilingsFrame) -> FamilyLinksFrame:
    """Pairs that name each other; without a common stem, only within the bounds that the module states."""
    turned = named.select(pl.col("other_cik").alias("cik"), pl.col("cik").alias("other_cik"))
    mutual = named.join(turned, on=["cik", "other_cik"], how="semi")
    reports = filings.filter(~pl.col("form_type").str.starts_with("13F-NT")).select("cik", "period_of_report").unique()
    of_other = reports.rename({"cik": "other_cik"})
    both = mutual.select("cik", "other_cik").join(reports, on="cik")
    both = both.join(of_other, on=["other_cik", "period_of_report"], how="semi").unique(["cik", "other_cik"])
    alike = mutual.filter(pl.col("common_stem").is_not_null())
    strange = mutual.filter(pl.col("common_stem").is_null()).with_columns(
        pl.len().over("other_cik").alias("partners_of_other"), pl.len().over("cik").alias("partners")
    )
    bound = strange.filter("is_included", pl.col("partners_of_other") == 1, pl.col("partners") <= MAX_OTHER_NAMES)
    bound = bound.join(both, on=["cik", "other_cik"], how="anti").select(alike.columns)
    return _pairs(pl.concat([alike, bound]), FamilyEvidence.NAMED_EACH_OTHER, _naming("and is named by it"))


def _named_alike(named: pl.DataFrame) -> FamilyLinksFrame:
    """Pairs of which one names the other, with a common stem."""
    alike = named.filter(pl.col("common_stem").is_not_null())
    return _pairs(alike, FamilyEvidence.NAMED, pl.format("{}; both begin with {}", _naming(""), "common_stem"))


def _named_there(named: pl.DataFrame, places: pl.DataFrame) -> FamilyLinksFrame:
    """Pairs of which one names the other, with a phone number or an address in common."""
    there = named.join(places, on="cik").join(
        places.rename({"cik": "other_cik"}), on=["other_cik", "place"], how="semi"
    )
    return _pairs(there, FamilyEvidence.NAMED, pl.format("{}; both at {}", _naming(""), "place"))


def _naming(more: str) -> pl.Expr:
    sentence = pl.format("{} names {}", pl.col("accession_number"), pl.col("other_name").fill_null("?"))
    return pl.format("{} {}", sentence, pl.lit(more)) if more else sentence


def _phones(filings: FilingsFrame) -> pl.DataFrame:
    """Columns cik, place: every phone number of a filer's signatures, as digits; placeholders are left out."""
    digits = pl.col("phone").str.to_lowercase().str.replace(r"(x|ext).*$", "").str.replace_all(r"\D", "")
    digits = digits.str.replace(r"^0*1?(\d{10})$", "$1")
    is_real = (digits.str.len_chars() >= 7) & (digits.str.split("").list.n_unique() >= 3)
    stated = filings.select("cik", "phone").unique()
    return stated.select("cik", pl.when(is_real).then(digits).alias("place")).drop_nulls().unique()


def _addresses(filings: FilingsFrame) -> pl.DataFrame:
    """Columns cik, place: every street and city of a filer's covers, without floor and suite."""
    street = pl.col("street").str.to_uppercase().str.replace_all(r"[.']", "").str.replace_all(r"[^\p{L}\d]+", " ")
    street = street.str.replace(_SUITE, "").str.strip_chars()
    for word, short in _STREET_ENDINGS.items():
        street = street.str.replace_all(rf"\b{word}\b", short)
    city = pl.col("city").str.to_uppercase().str.strip_chars()
    place = pl.when(street.str.len_chars() > 3).then(pl.format("{}, {}", street, city))
    stated = filings.select("cik", "street", "city").unique()
    return stated.select("cik", place.alias("place")).drop_nulls().unique()


def _alike_at(places: pl.DataFrame, filers: pl.DataFrame, evidence: FamilyEvidence) -> FamilyLinksFrame:
    """Pairs of filers at one place whose names begin alike."""
    stems = filers.select("cik", "stem", name_stems.first_word(pl.col("stem")).alias("word")).drop_nulls()
    at = places.join(stems, on="cik", validate="m:1")
    # joined by the first word as well: thousands may share an administrator's address
    pairs = at.join(at, on=["place", "word"], suffix="_other").rename({"cik_other": "other_cik"})
    pairs = pairs.filter(pl.col("cik") < pl.col("other_cik"))
    pairs = pairs.with_columns(name_stems.common_stem("stem", "stem_other").alias("common_stem"))
    detail = pl.format("{}; both begin with {}", "place", "common_stem")
    return _pairs(pairs.drop_nulls("common_stem"), evidence, detail)


def _successors(filers: pl.DataFrame) -> FamilyLinksFrame:
    """Pairs with one full name and city, of which the one reported only before the other, under no other CRD number."""
    city = pl.col("city").str.to_uppercase().str.strip_chars()
    known = filers.drop_nulls(["stem", "city"]).with_columns(city.alias("city"))
    known = known.select("cik", "plain_name", "city", "crd_number", "since", "until")
    pairs = known.join(known, on=["plain_name", "city"], suffix="_other").rename({"cik_other": "other_cik"})
    is_other_firm = (pl.col("crd_number") != pl.col("crd_number_other")).fill_null(False)
    pairs = pairs.filter(pl.col("until") < pl.col("since_other"), ~is_other_firm)
    detail = pl.format(
        "{}, {}: {} reported until {}, {} from {}",
        *("plain_name", "city", "cik", "until", "other_cik", "since_other"),
    )
    return _pairs(pairs, FamilyEvidence.SUCCESSOR, detail)
