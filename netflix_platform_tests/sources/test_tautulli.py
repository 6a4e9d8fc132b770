"""Tautulli's histories: database, answer and table tell the same; what is no viewing, no history or nobody's business."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from netflix_platform.sources.history import VIEWINGS, HistoryFile, HistoryFileError
from netflix_platform.sources.tautulli import FORMAT
from netflix_platform_tests.sources.tautulli_files import (
    ADDRESS,
    EPISODE,
    FILM,
    STARTED,
    TABLES,
    answer,
    answered,
    database,
    table,
)


def read(file: Path) -> HistoryFile:
    assert FORMAT.recognizes(file)
    history = FORMAT.read(file)
    assert history.rows == history.viewings.height + sum(history.apart.values())
    assert history.viewings.schema == dict(VIEWINGS)
    assert ADDRESS not in history.viewings.write_json()
    return history


def test_the_database(tmp_path: Path) -> None:
    history = read(database(tmp_path, FILM, EPISODE))
    assert (history.rows, history.apart, history.notes) == (2, {}, ())
    film, episode = ({n: v for n, v in row.items() if v is not None} for row in history.viewings.to_dicts())
    details = film.pop("details")
    assert film.pop("viewing_id").startswith("tautulli-")
    assert film == {
        "line": 1,
        "started_at": datetime(2026, 3, 1, 21, 20),
        "watched_ms": 4_800_000,
        "position_ms": 4_700_000,
        "profile": "living-room",
        "title_name": "Paper Boats",
        "title_type": "film",
        "runtime_minutes": 91,
        "device_name": "upstairs",
        "device_type": "tv",
    }
    assert details == (
        '{"row_id":"1","reference_id":"1","platform":"Roku","product":"Plex for Roku","year":"2020","rating_key":"11",'
        '"guid":"plex://movie/1","transcode_decision":"direct play"}'
    )
    assert (episode["title_name"], episode["series_name"]) == ("Harbour: Season 1", "Harbour")
    assert (episode["season_number"], episode["episode_number"], episode["episode_name"]) == (1, 2, "Fog")
    assert (episode["device_type"], episode["watched_ms"], "runtime_minutes" in episode) == ("phone", 600_000, False)


def test_answer_and_table_tell_the_same_as_the_database(tmp_path: Path) -> None:
    same = ("viewing_id", "started_at", "watched_ms", "profile", "title_name", "episode_name", "device_type")
    expected = read(database(tmp_path, FILM, EPISODE)).viewings.select(same).rows()
    assert read(answer(tmp_path, answered(FILM), answered(EPISODE))).viewings.select(same).rows() == expected
    for delimiter, end, encoding in ((",", "\r\n", "utf-8"), (";", "\n", "utf-8-sig"), ("\t", "\n", "utf-16")):
        file = table(tmp_path, answered(FILM), answered(EPISODE), delimiter=delimiter, end=end, encoding=encoding)
        history = read(file)
        assert history.viewings.select(same).rows() == expected
        assert history.viewings["line"].to_list() == [2, 3]
    joined = read(table(tmp_path, FILM, EPISODE)).viewings  # the database's tables, joined and saved
    assert joined.select(same).rows() == expected
    assert joined["runtime_minutes"].to_list() == [91, None]


def test_a_table_with_written_times_says_whose_they_are(tmp_path: Path) -> None:
    row = answered(FILM) | {"started": "2026-03-01 21:20:00", "stopped": "2026-03-01 22:20:00"}
    file = table(tmp_path, row)
    history = read(file)
    assert history.viewings["started_at"].item() == datetime(2026, 3, 1, 21, 20)
    assert history.viewings["watched_ms"].item() == 3_400_000
    assert history.notes == ("Times without a zone were read as UTC.",)
    moved = replace(FORMAT, time_zone="America/New_York").read(file).viewings
    assert moved["started_at"].item() == datetime(2026, 3, 2, 2, 20)


def test_music_clips_photos_and_live_television_are_counted_apart(tmp_path: Path) -> None:
    kinds = [FILM | {"id": 10 + at, "media_type": kind} for at, kind in enumerate(("track", "clip", "photo", "track"))]
    live = EPISODE | {"id": 20, "live": 1}
    history = read(database(tmp_path, FILM, *kinds, live))
    assert history.apart == {"clip": 1, "live": 1, "photo": 1, "track": 2}
    assert history.viewings["line"].to_list() == [1]


def test_a_group_counts_what_its_sessions_played_and_what_still_plays_is_apart(tmp_path: Path) -> None:
    group = answered(FILM) | {"group_count": 3, "stopped": STARTED + 90_000, "play_duration": 4_800}
    playing = answered(EPISODE) | {"row_id": None, "state": "playing", "stopped": None}
    history = read(answer(tmp_path, group, playing, recordsFiltered=500))
    assert history.viewings["watched_ms"].to_list() == [4_800_000]
    assert history.apart == {"still playing": 1}
    assert "holds 2 of the 500 rows" in history.notes[0]
    assert history.notes[1] == "1 rows stand for several sessions each; export with grouping=0 to get every session."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"parent_media_index": 0, "parent_title": "Specials"}, ("Harbour: Specials", "Harbour", None)),
        ({"parent_media_index": None, "parent_title": None}, ("Harbour", "Harbour", None)),
        ({"grandparent_title": None}, ("Harbour: Season 1", "Harbour", 1)),  # from the full title
    ],
)
def test_seasons_without_number_and_series_without_name(
    tmp_path: Path, change: dict[str, Any], expected: tuple[object, ...]
) -> None:
    (row,) = read(database(tmp_path, EPISODE | change)).viewings.to_dicts()
    assert (row["title_name"], row["series_name"], row["season_number"]) == expected


def test_watch_time_that_is_not_known_is_null(tmp_path: Path) -> None:
    ended = read(database(tmp_path, FILM | {"stopped": None}, EPISODE | {"stopped": 0})).viewings
    assert ended["watched_ms"].to_list() == [None, None]
    assert ended["refused_field"].to_list() == [None, None]


def test_rows_that_cannot_be_taken_are_refused_without_addresses(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"started": "yesterday"},
        {"user": "", "user_id": "", "friendly_name": ""},
        {"media_type": ""},
        {"title": "", "full_title": ""},
        {"stopped": STARTED - 60},
    ]
    file = table(tmp_path, *(answered(FILM) | change for change in changes))
    file.write_text(file.read_text() + f"too,short,{ADDRESS},2001:db8::17,12:30:45\r\n")
    rows = read(file).viewings.select("refused_field", "refused_value", "original").rows()
    assert [row[:2] for row in rows] == [
        (None, None),
        ("event_ts", "yesterday"),
        ("user_id", None),
        ("title_id", "Paper Boats"),
        ("title_id", None),
        ("watched_seconds", "-260"),
        ("event_ts", None),
    ]
    assert "[address]" in rows[1][2]
    assert rows[-1][2] == "too,short,[address],[address],12:30:45"


def test_identity_outlives_corrections_and_tells_twins_apart(tmp_path: Path) -> None:
    twin = FILM | {"id": 3}
    first = set(read(database(tmp_path, FILM, EPISODE, twin)).viewings["viewing_id"])
    assert len(first) == 3
    (tmp_path / "tautulli.db").unlink()
    renamed = [row | {"id": at, "user": "new", "title": "New"} for at, row in enumerate((EPISODE, FILM, twin), 50)]
    assert set(read(database(tmp_path, *renamed)).viewings["viewing_id"]) == first


def test_an_older_version_without_some_columns_is_read(tmp_path: Path) -> None:
    assert read(database(tmp_path, FILM, without_column="live")).viewings.height == 1
    (tmp_path / "tautulli.db").unlink()
    with pytest.raises(HistoryFileError, match=r"missing columns session_history\.started"):
        FORMAT.read(database(tmp_path, FILM, without_column="started"))


def test_another_sqlite_database_is_refused_with_the_tables_that_it_lacks(tmp_path: Path) -> None:
    file = database(tmp_path, FILM, without=list(TABLES)[1:])
    assert not FORMAT.recognizes(file)
    with pytest.raises(HistoryFileError, match="missing tables session_history_metadata, session_history_media_info"):
        FORMAT.read(file)


def test_a_database_that_is_in_use_is_read(tmp_path: Path) -> None:
    file = database(tmp_path, FILM)
    with closing(sqlite3.connect(file, isolation_level=None)) as tautulli:
        tautulli.execute("begin exclusive")
        assert read(file).viewings.height == 1
        tautulli.execute("rollback")
        tautulli.execute("pragma journal_mode = wal")
        tautulli.execute("insert into session_history (id) values (9)")
        history = read(file)
    assert history.viewings.height == 1
    assert "tautulli.db-wal, which is not read" in history.notes[0]


def test_nothing_is_left_beside_a_database(tmp_path: Path) -> None:
    file = database(tmp_path, FILM)
    before = file.read_bytes()
    file.chmod(0o444)
    read(file)
    assert [path.name for path in tmp_path.iterdir()] == ["tautulli.db"]
    assert file.read_bytes() == before


def test_a_database_that_is_half_written_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path, FILM)
    (tmp_path / "tautulli.db-journal").write_bytes(b"x")
    with pytest.raises(HistoryFileError, match=r"its writer was killed .*use a backup"):
        FORMAT.read(file)


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        (slice(0, 3_000), "may be damaged"),
        (slice(50, None), "is no SQLite database, though it is called one; it may be damaged or encrypted"),
    ],
)
def test_a_damaged_or_encrypted_database_is_refused(tmp_path: Path, keep: slice, told: str) -> None:
    file = database(tmp_path, *(FILM | {"id": at} for at in range(200)))
    file.write_bytes(file.read_bytes()[keep])
    assert not FORMAT.recognizes(file)
    with pytest.raises(HistoryFileError, match=told):
        FORMAT.read(file)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.csv", "", "is empty"),
        (
            "x.csv",
            "Profile Name,Start Time,Duration,Title\n",
            "missing columns started or date, user or friendly_name or",
        ),
        ("x.csv", "<html>", "is a web page"),
        ("x.csv", "a\0", "is no text file"),
        ("x.json", '{"response": {"result": "success", "data": [', "is no readable JSON .*perhaps it was cut off"),
        ("x.json", '{"response": {"result": "error", "message": "Invalid apikey"}}', r"answered \(Invalid apikey\)"),
        ("x.json", '[{"a": 1}]', "is JSON, but no answer"),
        ("x.json", "[1]", "is JSON, but no answer"),
        ("x.json", "[" * 100_000, "is no readable JSON"),
    ],
)
def test_what_is_no_history_is_refused_by_name(tmp_path: Path, name: str, content: str, told: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    assert not FORMAT.recognizes(file)
    with pytest.raises(HistoryFileError, match=told) as error:
        FORMAT.read(file)
    assert str(file) in str(error.value)


def test_odd_rows_of_an_answer_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    odd = answered(FILM) | {"title": "half \ud83d pair", "year": 2020.0, "guid": ["a"]}
    history = read(answer(tmp_path, answered(FILM), None, "text", odd))
    assert history.viewings["refused_field"].to_list() == [None, "event_ts", "event_ts", None]
    assert history.viewings["title_name"].to_list()[3] == "half ? pair"
    assert '"year":"2020"' in history.viewings["details"].to_list()[3]


def test_a_schema_that_is_damaged_in_its_text_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path, FILM)
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE session_history (", b"CREATE TABLE \xc7ession_history ("))
    assert not FORMAT.recognizes(file)
    with pytest.raises(HistoryFileError, match="cannot be read as a database"):
        FORMAT.read(file)


def test_a_missing_file_is_not_recognized_and_refused(tmp_path: Path) -> None:
    for name in ("no.db", "no.csv"):
        assert not FORMAT.recognizes(tmp_path / name)
        with pytest.raises(HistoryFileError, match="cannot be read"):
            FORMAT.read(tmp_path / name)
    assert not FORMAT.recognizes(tmp_path)
