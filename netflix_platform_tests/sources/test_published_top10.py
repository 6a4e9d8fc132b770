"""The weekly Top 10 as Netflix publishes it, in every shape that its file takes: read, refused by row, refused as a whole."""

from datetime import date
from pathlib import Path

import pytest

from netflix_platform.sources.published_top10 import (
    PUBLISHED_COLUMNS,
    PublishedTop10Error,
    merged,
    read,
    recognizes,
)

HEADER = (
    "week\tcategory\tweekly_rank\tshow_title\tseason_title\tweekly_hours_viewed\truntime\tweekly_views\t"
    "cumulative_weeks_in_top_10\tis_staggered_launch\tepisode_launch_details"
)
FILM = "2026-03-08\tFilms (English)\t1\tPaper Boats\tN/A\t23100000\t1.7333\t13300000\t2\tfalse\t"
SEASON = "2026-03-08\tTV (Non-English)\t3\tHarbour\tHarbour: Season 1\t20700000\t8.1\t2600000\t3\tfalse\t"
STAGGERED = (
    "2026-03-08\tTV (English)\t2\tFerry\tFerry: Season 2\t900000\t0\t400000\t1\ttrue\t"
    '"[{""episodesLaunched"":6,""countryList"":[""BR"",""AT""]}]"'
)


def published(folder: Path, *lines: str, name: str = "all-weeks-global.tsv", mark: str = "", end: str = "\n") -> Path:
    file = folder / name
    file.write_bytes((mark + "".join(line + end for line in lines)).encode())
    return file


def test_films_seasons_and_staggered_launches(tmp_path: Path) -> None:
    file = published(tmp_path, HEADER, FILM, SEASON, STAGGERED)
    assert recognizes(file)
    top10 = read(file)
    assert (top10.rows, top10.refusals) == (3, ())
    assert top10.lists.schema == PUBLISHED_COLUMNS
    film, season, staggered = top10.lists.to_dicts()
    assert film == {
        "week_start": date(2026, 3, 2),
        "top10_list": "Films (English)",
        "rank": 1,
        "show_title": "Paper Boats",
        "season_title": None,
        "title_name": "Paper Boats",
        "hours_viewed": 23_100_000,
        "runtime_minutes": 104,
        "views": 13_300_000,
        "cumulative_weeks_in_top_10": 2,
    }
    assert (season["title_name"], season["runtime_minutes"]) == ("Harbour: Season 1", 486)
    assert (staggered["title_name"], staggered["runtime_minutes"], staggered["views"]) == (
        "Ferry: Season 2",
        None,
        400_000,
    )


def test_older_editions_lack_columns_or_values(tmp_path: Path) -> None:
    header = "week,category,weekly_rank,show_title,season_title,weekly_hours_viewed"
    row = "2021-07-04,Films (English),1,Paper Boats,N/A,81610000"
    (early,) = read(published(tmp_path, header, row)).lists.to_dicts()
    assert (early["week_start"], early["hours_viewed"]) == (date(2021, 6, 28), 81_610_000)
    assert (early["runtime_minutes"], early["views"], early["cumulative_weeks_in_top_10"]) == (None, None, None)
    (blank,) = read(published(tmp_path, HEADER, FILM.replace("1.7333\t13300000", "\t"))).lists.to_dicts()
    assert (blank["runtime_minutes"], blank["views"]) == (None, None)


@pytest.mark.parametrize(
    ("delimiter", "hours", "runtime"),
    [
        (";", "23.100.000", "1,7333"),
        (";", "23 100 000", "1.7333"),
        ("\t", "23\u00a0100\u00a0000", "1.7333"),
        (",", '"23,100,000"', "1.7333"),
        (",", "23100000.0", "1.7333"),
    ],
)
def test_spreadsheets_write_numbers_their_own_way(tmp_path: Path, delimiter: str, hours: str, runtime: str) -> None:
    row = FILM.replace("23100000", hours).replace("1.7333", runtime).replace("2026-03-08", "2026-03-08 00:00:00")
    lines = [line.replace("\t", delimiter) for line in (HEADER.replace("show_title", "Show Title"), row)]
    top10 = read(published(tmp_path, *lines, mark="\ufeff", end="\r\n"))
    assert top10.messages() == []
    assert top10.lists.select("week_start", "hours_viewed", "runtime_minutes").row(0) == (
        date(2026, 3, 2),
        23_100_000,
        104,
    )


def test_rows_that_cannot_be_used_are_refused_with_line_and_reason(tmp_path: Path) -> None:
    lines = [
        HEADER,
        FILM.replace("23100000", "many"),
        FILM,
        FILM,
        FILM.replace("2026-03-08", "08/03/2026"),
        FILM.replace("2026-03-08", "2026-03-07"),
        FILM.replace("Films (English)", "Films"),
        FILM.replace("\t1\t", "\t11\t"),
        FILM.replace("Paper Boats", " "),
        FILM.replace("1.7333", "long"),
        FILM.replace("13300000", "some"),
        "2026-03-08\tFilms (English)",
        FILM.replace("\t1\t", "\t2\t").replace("Films (English)", "films (english)"),
    ]
    top10 = read(published(tmp_path, *lines))
    assert [(refusal.line, refusal.reason) for refusal in top10.refusals] == [
        (2, "unreadable_number"),
        (4, "repeated_rank"),
        (5, "unreadable_week"),
        (6, "wrong_week"),
        (7, "unknown_list"),
        (8, "bad_rank"),
        (9, "missing_title"),
        (10, "unreadable_number"),
        (11, "unreadable_number"),
        (12, "wrong_number_of_fields"),
    ]
    assert top10.messages()[2] == f"{top10.file}, line 5: week '08/03/2026' is no date; write it like 2026-07-19"
    assert top10.lists["rank"].to_list() == [1, 2]
    assert top10.rows == 12


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "missing columns week, category"),
        ("week,category\n", r"missing columns weekly_rank, .*expected all-weeks-global .*found week, category"),
        ("country_name\tcountry_iso2\t" + HEADER, "it is the list by country"),
        ("<!doctype html>", "is a web page"),
        ("PK\x03\x04\0", "is no text file"),
    ],
)
def test_what_is_no_such_list_is_refused_by_name(tmp_path: Path, content: str, told: str) -> None:
    file = published(tmp_path, content)
    assert not recognizes(file)
    with pytest.raises(PublishedTop10Error, match=told) as error:
        read(file)
    assert str(file) in str(error.value)
    assert not recognizes(tmp_path / "no.tsv")


def test_each_week_is_taken_whole_from_the_file_that_reaches_furthest(tmp_path: Path) -> None:
    older = FILM.replace("2026-03-08", "2026-03-01")
    first = read(published(tmp_path, HEADER, older, FILM.replace("Boats", "Ships"), SEASON, name="z.tsv"))
    second = read(published(tmp_path, HEADER, FILM, FILM.replace("2026-03-08", "2026-03-15"), name="a.tsv"))
    for files in ([first, second], [second, first]):
        rows = merged(files).select("week_start", "top10_list", "show_title").rows()
        assert rows == [
            (date(2026, 3, 9), "Films (English)", "Paper Boats"),
            (date(2026, 3, 2), "Films (English)", "Paper Boats"),
            (date(2026, 2, 23), "Films (English)", "Paper Boats"),
        ]
    assert merged([]).schema == PUBLISHED_COLUMNS
