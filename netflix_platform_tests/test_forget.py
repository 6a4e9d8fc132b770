"""``make forget`` on a real platform with an object store: killed, finished, and nothing of the user left or let in again."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_platform import cli
from netflix_platform.alerts.store import Problem, open_store
from netflix_platform.defs.pruning import prune_and_tell
from netflix_platform.object_store.bucket import Bucket
from netflix_platform_tests.object_store.s3_server import named_and_lying, running_server
from netflix_platform_tests.platform_runs import TestPlatform

DAYS = 2


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two days, kept in a bucket too, and texts that quote a user in every place that keeps texts."""
    with running_server() as server:
        platform = TestPlatform(tmp_path_factory.mktemp("forget") / "data", DAYS, more=server.environ("forget"))
        yield _with_quotes(platform)


def _with_quotes(platform):
    platform.run("demo")
    user = platform.warehouse(
        "select user_id from raw.events join raw.users using (user_id) group by all having count(*) > 3 order by 1 limit 1"
    )[0][0]
    _quote(platform, f"for example user_id={user}")
    return platform, user


def _quote(platform, text):
    settings = platform.settings
    log = settings.dbt_dir / "target" / "dbt_business-1-2" / "dbt.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"failing row: {text}\n")
    printed = next(settings.dagster_dir.glob("*/compute_logs/*.out"))
    printed.write_text(f"{text}\n")
    (settings.spill_dir / "half-written").write_text(text)
    with open_store(settings) as store:
        store.report(Problem("failed_check", "k", "WARN", "a check", text, None, None, None, "make day"))
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(["lake", "events"]), check_name="row_ledger", passed=False, description=text, metadata={}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.child_environment().items():
            patch.setenv(name, value)
        with dg.DagsterInstance.get() as instance:
            instance.report_runless_asset_event(evaluation)


def raw_lines(platform):
    """Every line of raw events and users, decompressed, by feed and day."""
    lines = {}
    for path in sorted(platform.settings.raw_dir.glob("*/arrival_date=*/*.zst")):
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())) as reader:
            lines[path.parts[-3], path.parts[-2][-10:]] = reader.read().splitlines(keepends=True)
    return lines


def plays(lines):
    """Plays per event day that count: the first of each event id, by everybody but the quarantined."""
    seen, count = set(), Counter()
    for (feed, arrival), of_day in sorted(lines.items()):
        for line in of_day if feed == "events" else ():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            # Planted faults lack a field now and then; which ones depends on the day.
            event_id, happened = event.get("event_id"), str(event.get("event_ts"))[:10]
            if event.get("event_type") == "play" and event_id and event_id not in seen and happened <= arrival:
                seen.add(event_id)
                count[happened] += 1
    return count


def places_of(platform, user):
    """Files of the data folder that hold the id: raw unpacked, Parquet read, databases queried and all bytes searched.

    In a copy, made by another process: one that has an SQLite file open loses its locks when it reads the file as plain bytes.
    """
    wanted = user.encode()
    found = [str(key) for key, lines in raw_lines(platform).items() if any(wanted in line for line in lines)]
    copy = Path(tempfile.mkdtemp(dir=platform.folder.parent))
    subprocess.run(["cp", "-r", platform.folder, copy], check=True)
    for path in copy.rglob("*"):
        if not path.is_file():
            continue
        if wanted in path.read_bytes() or user in path.name:
            found.append(str(path))
        if path.suffix == ".parquet":
            columns = pq.read_table(path).to_pydict()
            found += [str(path) for values in columns.values() if any(user in str(value) for value in values)]
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                for catalog, schema, table in connection.execute(
                    "select database_name, schema_name, table_name from duckdb_tables()"
                ).fetchall():
                    name = f'"{catalog}"."{schema}"."{table}"'
                    query = f"select count(*) from {name} t where contains(t::varchar, ?)"
                    if connection.execute(query, [user]).fetchone()[0]:
                        found.append(f"{path}: {name}")
    return sorted(set(found))


def command(platform, *arguments):
    """A command in this process, which spares its start; returns the exit code."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("NETFLIX_", "DAGSTER_", "DBT_"))]:
            patch.delenv(name)
        for name, value in {**platform.environ, **platform.settings.child_environment()}.items():
            patch.setenv(name, value)
        return cli.main(arguments)


def set_status(platform, was, now):
    with closing(sqlite3.connect(platform.settings.dagster_dir / "runs.db")) as connection, connection:
        changed = connection.execute(
            "update runs set status = ? where rowid = (select min(rowid) from runs where status = ?)", [now, was]
        )
    assert changed.rowcount == 1


def test_nothing_happens_to_an_unknown_user_in_a_dry_run_or_while_others_are_at_work(world, capfd):
    platform, user = world
    versions = sorted(platform.settings.serving_dir.glob("*.duckdb"))
    assert command(platform, "forget", "u'; drop table users") == 2
    assert "1 to 64 characters" in capfd.readouterr().err
    assert command(platform, "forget", "nobody-at-all") == 1
    assert "nothing of this user" in capfd.readouterr().err
    assert command(platform, "forget", user, "--dry-run") == 0
    printed = "".join(capfd.readouterr())
    assert "Nothing was changed" in printed
    assert user not in printed
    set_status(platform, "SUCCESS", "MANAGED")
    assert command(platform, "forget", user) == 1
    assert "queued or at work" in capfd.readouterr().err
    set_status(platform, "MANAGED", "SUCCESS")
    bucket = Bucket(platform.settings.object_store)
    bucket.put("manifests/raw/events/arrival_date=2020-01-01.json", b"{}")
    assert command(platform, "forget", user) == 1
    assert "holds 1 raw day(s) that" in capfd.readouterr().err
    bucket.delete("manifests/raw/events/arrival_date=2020-01-01.json")
    assert not (platform.folder / "erasures").exists()
    assert sorted(platform.settings.serving_dir.glob("*.duckdb")) == versions


def test_a_killed_erasure_is_finished_by_the_same_command(world):
    platform, user = world
    wanted = user.encode()
    before = raw_lines(platform)
    bucket = Bucket(platform.settings.object_store)
    there = set(bucket.keys("objects"))
    theirs = {key: [line for line in lines if wanted in line] for key, lines in before.items()}
    kept = {key: [line for line in lines if wanted not in line] for key, lines in before.items()}
    places = " ".join(places_of(platform, user))
    for place in (
        "index.db",
        ".db",
        "dbt.log",
        ".out",
        "incidents.sqlite",
        "quarantine" if False else "warehouse",
        "half",
    ):
        assert place in places

    process = platform.start("forget", user, "--reason", f"asked by mail as {user}")
    for line in process.stdout:
        if line.startswith("rebuild"):
            os.kill(process.pid, signal.SIGKILL)
            break
    process.communicate()
    assert list((platform.folder / "erasures").glob("pending-*")), "it is known to be unfinished"
    printed = platform.run("forget", user, "--reason", "another reason")
    assert "The user is forgotten" in printed and user not in printed

    assert places_of(platform, user) == []
    assert {key: lines for key, lines in raw_lines(platform).items()} == kept, "other lines byte for byte"
    named, lying = named_and_lying(bucket)
    assert named == lying, "the bucket holds what the folder holds, and nothing else"
    changed = {f"objects/raw/{feed}/arrival_date={day}" for (feed, day), lines in theirs.items() if lines}
    assert changed and changed == {key.rpartition("/")[0] for key in there - lying if key.startswith("objects/raw")}
    assert len(list(platform.settings.serving_dir.glob("*.duckdb"))) == 1
    [(reason, raw_rows, lake_rows, refused, warehouse_rows)] = platform.published(
        "select reason, raw_rows, lake_rows, quarantine_rows, warehouse_rows from audit_erasures"
    )
    assert reason == "asked by mail as [erased]"
    assert raw_rows == sum(map(len, theirs.values())) >= lake_rows + refused
    assert lake_rows >= warehouse_rows > 3
    assert not list((platform.folder / "erasures").glob("pending-*"))
    _figures_are_those_of_all_others(platform, kept)
    launched = "select distinct launched_by from audit_pipeline_runs where launched_by like '%forget%'"
    assert platform.published(launched) == [("command make forget",)]


def test_nothing_comes_in_again_not_even_into_a_new_warehouse(world, capfd):
    platform, user = world
    kept = raw_lines(platform)
    assert command(platform, "forget", user) == 0
    assert "was forgotten before" in capfd.readouterr().out
    runs = {row[0] for row in platform.published("select run_id from audit_pipeline_runs where ended_at is not null")}
    prune_and_tell(platform.settings, is_dry_run=False, now=datetime.now(UTC) + timedelta(days=200))
    assert "old runs" in capfd.readouterr().out
    platform.settings.warehouse_file.unlink()
    platform.run("backfill", str(platform.day(0)), str(platform.day(DAYS - 1)))
    assert raw_lines(platform) == kept, "the source delivered the user again"
    assert places_of(platform, user) == []
    _figures_are_those_of_all_others(platform, kept)
    assert platform.published("select count(*) from audit_erasures") == [(1,)]
    assert runs <= {row[0] for row in platform.published("select run_id from audit_pipeline_runs")}, (
        "the audit survives pruning and the loss of the warehouse"
    )


def test_a_folder_made_of_the_bucket_has_the_same_figures_and_does_not_know_the_user(world, tmp_path, capfd):
    platform, user = world
    unsaid = {"NETFLIX_START_DATE": "", "NETFLIX_SCALE": ""}  # the bucket knows the world
    other = TestPlatform(tmp_path / "data", DAYS, more={**platform.more, **unsaid})
    assert "make restore makes the folder of it" in other.run("demo", expect=1)
    assert "restoring" in other.run("restore")
    assert other.fingerprints() == platform.fingerprints()
    assert raw_lines(other) == raw_lines(platform)
    assert places_of(other, user) == []
    assert other.published("select count(*) from audit_erasures") == [(1,)]
    assert command(other, "forget", user) == 0
    assert "was forgotten before" in capfd.readouterr().out
    assert command(platform, "demo") == 1
    assert "was taken over by another data folder" in capfd.readouterr().err


def _figures_are_those_of_all_others(platform, lines):
    told = platform.published("select event_date::varchar, plays from mart_daily_kpis")
    days = {str(platform.day(number)) for number in range(DAYS)}
    assert dict(told) == {day: count for day, count in plays(lines).items() if day in days}
    users = {json.loads(line)["user_id"] for (feed, _), of_day in lines.items() if feed == "users" for line in of_day}
    assert platform.warehouse("select count(distinct user_id) from raw.users") == [(len(users),)]
    assert platform.published("select count(*) from audit_row_ledger where not is_balanced") == [(0,)]
    assert platform.published("select count(*) from audit_warehouse_ledger where not is_balanced") == [(0,)]
    manifests = [json.loads(path.read_text()) for path in platform.settings.raw_dir.glob("_manifests/*/*.json")]
    for manifest in manifests:
        found = lines.get((manifest["feed"], manifest["arrival_date"]), [])
        assert manifest["rows"] == len(found)
        folder = platform.settings.raw_dir / manifest["feed"] / f"arrival_date={manifest['arrival_date']}"
        assert {file["name"]: file["bytes"] for file in manifest["files"]} == {
            Path(path).name: path.stat().st_size for path in folder.iterdir()
        }
