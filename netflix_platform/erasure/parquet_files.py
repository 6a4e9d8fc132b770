"""A user's rows in one Parquet file of a sender: found by DuckDB, left out of a copy that keeps types, row groups and codecs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from netflix_platform.engines.sql_text import exact_path, identifier
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.records import FIELD

_OPTIONS = "hive_partitioning = false, binary_as_string = true, file_row_number = true"


class UnreadableParquetError(Exception):
    """A file that is no Parquet, or a damaged one."""


def rows_of(path: Path, identity: Identity) -> list[int]:
    """Numbers of the user's rows, from 0. Raises ``UnreadableParquetError``."""
    rows = f"read_parquet(?, {_OPTIONS})"
    with duckdb.connect() as connection:
        try:
            described = connection.execute(f"describe select * from {rows}", [exact_path(path)]).fetchall()
            user = f"r.{identifier(FIELD)}::varchar" if FIELD in {row[0] for row in described} else "null::varchar"
            found = connection.execute(
                f"""
                select file_row_number from (
                    select file_row_number, {user} as user_id, to_json(r)::varchar as whole_row from {rows} as r
                )
                where user_id = ? or (coalesce(user_id, '') = '' and regexp_matches(whole_row, ?))
                """,
                [exact_path(path), identity.user_id, identity.sql_mention],
            ).fetchall()
        except duckdb.Error as error:
            raise UnreadableParquetError(str(error)) from error
    return sorted(row[0] for row in found)


def write_without_rows(path: Path, rows: list[int], copy: Path) -> None:
    """Write ``path`` to ``copy`` without ``rows``."""
    with pa.parquet.ParquetFile(path) as source:
        metadata = source.metadata
        codecs = {
            column.path_in_schema: "none" if column.compression == "UNCOMPRESSED" else column.compression.lower()
            for column in map(metadata.row_group(0).column, range(metadata.num_columns))
        }
        first = 0
        with pa.parquet.ParquetWriter(copy, source.schema_arrow, compression=codecs) as target:
            for number in range(metadata.num_row_groups):
                table = source.read_row_group(number)
                kept = np.ones(len(table), bool)
                kept[[row - first for row in rows if first <= row < first + len(table)]] = False
                first += len(table)
                table = table.filter(pa.array(kept))
                target.write_table(table, row_group_size=max(len(table), 1))
