"""What the documentation tells a reader elsewhere to do, done; and a run of Dagster's while the bucket is away."""

import dataclasses
import re

import dagster as dg
import pyarrow.parquet as pq

from netflix_platform.defs.raw import raw_assets
from netflix_platform.lake.layout import raw_manifest
from netflix_platform.object_store.pushing import synchronize
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.object_store.conftest import DAYS, ingest
from netflix_platform_tests.object_store.s3_server import KEY, SECRET, S3Server


def test_the_code_in_the_documentation_reads_a_days_rows(stored, server, monkeypatch):
    ingest(stored)
    synchronize(stored)
    text = (PROJECT_ROOT / "docs" / "object-storage.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    for name, value in {"ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "ENDPOINT_URL": server.endpoint}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    place = f"{stored.object_store.bucket}/{stored.object_store.prefix}"
    names: dict = {}
    exec(code.replace("bucket/prefix", place).replace("2026-06-20", str(DAYS[0])), names)
    lake = stored.lake_dir / "events" / f"event_date={DAYS[0]}"
    rows = [row for path in lake.glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    assert {row["event_id"] for row in rows} == {f"own-{DAYS[0]}", "late"} == set(names["events"]["event_id"])
    assert len(rows) == names["events"].height


def test_a_run_whose_bucket_is_away_collects_nothing_and_materializes_nothing(stored, server):
    def run(settings, instance):
        return dg.materialize(
            raw_assets(settings)[:1], partition_key=str(DAYS[0]), instance=instance, raise_on_error=False
        )

    away = dataclasses.replace(
        stored, object_store=dataclasses.replace(stored.object_store, endpoint=S3Server().endpoint)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        failed = run(away, instance)
        [step] = [event for event in failed.all_events if event.is_step_failure]
        assert "does not answer; see to it that it runs" in step.step_failure_data.error.cause.message
        assert SECRET not in step.step_failure_data.error.to_string()
        assert not raw_manifest(stored, "events", DAYS[0]).exists()
        assert not instance.get_materialized_partitions(dg.AssetKey(["raw", "events"]))
        assert run(stored, instance).success
        assert instance.get_materialized_partitions(dg.AssetKey(["raw", "events"])) == {str(DAYS[0])}
