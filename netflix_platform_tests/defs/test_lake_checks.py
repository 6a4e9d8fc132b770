"""What the lake's checks say of good days and of bad ones: each lets good days pass, fails for a planted one and names it."""

import gzip
import json
from datetime import date, timedelta

import dagster as dg
import pytest

from netflix_platform.contracts import FEEDS
from netflix_platform.defs.lake import lake_assets
from netflix_platform.lake.layout import ledger_file, raw_day
from netflix_platform.quality import DAY_CHECKS
from netflix_platform.settings import Thresholds

DAYS = [date(2026, 6, 2) + timedelta(days=number) for number in range(9)]
BAD_DAY = DAYS[-1]
ROWS = 300


def line(day, number, **changes):
    fields = {
        "event_id": f"e{number}",
        "event_type": "search",
        "event_ts": f"{day}T10:00:00Z",
        "user_id": "u1",
        "country": "DE",
        "position_seconds": 5,
    }
    return json.dumps({name: value for name, value in (fields | changes).items() if value is not None})


def good_lines(day, rows=ROWS):
    return [line(day, number) for number in range(rows)]


def deliver(settings, day, lines, feed="events", name="a.ndjson"):
    folder = raw_day(settings, feed, day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{text}\n" for text in lines))


def run_days(settings, first, last, feed="events"):
    """One run over the range; the event of its last day and its checks by name."""
    assets = [asset for asset in lake_assets(settings) if asset.key == dg.AssetKey(["lake", feed])]
    tags = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, instance=instance, tags=tags, raise_on_error=False)
        assert result.success
        event = result.get_asset_materialization_events()[-1]
        checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
        texts = " ".join(str(entry) for entry in instance.all_logs(result.run_id))
        return event.materialization.metadata, checks, texts


def failed(checks):
    """Names of the failed checks, with the days that each names."""
    return {name: check.metadata["failed_days"].value for name, check in checks.items() if not check.passed}


def test_good_days_pass_every_check_and_their_metadata_tell_the_account(settings):
    for day in DAYS:
        deliver(settings, day, good_lines(day))
    metadata, checks, _ = run_days(settings, DAYS[0], BAD_DAY)
    assert failed(checks) == {}
    assert set(checks) == {"row_ledger", *(check.name for check in DAY_CHECKS)}
    assert all(check.metadata["days"].value == len(DAYS) for check in checks.values())
    assert metadata["dagster/partition_row_count"].value == ROWS
    assert metadata["received"].value == ROWS


def cut_off(settings, day):
    content = gzip.compress("".join(f"{line(day, f'z{number}')}\n" for number in range(5)).encode())
    deliver(settings, day, good_lines(day))
    (raw_day(settings, "events", day) / "cut.ndjson.gz").write_bytes(content[:-12])


BAD_DAYS = [
    ("volume", "90 rows, 300 to 300 on comparable days", lambda day: good_lines(day, 90)),
    ("volume", "700 rows, 300 to 300 on comparable days", lambda day: good_lines(day, 700)),
    ("volume", "no rows at all, 300 to 300 on comparable days", lambda day: []),
    ("quarantine_share", "6.7% refused (20 of 300)", lambda day: good_lines(day, ROWS - 20) + ["{"] * 20),
    ("repeated_share", "10.0% repeated (30 of 300)", lambda day: good_lines(day, ROWS - 30) + good_lines(day, 30)),
    (
        "null_share",
        "country is missing in 33.3% of the rows, 0.0% before",
        lambda day: good_lines(day, 200) + [line(day, 200 + number, country=None) for number in range(100)],
    ),
    (
        "schema_drift",
        "mood is new, in 30 of 300 sampled records as string",
        lambda day: good_lines(day, 270) + [line(day, 270 + number, mood="fine") for number in range(30)],
    ),
    (
        "schema_drift",
        "position_seconds comes as string in 300 of 300 sampled records, it was number",
        lambda day: [line(day, number, position_seconds="5") for number in range(ROWS)],
    ),
    (
        "schema_drift",
        "schema_version 3 is later than the contract, which is at 2, in 300 of 300 accepted rows; what it brings is kept in "
        "extra_fields; schema_version is new, in 300 of 300 sampled records as number",
        lambda day: [line(day, number, schema_version=3) for number in range(ROWS)],
    ),
    ("unreadable_files", "1 file(s) cannot be read, or not to their end", cut_off),
]


@pytest.mark.parametrize(("name", "told", "bad"), BAD_DAYS, ids=[f"{name}: {told}" for name, told, _ in BAD_DAYS])
def test_a_bad_day_is_named_by_its_check_and_by_no_other(settings, name, told, bad):
    for day in DAYS[:-1]:
        deliver(settings, day, good_lines(day))
    if bad is cut_off:
        cut_off(settings, BAD_DAY)
    else:
        deliver(settings, BAD_DAY, bad(BAD_DAY))
    _, checks, _ = run_days(settings, DAYS[0], BAD_DAY)
    assert failed(checks) == {name: [str(BAD_DAY)]}
    assert checks[name].severity == dg.AssetCheckSeverity.WARN
    assert checks[name].description == f"{BAD_DAY}: {told}"


def test_a_vanished_field_shows_as_drift_and_as_missing_values(settings):
    for day in DAYS:
        deliver(settings, day, [line(day, n, country=None if day == BAD_DAY else "DE") for n in range(ROWS)])
    _, checks, _ = run_days(settings, DAYS[0], BAD_DAY)
    assert failed(checks) == {"null_share": [str(BAD_DAY)], "schema_drift": [str(BAD_DAY)]}
    assert "country has vanished, it was in 2,100 of 2,100 sampled records" in checks["schema_drift"].description


def test_a_day_alone_is_compared_with_days_of_earlier_runs(settings):
    for day in DAYS[:-1]:
        deliver(settings, day, good_lines(day))
    run_days(settings, DAYS[0], DAYS[-2])
    deliver(settings, BAD_DAY, good_lines(BAD_DAY, 90))
    _, checks, _ = run_days(settings, BAD_DAY, BAD_DAY)
    assert failed(checks) == {"volume": [str(BAD_DAY)]}


def test_ledgers_of_earlier_versions_are_days_to_compare_with(settings):
    for day in DAYS[:-1]:
        deliver(settings, day, good_lines(day))
    run_days(settings, DAYS[0], DAYS[-2])
    for day in DAYS[:-1]:
        path = ledger_file(settings, "events", day)
        content = json.loads(path.read_text())
        path.write_text(json.dumps({key: content[key] for key in content if key not in ("profile", "filled_rows")}))
    deliver(settings, BAD_DAY, [line(BAD_DAY, number, country=None, mood="new") for number in range(90)])
    _, checks, _ = run_days(settings, BAD_DAY, BAD_DAY)
    assert failed(checks) == {"volume": [str(BAD_DAY)]}


def test_thresholds_are_settings(settings, with_days):
    lenient = with_days(thresholds=Thresholds(max_quarantined_share=0.5, min_volume_factor=0))
    for day in DAYS:
        deliver(lenient, day, good_lines(day) if day != BAD_DAY else good_lines(day, 20) + ["{"] * 10)
    _, checks, _ = run_days(lenient, DAYS[0], BAD_DAY)
    assert "quarantine_share" not in failed(checks)
    assert "volume" not in failed(checks)
    specs = {spec.name: spec for asset in lake_assets(lenient) for spec in asset.check_specs}
    assert "NETFLIX_MAX_QUARANTINED_SHARE=0.5" in (specs["quarantine_share"].description or "")


def test_a_change_feed_may_bring_nothing_but_not_everything_again(settings):
    def users(day, count):
        fields = {"changed_ts": f"{day}T00:00:00Z", "status": "active"}
        return [json.dumps({"user_id": f"u{number}", **fields}) for number in range(count)]

    for day in DAYS:
        deliver(settings, day, users(day, {DAYS[4]: 0, BAD_DAY: 500}.get(day, 20)), feed="users")
    _, checks, _ = run_days(settings, DAYS[0], BAD_DAY, feed="users")
    assert failed(checks) == {"volume": [str(BAD_DAY)]}


def test_ledger_checks_block_and_statistics_do_not(settings):
    for asset in lake_assets(settings):
        blocking = {spec.name for spec in asset.check_specs if spec.blocking}
        assert blocking == {"row_ledger"}
        assert len(list(asset.check_specs)) == 1 + len(DAY_CHECKS)
    assert len(lake_assets(settings)) == len(FEEDS)


def test_no_secret_is_in_what_a_run_records(with_days):
    settings = with_days(alert_urls=("json://user:hunter2@127.0.0.1:1/secret-path",))
    deliver(settings, DAYS[0], good_lines(DAYS[0]))
    metadata, _, texts = run_days(settings, DAYS[0], DAYS[0])
    for text in (texts, str(metadata), str(lake_assets(settings)), repr(settings)):
        assert "hunter2" not in text
        assert "secret-path" not in text
