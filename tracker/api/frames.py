"""An answer as a polars frame that keeps what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from .. import tables
from ..output import Answer, Meaning, meanings, render

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class AnswerFrame(pl.DataFrame):
    """A polars frame with one row for each row of an answer, every fact under its full name.

    What is made from it (`frame.filter(...)`) is a frame without a title, methodology and notes: these describe the
    whole answer.
    """

    title: str = ""
    """what the frame answers, in a line"""
    methodology: Mapping[str, Any] = _NOTHING
    """the parameters and rules that led to the rows"""
    facts: Mapping[str, Any] = _NOTHING
    """what was found beside the rows: counts, totals, what was left out"""
    notes: tuple[str, ...] = ()
    """what a reader has to know: what is missing, doubtful, or awaited"""
    meanings: tuple[Meaning, ...] = ()
    """of each column its heading, unit and description"""
    _answer: Answer | None = None

    @classmethod
    def of(cls, answer: Answer) -> AnswerFrame:
        """The frame of an answer. Columns without any value have the type of their name or unit."""
        described = meanings(answer)
        types = _types(answer, described)
        if answer.rows:
            frame = cls(answer.rows, infer_schema_length=None)
        else:
            frame = cls(schema={meaning.name: types.get(meaning.name, pl.String()) for meaning in described})
        empty = [name for name, dtype in frame.schema.items() if dtype == pl.Null and name in types]
        frame = cls(frame.with_columns(pl.col(name).cast(types[name]) for name in empty))
        frame.title, frame.methodology, frame.facts = answer.title, answer.methodology, answer.facts
        frame.notes, frame.meanings, frame._answer = tuple(answer.notes), tuple(described), answer
        return frame

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        """In a notebook: the table as people read it, with its notes folded below."""
        if self._answer is None:
            return super()._repr_html_(_from_series=_from_series)
        return render(self._answer, "html")


_TYPES_OF_UNITS = {
    "USD": pl.Float64(),
    "%": pl.Float64(),
    "shares": pl.Float64(),
    "count": pl.Int64(),
    "date": pl.Date(),
}


def _types(answer: Answer, described: Sequence[Meaning]) -> dict[str, pl.DataType]:
    """Of each column that is known: as `tables` declares its name, unless the answer itself describes it."""
    own = {column.key: column.kind for column in answer.columns if column.about}
    declared = tables.column_types()
    types: dict[str, pl.DataType] = {}
    for meaning in described:
        if own.get(meaning.name) == "text":
            types[meaning.name] = pl.String()
        elif meaning.name in declared and meaning.name not in own:
            types[meaning.name] = declared[meaning.name]
        elif meaning.unit in _TYPES_OF_UNITS:
            types[meaning.name] = _TYPES_OF_UNITS[meaning.unit]
    return types
