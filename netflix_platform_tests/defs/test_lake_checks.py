"""What the lake's checks say of good days and of bad ones."""

from datetime import date

import dagster as dg

from netflix_platform.defs.lake import QUARANTINE_SHARE, lake_assets
from netflix_platform.lake.layout import raw_day


def conform(settings, day, lines):
    folder = raw_day(settings, "events", day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    assets = [asset for asset in lake_assets(settings) if asset.key == dg.AssetKey(["lake", "events"])]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, instance=instance, partition_key=str(day), raise_on_error=False)
        assert result.success
        [event] = result.get_asset_materialization_events()
        checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
        return event.materialization.metadata, checks


def good_line(number):
    return f'{{"event_id": "e{number}", "event_type": "search", "event_ts": "2026-06-02T10:00:00Z", "user_id": "u1"}}'


def test_a_clean_day_passes_and_its_metadata_tell_the_account(settings):
    metadata, checks = conform(settings, date(2026, 6, 2), [good_line(n) for n in range(100)])
    assert {name: check.passed for name, check in checks.items()} == {"row_ledger": True, "quarantine_share": True}
    assert metadata["dagster/partition_row_count"].value == 100
    assert metadata["received"].value == 100


def test_a_day_with_many_refused_lines_warns_and_names_the_share(settings):
    refused = int(100 * QUARANTINE_SHARE) + 2
    lines = [good_line(n) for n in range(100 - refused)] + ["{"] * refused
    metadata, checks = conform(settings, date(2026, 6, 2), lines)
    assert checks["row_ledger"].passed
    assert not checks["quarantine_share"].passed
    assert checks["quarantine_share"].severity == dg.AssetCheckSeverity.WARN
    assert f"{refused}.0%" in checks["quarantine_share"].description
    assert metadata["quarantined_by_reason"].value == {"malformed_record": refused}
