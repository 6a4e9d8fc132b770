"""Events row by row with the libraries that make fake records, Faker and mimesis, written to Parquet with pyarrow.

Both draw each field on its own from a uniform distribution; that is what they are made for. The fields are those of the events
contract in the ranges of the synthetic world. Nothing connects one row with another: no sessions, no playbacks, no late data.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.generators.counting import Count

_TYPES = ("play", "heartbeat", "pause", "resume", "stop", "error", "search", "rate", "add_to_list")
_DEVICES = ("tv", "pc", "phone", "tablet")
_COUNTRIES = ("US", "BR", "GB", "DE", "FR", "IN", "JP", "KR", "MX", "ES")
_BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
_BATCH = 10_000


def _faker() -> Callable[[], dict[str, Any]]:
    from faker import Faker

    fake = Faker(use_weighting=False)
    fake.seed_instance(7)

    def row() -> dict[str, Any]:
        happened = fake.date_time_between(_BEGIN, _BEGIN + timedelta(days=1), tzinfo=UTC)
        return {
            "event_id": fake.uuid4(),
            "event_type": fake.random_element(_TYPES),
            "event_ts": happened,
            "received_ts": happened + timedelta(milliseconds=fake.random_int(100, 5_000)),
            "user_id": fake.numerify("u########"),
            "profile_id": fake.numerify("u########-%"),
            "session_id": fake.uuid4(),
            "playback_id": fake.uuid4(),
            "title_id": fake.numerify("t####"),
            "episode_number": fake.random_int(1, 20),
            "position_seconds": fake.pyfloat(min_value=0, max_value=7_200),
            "watched_seconds": fake.pyfloat(min_value=0, max_value=300),
            "buffering_seconds": fake.pyfloat(min_value=0, max_value=10),
            "rebuffer_count": fake.random_int(0, 3),
            "startup_ms": fake.random_int(200, 8_000),
            "bitrate_kbps": fake.random_int(300, 16_000),
            "device_type": fake.random_element(_DEVICES),
            "country": fake.random_element(_COUNTRIES),
            "app_version": fake.numerify("8.%#.#"),
            "schema_version": 1,
        }

    return row


def _mimesis() -> Callable[[], dict[str, Any]]:
    from mimesis import Generic
    from mimesis.locales import Locale

    generic = Generic(locale=Locale.EN, seed=7)
    numeric, choice, code = generic.numeric, generic.choice, generic.code
    end = _BEGIN + timedelta(days=1)

    def row() -> dict[str, Any]:
        happened = generic.datetime.datetime(start=_BEGIN.year, end=end.year)
        return {
            "event_id": generic.cryptographic.uuid(),
            "event_type": choice(_TYPES),
            "event_ts": happened.replace(tzinfo=UTC),
            "received_ts": happened.replace(tzinfo=UTC) + timedelta(milliseconds=numeric.integer_number(100, 5_000)),
            "user_id": code.pin("u########"),
            "profile_id": code.pin("u########-#"),
            "session_id": generic.cryptographic.uuid(),
            "playback_id": generic.cryptographic.uuid(),
            "title_id": code.pin("t####"),
            "episode_number": numeric.integer_number(1, 20),
            "position_seconds": numeric.float_number(0, 7_200, precision=3),
            "watched_seconds": numeric.float_number(0, 300, precision=3),
            "buffering_seconds": numeric.float_number(0, 10, precision=3),
            "rebuffer_count": numeric.integer_number(0, 3),
            "startup_ms": numeric.integer_number(200, 8_000),
            "bitrate_kbps": numeric.integer_number(300, 16_000),
            "device_type": choice(_DEVICES),
            "country": choice(_COUNTRIES),
            "app_version": code.pin("8.##.#"),
            "schema_version": 1,
        }

    return row


_LIBRARIES = {"faker": _faker, "mimesis": _mimesis}


def main() -> None:
    """Write ``--rows`` events with one of the libraries into one Parquet file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("library", choices=list(_LIBRARIES))
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    row = _LIBRARIES[options.library]()
    count = Count()
    writer: pq.ParquetWriter | None = None
    for begin in range(0, options.rows, _BATCH):
        batch = pa.Table.from_pylist([row() for _ in range(min(_BATCH, options.rows - begin))])
        writer = writer or pq.ParquetWriter(options.file, batch.schema, compression="zstd")
        writer.write_table(batch)
    if writer:
        writer.close()
    count.tell(options.rows)


if __name__ == "__main__":
    main()
