"""The Overview page as a person meets it, on real serving files."""

import duckdb

from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, PHONE_WIDTH, said, section_titles, tiles, widths


def test_overview_shows_the_four_figures_with_change_and_sparkline(opened, demo_dir):
    app = opened(demo_dir)
    assert [metric.label for metric in tiles(app)] == [
        "Plays",
        "Active users per day",
        "Average watch time per play",
        "Total buffering",
    ]
    assert [metric.value.split()[-1] in ("s", "min", "h") for metric in tiles(app)] == [False, False, True, True]
    assert all(metric.delta.endswith("%") for metric in tiles(app))
    assert not app.error
    assert not app.warning
    newest = f"{yesterday():%a} {yesterday().day} {yesterday():%b %Y}"
    assert section_titles(app) == [
        f"{newest} against the 4 {yesterday():%A}s before",
        "Plays per day",
        "Active users per day",
        "Top titles",
        "Watch hours by genre",
        "Weekly Top 10",
    ]
    assert app.dataframe[0].value["primary_genre"].notna().all()
    assert len(app.dataframe) == 5  # top titles and the four lists
    assert "28 days), compared with" in said(app)


def colors(app):
    return {metric.label: metric.proto.color for metric in tiles(app)}


def test_more_buffering_is_bad_and_more_plays_are_good(opened, written):
    data_dir = written()
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update mart_daily_kpis set plays = 1000, buffering_seconds = 100")
        connection.execute(
            "update mart_daily_kpis set plays = 1100, buffering_seconds = 200 where event_date > ?",
            [yesterday() - 7 * DAY],
        )
    app = opened(data_dir, range="7 days")
    shown = {metric.label: metric for metric in tiles(app)}
    assert (shown["Plays"].value, shown["Plays"].delta) == ("7,700", "+10.0%")
    assert (shown["Total buffering"].value, shown["Total buffering"].delta) == ("23 min", "+100.0%")
    assert colors(app)["Plays"] != colors(app)["Total buffering"]


def test_the_newest_day_is_held_against_its_weekday(opened, written):
    data_dir = written()
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        # Four such weekdays with 80, 90, 110 and 120 plays; all other days, and older ones, are far from it.
        connection.execute("update mart_daily_kpis set plays = 9999")
        for weeks, plays in enumerate((150, 80, 90, 110, 120)):
            connection.execute(
                "update mart_daily_kpis set plays = ? where event_date = ?", [plays, yesterday() - 7 * weeks * DAY]
            )
    app = opened(data_dir)
    plays = app.metric[4]
    assert (plays.label, plays.value, plays.delta) == ("Plays", "150", "+50.0%")
    assert plays.proto.delta_description == "vs. 100"
    # Two days of a platform that is a week old have no such weekdays to be held against.
    assert (
        len(opened(data_dir, range="Custom", days=[str(yesterday() - 69 * DAY), str(yesterday() - 60 * DAY)]).metric)
        == 4
    )


def test_the_range_comes_from_the_address_and_from_the_widgets(opened, demo_dir):
    week = opened(demo_dir, range="7 days")
    assert "(7 days), compared with" in said(week)
    custom = opened(demo_dir, range="Custom", days=["2026-01-01", "2026-01-02"])
    assert "(120 days)" in said(custom)  # out of the data: the widget falls back to all of it
    first, last = yesterday() - 20 * DAY, yesterday() - 15 * DAY
    shared = opened(demo_dir, range="Custom", days=[first.isoformat(), last.isoformat()])
    assert "(6 days), compared with" in said(shared)
    assert "different weekdays" in said(shared)
    shared.date_input(key="days").set_value((last, last)).run()
    assert "(1 day), compared with" in said(shared)
    assert not shared.exception


def test_ranking_by_plays_changes_titles_and_genres(opened, demo_dir):
    app = opened(demo_dir, ranked_by="Plays")
    assert app.dataframe[0].value["plays"].is_monotonic_decreasing
    assert "Plays by genre" in section_titles(app)


def test_all_days_have_nothing_before_them_and_say_so(opened, demo_dir):
    app = opened(demo_dir, range="All days")
    assert "not compared" in said(app)
    assert [metric.delta for metric in tiles(app)] == [""] * 4


def test_a_platform_of_one_day(opened, written):
    data_dir = written(days=1)
    app = opened(data_dir)
    assert app.metric[0].value != "—"
    assert "No full week" in said(app)
    assert not opened(data_dir, HEALTH).error


def test_a_range_without_any_play(opened, written):
    data_dir = written(silent_days=tuple(yesterday() - number * DAY for number in range(7)))
    app = opened(data_dir, range="7 days")
    assert [metric.value for metric in tiles(app)] == ["0", "0", "—", "0 s"]
    assert "Nothing was played" in said(app)


def test_gaps_are_named_with_the_command_and_nothing_is_compared(opened, written):
    gap = yesterday() - 3 * DAY
    app = opened(written(missing_days=(gap,)), range="7 days")
    assert f"make day DAY={gap}" in app.warning[0].value
    assert "of which 6 days with data" in said(app)
    assert [metric.delta for metric in tiles(app)] == [""] * 4


def test_a_day_without_events_is_no_gap(opened, written):
    empty = (yesterday(), yesterday() - 3 * DAY)
    app = opened(written(empty_days=empty), range="7 days")
    assert not app.error
    assert not app.warning
    assert f"No events on {empty[1].day}" in said(app)
    assert "(7 days), compared with" in said(app)
    assert all(metric.delta for metric in tiles(app))


def test_a_phone_shows_the_titles_with_their_figure(opened, demo_dir):
    tables = opened(demo_dir).dataframe
    for table, figure in ((tables[0], "watch_hours"), (tables[1], "views")):
        assert [name for name, _ in widths(table)][2] == figure
        assert sum(width for _, width in widths(table)[:3]) <= PHONE_WIDTH


def test_days_of_the_address_may_be_in_either_order(opened, demo_dir):
    first, last = yesterday() - 5 * DAY, yesterday() - 3 * DAY
    found = [
        [tile.value for tile in tiles(opened(demo_dir, range="Custom", days=[one.isoformat(), other.isoformat()]))]
        for one, other in ((first, last), (last, first))
    ]
    assert found[0] == found[1]
    assert "—" not in found[0]
