"""What nobody measured here: machines, prices, limits of other systems. Each with its unit and its reason, each to be overridden.

``--set name=value`` changes one for a run. Prices are of the order of public clouds' list prices; put your own in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from benchmarks.capacity.quantities import InputError, parse_number


def _assumed(value: float, unit: str, why: str) -> Any:
    return field(default=value, metadata={"unit": unit, "why": why})


@dataclass(frozen=True)
class Assumptions:
    """Every figure that was assumed; ``fields`` of this class carry unit and reason as metadata."""

    machine_cores: float = _assumed(32, "cores", "the one machine that DuckDB runs on: a common large server")
    machine_memory_gb: float = _assumed(128, "GB", "its memory")
    machine_disk_tb: float = _assumed(8, "TB", "its local disk")
    node_cores: float = _assumed(16, "cores", "one node of a cluster")
    node_memory_gb: float = _assumed(64, "GB", "its memory, 4 GB a core as is usual")
    utilisation: float = _assumed(
        0.5, "share", "of the cores' time that works: the rest waits for disk, stragglers, the last task"
    )
    core_hour_price: float = _assumed(0.05, "USD", "a core for an hour, on demand; a third of it as spot")
    object_gb_month_price: float = _assumed(0.023, "USD", "object storage, a GB for a month, requests apart")
    disk_gb_month_price: float = _assumed(0.08, "USD", "a local or attached disk, a GB for a month")
    accounts_per_event: float = _assumed(0.4, "accounts", "per daily event, as in the measured worlds")
    accounts_most: float = _assumed(5e8, "accounts", "beyond, an account sends more events; no service has more yet")
    titles_per_event: float = _assumed(0.01, "titles", "per daily event, as in the measured worlds")
    titles_most: float = _assumed(20_000, "titles", "Netflix's published half-yearly lists hold about 18,000")
    error_per_decade: float = _assumed(
        1.4, "factor", "a CPU figure may be wrong by, up or down, for each power of ten beyond what was measured"
    )
    error_of_spark: float = _assumed(
        2, "factor", "the same for Spark, whatever the size: small executors, Java compiling for a short life"
    )
    file_gb: float = _assumed(0.5, "GB", "size that a Parquet file in object storage should have")
    lake_file_most_gb: float = _assumed(2, "GB", "a single Parquet file: one task writes it, and again from its start")
    partition_files_most: float = _assumed(1_000, "files", "of one partition: one page of an object store's listing")
    table_files_most: float = _assumed(
        100_000, "files", "of a table without a manifest: 100 listings one after the other, 10 to 30 s for each query"
    )
    dagster_partitions_most: float = _assumed(
        100_000, "partitions", "of one asset; what Dagster's documentation recommends at most"
    )
    dagster_sqlite_most_gb: float = _assumed(10, "GB", "event log in SQLite, one writer; PostgreSQL beyond")
    ledger_rows_most: float = _assumed(
        1e6, "rows", "kept as one JSON file by arrival day and read by each run's audit; a table beyond"
    )
    published_most_gb: float = _assumed(5, "GB", "a published file: each version is a whole copy, three are kept")
    merge_factor: float = _assumed(
        3, "factor", "what merging a late row costs against loading it with its day: files are read to find its place"
    )
    changed_accounts: float = _assumed(0.005, "share", "accounts whose record changes in a day; measured: 0.002")
    rework_most_usd: float = _assumed(1_000, "USD a month", "for computing the same again, before a rewrite pays")
    nodes_most: float = _assumed(
        200, "nodes", "rented for a daily window; beyond, the work is spread over the day by streaming"
    )
    sketch_kb: float = _assumed(4, "KB", "a HyperLogLog sketch of 4,096 registers, 1.6 % standard error")
    distinct_bytes: float = _assumed(40, "bytes", "per pair that an exact distinct count holds in a hash table")
    node_failures_a_month: float = _assumed(0.2, "failures", "of one node; spot machines have more")
    node_repair_hours: float = _assumed(2, "hours", "until a lost node is replaced")
    daily_variation: float = _assumed(0.1, "share", "standard deviation of a day's events around its weekday's mean")

    def with_changes(self, changes: Iterable[str]) -> Assumptions:
        """A copy with ``name=value`` applied. Raises ``InputError``, which names the assumptions that there are."""
        known = {one.name for one in fields(self)}
        values: dict[str, float] = {}
        for change in changes:
            name, separator, text = change.partition("=")
            if not separator or name not in known:
                raise InputError(f"--set {change}: write name=value with one of {', '.join(sorted(known))}")
            values[name] = parse_number(text, f"--set {name}")
        changed = replace(self, **values)
        if not 0 < changed.utilisation <= 1:
            raise InputError(f"--set utilisation={changed.utilisation:g}: it is a share, above 0 and at most 1")
        for name in ("error_per_decade", "error_of_spark"):
            if getattr(changed, name) < 1:
                raise InputError(f"--set {name}: a factor of at least 1; 1 says that the figure is exact")
        return changed
