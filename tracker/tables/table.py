"""A declared frame: name, key, and one line per column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

TEXT, INT, REAL, FLAG, DATE, TIME = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean(), pl.Date(), pl.Datetime("us")


@dataclass(frozen=True)
class Table:
    """A declared frame: `columns` maps each name to (polars type, description)."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[pl.DataType, str]]

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and polars types, in order."""
        return {name: dtype for name, (dtype, _) in self.columns.items()}

    def frame(self, rows: Iterable[Mapping[str, object]] | Mapping[str, list[Any]] | None = None) -> pl.DataFrame:
        """A frame of this shape from row mappings or column lists; absent columns are null."""
        data = rows if isinstance(rows, Mapping) else list(rows or [])
        made = pl.DataFrame(data, schema_overrides=self.schema, strict=True) if data else pl.DataFrame()
        return self.fit(made)

    def fit(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with exactly these columns in order: absent ones are null, others are dropped, types are cast."""
        if not frame.width:
            return pl.DataFrame(schema=self.schema)
        given = frame.schema
        if given == self.schema:
            return frame
        absent = [pl.lit(None).alias(name) for name in self.columns if name not in given]
        return frame.with_columns(absent).select(
            # a cast copies even if the type is already right: 0.5 GB for a quarter's lines
            pl.col(name) if given.get(name) == dtype else pl.col(name).cast(dtype)
            for name, dtype in self.schema.items()
        )

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` if it has this shape and a unique key; raises ValueError otherwise."""
        if dict(frame.schema) != self.schema:
            raise ValueError(f"{self.name}: columns are {dict(frame.schema)}, declared {self.schema}")
        if self.key and not self._ascends(frame) and frame.select(self.key).is_duplicated().any():
            raise ValueError(f"{self.name}: the key {self.key} is not unique")
        return frame

    def _ascends(self, frame: pl.DataFrame) -> bool:
        """Whether each row's key is greater than the one before: then it is unique, as is found in no time."""
        is_greater = pl.lit(False)
        for name in reversed(self.key):
            column = pl.col(name)
            is_greater = (column.shift() < column) | ((column.shift() == column) & is_greater)
        return bool(frame.lazy().select(is_greater.slice(1).fill_null(False).all()).collect().item())
