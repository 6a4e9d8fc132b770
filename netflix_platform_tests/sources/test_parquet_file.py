"""The generator's own Parquet writer against three independent readers."""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from netflix_platform.sources.synthetic.parquet_file import Column, ParquetFile, Type, any_texts, texts

SCHEMA = {
    "plain": Type.TEXT,
    "coded": Type.TEXT,
    "wide": Type.INTEGER,
    "constant": Type.TEXT,
    "number": Type.INTEGER,
    "moment": Type.TIMESTAMP_MS,
    "seconds": Type.THOUSANDTHS,
}
# Times and thousandths as whole numbers at first.
READ_AS = {Type.TEXT: pl.String, Type.INTEGER: pl.Int32, Type.TIMESTAMP_MS: pl.Int64, Type.THOUSANDTHS: pl.Int64}


def group(rng: np.random.Generator, rows: int, distinct: int, nulls: bool) -> tuple[dict[str, Column], pl.DataFrame]:
    """A row group as it is handed to the writer, and what readers must find in it."""
    names = [f"größe {number}" * (number % 3) for number in range(distinct)]
    code = np.uint8 if distinct <= 1 << 8 else np.uint16 if distinct <= 1 << 16 else np.uint32
    codes = rng.integers(0, distinct, rows).astype(code)
    ids = np.array([b"id-%06d" % number for number in range(rows)], "S9")
    numbers = rng.integers(-(2**31), 2**31, rows).astype(np.int32)
    moments = rng.integers(0, 4 * 10**12, rows)
    seconds = rng.integers(-999_999_999, 10**9, rows).astype(np.int32)
    wide = np.arange(distinct, dtype=np.int32) * 3 - 5
    there = {name: rng.random(rows) < 0.5 if nulls else np.ones(rows, bool) for name in SCHEMA}

    def column(name: str, values: np.ndarray, *dictionary: object) -> Column:
        return Column(values[there[name]], there[name] if nulls else None, *dictionary)

    columns = {
        "plain": column("plain", texts(ids)),
        "coded": column("coded", codes, any_texts(names), distinct),
        "wide": column("wide", codes, wide, distinct),
        "constant": column("constant", np.zeros(rows, np.uint8), any_texts(["wifi"]), 1),
        "number": column("number", numbers),
        "moment": column("moment", moments),
        "seconds": column("seconds", seconds),
    }
    values = {
        "plain": ids.astype(str),
        "coded": np.array(names, object)[codes],
        "wide": wide[codes],
        "constant": np.full(rows, "wifi", object),
        "number": numbers,
        "moment": moments,
        "seconds": seconds,
    }
    series = [
        pl.Series(name, np.where(there[name], values[name], None).tolist(), dtype=READ_AS[kind])
        for name, kind in SCHEMA.items()
    ]
    return columns, pl.DataFrame(series).with_columns(pl.col("moment").cast(pl.Datetime("ms")))


def readings(file: Path) -> list[pl.DataFrame]:
    """The file as pyarrow, polars and DuckDB read it, thousandths as whole numbers."""
    table = pq.read_table(file)
    table.validate(full=True)
    with duckdb.connect() as connection:
        read_by_duckdb = connection.sql(f"from read_parquet('{file}')").to_arrow_table()
    frames = [pl.from_arrow(table), pl.read_parquet(file), pl.from_arrow(read_by_duckdb)]
    thousandths = (pl.col("seconds").cast(pl.Decimal(18, 3)) * 1000).cast(pl.Int64)
    return [frame.with_columns(thousandths, pl.col("moment").cast(pl.Datetime("ms"))) for frame in frames]


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize(
    ("rows", "distinct"), [(1, 1), (7, 1), (1_003, 2), (1_003, 256), (3_000, 257), (70_000, 65_537)]
)
def test_other_readers_find_what_was_written(tmp_path: Path, rows: int, distinct: int, nulls: bool) -> None:
    rng = np.random.default_rng(rows)
    groups = [group(rng, rows, distinct, nulls), group(rng, 40, 1, not nulls)]
    with ParquetFile(tmp_path / "file.parquet", SCHEMA) as target:
        for columns, frame in groups:
            target.write(frame.height, columns)
    expected = pl.concat([frame for _, frame in groups])
    for frame in readings(tmp_path / "file.parquet"):
        assert frame.equals(expected)
    metadata = pq.read_metadata(tmp_path / "file.parquet")
    assert [metadata.row_group(0).column(place).statistics.null_count for place in range(len(SCHEMA))] == [
        groups[0][1][name].null_count() for name in SCHEMA
    ]


def test_many_groups_none_at_all_and_a_column_without_any_value(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    parts = [group(rng, 9, 3, nulls=True) for _ in range(40)]
    with ParquetFile(tmp_path / "many.parquet", SCHEMA) as target:
        for columns, frame in parts:
            target.write(frame.height, columns)
    for frame in readings(tmp_path / "many.parquet"):
        assert frame.equals(pl.concat([frame for _, frame in parts]))
    with ParquetFile(tmp_path / "none.parquet", SCHEMA):
        pass
    assert [frame.shape for frame in readings(tmp_path / "none.parquet")] == [(0, len(SCHEMA))] * 3
    nowhere = np.zeros(5, bool)
    with ParquetFile(tmp_path / "empty.parquet", {"a": Type.TEXT, "b": Type.INTEGER}) as target:
        nothing = np.array([], np.uint8)
        columns = {
            "a": Column(nothing, nowhere, any_texts([]), 0),
            "b": Column(nothing.astype(np.int32), nowhere),
        }
        target.write(5, columns)
    assert pq.read_table(tmp_path / "empty.parquet")["a"].null_count == 5
    assert pl.read_parquet(tmp_path / "empty.parquet")["a"].null_count() == 5
    with duckdb.connect() as connection:
        counted = connection.sql(f"select count(*), count(a), count(b) from '{tmp_path}/empty.parquet'").fetchall()
    assert counted == [(5, 0, 0)]
