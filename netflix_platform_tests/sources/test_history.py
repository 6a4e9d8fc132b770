"""Viewings as rows of the feeds, files that are kept, and the source that delivers them day by day."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.raw_files import delivered_files, remove_records
from netflix_platform.erasure.screening import screen_folder
from netflix_platform.erasure.tombstones import Tombstones
from netflix_platform.lake.raw import collect_day
from netflix_platform.sources.history import (
    VIEWINGS,
    HistoryFile,
    HistoryFileError,
    HistorySource,
    all_viewings,
    import_records,
    imports_dir,
    keep,
    with_identity,
)
from netflix_platform.sources.history.feeds import feed_rows, identified, title_id_of, user_id_of

SOURCE = "netflix_export"
DAY = date(2026, 6, 20)


def viewing(started: str | None = "2026-06-20 20:00:00", minutes: float | None = 30, **changes) -> dict:
    return dict.fromkeys(VIEWINGS) | {
        "line": 2,
        "started_at": started and datetime.fromisoformat(started),
        "watched_ms": None if minutes is None else int(minutes * 60_000),
        "profile": "Upstairs",
        "title_name": "Hafen: Season 1",
        "title_type": "season",
        "series_name": "Hafen",
        "season_number": 1,
        "episode_number": 2,
        "country": "DE",
        **changes,
    }


def frame(*viewings: dict) -> pl.DataFrame:
    return with_identity(
        pl.DataFrame(list(viewings), schema=dict(VIEWINGS)), "nf", ["profile", "started_at", "title_name"]
    )


def brief(*viewings: dict) -> list[tuple]:
    rows = feed_rows(identified(frame(*viewings)))["events"]
    return rows.select(
        pl.col("arrival_date").cast(pl.String), "event_type", pl.col("event_ts").str.slice(11), "watched_seconds"
    ).rows()


def test_a_viewing_is_a_play_and_a_stop():
    assert brief(viewing()) == [
        ("2026-06-20", "play", "20:00:00.000Z", "0"),
        ("2026-06-20", "stop", "20:30:00.000Z", "1800.000"),
    ]


def test_a_viewing_over_midnight_is_cut_there_and_nothing_is_lost():
    assert brief(viewing("2026-12-31 23:59:59.250", minutes=2)) == [
        ("2026-12-31", "play", "23:59:59.250Z", "0"),
        ("2026-12-31", "heartbeat", "23:59:59.999Z", "0.750"),
        ("2027-01-01", "stop", "00:01:59.250Z", "119.250"),
    ]
    over_days = brief(viewing("2024-02-28 22:00:00", minutes=50 * 60))
    assert [row[:2] for row in over_days[1:]] == [
        ("2024-02-28", "heartbeat"),
        ("2024-02-29", "heartbeat"),
        ("2024-03-01", "stop"),
    ]
    assert sum(Decimal(row[3]) for row in over_days) == 50 * 3600


def test_a_viewing_that_ends_at_midnight_has_nothing_on_the_day_that_begins():
    assert brief(viewing("2026-06-20 23:30:00", minutes=30))[1:] == [
        ("2026-06-20", "stop", "23:59:59.999Z", "1800.000")
    ]
    assert brief(viewing("2026-06-20 00:00:00", minutes=0))[1:] == [("2026-06-20", "stop", "00:00:00.000Z", "0.000")]


def test_unknown_watch_time_stays_unknown():
    assert brief(viewing(minutes=None)) == [("2026-06-20", "play", "20:00:00.000Z", None)]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("event_ts", "some day", "unreadable: some day"),
        ("watched_seconds", "a while", "unreadable: a while"),
        ("watched_seconds", None, "unreadable: nothing"),
        ("title_id", None, None),
        ("user_id", None, None),
    ],
)
def test_a_refused_row_is_one_event_that_the_contract_refuses_at_its_field(field, value, expected):
    row = viewing(refused_field=field, refused_value=value, original="the row")
    events = feed_rows(identified(frame(viewing(), row | {"line": 3, "title_name": "Other"})))["events"]
    (refused,) = events.filter(pl.col("original_row").is_not_null()).to_dicts()
    assert refused[field] == expected
    assert refused["original_row"] == "the row"
    assert events.height == 3


def test_a_row_without_a_day_arrives_on_the_first_day_of_its_file():
    lost = viewing(None, refused_field="event_ts", refused_value="?")
    rows = identified(frame(viewing("2026-06-22 10:00:00"), lost, viewing("2026-06-21 10:00:00")))
    assert rows["arrival_date"].to_list() == [date(2026, 6, 22), date(2026, 6, 21), date(2026, 6, 21)]


def test_profiles_and_titles_are_told_on_the_day_of_their_first_viewing():
    rows = feed_rows(
        identified(
            frame(
                viewing("2026-06-22 10:00:00", country="FR"),
                viewing("2026-06-20 10:00:00", runtime_minutes=600),
                viewing(
                    "2026-06-21 10:00:00", title_name="A Film", title_type="film", series_name=None, season_number=None
                ),
                viewing("2026-06-23 10:00:00", profile="Guest"),
            )
        )
    )
    users = rows["users"].select(pl.col("arrival_date").cast(pl.String), "profile_name", "country").rows()
    assert users == [("2026-06-20", "Upstairs", "DE"), ("2026-06-23", "Guest", "DE")]
    titles = (
        rows["titles"]
        .select(pl.col("arrival_date").cast(pl.String), "title_name", "title_type", "runtime_minutes")
        .rows()
    )
    assert titles == [("2026-06-20", "Hafen: Season 1", "season", "600"), ("2026-06-21", "A Film", "film", None)]


def test_ids_are_readable_and_apart():
    assert user_id_of("Living room").startswith("living-room-")
    assert user_id_of("Küche") != user_id_of("Kuche")
    assert user_id_of("客厅") != user_id_of("厨房")
    assert title_id_of("film", "Hafen") != title_id_of("season", "Hafen")
    assert max(len(user_id_of("x" * 500)), len(title_id_of("film", "y" * 500))) <= 64


def take(settings, tmp_path, name: str, *viewings: dict) -> None:
    file = tmp_path / name
    file.write_text(name)
    rows = frame(*viewings)
    keep(settings, SOURCE, file, HistoryFile(rows.height, rows))


@pytest.fixture
def history(with_days):
    return with_days(source=SOURCE, start_date=date(2026, 6, 1))


def test_a_viewing_that_two_files_tell_of_counts_once_as_the_first_tells_it(history, tmp_path):
    take(history, tmp_path, "one", viewing(device_name="TV"))
    take(history, tmp_path, "two", viewing(device_name="renamed"), viewing(), viewing("2026-06-21 20:00:00"))
    kept = all_viewings(history, SOURCE)
    assert kept["device_name"].to_list() == [
        "TV",
        None,
        None,
    ]  # the row that is twice in the second file is two viewings
    take(history, tmp_path, "one", viewing(device_name="TV, read again"))
    assert [record.file for record in import_records(history, SOURCE)] == ["one", "two"]
    assert all_viewings(history, SOURCE)["device_name"].to_list()[0] == "TV, read again"


def test_a_file_without_a_single_viewing_is_refused_and_leaves_nothing(history, tmp_path):
    with pytest.raises(HistoryFileError, match=r"holds no viewing that can be read .*line 2: event_ts 'some day'"):
        take(history, tmp_path, "one", viewing(None, refused_field="event_ts", refused_value="some day"))
    assert import_records(history, SOURCE) == []
    assert not list(imports_dir(history, SOURCE).glob("*"))


def test_days_are_delivered_once_and_again_only_where_a_file_changed_them(history, tmp_path):
    days = [DAY + timedelta(days=number) for number in range(3)]
    take(history, tmp_path, "one", viewing(), viewing("2026-06-22 20:00:00"))

    def collect():
        source = HistorySource(history)
        wanted = source.days_to_collect(days)
        for day in wanted:
            for feed in ("events", "users", "titles"):
                collect_day(history, source, feed, day)
        return sorted(wanted)

    assert collect() == [days[0], days[2]]
    assert collect() == []
    lines = (history.raw_dir / "events" / f"arrival_date={DAY}" / "history.ndjson").read_text().splitlines()
    assert len(lines) == 2
    take(history, tmp_path, "two", viewing("2026-06-21 21:00:00"))
    assert collect() == [days[1]]
    (record,) = [path for path in imports_dir(history, SOURCE).glob("*.json") if '"two"' in path.read_text()]
    record.with_suffix(".parquet").unlink()
    record.unlink()
    assert collect() == [days[1]], "what no file tells of any more goes from raw"
    assert list((history.raw_dir / "events" / f"arrival_date={days[1]}").iterdir()) == []


def test_a_profile_that_is_forgotten_goes_from_what_is_kept_and_stays_out(history, tmp_path):
    theirs = user_id_of("Guest")
    take(history, tmp_path, "one", viewing(), viewing("2026-06-21 20:00:00", profile="Guest"))
    (kept,) = [path for path in delivered_files(history) if path.suffix == ".parquet"]
    assert remove_records(kept, Identity(theirs)).records == 1
    assert all_viewings(history, SOURCE)["profile"].to_list() == ["Upstairs"]
    assert pl.read_parquet_schema(kept) == all_viewings(history, SOURCE).schema
    Tombstones(history).add(theirs)
    take(history, tmp_path, "one", viewing(), viewing("2026-06-21 20:00:00", profile="Guest"))
    assert screen_folder(history, "events", imports_dir(history, SOURCE)) == 1
    assert all_viewings(history, SOURCE)["profile"].to_list() == ["Upstairs"]
