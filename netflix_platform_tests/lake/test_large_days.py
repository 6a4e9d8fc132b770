"""A large Parquet file is read again instead of kept, and the bulk of its day written by itself: nothing else may differ."""

from dataclasses import asdict, replace
from datetime import timedelta

import duckdb

from netflix_platform.contracts import EVENTS
from netflix_platform.engines.sql_text import literal
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.intake import _LARGE_PARQUET_BYTES
from netflix_platform.lake.layout import raw_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform_tests.lake.raw_days import DAY, refused

ROWS = 120_000
# Of every thousand rows: one late, one that repeats the row before it, five refused, one with a field that is not known, and one
# of half a millisecond.
EVENTS_OF_A_DAY = f"""
    select
        case when number % 1000 = 1 then md5((number - 1)::varchar) when number % 1000 = 2 then 'not an id'
            else md5(number::varchar) end as event_id,
        case when number % 1000 in (3, 4) then 'searching' when number % 1000 = 5 then 'search' else 'play' end as event_type,
        timestamp '{DAY}' + number * interval 700 milliseconds
            - case when number % 1000 = 6 then interval 2 days else interval 0 days end as event_ts,
        case when number % 1000 = 6 then timestamp '{DAY}' + interval 1 hour end as received_ts,
        'u' || number % 977 as user_id, md5('p' || number) as playback_id, md5('q' || number) as session_id,
        case when number % 1000 in (5, 7) then '' else 't' || number % 71 end as title_id,
        case number % 1000 when 8 then 1.0005 when 9 then 90000 else number % 60 / 8 end::double as watched_seconds,
        case when number % 1000 = 10 then 'wifi' end as network, 3 + number % 2 as schema_version
    from range({ROWS}) as rows (number)
"""


def test_a_large_file_gives_what_its_parts_give(settings, with_days, tmp_path):
    in_parts = with_days(data_dir=tmp_path / "parts")
    for platform, part in ((settings, ROWS), (in_parts, ROWS // 8)):
        folder = raw_day(platform, "events", DAY)
        folder.mkdir(parents=True)
        for first in range(0, ROWS, part):
            path = folder / f"events-{first:06}.parquet"
            query = f"{EVENTS_OF_A_DAY} where number >= {first} and number < {first + part} order by number"
            duckdb.connect().execute(f"copy ({query}) to {literal(str(path))} (format parquet)")
            assert (path.stat().st_size >= _LARGE_PARQUET_BYTES) == (part == ROWS)
    whole, parts = conform_day(settings, EVENTS, DAY), conform_day(in_parts, EVENTS, DAY)
    assert audit_ledger(settings, "events", DAY) == []
    assert asdict(replace(whole, files={}, profile=parts.profile)) == asdict(replace(parts, files={}))
    assert whole.files["events-000000.parquet"].received_rows == ROWS == whole.received_rows
    assert (whole.repeated_rows, whole.quarantined_rows) == (120, 5 * 120)
    assert whole.unknown_fields == {"network": 120}
    late = whole.event_days[DAY - timedelta(days=2)]
    assert (late.rows, late.delay is not None) == (120, True)

    names = ", ".join([*EVENTS.column_names, "extra_fields", "event_date", "arrival_date"])
    content = f"select event_date, count(*), count(distinct source_line), sum(hash({names})) from read_parquet("
    rows = [
        duckdb.connect().execute(
            f"{content}{literal(str(platform.lake_dir / 'events' / '*' / '*'))}) group by all order by all"
        )
        for platform in (settings, in_parts)
    ]
    lying, lying_in_parts = (found.fetchall() for found in rows)
    assert [(day, rows) for day, rows, _, _ in lying] == [
        (day, whole.event_days[day].rows) for day in sorted(whole.event_days)
    ]
    assert all(rows == lines for _, rows, lines, _ in lying)
    assert [row[3] for row in lying] == [row[3] for row in lying_in_parts]
    told = [
        sorted((one["reason"], one["field"], one["original_line"]) for one in refused(platform))
        for platform in (settings, in_parts)
    ]
    assert told[0] == told[1]
