"""Parquet files before DuckDB reads them: what their own metadata announce, and whether a file is to blame for an error."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts import Reason
from netflix_platform.lake.records import MOST_COLUMNS, RawFile, Refused
from netflix_platform.lake.streams import beyond_limit

# A value that repeats takes no room in Parquet, a row in the lake does: the required ids of an event alone take this much.
_LEAST_BYTES_OF_A_ROW = 32


def refused_parquet(file: RawFile) -> Refused | None:
    """Why ``file`` is not even read, if so: it is no Parquet, has more columns than anything sound, or is a bomb."""
    try:
        metadata = pyarrow.parquet.read_metadata(file.path)
        columns = len(metadata.schema.to_arrow_schema())
        groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
        unpacked = max(sum(group.total_byte_size for group in groups), metadata.num_rows * _LEAST_BYTES_OF_A_ROW)
    except (pa.ArrowException, OSError, ValueError) as error:
        return _refused(f"is no readable Parquet file ({first_line(error)})", _WRITE_AGAIN)
    if unpacked > file.most_bytes:
        return _refused(*beyond_limit(file.most_bytes))
    if columns > MOST_COLUMNS:
        return _refused(f"has {columns:,} columns, more than {MOST_COLUMNS:,}", _WRITE_AGAIN)
    return None


def unreadable_parquet(error: Exception) -> Refused:
    """A file whose metadata are sound and whose content is not."""
    return _refused(f"is no readable Parquet file ({first_line(error)})", _WRITE_AGAIN)


def is_sound_parquet(path: Path) -> bool:
    """Whether another reader than DuckDB can read all of it and finds its texts to be UTF-8; batch by batch, so that memory
    stays bounded.
    """
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                batch.validate(full=True)
    except (pa.ArrowException, OSError):
        return False
    return True


def first_line(error: Exception) -> str:
    """The first line of what an error says; libraries append whole queries."""
    return next(iter(str(error).splitlines()), type(error).__name__)


_WRITE_AGAIN = "write it again and deliver it under the same name"


def _refused(problem: str, advice: str) -> Refused:
    return Refused(None, Reason.UNREADABLE_FILE, f"{problem}; {advice}")
