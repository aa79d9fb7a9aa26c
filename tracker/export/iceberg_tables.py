"""Iceberg tables made from their declarations, whose data files are parts of an export.

Lines have no column with their quarter in the file: the table is partitioned by it, and a reader takes it from the
manifest (the specification calls this column projection, meant for tables that come from Hive). `add_files` of
pyiceberg would ask the file's statistics for it and find null, so partitions are given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from ..tables import DATE, FLAG, INT, PRICES, REAL, TEXT, TIME, Table
from .parts import PERIOD, QUARTERLY, Part

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table as IcebergTable

    from .iceberg_place import Place

_EPOCH = date(1970, 1, 1)
_PARTITION = 3  # the field of a data file's record


def open_table(catalog: Catalog, place: Place, table: Table) -> IcebergTable:
    """The Iceberg table of a declared one; if it is new, or its columns have changed, an empty one."""
    from pyiceberg.io import load_file_io

    from .iceberg_place import NAMESPACE

    name, location = f"{NAMESPACE}.{table.name}", f"{place.root}/{table.name}"
    if not place.is_local and (newest := place.hint(load_file_io(catalog.properties, location), location)):
        catalog.register_table(name, newest)
    if catalog.table_exists(name):
        there = catalog.load_table(name)
        if _shape(there.schema()) == _shape(schema_of(table)):
            return there
        catalog.drop_table(name)
    schema = schema_of(table)
    return catalog.create_table(
        name,
        schema,
        location=location,
        partition_spec=_partitions_of(table),
        properties={
            "comment": table.about,
            "tracker.key": ", ".join(table.key),
            # files of polars have no field ids: columns go by their names
            "schema.name-mapping.default": schema.name_mapping.model_dump_json(),
        },
    )


def files_there(there: IcebergTable) -> dict[str, DataFile]:
    """The data files of the newest snapshot, by address."""
    return {task.file.file_path: task.file for task in there.scan().plan_files()}


def replace_files(there: IcebergTable, gone: Iterable[DataFile], added: Mapping[str, Part]) -> None:
    """In one snapshot, remove data files and add those at the addresses of `added`."""
    from pyiceberg.io.pyarrow import parquet_file_to_data_file
    from pyiceberg.typedef import Record

    with there.transaction() as transaction:
        files = []
        for address, part in added.items():
            file = parquet_file_to_data_file(there.io, transaction.table_metadata, address)
            file[_PARTITION] = Record(*_partition_of(part))
            files.append(file)
        with transaction.update_snapshot().overwrite() as snapshot:
            for file in gone:
                snapshot.delete_data_file(file)
            for file in files:
                snapshot.append_data_file(file)


def write_rows(part: Part, path: Path) -> bool:
    """Write a part's rows to a Parquet file, a few at a time; returns whether there are any."""
    import pyarrow.parquet as pq

    count = 0
    with pq.ParquetWriter(path, _arrow(part.table.frame()).schema, compression="zstd") as writer:
        for frame in part.read():
            writer.write_table(_arrow(frame))
            count += frame.height
    return count > 0


def has_rows(path: Path) -> bool:
    """Whether a Parquet file has any."""
    return bool(pl.scan_parquet(path, hive_partitioning=False).select(pl.len()).collect().item())


def _arrow(frame: pl.DataFrame) -> Any:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def schema_of(table: Table) -> Schema:
    """The columns of a declared table, with their descriptions. All may be null: files do not say that they may not."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import (
        BooleanType,
        DateType,
        DoubleType,
        IcebergType,
        LongType,
        NestedField,
        StringType,
        TimestampType,
    )

    types: dict[pl.DataType, IcebergType] = {
        TEXT: StringType(), INT: LongType(), REAL: DoubleType(), FLAG: BooleanType(), DATE: DateType(),
        TIME: TimestampType(),
    }  # fmt: skip
    columns = enumerate(table.columns.items(), 1)
    return Schema(*(NestedField(number, name, types[dtype], doc=about) for number, (name, (dtype, about)) in columns))


def _shape(schema: Schema) -> list[tuple[str, str]]:
    return [(field.name, str(field.field_type)) for field in schema.fields]


def _partitions_of(table: Table) -> PartitionSpec:
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import IdentityTransform, YearTransform

    numbers = {name: number for number, name in enumerate(table.columns, 1)}
    if table is PRICES:
        return PartitionSpec(PartitionField(numbers["date"], 1000, YearTransform(), "year"))
    if table in QUARTERLY:
        return PartitionSpec(PartitionField(numbers[PERIOD], 1000, IdentityTransform(), PERIOD))
    return PartitionSpec()


def _partition_of(part: Part) -> list[int]:
    """A part's partition as it is stored: years since 1970, or days."""
    if part.end is None:
        return []
    return [part.end.year - _EPOCH.year] if part.table is PRICES else [(part.end - _EPOCH).days]
