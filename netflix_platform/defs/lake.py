"""lake/{events,users,titles}[D]: raw day D conformed, each row under its event day; with the blocking row ledger check and
the checks of the arrival day (``quality.checks``), which are evaluated once per run and name the days.
"""

from contextlib import ExitStack
from datetime import date

import dagster as dg

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.defs.day_metadata import DayMetadata
from netflix_platform.defs.mapping import mapping_metadata
from netflix_platform.defs.partitions import daily, in_groups
from netflix_platform.lake.conform import Conformer, together
from netflix_platform.lake.layout import quarantine_file, unverified_mark
from netflix_platform.lake.ledger import Ledger, audit_ledger
from netflix_platform.lake.turns import writing_day
from netflix_platform.object_store.pushing import push_days
from netflix_platform.object_store.units import LAKE
from netflix_platform.quality import DAY_CHECKS, DayCheck, Recent, judged_days
from netflix_platform.settings import Settings, Thresholds

LEDGER_CHECK = "row_ledger"
_DAYS_IN_WORDS = 10


def lake_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per feed, each with its ledger check (blocks) and the checks of ``DAY_CHECKS`` (their severity beside each)."""
    return [_lake_asset(settings, feed) for feed in FEEDS.values()]


def _lake_asset(settings: Settings, feed: Feed) -> dg.AssetsDefinition:
    key = dg.AssetKey(["lake", feed.name])

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["raw", feed.name])],
        group_name="lake",
        kinds={"parquet", settings.engine},
        description=f"Raw days of `{feed.name}` parsed, checked against the contract, typed and laid under their event day; "
        "refused lines are in the quarantine with a reason code.",
        metadata={"folder": str(settings.lake_dir / feed.name), **mapping_metadata(settings)},
        check_specs=[
            dg.AssetCheckSpec(
                LEDGER_CHECK,
                asset=key,
                blocking=True,
                description="Per arrival day, counted again from the files: received = accepted + repeated + quarantined.",
            ),
            *(
                dg.AssetCheckSpec(check.name, asset=key, blocking=check.blocks, description=_told(check, settings))
                for check in DAY_CHECKS
            ),
        ],
        **daily(settings),
    )
    def lake_feed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        problems: dict[date, list[str]] = {}
        ledgers: list[Ledger] = []
        mapping = mapping_metadata(settings)
        with Conformer(settings) as conformer, DayMetadata(context) as metadata:
            for days in in_groups(context, lambda days: together(settings, feed, days)):
                with ExitStack() as turns:
                    for day in days:
                        turns.enter_context(writing_day(settings, feed.name, day))
                        mark = unverified_mark(settings, feed.name, day)
                        mark.parent.mkdir(parents=True, exist_ok=True)
                        mark.touch()
                    for ledger in conformer.conform_days(feed, days):
                        day = ledger.arrival_date
                        found = audit_ledger(settings, feed.name, day)
                        if found:
                            problems[day] = found
                        else:
                            unverified_mark(settings, feed.name, day).unlink()
                        ledgers.append(ledger)
                        metadata.add(day, {**_metadata(settings, ledger), **mapping})
            if (pushed := push_days(settings, LAKE, feed.name, [ledger.arrival_date for ledger in ledgers])).units:
                context.log.info(f"{settings.object_store}: {pushed}")
        recent = Recent(settings, feed.name, ledgers)
        results = [_day_result(check, judged_days(settings, check, ledgers, recent), ledgers) for check in DAY_CHECKS]
        return dg.MaterializeResult(check_results=[_ledger_result(ledgers, problems), *results])

    return lake_feed


def _metadata(settings: Settings, ledger: Ledger) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/partition_row_count": dg.MetadataValue.int(ledger.accepted_rows),
        "received": dg.MetadataValue.int(ledger.received_rows),
        "repeated": dg.MetadataValue.int(ledger.repeated_rows),
        "quarantined": dg.MetadataValue.int(ledger.quarantined_rows),
        "quarantined_by_reason": dg.MetadataValue.json(dict(ledger.quarantined_by_reason)),
        "touched_days": dg.MetadataValue.json([day.isoformat() for day in ledger.touched_days]),
        "unknown_fields": dg.MetadataValue.json(dict(ledger.unknown_fields)),
    }
    if ledger.quarantined_rows:
        path = quarantine_file(settings, ledger.feed, ledger.arrival_date)
        metadata["quarantine"] = dg.MetadataValue.path(str(path))
    return metadata


def _ledger_result(ledgers: list[Ledger], problems: dict[date, list[str]]) -> dg.AssetCheckResult:
    received = sum(ledger.received_rows for ledger in ledgers)
    found = [problem for of_day in problems.values() for problem in of_day]
    return dg.AssetCheckResult(
        check_name=LEDGER_CHECK,
        passed=not problems,
        description="; ".join(found) or f"{received} received rows accounted for",
        metadata={
            "days": len(ledgers),
            "received_rows": received,
            "failed_days": [day.isoformat() for day in problems],
        },
    )


def _day_result(check: DayCheck, found: dict[date, str], ledgers: list[Ledger]) -> dg.AssetCheckResult:
    told = [f"{day}: {problem}" for day, problem in sorted(found.items())[:_DAYS_IN_WORDS]]
    more = [f"and {len(found) - _DAYS_IN_WORDS} more days"] if len(found) > _DAYS_IN_WORDS else []
    return dg.AssetCheckResult(
        check_name=check.name,
        passed=not found,
        severity=dg.AssetCheckSeverity[check.severity],
        description=". ".join([*told, *more]) or "nothing found",
        metadata={"days": len(ledgers), "failed_days": [day.isoformat() for day in sorted(found)]},
    )


def _told(check: DayCheck, settings: Settings) -> str:
    """What a check looks at, and from where on it fails: each threshold with the variable that moves it."""
    limits = ", ".join(
        f"{Thresholds.variable(name)}={getattr(settings.thresholds, name):g}" for name in check.thresholds
    )
    return f"{check.description} {limits}".strip()
