"""Backups of Jellyfin's Playback Reporting plugin: what each row becomes, and that nothing else is taken for one."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from netflix_platform.sources.history import VIEWINGS, HistoryFileError
from netflix_platform.sources.jellyfin import FORMAT

HEADER = "DateCreated,UserId,ItemId,ItemType,ItemName,PlaybackMethod,ClientName,DeviceName,PlayDuration"
EPISODE = (
    "2026-03-01 21:15:00.1234567\tu1\ti1\tEpisode\t"
    "Harbour - Nights - s01e02 - Fog\tDirectPlay\tAndroid TV\tliving-room\t1500"
)
FILM = "2026-03-02 20:00:00\tu1\ti2\tMovie\tPaper Boats\tTranscode (v:h264 a:direct)\tJellyfin Web\tFirefox\t60"
NETFLIX = "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark,Latest Bookmark,Country"


def backup(folder: Path, *lines: str, end: str = "\n", mark: str = "") -> Path:
    file = folder / "PlaybackReportingBackup-20260303-040506.tsv"
    file.write_bytes((mark + "".join(line + end for line in lines)).encode())
    return file


def test_an_episode_and_a_film(tmp_path: Path) -> None:
    file = backup(tmp_path, EPISODE, FILM)
    assert FORMAT.recognizes(file)
    history = FORMAT.read(file)
    assert (history.rows, history.apart) == (2, {})
    assert history.viewings.schema == dict(VIEWINGS)
    episode, film = history.viewings.to_dicts()
    assert episode.pop("viewing_id").startswith("jellyfin-")
    assert {name: value for name, value in episode.items() if value is not None} == {
        "line": 1,
        "started_at": datetime(2026, 3, 1, 21, 15, 0, 123456),
        "watched_ms": 1_500_000,
        "profile": "u1",
        "title_name": "Harbour - Nights: Season 1",
        "title_type": "season",
        "series_name": "Harbour - Nights",
        "season_number": 1,
        "episode_number": 2,
        "episode_name": "Fog",
        "device_name": "living-room",
        "device_type": "tv",
        "details": '{"item_id":"i1","playback_method":"DirectPlay","client_name":"Android TV"}',
    }
    assert (film["title_name"], film["title_type"], film["series_name"]) == ("Paper Boats", "film", None)
    assert (film["device_type"], film["watched_ms"]) == ("pc", 60_000)


@pytest.mark.parametrize(
    ("item_name", "expected"),
    [
        ("Harbour - s00e05 - Extra", ("Harbour", None, 5, "Extra")),  # specials and unknown look alike
        ("Harbour - s12e00 - ", ("Harbour: Season 12", 12, None, None)),
        ("Harbour", ("Harbour", None, None, None)),
        ("A - s01e01 - B - s02e02 - C", ("A: Season 1", 1, 1, "B - s02e02 - C")),
    ],
)
def test_episode_names(tmp_path: Path, item_name: str, expected: tuple[object, ...]) -> None:
    file = backup(tmp_path, EPISODE.replace("Harbour - Nights - s01e02 - Fog", item_name))
    (row,) = FORMAT.read(file).viewings.to_dicts()
    assert (row["title_name"], row["season_number"], row["episode_number"], row["episode_name"]) == expected
    assert ("item_name" in row["details"]) == (row["season_number"] is None or row["episode_number"] is None)


def test_music_trailers_and_the_like_are_counted_apart(tmp_path: Path) -> None:
    kinds = ("Audio", "Audio", "MusicVideo", "TvChannel", "Trailer", "Photo", "Book", "Video")
    history = FORMAT.read(backup(tmp_path, FILM, *(FILM.replace("Movie", kind) for kind in kinds)))
    assert history.apart == {
        "Audio": 2,
        "Book": 1,
        "MusicVideo": 1,
        "Photo": 1,
        "Trailer": 1,
        "TvChannel": 1,
        "Video": 1,
    }
    assert history.rows == history.viewings.height + sum(history.apart.values())


def test_rows_that_cannot_be_taken_are_refused_at_a_field(tmp_path: Path) -> None:
    lines = (
        FILM,
        "half a line",
        FILM.replace("2026-03-02 20:00:00", "2026-13-02 20:00:00"),
        FILM.replace("\tu1\t", "\t\t"),
        FILM.replace("\tMovie\t", "\t\t"),
        FILM.replace("Paper Boats", "Not Known"),
        FILM.replace("\t60", "\t-1"),
        FILM.replace("\t60", "\ta minute"),
        FILM.replace("\t60", "\t" + "9" * 18),
        FILM.replace("\t60", "\t"),  # not said, which is no fault
    )
    history = FORMAT.read(backup(tmp_path, *lines))
    refused = history.viewings.select("line", "refused_field", "refused_value", "original").rows()
    assert refused == [
        (1, None, None, None),
        (2, "event_ts", None, lines[1]),
        (3, "event_ts", "2026-13-02 20:00:00", lines[2]),
        (4, "user_id", None, lines[3]),
        (5, "title_id", "Paper Boats", lines[4]),
        (6, "title_id", "Not Known", lines[5]),
        (7, "watched_seconds", "-1", lines[6]),
        (8, "watched_seconds", "a minute", lines[7]),
        (9, "watched_seconds", "9" * 18, lines[8]),
        (10, None, None, None),
    ]
    assert history.viewings["watched_ms"].to_list()[-2:] == [None, None]
    assert history.rows == 10


def test_identity_outlives_a_longer_playback_and_tells_twins_apart(tmp_path: Path) -> None:
    first = FORMAT.read(backup(tmp_path, FILM, EPISODE, FILM)).viewings["viewing_id"]
    later = FORMAT.read(backup(tmp_path, EPISODE, FILM.replace("\t60", "\t4000"), FILM, FILM)).viewings["viewing_id"]
    assert first.n_unique() == 3
    assert set(first) < set(later)
    assert later.n_unique() == 4
    moved = replace(FORMAT, time_zone="Asia/Tokyo").read(backup(tmp_path, FILM, EPISODE, FILM)).viewings
    assert moved["viewing_id"].equals(first)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-07-01 20:00:00", datetime(2026, 7, 1, 18)),
        ("2026-01-01 20:00:00", datetime(2026, 1, 1, 19)),
        ("2026-07-01T20:00:00Z", datetime(2026, 7, 1, 20)),
        ("2026-07-01 20:00:00-03:30", datetime(2026, 7, 1, 23, 30)),
        ("2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 30)),  # an hour that the clocks skipped
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30)),  # the first of two
    ],
)
def test_local_time_of_the_server_becomes_utc(tmp_path: Path, written: str, utc: datetime) -> None:
    file = backup(tmp_path, FILM.replace("2026-03-02 20:00:00", written))
    history = replace(FORMAT, time_zone="Europe/Berlin").read(file)
    assert history.viewings["started_at"].item() == utc
    assert "read as Europe/Berlin" in history.notes[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("mark", "end"), [("", "\n"), ("\ufeff", "\r\n")])
def test_the_table_with_a_header(tmp_path: Path, delimiter: str, mark: str, end: str) -> None:
    header = HEADER.replace("UserId", "UserName").replace(",", delimiter)
    values = FILM.replace("Paper Boats", '"Paper, ""Boats"";"').replace("\t", delimiter)
    file = backup(tmp_path, "rowid" + delimiter + header, "7" + delimiter + values, end=end, mark=mark)
    assert FORMAT.recognizes(file)
    (row,) = FORMAT.read(file).viewings.to_dicts()
    assert (row["line"], row["title_name"], row["profile"]) == (2, 'Paper, "Boats";', "u1")
    assert row["refused_field"] is None


def test_quotes_mean_nothing_in_a_backup(tmp_path: Path) -> None:
    file = backup(tmp_path, FILM.replace("Paper Boats", '"Paper'), FILM, end="\r\n", mark="\ufeff")
    assert FORMAT.read(file).viewings["title_name"].to_list() == ['"Paper', "Paper Boats"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (NETFLIX + "\n", "is no Jellyfin playback history; expected the plugin's backup"),
        ("DateCreated,ItemName\n", r"missing columns UserId \(or UserName\), ItemType; expected"),
        ("one\ttwo\n", "found one"),
        ("<!DOCTYPE html>", "is a web page"),
        ("\0", "is no text file"),
    ],
)
def test_what_is_no_history_is_refused_by_name(tmp_path: Path, content: str, told: str) -> None:
    file = backup(tmp_path, content, end="")
    assert not FORMAT.recognizes(file)
    with pytest.raises(HistoryFileError, match=told) as error:
        FORMAT.read(file)
    assert str(file) in str(error.value)


def test_a_missing_file_is_not_recognized_and_refused(tmp_path: Path) -> None:
    assert not FORMAT.recognizes(tmp_path / "no.tsv")
    with pytest.raises(HistoryFileError, match="cannot be read"):
        FORMAT.read(tmp_path / "no.tsv")
