"""Raw files as the second opinion reads them: the same rows as the lake accepts, whatever the format and the dirt."""

import gzip
import json
from datetime import date, timedelta

import polars as pl
import pytest
import zstandard

from netflix_platform.contracts.events import EVENTS
from netflix_platform.contracts.titles import TITLES
from netflix_platform.defs.second_opinion import sample_of
from netflix_platform.lake.conform import Conformer
from netflix_platform.lake.layout import lake_file, raw_day
from netflix_platform.second_opinion.figures import day_figures, events_of, latest_titles, playbacks, top10
from netflix_platform.second_opinion.reading import UnreadableError, accepted_rows

DAY = date(2026, 6, 1)
GOOD = {
    "event_id": "e",
    "event_type": "heartbeat",
    "event_ts": "2026-06-01T10:00:00.000Z",
    "user_id": "u",
    "playback_id": "p",
    "title_id": "t",
    "watched_seconds": 60.5,
}


def event(number, **changes):
    return {name: value for name, value in {**GOOD, "event_id": f"e{number}", **changes}.items() if value is not ...}


LINES = [
    event(1),
    event(1, watched_seconds=1),  # repeated: the first counts
    event(2, event_type="stop", event_ts="2026-06-01 12:00:00+02:00"),
    event(3, event_ts="2026-06-01T23:30:00-02:00"),  # happened after it arrived
    event(4, event_ts="2026-05-31T23:59:59Z"),  # before the platform's start
    event(5, user_id=""),
    event(6, title_id=...),
    event(7, event_type="search", playback_id=None, title_id=None, watched_seconds=None),
    event(8, event_type="buffering"),
    event(9, watched_seconds="n/a"),
    event(10, watched_seconds="12.345", startup_ms=None, unknown_field={"a": [1]}),
    event(11, watched_seconds=-1),
    event(12, watched_seconds=86_401),
    event(13, device_type=["tv"]),
    event(14, received_ts=True),
    event(15, user_id="two words"),
    event(16, event_ts="yesterday"),
    [event(17)],
    event(18, device_type="tv \u2013 living room", watched_seconds=0),
]


def raw_bytes():
    lines = [json.dumps(line, ensure_ascii=False).encode() for line in LINES]
    lines[3:3] = [
        b"",
        b"  ",
        b'{"event_id": "cut',
        json.dumps(event(19, device_type="?")).encode().replace(b"?", b"\xff"),
    ]
    return b"\n".join(lines)


WRITE = {
    "events.ndjson": lambda content: content,
    "events.ndjson.gz": gzip.compress,
    "events.ndjson.zst": zstandard.ZstdCompressor().compress,
}


def put(settings, feed, day, name, content):
    folder = raw_day(settings, feed, day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", WRITE)
def test_the_same_rows_count_as_in_the_lake(settings, name):
    put(settings, "events", DAY, name, WRITE[name](raw_bytes()))
    put(settings, "events", DAY, ".hidden.ndjson", b"nothing")
    with Conformer(settings) as conformer:
        conformer.conform_days(EVENTS, [DAY])
    lake = pl.read_parquet(lake_file(settings, "events", DAY, DAY)).sort("event_id")
    rows = accepted_rows(settings, EVENTS, [DAY]).sort("event_id")
    assert rows["event_id"].to_list() == lake["event_id"].to_list() == ["e1", "e10", "e18", "e2", "e7"]
    assert rows["event_ts"].to_list() == lake["event_ts"].to_list()
    assert (
        rows["watched_seconds"].to_list() == (lake["watched_seconds"].cast(pl.Float64) * 1000).cast(pl.Int64).to_list()
    )


def test_csv_and_parquet_are_read_by_their_columns(settings):
    frame = pl.DataFrame([event(1), event(2, watched_seconds=None)]).with_columns(
        pl.col("event_ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ")
    )
    put(settings, "events", DAY, "a.parquet", b"")
    frame.write_parquet(raw_day(settings, "events", DAY) / "a.parquet")
    put(
        settings,
        "events",
        DAY,
        "b.csv",
        b"event_id,event_type,event_ts,user_id\ne3,search,2026-06-01T10:00:00Z,u\ne4,play,,u\n",
    )
    assert accepted_rows(settings, EVENTS, [DAY])["event_id"].to_list() == ["e1", "e2", "e3"]


@pytest.mark.parametrize(
    ("name", "content"), [("a.ndjson.zst", b"no zstd"), ("a.ndjson.gz", b"no gzip"), ("a.parquet", b"PAR")]
)
def test_a_damaged_file_is_named_and_a_note_is_no_file(settings, name, content):
    put(settings, "events", DAY, "b.csv.unreadable", b"no permission")
    assert accepted_rows(settings, EVENTS, [DAY]).is_empty()
    put(settings, "events", DAY, name, content)
    with pytest.raises(UnreadableError, match=name):
        accepted_rows(settings, EVENTS, [DAY])


def test_late_rows_and_viewings_over_midnight_count_on_their_day(settings):
    after = DAY + timedelta(days=1)
    first = [event(1, event_type="play", watched_seconds=None), event(2, event_ts="2026-06-01T23:59:59.999Z")]
    late = [event(2, watched_seconds=1), event(3, buffering_seconds=1.25), event(4, event_ts="2026-06-02T00:00:00Z")]
    for day, lines in ((DAY, first), (after, late)):
        put(settings, "events", day, "a.ndjson", "\n".join(json.dumps(line) for line in lines).encode())
    figures = day_figures(playbacks(events_of(settings, [DAY])))
    assert (figures.plays, figures.active_users, figures.watched_ms) == (1, 1, 121_000)
    assert (figures.timed_plays, figures.buffering_ms) == (1, 1_250)
    assert day_figures(playbacks(events_of(settings, [after]))).watched_ms == 60_500


def test_unknown_watch_time_is_none_and_a_day_without_playbacks_zero(settings):
    lines = [event(1, event_type="play", watched_seconds=None)]
    put(settings, "events", DAY, "a.ndjson", json.dumps(lines[0]).encode())
    figures = day_figures(playbacks(events_of(settings, [DAY])))
    assert (figures.watched_ms, figures.timed_plays) == (None, 0)
    assert day_figures(playbacks(events_of(settings, [DAY])).clear()).watched_ms == 0


def test_lists_go_by_views_of_the_latest_record(settings):
    title = {"title_type": "film", "language": "English", "genres": "Drama, Crime", "runtime_minutes": 1}
    changes = [
        {**title, "title_id": "t", "title_name": "Old", "changed_ts": "2026-05-01T00:00:00Z"},
        {**title, "title_id": "t", "title_name": "New", "changed_ts": "2026-05-02T00:00:00Z", "runtime_minutes": 2},
        {**title, "title_id": "short", "title_name": "Short", "changed_ts": "2026-05-01T00:00:00Z", "genres": None},
        {**title, "title_id": "no_list", "title_name": "N", "changed_ts": "2026-05-01T00:00:00Z", "language": None},
    ]
    put(settings, "titles", DAY, "a.ndjson", "\n".join(map(json.dumps, changes)).encode())
    lines = [event(1, watched_seconds=120), event(2, playback_id="q", title_id="short", watched_seconds=90)]
    lines += [event(3, playback_id="r", title_id="no_list"), event(4, playback_id="s", title_id="not_in_the_feed")]
    put(settings, "events", DAY, "a.ndjson", "\n".join(map(json.dumps, lines)).encode())
    titles = latest_titles(settings)
    assert {row["title_id"]: (row["title_name"], row["primary_genre"]) for row in titles.to_dicts()} == {
        "t": ("New", "Drama"),
        "short": ("Short", "unknown"),
        "no_list": ("N", "Drama"),
    }
    ranked = top10(playbacks(events_of(settings, [DAY])), titles)
    assert ranked.select("top10_list", "rank", "title_id", "views").rows() == [
        ("Films (English)", 1, "short", 1.5),
        ("Films (English)", 2, "t", 1.0),
    ]
    assert set(accepted_rows(settings, TITLES, [DAY])["title_id"]) == {"t", "short", "no_list"}


def test_the_sample_is_the_newest_day_and_one_before_it_that_changes():
    days = frozenset(DAY + timedelta(days=number) for number in range(10))
    samples = [sample_of(frozenset(day for day in days if day <= newest)) for newest in sorted(days)]
    assert [sample[0] for sample in samples] == sorted(days)
    assert {(sample[0] - sample[1]).days for sample in samples[3:]} == {1, 2, 3}
    assert sample_of(frozenset()) == []
    assert sample_of(frozenset({DAY})) == [DAY]
