"""A holding as one whole number: holdings in its order lie by security, then family, manager, side and CUSIP.

So every count is made of neighbours: a holder is a change of family, a filer a change of manager.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ..tables.text_codes import TextCodes

SHARES, CALL, PUT, PRN = 0, 1, 2, 3  # PRN is added to the others
_SIDES = 8  # places for the six: shares, calls, puts, each of share type SH or PRN
_OPTION_NUMBERS = {"90": CALL, "95": PUT}  # characters 7 and 8 of a CUSIP that is an option's


@dataclass(frozen=True)
class Securities:
    """The securities of a period: all CUSIPs with one ticker are one.

    `by_code` has the columns cusip, ticker, security (a whole number from 0) and place (among the CUSIPs of the
    security, in their order), a row for each code of a CUSIP.
    """

    by_code: pl.DataFrame

    @classmethod
    def of(cls, cusips: pl.Series, tickers: pl.DataFrame) -> Securities:
        """The securities of `cusips`, by `tickers` (columns cusip, ticker)."""
        known = cusips.to_frame("cusip").join(tickers, on="cusip", how="left", validate="1:1", maintain_order="left")
        security = TextCodes.of(known.select(pl.coalesce("ticker", "cusip")).to_series()).codes
        place = (pl.col("cusip").rank("ordinal").over("security") - 1).cast(pl.UInt64)
        return cls(known.with_columns(security.cast(pl.UInt64).alias("security")).with_columns(place.alias("place")))

    def most_held(self, held: pl.DataFrame) -> pl.DataFrame:
        """Columns security, cusip and ticker: of the CUSIPs of each security in `held` the one with the largest value.

        `held` has the columns security, place, side and value. Only values in shares are added; of equal ones it is
        the first CUSIP.
        """
        several = self.by_code.filter(pl.col("place") > 0).select(pl.col("security").unique())
        value = pl.when(pl.col("side") == SHARES).then("value").otherwise(pl.lit(0).cast(held.schema["value"]))
        chosen = (
            held.join(several, on="security", how="semi")
            .group_by("security", "place")
            .agg(value.sum().alias("value"))
            .sort("value", "place", descending=[True, False])
            .unique("security", keep="first", maintain_order=True)
            .select("security", "place")
        )
        one = self.by_code.join(several, on="security", how="anti")
        more = self.by_code.join(chosen, on=["security", "place"], validate="1:1")
        return pl.concat([one, more]).select("security", "cusip", "ticker")


@dataclass(frozen=True)
class HoldingKeys:
    """What makes the numbers: a part for each code of a CUSIP and for each report, and how many there are of each."""

    of_cusip: pl.Series
    of_report: pl.Series
    family: pl.Series
    managers: int
    places: int

    @classmethod
    def of(cls, securities: Securities, reports: pl.DataFrame) -> HoldingKeys:
        """`reports` has the columns manager and family, whole numbers from 0 in the order of families."""
        by_code = securities.by_code
        places = int(by_code["place"].max() or 0) + 1  # type: ignore[arg-type]
        managers = int(reports["manager"].max() or 0) + 1  # type: ignore[arg-type]
        of_cusip = by_code["security"] * (managers * _SIDES * places) + by_code["place"]
        family = reports.unique("manager").sort("manager")["family"]
        return cls(of_cusip, reports["manager"] * (_SIDES * places), family, managers, places)

    def of_lines(self, codes: pl.Series, report: pl.Series, sides: pl.Series) -> pl.Series:
        """The number of the holding of each line."""
        return self.of_cusip.gather(codes) + self.of_report.gather(report) + sides * self.places

    def with_parts(self, held: pl.DataFrame) -> pl.DataFrame:
        """`held`, sorted by key, with the columns security, manager, family, side and place instead of it."""
        key, of_manager, of_security = pl.col("key"), _SIDES * self.places, _SIDES * self.places * self.managers
        parts = held.with_columns((key // of_security).alias("security"), (key // of_manager).alias("manager"))
        rest = key - pl.col("manager") * of_manager
        parts = parts.with_columns(
            pl.col("security").set_sorted(),
            pl.col("manager") - pl.col("security") * self.managers,
            (rest // self.places).cast(pl.UInt8).alias("side"),
            (rest % self.places).alias("place"),
        )
        return parts.drop("key").with_columns(self.family.gather(parts["manager"]).alias("family"))


def line_sides(lines: pl.DataFrame, codes: pl.Series, cusips: pl.Series, is_matched: pl.Series) -> pl.Series:
    """The share type and option side of each line; most lines state no option, and few CUSIPs are an option's.

    `cusips` are the texts of `codes`; the rows `is_matched` have a CUSIP whose number says nothing of options.
    """
    by_number = cusips.str.slice(6, 2).replace_strict(_OPTION_NUMBERS, default=SHARES, return_dtype=pl.UInt64)
    put_call, is_principal = lines["put_call"], lines["share_type"] == "PRN"
    sides = by_number.gather(codes).scatter(is_matched, SHARES)
    sides = sides.scatter(((put_call != "") | is_principal).arg_true(), SHARES)
    sides = sides.scatter((put_call == "CALL").arg_true(), CALL).scatter((put_call == "PUT").arg_true(), PUT)
    return sides + is_principal.fill_null(False).cast(pl.UInt64) * PRN
