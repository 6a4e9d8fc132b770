"""Steps of several runs over the same days: they take turns at an arrival day, and nobody meets one half written."""

import dataclasses
import pickle
import subprocess
import sys
import threading
from datetime import timedelta

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.raw import collect_day
from netflix_platform.lake.turns import reading_event_day, writing_day
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform.sources.registry import open_source

DAYS = 3
ROUNDS = 4

# One process of several: the real steps of one layer over all days, again and again; ends with the first that fails.
WORK = """
import pickle, sys
import dagster as dg
from netflix_platform.defs.lake import lake_assets
from netflix_platform.defs.warehouse import warehouse_assets

layer, rounds = sys.argv[1], int(sys.argv[2])
settings, first, last = pickle.load(sys.stdin.buffer)
made = {"lake": lake_assets, "warehouse": warehouse_assets}[layer](settings)
assets = [asset for asset in made if asset.key.path[-1] == "events"]
tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
for _ in range(rounds):
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, instance=instance, tags=tags)
        wrong = [check for check in result.get_asset_check_evaluations() if check.blocking and not check.passed]
        assert not wrong, wrong
print("all well")
"""


def test_steps_of_several_runs_over_the_same_days(settings):
    """Two runs conform the same days while a third one loads them: each step finds whole days, whatever the others do."""
    settings = dataclasses.replace(settings, scale=dataclasses.replace(settings.scale, events_per_day=3_000))
    days = [settings.start_date + timedelta(days=number) for number in range(DAYS)]
    source = open_source(settings)
    for day in days:
        for feed in FEEDS:
            collect_day(settings, source, feed, day)
    assert_well(work(settings, days, "lake", 1))
    together = [work(settings, days, layer, ROUNDS) for layer in ("lake", "lake", "warehouse")]
    for process in together:
        assert_well(process)


def work(settings, days, layer, rounds):
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, layer, str(rounds)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pickle.dump((settings, str(days[0]), str(days[-1])), process.stdin)
    process.stdin.close()
    process.stdin = None
    return process


def assert_well(process):
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()[-3_000:]
    assert b"all well" in printed


def test_a_day_that_is_written_is_waited_for(settings):
    """By another writer, and by whoever reads an event day that it has rows of; not by those of other days."""
    day, other = settings.start_date, settings.start_date + timedelta(days=1)
    for one in (day, other):
        (settings.raw_dir / "events" / f"arrival_date={one}").mkdir(parents=True)
        folder = settings.lake_dir / "events" / f"event_date={one}"
        folder.mkdir(parents=True)
        (folder / f"arrival_date={one}.parquet").touch()
    entered: list[str] = []

    def enter(name, turn):
        def go():
            with turn:
                entered.append(name)

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        return thread

    with writing_day(settings, "events", day):
        free = [
            enter("write", writing_day(settings, "events", other)),
            enter("read", reading_event_day(settings, "events", other)),
        ]
        for thread in free:
            thread.join(10)
        waiting = [
            enter("late write", writing_day(settings, "events", day)),
            enter("late read", reading_event_day(settings, "events", day)),
        ]
        for thread in waiting:
            thread.join(0.2)
        assert sorted(entered) == ["read", "write"]
    for thread in waiting:
        thread.join(10)
    assert sorted(entered) == ["late read", "late write", "read", "write"]
