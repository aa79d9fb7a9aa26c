"""Millions of table lines with their texts as whole numbers, until they are written.

A quarter's texts are a few thousand different ones, each of them hundreds of times: as numbers the lines are sorted,
split and kept in a third of the room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from .as_filed import LINES, FilingsFrame, LinesFrame, OtherManagersFrame, Submissions
from .rejected import RejectsFrame
from .text_codes import TextCodes


@dataclass(frozen=True)
class CodedLines:
    """LINES: `rows` has their columns, texts as places in `texts` (by column); a text may be one of no row."""

    rows: pl.DataFrame
    texts: Mapping[str, pl.Series]

    @classmethod
    def of(cls, lines: LinesFrame) -> CodedLines:
        """The same lines. Raises ValueError if they are of another shape."""
        LINES.check(lines.clear())
        coded = {name: TextCodes.of(lines[name]) for name, dtype in lines.schema.items() if dtype == pl.String()}
        return cls(
            lines.with_columns(column.codes.alias(name) for name, column in coded.items()),
            {name: column.texts for name, column in coded.items()},
        )

    @property
    def height(self) -> int:
        """How many lines there are."""
        return self.rows.height

    def coded(self, name: str) -> TextCodes:
        """A text column."""
        return TextCodes(self.rows[name], self.texts[name])

    def distinct(self, name: str) -> pl.Series:
        """The different texts of a column."""
        return self.texts[name].gather(self.rows[name].unique().drop_nulls().sort())

    def of_filings(self, accession_numbers: pl.Series) -> CodedLines:
        """The lines of some filings."""
        coded = self.coded("accession_number")
        is_wanted = coded.texts.is_in(accession_numbers.implode()).gather(coded.codes)
        return CodedLines(self.rows.filter(is_wanted), self.texts)

    def frame(self, places: pl.Series | None = None) -> LinesFrame:
        """The rows at some places, in that order; without `places` all of them."""
        rows = self.rows if places is None else self.rows[places]
        return rows.with_columns(texts.gather(rows[name]).alias(name) for name, texts in self.texts.items())


@dataclass(frozen=True)
class CodedSubmissions:
    """As Submissions, the lines coded."""

    filings: FilingsFrame
    lines: CodedLines
    rejects: RejectsFrame
    other_managers: OtherManagersFrame

    def decoded(self) -> Submissions:
        """All as frames."""
        return Submissions(self.filings, self.lines.frame(), self.rejects, self.other_managers)
