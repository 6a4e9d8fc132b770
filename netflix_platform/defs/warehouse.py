"""warehouse/{events,users,titles}[D]: one event day reloaded in one transaction, and the check that no row was lost."""

import json
from contextlib import ExitStack
from datetime import date

import dagster as dg

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.defs.day_metadata import DayMetadata
from netflix_platform.defs.partitions import WAREHOUSE_POOL, daily, in_groups
from netflix_platform.lake.layout import unverified_mark
from netflix_platform.lake.ledger import lake_state_of_event_day, read_ledger
from netflix_platform.lake.turns import reading_event_day
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse, table_columns
from netflix_platform.warehouse.engine import warehouse_engine
from netflix_platform.warehouse.load import Load, together
from netflix_platform.warehouse.states import mark_load_failed

LEDGER_CHECK = "warehouse_ledger"


def warehouse_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per feed, each with its blocking ledger check."""
    return [_warehouse_asset(settings, feed) for feed in FEEDS.values()]


def ledger_problem(settings: Settings, load: Load) -> str | None:
    """What is wrong with one load, as a sentence, or ``None``.

    Two accounts must agree: rows read = rows in the table + repeats across arrivals, and per arrival day the rows read =
    the rows that the lake's ledger says it wrote under this event day.
    """
    if not load.is_balanced:
        return (
            f"{load.event_date}: {load.lake_rows} rows in the lake, but {load.warehouse_rows} in the warehouse and "
            f"{load.repeated_rows} repeated"
        )
    for arrival, fingerprint in lake_state_of_event_day(settings, load.feed, load.event_date).items():
        if not fingerprint:
            return f"{load.event_date}: the lake file of arrival day {arrival} has no ledger; run that day again"
    for arrival, rows in load.arrivals.items():
        if unverified_mark(settings, load.feed, arrival).exists():
            return (
                f"{load.event_date}: arrival day {arrival} has not passed its row ledger check in the lake; run that day again "
                f"(make day DAY={arrival})"
            )
        ledger = read_ledger(settings, load.feed, arrival)
        entry = ledger.event_days.get(load.event_date) if ledger else None
        if entry is None or entry.rows != rows:
            told = entry.rows if entry else "no"
            return (
                f"{load.event_date}: {rows} rows were read from the lake file of arrival day {arrival}, but its ledger "
                f"tells of {told}; run arrival day {arrival} again"
            )
    return None


def _warehouse_asset(settings: Settings, feed: Feed) -> dg.AssetsDefinition:
    key = dg.AssetKey(["warehouse", feed.name])
    engine = warehouse_engine(settings)
    columns = [dg.TableColumn(name, sql_type) for name, sql_type in table_columns(feed).items()]

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["lake", feed.name])],
        group_name="warehouse",
        kinds={engine.name},
        pool=WAREHOUSE_POOL,
        description=f"`raw.{feed.name}`: the accepted rows by event day, one row per {' and '.join(feed.key)}.",
        metadata={"dagster/table_name": f"netflix.raw.{feed.name}", "dagster/column_schema": dg.TableSchema(columns)},
        check_specs=[
            dg.AssetCheckSpec(
                LEDGER_CHECK,
                asset=key,
                blocking=True,
                description="Per event day: rows in the lake = rows in the warehouse + repeats across arrivals.",
            )
        ],
        **daily(settings),
    )
    def warehouse_feed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        problems: dict[date, str] = {}
        lake_rows = 0
        with open_warehouse(settings) as connection, DayMetadata(context) as metadata:
            for days in in_groups(context, lambda days: together(settings, feed, days)):
                with ExitStack() as still:
                    for day in days:
                        still.enter_context(reading_event_day(settings, feed.name, day))
                    # Before the load reads: a new arrival may come in between; then the day counts as stale, and is loaded again.
                    states = {day: lake_state_of_event_day(settings, feed.name, day) for day in days}
                    loads = engine.load_days(connection, settings, feed, days, context.run_id)
                    found = {load.event_date: ledger_problem(settings, load) for load in loads}
                problems |= {day: problem for day, problem in found.items() if problem}
                for load in loads:
                    lake_rows += load.lake_rows
                    metadata.add(load.event_date, _metadata(load, states[load.event_date]))
            mark_load_failed(connection, problems, context.run_id)
        return dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    check_name=LEDGER_CHECK,
                    passed=not problems,
                    description="; ".join(problems.values()) or f"{lake_rows} lake rows accounted for",
                    metadata={
                        "days": len(context.partition_keys),
                        "failed_days": [day.isoformat() for day in problems],
                    },
                )
            ]
        )

    return warehouse_feed


def _metadata(load: Load, lake_state: dict[date, str]) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(load.warehouse_rows),
        "lake_rows": dg.MetadataValue.int(load.lake_rows),
        "repeated_across_arrivals": dg.MetadataValue.int(load.repeated_rows),
        "arrivals": dg.MetadataValue.json({day.isoformat(): rows for day, rows in load.arrivals.items()}),
        "lake_state": dg.MetadataValue.text(json.dumps({str(day): mark for day, mark in lake_state.items()})),
    }
