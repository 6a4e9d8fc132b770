"""The same world and day give the same bytes, whatever was asked for before, in whatever process, on however many threads."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from netflix_platform.settings import Scale
from netflix_platform.sources.synthetic import chunks
from netflix_platform_tests.sources.worlds import START, deliver, world, write_bytes

DAYS = ((0, "events"), (0, "users"), (0, "titles"), (1, "events"), (5, "events"), (5, "users"), (400, "events"))

PRINT_HASHES = """
import hashlib, sys, tempfile
from pathlib import Path
from netflix_platform_tests.sources.worlds import world, write_bytes
for raw_format in ("ndjson", "parquet"):
    source, folder = world(Path("unused"), raw_format=raw_format), Path(tempfile.mkdtemp())
    for step, (number, feed) in enumerate(eval(sys.argv[1])):
        for name, content in write_bytes(source, feed, number, folder / str(step)).items():
            print(number, name, hashlib.sha256(content).hexdigest())
"""


FORMATS = pytest.mark.parametrize("raw_format", ["ndjson", "parquet"])


@FORMATS
def test_any_order_gives_the_same_bytes(tmp_path: Path, raw_format: str) -> None:
    forward, backward = world(tmp_path, raw_format=raw_format), world(tmp_path, raw_format=raw_format)
    written = {key: write_bytes(forward, key[1], key[0], tmp_path / f"f{key}") for key in DAYS}
    again = {key: write_bytes(backward, key[1], key[0], tmp_path / f"b{key}") for key in reversed(DAYS)}
    assert written == again
    alone = write_bytes(world(tmp_path, raw_format=raw_format), "events", 5, tmp_path / "alone")
    assert alone == written[(5, "events")]


def test_another_process_and_number_of_threads_give_the_same_bytes(tmp_path: Path) -> None:
    def hashes(threads: int) -> str:
        environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        command = [sys.executable, "-c", PRINT_HASHES, repr(DAYS)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    one, many = hashes(1), hashes(8)
    assert one == many
    for raw_format in ("ndjson", "parquet"):
        here = write_bytes(world(tmp_path, raw_format=raw_format), "events", 1, tmp_path / raw_format)
        for name, content in here.items():
            assert f"1 {name} {hashlib.sha256(content).hexdigest()}" in one


def test_days_written_after_each_other_and_windows_in_parts_are_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        chunks, "MOST_EVENTS", 10
    )  # as in a very large world: hundreds of windows, small chunks in parts
    scale = Scale(events_per_day=1_000, users=500, titles=100)
    source = world(tmp_path, scale=scale, raw_format="parquet")
    delivery, lines = deliver(source, "events", 3, tmp_path)
    following, _ = deliver(source, "events", 4, tmp_path)
    assert delivery.rows == len(lines)
    assert 0.7 < len(lines) / scale.events_per_day < 1.3
    ids = [event_id for line in lines if (event_id := json.loads(line)["event_id"])]
    assert len(set(ids)) == len(ids) - delivery.planted["repeated_same_day"]
    alone, _ = deliver(world(tmp_path, scale=scale, raw_format="parquet"), "events", 4, tmp_path / "alone")
    assert alone == following


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"start_date": date(2026, 5, 31)}, {"scale": Scale(4_001, 1_501, 201)}]
)
def test_another_world_gives_other_bytes(tmp_path: Path, change: dict[str, object]) -> None:
    here = write_bytes(world(tmp_path), "events", 2, tmp_path / "here")
    assert here != write_bytes(world(tmp_path, **change), "events", 2, tmp_path / "there")


def test_settings_that_are_not_of_the_world_change_nothing(tmp_path: Path) -> None:
    here = write_bytes(world(tmp_path), "events", 4, tmp_path / "here")
    assert here == write_bytes(
        world(tmp_path, late_horizon_days=1, memory_limit="1GB"), "events", 4, tmp_path / "there"
    )


@FORMATS
def test_a_tiny_world_works_and_an_empty_day_has_no_file(tmp_path: Path, raw_format: str) -> None:
    source = world(tmp_path, scale=Scale(events_per_day=1, users=1, titles=1), raw_format=raw_format)
    for number in (0, 1, 2, 40, 1_000):
        delivery, lines = deliver(source, "events", number, tmp_path)
        assert delivery.rows == len(lines) == delivery.planted["expected"]["received"]
    _, users = deliver(source, "users", 1, tmp_path)
    assert users == []
    assert list((tmp_path / "users-1").iterdir()) == []


def test_a_day_before_the_start_and_an_unknown_feed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"2026-05-31 lies before the platform's start 2026-06-01"):
        world(tmp_path).write_day("events", date(2026, 5, 31), tmp_path)
    with pytest.raises(ValueError, match=r"unknown feed 'clicks'; there are events, users, titles"):
        world(tmp_path).write_day("clicks", START, tmp_path)
