"""An export read as viewings: what a row becomes, which rows are the same viewing, which are refused, and that none vanishes."""

import random
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from netflix_platform.sources.history import VIEWINGS, HistoryFile, HistoryFileError
from netflix_platform.sources.netflix_export import FORMAT
from netflix_platform_tests.sources.netflix_exports import (
    HEADER_LINE,
    pack,
    save_as_spreadsheet,
    write_export,
    write_short_history,
)
from netflix_platform_tests.sources.netflix_recount import recount

GOOD = (
    'Upstairs,2021-07-13 23:53:45,01:34:18,"Autoplayed: user action: None; View was hidden; ",'
    '"Night Ferry: Season 2: Fog, Rain (Episode 3)",,Chrome PC (Cadmium),00:41:19,Not latest view,US (United States)'
)


def read(folder: Path, *rows: str, header: str = HEADER_LINE) -> HistoryFile:
    file = folder / "ViewingActivity.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    history = FORMAT.read(file)
    assert history.rows == history.viewings.height + sum(history.apart.values())
    assert history.viewings.schema == VIEWINGS
    assert history.viewings["viewing_id"].is_unique().all()
    return history


def ids(file: Path) -> list[str]:
    return sorted(FORMAT.read(file).viewings["viewing_id"])


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("export"), rows=2_000, days=730)


def test_a_row_says_all_of_this(tmp_path: Path) -> None:
    (row,) = read(tmp_path, GOOD).viewings.to_dicts()
    assert row.pop("viewing_id").startswith("nf-")
    assert row == {
        "line": 2,
        "started_at": datetime(2021, 7, 13, 23, 53, 45),
        "watched_ms": 5_658_000,
        "position_ms": 2_479_000,
        "profile": "Upstairs",
        "title_name": "Night Ferry: Season 2",
        "title_type": "season",
        "series_name": "Night Ferry",
        "season_number": 2,
        "episode_number": 3,
        "episode_name": "Fog, Rain",
        "runtime_minutes": None,
        "device_name": "Chrome PC (Cadmium)",
        "device_type": "pc",
        "country": "US",
        "details": '{"attributes": ["Autoplayed: user action: None", "View was hidden"]}',
        "refused_field": None,
        "refused_value": None,
        "original": None,
    }


def test_the_identity_is_pinned(tmp_path: Path) -> None:
    # Another id for the same row would count the viewings of everybody's older exports a second time.
    assert read(tmp_path, GOOD).viewings["viewing_id"].to_list() == ["nf-6adbbfecf01a83b991ff23a59fb4e3b6"]


def test_trailers_and_previews_are_apart_by_kind(tmp_path: Path) -> None:
    rows = ("A,2021-07-13 14:53:45,0:00:09,,Film_hook,{},TV,0:00:09,0:00:09,US (United States)",) * 4
    kinds = ("HOOK", "TRAILER", "SOMETHING_NEW", "HOOK")
    filled = [row.format(kind) for row, kind in zip(rows, kinds, strict=True)]
    bad_date = "A,never,0:00:09,,Film,TRAILER,TV,,,US"
    not_applicable = "A,2021-07-13 14:53:45,0:00:09,,Film,N/A,TV,,,US"
    history = read(tmp_path, GOOD, *filled, bad_date, not_applicable)
    assert history.apart == {"HOOK": 2, "SOMETHING_NEW": 1, "TRAILER": 2}
    assert (history.rows, history.viewings.height) == (7, 2)


REFUSED = {
    "no date": (GOOD.replace("2021-07-13 23:53:45", "13th of July"), "event_ts", "13th of July"),
    "no such day": (GOOD.replace("2021-07-13", "2021-02-30"), "event_ts", "2021-02-30 23:53:45"),
    "a day without a time": (GOOD.replace(" 23:53:45", ""), "event_ts", "2021-07-13"),
    "start missing": (GOOD.replace("2021-07-13 23:53:45", ""), "event_ts", None),
    "duration": (GOOD.replace("01:34:18", "a while"), "watched_seconds", "a while"),
    "title missing": (GOOD.replace('"Night Ferry: Season 2: Fog, Rain (Episode 3)"', " "), "title_id", None),
    "profile missing": (GOOD.replace("Upstairs", ""), "user_id", None),
    "a field too many": (GOOD + ",more", "event_ts", None),
    "a field too few": (GOOD.removesuffix(",US (United States)"), "event_ts", None),
    "a header once more": (HEADER_LINE, "event_ts", "Start Time"),
    "a zero byte": (GOOD.replace("Fog", "F\0g"), "event_ts", None),
    "a quotation mark that is not closed": (GOOD.replace('3)"', "3)"), "event_ts", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_cannot_be_taken_is_refused_and_the_others_are_read(tmp_path: Path, case: str) -> None:
    bad, field, value = REFUSED[case]
    # Supplemental Video Type of the repeated header would make it a trailer called that.
    bad = bad.replace("Supplemental Video Type", "") if case == "a header once more" else bad
    history = read(tmp_path, GOOD, bad, GOOD)
    faults = history.viewings.filter(pl.col("refused_field").is_not_null()).to_dicts()
    assert [(row["line"], row["refused_field"], row["refused_value"], row["original"]) for row in faults] == [
        (3, field, value, bad.replace("\0", "\u2400"))
    ]
    assert history.viewings["line"].to_list() == [2, 3, 4]


def test_a_refused_row_keeps_what_could_be_read(tmp_path: Path) -> None:
    (row,) = read(tmp_path, GOOD.replace("01:34:18", "a while")).viewings.to_dicts()
    assert (row["profile"], row["title_name"], row["started_at"]) == (
        *("Upstairs", "Night Ferry: Season 2"),
        datetime(2021, 7, 13, 23, 53, 45),
    )


def test_a_missing_duration_is_unknown_and_no_fault(tmp_path: Path) -> None:
    history = read(tmp_path, GOOD.replace("01:34:18", ""))
    assert history.viewings.select("watched_ms", "refused_field").row(0) == (None, None)
    assert history.notes == ("Viewings without a duration: 1; how long was watched is unknown, not zero.",)


def test_what_a_person_should_know_is_said(tmp_path: Path) -> None:
    rows = (GOOD.replace(" 23:53:45", ""), GOOD.replace("01:34:18", "01:34"), GOOD.replace("Season 2", "Tides"))
    assert read(tmp_path, *rows, GOOD.replace(" (Episode 3)", "").replace("Season 2", "Tides")).notes == (
        "Starts without a time of the day: 1; they are refused. Import the file as Netflix sent it.",
        "Durations like 0:26, which may be hours and minutes or minutes and seconds: 1; they are refused. "
        "Import the file as Netflix sent it.",
        "Titles with several colons and no word for a season: 1; they are taken for films, "
        "such as 'Night Ferry: Tides: Fog, Rain'.",
    )
    assert read(tmp_path, GOOD).notes == ()


def test_what_no_column_takes_is_kept_in_details(tmp_path: Path) -> None:
    row = "A,2021-07-13 14:53:45,0:10:00,,Film,,TV,no idea,,ZZ (Nowhere),kept,90,,"
    header = HEADER_LINE + ",line,runtime_minutes,Remark,"
    found = read(tmp_path, row, header=header).viewings.select("details", "country", "position_ms", "runtime_minutes")
    details = '{"country": "ZZ (Nowhere)", "bookmark": "no idea", "line": "kept", "runtime_minutes": "90"}'
    assert found.row(0) == (details, None, None, None)


def test_a_row_may_say_nothing_of_device_country_and_position(tmp_path: Path) -> None:
    viewings = read(tmp_path, "A,2021-07-13 14:53:45,0:10:00,,Film,,,,,").viewings
    nothing = ("device_name", "device_type", "country", "position_ms", "details", "refused_field")
    assert viewings.select(nothing).row(0) == (None,) * 6


def test_values_over_several_lines_and_blank_lines_keep_the_count_of_lines(tmp_path: Path) -> None:
    broken = GOOD.replace("Fog, Rain", "Fog,\nRain")
    history = read(tmp_path, broken, "", ",,,,,,,,,", GOOD)
    assert history.viewings["line"].to_list() == [2, 6]
    assert history.viewings["episode_name"].to_list() == ["Fog, Rain"] * 2


@pytest.mark.parametrize(
    "header",
    [
        HEADER_LINE.replace("Start Time", "StartTime"),
        HEADER_LINE.upper(),
        HEADER_LINE.replace(" ", "_"),
        f'"{HEADER_LINE}"'.replace(",", '","'),
        HEADER_LINE.replace(",", " , "),
        "sep=,\n" + HEADER_LINE,
    ],
)
def test_variations_of_the_header(tmp_path: Path, header: str) -> None:
    assert read(tmp_path, GOOD, header=header).viewings["title_name"].to_list() == ["Night Ferry: Season 2"]


def test_columns_in_another_order_and_without_those_that_tell_nothing_apart(tmp_path: Path) -> None:
    header = "Country,Title,Supplemental Video Type,Device Type,Bookmark,Profile Name,Start Time,Duration"
    row = 'US,"Night Ferry: Season 2: Fog, Rain (Episode 3)",,Chrome PC (Cadmium),0:41:19,Upstairs,7/13/2021 23:53,1:34:18'
    assert (
        read(tmp_path, row, header=header).viewings["viewing_id"][0] == read(tmp_path, GOOD).viewings["viewing_id"][0]
    )


SAVED = {
    "commas": {},
    "semicolons": {"separator": ";"},
    "tabs and UTF-16": {"separator": "\t", "encoding": "utf-16"},
    "day first": {"separator": ";", "form": "{d}/{m}/{y} {hour}:{minute:02}"},
    "with dots": {"separator": ";", "form": "{d:02}.{m:02}.{y} {hour:02}:{minute:02}"},
    "without a mark": {"encoding": "utf-8"},
}


@pytest.mark.parametrize("case", SAVED)
def test_a_spreadsheet_that_saved_the_file_changes_no_identity(export: Path, tmp_path: Path, case: str) -> None:
    saved = save_as_spreadsheet(export, tmp_path / "saved.csv", **SAVED[case])
    assert FORMAT.recognizes(saved)
    assert ids(saved) == ids(export)
    history = FORMAT.read(saved)
    assert history.viewings["refused_field"].null_count() == history.viewings.height
    assert history.notes == (
        "The starts have no seconds: a spreadsheet saved the file. Viewings keep their identity all the same.",
    )
    assert history.viewings["watched_ms"].sum() == FORMAT.read(export).viewings["watched_ms"].sum()


def test_order_of_rows_and_packing_change_no_identity(export: Path, tmp_path: Path) -> None:
    header, *rows = export.read_text(encoding="utf-8").splitlines()
    random.Random(1).shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join((header, *rows)), encoding="utf-8")
    assert ids(shuffled) == ids(export)
    packed = pack(export, tmp_path / "netflix-report.zip")
    assert FORMAT.recognizes(packed)
    assert FORMAT.read(packed).viewings.equals(FORMAT.read(export).viewings)


def test_a_newer_export_has_the_same_identities_for_the_rows_that_it_shares(tmp_path: Path) -> None:
    until = date(2025, 11, 30)
    older = write_export(tmp_path / "older", rows=1_000, days=730, until=until)
    newer = write_export(tmp_path / "newer", rows=1_000, days=730)
    assert older.read_text() != newer.read_text()[: len(older.read_text())]  # bookmarks of shared rows differ
    shared = FORMAT.read(newer).viewings.filter(pl.col("started_at").dt.date() <= until)
    assert 0 < shared.height < FORMAT.read(newer).viewings.height
    assert sorted(shared["viewing_id"]) == ids(older)


def test_rows_that_say_the_same_are_separate_viewings(tmp_path: Path) -> None:
    twice = read(tmp_path, GOOD, GOOD).viewings["viewing_id"].to_list()
    assert len(set(twice)) == 2
    assert twice[0] == read(tmp_path, GOOD).viewings["viewing_id"][0]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("Upstairs", "Guest"),
        ("23:53", "23:54"),
        ("01:34", "01:35"),
        ("Fog", "Sun"),
        ("Chrome", "Edge"),
        ("00:41", "00:42"),
        ("US (", "GB ("),
    ],
)
def test_what_tells_two_viewings_apart(tmp_path: Path, part: str, other: str) -> None:
    assert (
        read(tmp_path, GOOD).viewings["viewing_id"][0]
        != read(tmp_path, GOOD.replace(part, other)).viewings["viewing_id"][0]
    )


def test_the_recount_agrees_with_the_viewings(export: Path) -> None:
    counted, history = recount(export), FORMAT.read(export)
    by_year = history.viewings.group_by("profile", pl.col("started_at").dt.year().cast(pl.Int64)).len()
    assert {(profile, year): count for profile, year, count in by_year.iter_rows()} == counted.viewings
    assert (counted.rows, dict(counted.apart)) == (history.rows, history.apart)
    assert sum(counted.seconds.values()) * 1_000 == history.viewings["watched_ms"].sum()
    assert sum(counted.hours_by_day().values()) == pytest.approx(sum(counted.hours_by_year().values()))
    # What is watched after midnight counts on the day after, and after New Year in the year after.
    by_start = history.viewings.group_by("profile", pl.col("started_at").dt.date()).agg(
        pl.col("watched_ms").sum() // 1_000
    )
    assert dict(counted.seconds) != {(profile, day): seconds for profile, day, seconds in by_start.iter_rows()}
    assert any(day.month == 1 and day.day == 1 for _, day in counted.seconds)


def test_the_synthetic_export_has_what_is_asked_of_it(export: Path, tmp_path: Path) -> None:
    history = FORMAT.read(export)
    viewings = history.viewings
    ends = pl.col("started_at") + pl.duration(milliseconds="watched_ms")
    over_midnight = viewings.filter(ends.dt.date() > pl.col("started_at").dt.date())
    assert history.rows == 2_000
    assert viewings["profile"].n_unique() == 3
    assert over_midnight.height > 20
    assert (
        over_midnight.filter((pl.col("started_at").dt.month() == 12) & (pl.col("started_at").dt.day() == 31)).height > 0
    )
    assert viewings.drop("viewing_id", "line").is_duplicated().sum() >= 20
    assert set(viewings["title_type"]) == {"film", "season"}
    assert viewings.filter(pl.col("title_type") == "season")["episode_number"].null_count() == 0
    assert write_export(tmp_path, rows=2_000, days=730).read_bytes() == export.read_bytes()
    assert write_export(tmp_path, rows=2_000, days=730, seed=8).read_bytes() != export.read_bytes()


@pytest.mark.parametrize(
    "form", ["{m}/{d}/{y:02}", "{d}/{m}/{y:02}", "{d:02}.{m:02}.20{y:02}", "20{y:02}-{m:02}-{d:02}"]
)
def test_the_short_list_says_days_and_no_more(export: Path, tmp_path: Path, form: str) -> None:
    short = write_short_history(export, tmp_path / "NetflixViewingHistory.csv", form=form)
    assert FORMAT.recognizes(short)
    history, full = FORMAT.read(short), FORMAT.read(export).viewings.filter(pl.col("profile") == "Upstairs")
    viewings = history.viewings
    assert viewings.schema == VIEWINGS
    assert (history.rows, history.apart) == (full.height, {})
    assert viewings["viewing_id"].is_unique().all()
    assert viewings["started_at"].to_list() == full["started_at"].dt.truncate("1d").to_list()
    assert viewings["title_name"].to_list() == full["title_name"].to_list()
    assert (
        viewings.select("watched_ms", "position_ms", "device_name", "country").null_count().row(0) == (full.height,) * 4
    )
    assert set(viewings["profile"]) == {"Viewing history"}
    assert viewings["refused_field"].null_count() == viewings.height


def test_the_short_list_in_other_words_and_with_faults(tmp_path: Path) -> None:
    history = read(
        tmp_path,
        '"Film","24.01.23"',
        '"Film","never"',
        '"","24.01.23"',
        '"Film"',
        header='"Titel";"Datum"'.replace(";", ","),
    )
    found = history.viewings.select("line", "refused_field", "refused_value", "original").rows()
    assert found == [
        (2, None, None, None),
        (3, "event_ts", "never", '"Film","never"'),
        (4, "title_id", None, '"","24.01.23"'),
        (5, "event_ts", None, '"Film"'),
    ]


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.text('",;ab:1 \t\r\n/-', max_size=60).map(str.encode)), max_size=6)
)
def test_whatever_stands_below_the_header_each_row_is_accounted_for(tmp_path: Path, below: list[bytes]) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(b"\n".join((HEADER_LINE.encode(), *below, GOOD.encode())))
    try:
        history = FORMAT.read(file)
    except HistoryFileError as error:
        assert str(file) in str(error)
        return
    assert history.rows == history.viewings.height + sum(history.apart.values())
    assert history.viewings["viewing_id"].is_unique().all()
    assert history.viewings.schema == VIEWINGS
