"""NDJSON and CSV files as streams of Arrow batches that DuckDB can scan: one row per record, fields still as text.

Gives every record its place (file number, record number) and refuses what cannot be split into fields at all. What the
fields must hold is said in ``rules``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from netflix_platform.contracts import Reason
from netflix_platform.lake.records import Records, Refused, broken_off, line_ends, records_of
from netflix_platform.lake.streams import BrokenStreamError, end_of_last_line, record_blocks

# ``given_reason`` and ``given_detail`` are null unless the record is refused here; ``names``: see ``_name_marks``.
_PLACE = [("file_no", pa.int32()), ("line", pa.int64()), ("text", pa.string())]
_REFUSAL = [("given_reason", pa.string()), ("given_detail", pa.string())]
LINE_SCHEMA = pa.schema([*_PLACE, *_REFUSAL, ("names", pa.int32())])

_QUOTE, _COMMA, _COLON, _SPACE = 34, 44, 58, 32


class UnreadableFileError(Exception)  :
    """A file of which nothing can be used. The message says why and what to do."""


@dataclass(frozen=True)
class RawFile:
    """One file of a raw day. ``number``: its place in the order of names, from 0; ``suffix``: one of ``RAW_SUFFIXES``."""

    number: int
    name: str
    path: Path
    suffix: str
