"""What would become of a file's first rows: read, mapped and judged as a raw day is, in a folder of its own that is removed.

Days are not judged, but for those to come: the day on which a file arrives decides on them, and nobody knows it yet.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.contracts.mapping import MappingFile
from netflix_platform.contracts.mapping_file import mapping_of
from netflix_platform.contracts.raw_files import RAW_SUFFIXES, raw_suffix
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import identifier
from netflix_platform.lake.csv_records import record_ends
from netflix_platform.lake.intake import JUDGED, Intake
from netflix_platform.lake.parquet_files import refused_parquet
from netflix_platform.lake.recognition import feed_of
from netflix_platform.lake.records import RawFile, line_ends, split_block
from netflix_platform.lake.rules import Rule
from netflix_platform.lake.streams import BrokenStreamError, record_blocks
from netflix_platform.settings import Settings

MOST_ROWS = 10_000
SHOWN_ROWS = 3
_FIRST_DAY, _LONGEST_HORIZON = date(1000, 1, 1), 400_000  # days; every day that a column can hold


class CheckError(ValueError):
    """A file that cannot be checked. The message names it and says what to do."""


@dataclass(frozen=True)
class FieldSample:
    """One field of ours: where it comes from, in how many accepted rows it is filled, and its values in the first rows."""

    name: str
    origin: str
    filled_rows: int
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Refusal:
    """Rows that would be refused for one reason: how many, and the first of them with its line (from 1; a CSV header is 1)."""

    reason: str
    field: str | None
    detail: str
    rows: int
    line: int | None
    original: str


@dataclass(frozen=True)
class MappingCheck:
    """What would become of the first rows of ``file``: counts of rows, ``sampled_rows = accepted + repeated + quarantined``.

    ``is_whole``: whether the file has no more rows than that; ``is_mapped``: whether the feed goes through the mapping;
    ``unused``: fields of theirs that are kept as extra fields, with the accepted rows that hold them.
    """

    file: Path
    feed: str
    is_mapped: bool
    is_whole: bool
    sampled_rows: int
    accepted_rows: int
    repeated_rows: int
    quarantined_rows: int
    fields: tuple[FieldSample, ...]
    refusals: tuple[Refusal, ...]
    unused: Mapping[str, int]


def check_mapping(
    settings: Settings, file: Path, feed: str | None = None, most_rows: int = MOST_ROWS, now: datetime | None = None
) -> MappingCheck:
    """Judge the first ``most_rows`` rows of ``file`` as rows of ``feed`` (told by the file where ``None``).

    The mapping is the settings' one. Writes nothing into the data folder. Raises ``CheckError`` and ``MappingError``.
    """
    suffix = raw_suffix(file.name)
    if not file.is_file():
        raise CheckError(f"{file} is no file; name one that is there")
    if suffix not in RAW_SUFFIXES:
        raise CheckError(f"{file} ends in none of {', '.join(RAW_SUFFIXES)}; name it after what it holds")
    settings = dataclasses.replace(settings, source="landing")  # whose files go through the mapping
    mapping = mapping_of(settings)
    chosen = FEEDS[_feed_name(file, feed, mapping)]
    with tempfile.TemporaryDirectory(prefix="check-mapping-") as folder:
        apart = dataclasses.replace(
            settings, data_dir=Path(folder), start_date=_FIRST_DAY, late_horizon_days=_LONGEST_HORIZON
        )
        raw = RawFile(0, file.name, file, suffix, settings.max_file_bytes)
        head = _head(raw, most_rows, Path(folder))
        with connect(apart) as connection:
            arrival = (now or datetime.now(UTC)).date()
            rules = Intake(connection, apart).take(chosen, {arrival: [head or raw]})
            return _result(connection, file, chosen, mapping, rules, head is None)


def _feed_name(file: Path, feed: str | None, mapping: MappingFile | None) -> str:
    if feed is not None and feed not in FEEDS:
        raise CheckError(f"{feed} is no feed; use one of {', '.join(FEEDS)}")
    only = next(iter(mapping.feeds)) if mapping and len(mapping.feeds) == 1 else "events"
    return feed or feed_of(file, mapping) or only


def _head(file: RawFile, most_rows: int, folder: Path) -> RawFile | None:
    """The first rows as a file in ``folder``, lines numbered as in ``file``; ``None`` for a file that has no more."""
    if file.suffix == ".parquet":
        return _head_of_parquet(file, most_rows, folder)
    is_csv = file.suffix == ".csv"
    left = most_rows + is_csv  # the header is no row
    target = folder / f"head{'.csv' if is_csv else '.ndjson'}"
    number = 1
    try:
        with target.open("wb") as copy:
            blocks = record_blocks(file.path, file.suffix or "", file.most_bytes, record_ends if is_csv else line_ends)
            for block, ends in blocks:
                records = split_block(block, ends, number)
                refused = [one.number for one in records.refused if one.number is not None]
                filled = np.sort(np.concatenate([records.numbers, np.array(refused, np.int64)]))
                if len(filled) > left:
                    copy.write(block[: int(ends[int(filled[left - 1]) - number]) + 1] if left else b"")
                    return dataclasses.replace(file, path=target, suffix=target.suffix)
                copy.write(block)
                left -= len(filled)
                number += len(ends)
    except (BrokenStreamError, OSError):
        pass  # the file itself says what is wrong with it, and after which rows
    return None


def _head_of_parquet(file: RawFile, most_rows: int, folder: Path) -> RawFile | None:
    if refused_parquet(file):
        return None
    target = folder / "head.parquet"
    try:
        with pyarrow.parquet.ParquetFile(file.path) as opened:
            if opened.metadata.num_rows <= most_rows:
                return None
            batch = next(opened.iter_batches(batch_size=most_rows))
        pyarrow.parquet.write_table(pa.Table.from_batches([batch.slice(0, most_rows)]), target)
    except (pa.ArrowException, OSError):
        return None
    return dataclasses.replace(file, path=target)


def _result(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    feed: Feed,
    mapping: MappingFile | None,
    rules: dict[int, Rule],
    is_whole: bool,
) -> MappingCheck:
    key = ", ".join(identifier(name) for name in feed.key)
    total, good, different = connection.execute(
        f"select count(*), count(*) filter (where outcome is null), count(distinct ({key})) filter (where outcome is null) "
        f"from {JUDGED}"
    ).fetchall()[0]
    of_feed = mapping.feeds.get(feed.name) if mapping else None
    return MappingCheck(
        file=file,
        feed=feed.name,
        is_mapped=of_feed is not None,
        is_whole=is_whole,
        sampled_rows=total,
        accepted_rows=different,
        repeated_rows=good - different,
        quarantined_rows=total - good,
        fields=_fields(connection, feed, {name: of.origin for name, of in of_feed.fields.items()} if of_feed else None),
        refusals=_refusals(connection, rules),
        unused=_unused(connection, of_feed.known() if of_feed else {}),
    )


def _fields(
    connection: duckdb.DuckDBPyConnection, feed: Feed, origins: Mapping[str, str] | None
) -> tuple[FieldSample, ...]:
    names = feed.column_names
    counts = ", ".join(f"count({identifier(name)}) filter (where outcome is null)" for name in names)
    filled = connection.execute(f"select {counts} from {JUDGED}").fetchall()[0]
    texts = ", ".join(f"{identifier(name)}::varchar" for name in names)
    # Accepted rows show best what the mapping does; without one, what could be read of others does.
    rows = connection.execute(
        f"select {texts} from {JUDGED} order by outcome is not null, line limit {SHOWN_ROWS}"
    ).fetchall()
    return tuple(
        FieldSample(
            name,
            "" if origins is None else origins.get(name, ""),
            filled[index],
            tuple(row[index] for row in rows),
        )
        for index, name in enumerate(names)
        if origins is None or name in origins
    )


def _refusals(connection: duckdb.DuckDBPyConnection, rules: dict[int, Rule]) -> tuple[Refusal, ...]:
    """By reason, field and rule, the most frequent first."""
    found = connection.execute(
        f"""
        select outcome, given_reason, count(*), min(line), arg_min(given_detail, coalesce(line, 0)),
            arg_min(coalesce(original, ''), coalesce(line, 0))
        from {JUDGED} where outcome is not null group by outcome, given_reason order by count(*) desc, outcome, given_reason
        """
    ).fetchall()
    return tuple(
        Refusal(rules[outcome].reason.value, rules[outcome].field, rules[outcome].detail, rows, line, original)
        if outcome in rules
        else Refusal(given_reason, None, given_detail or "", rows, line, original)
        for outcome, given_reason, rows, line, given_detail, original in found
    )


def _unused(connection: duckdb.DuckDBPyConnection, known: Mapping[str, Any]) -> dict[str, int]:
    """Rows per field that nothing uses, the most frequent first; within an object that is used in part, its fields."""
    texts = connection.execute(
        f"select extra_fields from {JUDGED} where outcome is null and extra_fields is not null"
    ).fetchall()
    counts = Counter(name for (text,) in texts for name in _paths(json.loads(text), known))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _paths(fields: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        if known.get(name) and isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in _paths(value, known[name]))
        else:
            yield name
