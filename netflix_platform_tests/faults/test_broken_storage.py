"""Disks that are full or read-only, and files that are damaged: a clear answer, nothing half done, and one command mends it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.lake.layout import lake_file
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.load import LakeFileError, load_day
from netflix_platform_tests.faults.content import content, differences, published_file
from netflix_platform_tests.platform_runs import TestPlatform

DAYS = 3
DISK_MB = 200


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A small disk of its own."""
    folder = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs the rights of root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.fixture(scope="module")
def platform(disk):
    """Three days, built on the small disk; every test leaves it whole."""
    built = TestPlatform(disk / "data", DAYS, scale="events_per_day=400,users=120,titles=40")
    built.run("demo")
    return built


@pytest.fixture(scope="module")
def whole(platform):
    """What the platform holds before anything happens to it."""
    return content(platform.settings)


@pytest.mark.parametrize("free_kb", [300, 2_500])
def test_a_full_disk_is_named_and_nothing_is_lost(platform, whole, disk, free_kb):
    """With no room for Dagster's records, and with room for these but not for the data."""
    shown = published_file(platform.settings)
    filler = disk / "filler"
    fill(filler, shutil.disk_usage(disk).free - free_kb * 1024)
    try:
        printed = platform.run("backfill", *span(platform), expect=1)
    finally:
        filler.unlink()
    assert f"the disk of {platform.folder} is full" in printed
    assert "free some space" in printed
    assert "Traceback" not in printed
    assert published_file(platform.settings) == shown
    assert platform.published("select count(*) from mart_daily_kpis") == [(DAYS,)]
    # Whatever was written before the disk was full is whole, so that the marts stay as they were.
    found = differences(whole, content(platform.settings))
    assert [name for name in found if name.startswith("published")] == []


def test_a_read_only_folder_is_named(platform, disk):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        printed = platform.run("day", str(platform.day(1)), expect=1)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert f"{platform.folder} cannot be written" in printed
    assert "Traceback" not in printed


def test_a_damaged_lake_file_is_named_and_its_day_mends_it(platform, whole):
    """Cut off, zeroed, and swapped for another day's: the load says which file.

    Running the days again is enough, also after the disk was full and could not be written.
    """
    settings = platform.settings
    damaged = [lake_file(settings, "events", platform.day(number), platform.day(number)) for number in range(DAYS)]
    cut_off, zeroed, swapped = damaged
    swapped.write_bytes(cut_off.read_bytes())
    cut_off.write_bytes(cut_off.read_bytes()[:-100])
    zeroed.write_bytes(bytes(zeroed.stat().st_size))
    with open_warehouse(settings) as connection:
        for number in range(DAYS):
            with pytest.raises(LakeFileError) as refused:
                load_day(connection, settings, EVENTS, platform.day(number), "run")
            assert str(damaged[number]) in str(refused.value)
            assert "make day DAY=" in str(refused.value)
    printed = platform.run("rebuild", expect=1)
    assert str(cut_off) in printed
    assert str(zeroed) in printed
    platform.run("backfill", *span(platform))
    assert differences(whole, content(settings)) == []


def test_a_warehouse_that_is_no_database_is_named_and_rebuilt(platform, whole):
    """Garbage in its place, then no file at all: ``make rebuild`` gives identical rows."""
    warehouse = platform.settings.warehouse_file
    warehouse.write_bytes(os.urandom(100_000))
    printed = platform.run("rebuild", expect=1)
    assert str(warehouse) in printed
    assert "make rebuild" in printed
    assert "Traceback" not in printed
    warehouse.unlink()
    platform.run("rebuild")
    assert differences(whole, content(platform.settings)) == []
    assert platform.published("select count(distinct feed) from audit_row_ledger") == [(3,)]


@pytest.mark.parametrize("pointer", [None, b"netflix-nothing.duckdb\n", b"../../etc/passwd\n", b"\xff\xfe"])
def test_a_lost_pointer_is_set_again_by_the_next_version(platform, pointer):
    current = platform.settings.serving_dir / "CURRENT"
    before = current.read_bytes()
    if pointer is None:
        current.unlink()
    else:
        current.write_bytes(pointer)
    try:
        printed = platform.run("rollback")
    finally:
        now = current.read_bytes()
        current.write_bytes(before)
    assert "The dashboard now reads" in printed
    assert (platform.settings.serving_dir / now.decode().strip()).is_file()


def span(platform: TestPlatform) -> tuple[str, str]:
    return str(platform.day(0)), str(platform.day(DAYS - 1))


def fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
        file.write(bytes(size % 2**20))
