"""Write, audit, publish: what failed its audit is not published, in this run or a later one, and the failure is."""

import duckdb

from netflix_platform.lake.layout import lake_file


def test_a_day_that_fails_its_audit_is_held_back_until_it_is_waived_or_mended(platform):
    bad = platform.day(1)
    figures = "select event_date, plays from mart_daily_kpis order by all"
    published = platform.published(figures)
    damaged = lake_file(platform.settings, "events", bad, bad)
    whole = damaged.read_bytes()
    with duckdb.connect() as connection:
        connection.execute("create table rows as from read_parquet(?)", [str(damaged)])
        connection.execute("copy (from rows limit 10) to ? (format parquet)", [str(damaged)])

    printed = platform.run("rebuild", str(bad), str(bad), expect=1)
    assert f"{bad}: 10 rows were read from the lake file" in printed
    assert platform.published(figures) == published
    assert platform.published("select refused_days from serving_info") == [(str(bad),)]
    health = f"select state, ledgers_balanced from mart_pipeline_health where event_date = '{bad}'"
    assert platform.published(health)[0][0] == "failed"
    failed = "select check_name from audit_check_results where not passed and severity = 'ERROR'"
    assert ("warehouse_ledger",) in platform.published(failed)
    assert ("FAILURE",) in platform.published("select distinct status from audit_pipeline_runs")

    # A good run of another day must not let the failed one slip out.
    printed = platform.run("rebuild", str(platform.day(2)), str(platform.day(2)), expect=1)
    assert f"{bad} (failed" in printed
    assert platform.published(figures) == published

    assert "not failed" in platform.run("waive", str(platform.day(2)), "why not", expect=1)
    platform.run("waive", str(bad), "the other half was an accident")
    waived = platform.published(f"select is_waived from mart_pipeline_health where event_date = '{bad}'")
    assert waived == [(True,)]
    assert platform.published("select refused_days from serving_info") == [("",)]

    damaged.write_bytes(whole)
    platform.run("day", str(bad))
    assert platform.published(figures) == published
