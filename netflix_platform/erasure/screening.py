"""Keeping forgotten users out: what a source has just written is sifted before it becomes a raw day.

A tombstone tells an id only when it is asked, so the ids that a file holds are asked first, all different ones at once; a
file that holds none of a forgotten user stays as it is. Without tombstones nothing is read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from netflix_platform.contracts.raw_files import LINE_SUFFIXES, raw_suffix
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import exact_path, identifier
from netflix_platform.erasure.identity import Identity, is_user_id
from netflix_platform.erasure.mapped_files import MappedFiles
from netflix_platform.erasure.raw_files import FEEDS_ABOUT_USERS, remove_records
from netflix_platform.erasure.records import FIELD
from netflix_platform.erasure.tombstones import Tombstones
from netflix_platform.lake.csv_records import HeaderError, open_csv
from netflix_platform.lake.json_lines import LINE_SCHEMA, line_batches
from netflix_platform.lake.records import RawFile
from netflix_platform.settings import Settings

_WORD = re.compile(r"[A-Za-z0-9_.:-]+")
_PARTS = re.compile(r"[A-Za-z0-9]+|[_.:-]")
_LONGEST_WORD_PARTS = 12  # ids that are made from a user's are short; a longer word is looked at from its start and end
_BATCHES = "screened"
_ID = "'[A-Za-z0-9_.:-]{1,64}'"
# What says plainly whose it is: an object that names one user, with an id. json is null for a line that is none.
_ASKED_OF_LINES = f"""
    with lines as (
        select text, case when given_reason is null and json_valid(text) then text end as json from {_BATCHES}
    ),
    named as (
        select
            text,
            case
                when json_type(json) = 'OBJECT' and len(regexp_extract_all(json, '"{FIELD}"')) = 1
                    then json_extract_string(json, '$.{FIELD}')
            end as user_id
        from lines
    )
    select distinct
        case when regexp_full_match(user_id, {_ID}) then user_id end,
        case when not coalesce(regexp_full_match(user_id, {_ID}), false) then text end
    from named
"""


def screen_folder(settings: Settings, feed: str, folder: Path) -> int:
    """Take the records of forgotten users out of the files in ``folder``; returns how many there were.

    Raises ``TombstoneError`` when nobody can say who was forgotten.
    """
    tombstones = Tombstones(settings)
    if not tombstones or feed not in FEEDS_ABOUT_USERS:
        return 0
    mapped = MappedFiles(settings)
    numbers = mapped.numbers_of(feed)
    removed = 0
    for path in sorted(folder.iterdir()):
        ids = _ids_of(mapped.users(feed, path)) if numbers else _possible_ids(settings, path)
        for user_id in sorted(tombstones.among(ids)):
            removed += remove_records(path, Identity(user_id), numbers).records
    return removed


def _possible_ids(settings: Settings, path: Path) -> set[str]:
    """Every different text in the file that may be the id of a user whose records it holds."""
    suffix = raw_suffix(path.name)
    file = RawFile(0, path.name, path, suffix, settings.max_file_bytes)
    if suffix in LINE_SUFFIXES:
        batches = pa.RecordBatchReader.from_batches(LINE_SCHEMA, line_batches([file]))
        return _asked(settings, batches, _ASKED_OF_LINES)
    if suffix == ".csv":
        return _possible_ids_of_csv(settings, file)
    return _possible_ids_of_parquet(settings, path) if suffix == ".parquet" else set()


def _possible_ids_of_csv(settings: Settings, file: RawFile) -> set[str]:
    try:
        opened = open_csv(file)
    except (HeaderError, OSError):
        return set()  # refused as a whole, its content goes no further than raw
    if opened is None:
        return set()
    user = f"field_{opened.header.index(FIELD)}" if FIELD in opened.header else "null"
    plain = f"given_reason is null and regexp_full_match(coalesce({user}, ''), {_ID})"
    query = f"select distinct case when {plain} then {user} end, case when not ({plain}) then text end from {_BATCHES}"
    return _asked(settings, opened.batches, query)


def _asked(settings: Settings, batches: pa.RecordBatchReader, query: str) -> set[str]:
    with connect(settings) as connection:
        connection.register(_BATCHES, batches)
        rows = connection.execute(query).fetchall()
    return _ids_of(rows)


def _possible_ids_of_parquet(settings: Settings, path: Path) -> set[str]:
    rows = "read_parquet(?, hive_partitioning = false, binary_as_string = true)"
    with connect(settings) as connection:
        try:
            described = connection.execute(f"describe select * from {rows}", [exact_path(path)]).fetchall()
            user = f"r.{identifier(FIELD)}::varchar" if FIELD in {row[0] for row in described} else "null::varchar"
            unclear = f"case when coalesce({user}, '') = '' then to_json(r)::varchar end"
            found = connection.execute(f"select distinct {user}, {unclear} from {rows} as r", [exact_path(path)])
            return _ids_of(found.fetchall())
        except duckdb.Error:
            return set()  # refused as a whole, its content goes no further than raw


def _ids_of(rows: Iterable[tuple[str | None, str | None]]) -> set[str]:
    """Users that records name, and every word, or part of one, of those that name none."""
    ids: set[str] = set()
    for user, unclear in rows:
        if user is not None:
            ids.add(user)
        elif unclear is not None:
            ids.update(part for word in _WORD.findall(unclear) for part in _parts(word))
    return {text for text in ids if is_user_id(text)}


def _parts(word: str) -> Iterator[str]:
    """A word and what it may be made from: ``u00000042-1`` holds ``u00000042``."""
    parts = _PARTS.findall(word)
    if len(parts) > _LONGEST_WORD_PARTS:
        yield from ("".join(parts[:end]) for end in range(1, len(parts) + 1))
        yield from ("".join(parts[start:]) for start in range(len(parts)))
        return
    for start in range(len(parts)):
        yield from ("".join(parts[start:end]) for end in range(start + 1, len(parts) + 1))
