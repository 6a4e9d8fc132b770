"""The check ``second_opinion`` as Dagster sees it: what it says of days that differ, and when it does not judge."""

from datetime import date

import dagster as dg
import duckdb

from netflix_platform.defs import second_opinion
from netflix_platform.serving.published_days import PublishedDays
from netflix_platform_tests.second_opinion.test_reading import DAY, event, put

DDL = """
    create table mart_daily_kpis as select date '2026-06-01' as event_date, 1::bigint as plays, 1::bigint as active_users,
        60.5::decimal(18,3) as watched_seconds, 1::bigint as timed_plays, 0::decimal(18,3) as buffering_seconds;
    create table mart_title_daily as select date '2026-06-01' as event_date, 't' as title_id, 1::bigint as plays,
        60.5 / 3600 as watch_hours, 'Unknown title' as title_name, 'unknown' as primary_genre;
"""


def published(settings):
    folder = settings.serving_dir
    folder.mkdir(parents=True)
    file = folder / "netflix-20260602T000000000000Z.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(DDL)
    (folder / "CURRENT").write_text(file.name)
    return file


def test_a_day_that_differs_fails_with_what_differs_and_names_the_day(settings):
    put(settings, "events", DAY, "a.ndjson", str(event(1, event_type="play")).replace("'", '"').encode())
    put(settings, "titles", DAY, "a.ndjson", b"")
    file = published(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        good = second_opinion._recounted(instance, "this", settings, [DAY])
        assert (good.passed, good.description) == (True, f"equal to the row: {DAY}")
        with duckdb.connect(str(file)) as connection:
            connection.execute("update mart_daily_kpis set plays = 2")
        bad = second_opinion._recounted(instance, "this", settings, [DAY])
        assert not bad.passed
        assert bad.severity is dg.AssetCheckSeverity.WARN
        assert bad.description == f"{DAY}: plays is published as 2 and counted as 1"
        assert bad.metadata["failed_days"].value == [str(DAY)]


def test_what_cannot_be_compared_is_not_judged(settings, with_days, monkeypatch, tmp_path):
    days = {"days": {}, "figures": frozenset({DAY})}
    assert second_opinion._why_not(settings, None) == "nothing is published"
    assert "an earlier version" in second_opinion._why_not(settings, PublishedDays(**days, refused=(date(2026, 6, 2),)))
    mapped = with_days(mapping=tmp_path / "m.yaml")
    assert "mapping" in second_opinion._why_not(mapped, PublishedDays(**days))
    assert second_opinion._why_not(settings, PublishedDays(**days)) == ""
    put(settings, "events", DAY, "a.ndjson", b"")
    monkeypatch.setattr(second_opinion, "_MOST_BYTES", -1)
    published(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        result = second_opinion._recounted(instance, "this", settings, [DAY])
    assert result.passed
    assert result.description == "not recounted: 1 of the sampled days are too large for a recount"
