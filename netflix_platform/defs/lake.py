"""lake/{events,users,titles}[D]: raw day D conformed, each row under its event day; with the blocking row ledger check."""

from datetime import date

import dagster as dg

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.defs.partitions import daily, each_day
from netflix_platform.lake.conform import Conformer
from netflix_platform.lake.layout import quarantine_file, unverified_mark
from netflix_platform.lake.ledger import Ledger, audit_ledger
from netflix_platform.settings import Settings

LEDGER_CHECK = "row_ledger"
QUARANTINE_CHECK = "quarantine_share"
# A sender that breaks the contract shows as a jump in refused lines; the planted dirt of the synthetic world is about 0.3 %.
QUARANTINE_SHARE = 0.02


def lake_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per feed, each with its ledger check (blocks) and its quarantine check (warns)."""
    return [_lake_asset(settings, feed) for feed in FEEDS.values()]


def _lake_asset(settings: Settings, feed: Feed) -> dg.AssetsDefinition:
    key = dg.AssetKey(["lake", feed.name])

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["raw", feed.name])],
        group_name="lake",
        kinds={"parquet", "duckdb"},
        description=f"Raw days of `{feed.name}` parsed, checked against the contract, typed and laid under their event day; "
        "refused lines are in the quarantine with a reason code.",
        metadata={"folder": str(settings.lake_dir / feed.name)},
        check_specs=[
            dg.AssetCheckSpec(
                LEDGER_CHECK,
                asset=key,
                blocking=True,
                description="Per arrival day, counted again from the files: received = accepted + repeated + quarantined.",
            ),
            dg.AssetCheckSpec(
                QUARANTINE_CHECK,
                asset=key,
                description=f"Warns when more than {QUARANTINE_SHARE:.0%} of a day's lines were refused.",
            ),
        ],
        **daily(settings),
    )
    def lake_feed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        problems: dict[date, list[str]] = {}
        ledgers: list[Ledger] = []
        with Conformer(settings) as conformer:
            for day in each_day(context):
                mark = unverified_mark(settings, feed.name, day)
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
                ledger = conformer.conform_day(feed, day)
                ledgers.append(ledger)
                context.add_asset_metadata(_metadata(settings, ledger), partition_key=day.isoformat())
                found = audit_ledger(settings, feed.name, day)
                if found:
                    problems[day] = found
                else:
                    mark.unlink()
        return dg.MaterializeResult(check_results=[_ledger_result(ledgers, problems), _quarantine_result(ledgers)])

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


def _quarantine_result(ledgers: list[Ledger]) -> dg.AssetCheckResult:
    shares = {
        ledger.arrival_date: ledger.quarantined_rows / ledger.received_rows
        for ledger in ledgers
        if ledger.received_rows
    }
    high = {day: share for day, share in shares.items() if share > QUARANTINE_SHARE}
    named = ", ".join(f"{day}: {share:.1%}" for day, share in sorted(high.items())[:10])
    return dg.AssetCheckResult(
        check_name=QUARANTINE_CHECK,
        passed=not high,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"refused on {named}"
        if high
        else f"at most {max(shares.values(), default=0):.2%} refused on a day",
        metadata={"highest_share": max(shares.values(), default=0.0), "days_above": [day.isoformat() for day in high]},
    )
