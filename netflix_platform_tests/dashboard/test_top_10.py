"""The Top 10 page as a person meets it, on real serving files, its figures recounted in plain SQL."""

from datetime import date, timedelta
from urllib.parse import unquote

import duckdb
import pandas as pd
import pytest

from dashboard.top_10 import charts, movements, queries
from dashboard.top_10.beside_netflix import agreement
from dashboard.top_10.week_choice import Week, coverage
from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import PHONE_WIDTH, said, section_titles, widths

TOP_10 = "app_pages/top_10.py"
LISTS = ["Films (English)", "TV (English)", "Films (Non-English)", "TV (Non-English)"]


def monday(weeks_ago: int) -> date:
    """Monday of the newest whole week of the samples, or of one before it."""
    newest = yesterday() - timedelta(days=6)
    return newest - timedelta(days=newest.weekday()) - weeks_ago * 7 * DAY


def rows(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb"))), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(sql)


def listed(app):
    return [table.value for table in app.dataframe if "movement" in table.value.columns]


def test_the_newest_full_week_is_shown_with_all_parts(opened, demo_dir):
    app = opened(demo_dir, TOP_10)
    assert not app.error
    assert app.selectbox(key="week_choice").value == monday(0).isoformat()
    assert section_titles(app) == [
        *LISTS,
        "Ranks over the last 8 weeks",
        "How steep the lists are",
        "Came and went",
        "Beside Netflix's own Top 10",
    ]
    assert "Netflix's lists are not here" in said(app)
    assert "make import" in said(app)
    views, share, new, _ = app.metric
    where = f"from mart_top_titles where week_start = '{monday(0)}'"
    ((total, hours),) = rows(demo_dir, f"select sum(views), sum(hours_viewed) {where}")
    assert views.value == f"{total:,.0f}"
    days = f"event_date between '{monday(0)}' and '{monday(0) + 6 * DAY}'"
    ((watched,),) = rows(demo_dir, f"select sum(watched_seconds) / 3600 from mart_daily_kpis where {days}")
    assert share.value == f"{hours / float(watched):.1%}"
    assert new.value.endswith(" of 40")
    for name, table in zip(LISTS, listed(app), strict=True):
        expected = rows(demo_dir, f"select title_name, views {where} and top10_list = '{name}' order by rank")
        assert [unquote(link.split("#")[1]) for link in table["link"]] == [title for title, _ in expected]
        assert table["views"].tolist() == pytest.approx([figure for _, figure in expected])
    assert_movements_are_those_of_a_recount(app, demo_dir)
    assert_weeks_that_are_not_whole_are_marked(app, demo_dir)
    for table in app.dataframe:
        columns = widths(table)
        if "views" in dict(columns):
            end = [name for name, _ in columns].index("views") + 1
            assert sum(width for _, width in columns[:end]) <= PHONE_WIDTH


def assert_movements_are_those_of_a_recount(app, data_dir):
    shown = {}
    for table in listed(app):
        ids = [link.split("title=")[1].split("#")[0] for link in table["link"]]
        shown |= dict(zip(ids, table["movement"], strict=True))
    before = dict(rows(data_dir, f"select title_id, rank from mart_top_titles where week_start = '{monday(1)}'"))
    for title, rank, weeks in rows(
        data_dir,
        f"select title_id, rank, cumulative_weeks_in_top_10 from mart_top_titles where week_start = '{monday(0)}'",
    ):
        by = before[title] - rank if title in before else None
        was = "back" if weeks > 1 else "new"
        assert shown[title] == (was if by is None else "=" if not by else f"{'▲' if by > 0 else '▼'} {abs(by)}")
    assert {moved[:1] for moved in shown.values()} >= {"▲", "▼", "="}


def assert_weeks_that_are_not_whole_are_marked(app, data_dir):
    weeks = rows(data_dir, "select distinct week_start, days_in_data from mart_top_titles order by 1 desc")
    for (_, days), option in zip(weeks, app.selectbox(key="week_choice").options, strict=True):
        assert ("not whole" in option) == (days < 7)
    assert {days < 7 for _, days in weeks} == {True, False}


def test_the_first_week_is_not_compared(opened, demo_dir):
    ((first,),) = rows(demo_dir, "select min(week_start) from mart_top_titles")
    oldest = opened(demo_dir, TOP_10, week=str(first))
    assert "not compared" in said(oldest)
    assert "nobody knows what is new" in said(oldest)
    assert [metric.delta for metric in oldest.metric] == ["", "", "", ""]
    assert [metric.value for metric in oldest.metric[2:]] == ["—", "—"]


def test_week_and_list_are_chosen_shared_and_kept(opened, demo_dir):
    app = opened(demo_dir, TOP_10, week=monday(3).isoformat(), list="TV (Non-English)")
    assert app.selectbox(key="week_choice").value == monday(3).isoformat()
    assert app.segmented_control(key="list").value == "TV (Non-English)"
    app.selectbox(key="week_choice").set_value(monday(5).isoformat()).run()
    assert not app.exception
    assert app.query_params["week"] == monday(5).isoformat()
    assert len(listed(app)) == 4
    app.segmented_control(key="list").set_value("TV (English)")
    app.selectbox(key="week_choice").set_value(monday(0).isoformat()).run()
    assert not app.exception
    assert "week" not in app.query_params


def test_titles_that_left_and_netflix_own_lists(opened, written):
    data_dir = written(titles=60)
    change(
        data_dir,
        f"""
        delete from mart_top_titles where week_start = '{monday(0)}' and rank = 2;
        update mart_top_titles_published set published_rank = 11 - rank, published_views = 1000000, is_in_both = true
        where week_start = '{monday(0)}' and rank <= 4
        """,
    )
    app = opened(data_dir, TOP_10)
    moved = next(table.value for table in app.dataframe if "what" in table.value.columns)
    expected = rows(
        data_dir,
        f"select title_id from mart_top_titles where week_start = '{monday(1)}' except "
        f"select title_id from mart_top_titles where week_start = '{monday(0)}'",
    )
    assert set(moved.loc[moved["what"] == "left", "title_id"]) == {title for (title,) in expected}
    assert expected
    beside = next(table.value for table in app.dataframe if "published_rank" in table.value.columns)
    assert beside["published_rank"].notna().sum() == 4
    assert "4 of our" in said(app)
    other = opened(data_dir, TOP_10, week=monday(2).isoformat())
    assert "are not here: those that are cover" in said(other)


@pytest.mark.parametrize(("lacking", "lists"), [("mart_top_titles_published", 4), ("mart_top_titles", 0)])
def test_an_old_version_explains_what_it_lacks(opened, written, lacking, lists):
    app = opened(written(titles=60, without_tables=(lacking,)), TOP_10)
    assert f"no table `{lacking}`" in said(app)
    assert len(listed(app)) == lists


def test_what_is_late_or_not_there_is_said(opened, written, tmp_path):
    stale = opened(written(last_day=yesterday() - 3 * DAY), TOP_10)
    assert "days late" in stale.error[0].value
    assert listed(stale)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "Nothing is published yet" in said(opened(empty, TOP_10))


def test_without_business_days_the_reader_is_sent_to_pipeline_health(opened, written):
    app = opened(written(business=False, failed_days={yesterday(): "bad"}, refused_days=(yesterday(),)), TOP_10)
    assert "never published" in app.error[0].value
    assert not app.dataframe


@pytest.mark.parametrize(
    ("rank", "before", "weeks", "has_before", "found"),
    [
        (2, 5, 9, True, "▲ 3"),
        (5, 4, 9, True, "▼ 1"),
        (1, 1, 2, True, "="),
        (3, None, 1, True, "new"),
        (3, float("nan"), 4, True, "back"),
        (3, None, 1, False, ""),
    ],
)
def test_a_movement_is_told_by_a_sign(rank, before, weeks, has_before, found):
    assert movements.movement(rank, before, weeks, has_before) == found


def test_a_week_that_is_not_there_is_said_to_be_missing(opened, demo_dir):
    app = opened(demo_dir, TOP_10, week="2001-01-01")
    assert "does not hold" in said(app)
    assert app.selectbox(key="week_choice").value == monday(0).isoformat()


def test_what_is_compared_is_said():
    start = date(2026, 11, 16)
    assert coverage(Week(start, 7, 7)) == "**16 – 22 Nov 2026**; ranks compared with 9 – 15 Nov 2026"
    assert "3 of 7 days: ranks may still change" in coverage(Week(start, 3, 7))
    assert "of which 5 days have data" in coverage(Week(start, 7, 5))
    assert "not compared" in coverage(Week(start, 7, 0))
    assert [Week(start, *days).is_comparable for days in ((7, 7), (3, 7), (7, 5))] == [True, False, False]


def test_a_course_has_a_line_per_title_that_breaks(demo):
    course = queries.course(demo, monday(0), "Films (English)", 8)
    assert course["title_id"].nunique() == 10
    assert len(course) == 80
    drawn = charts.bumps(course.assign(movement="=")).to_dict()
    assert drawn["height"] == 380
    one = queries.course(demo, monday(0), "Films (English)", 1)
    assert len(one) == 10
    charts.bumps(one.assign(movement="new")).to_dict()


def test_steepness_is_that_of_a_recount(demo, demo_dir):
    steep = queries.steepness(demo, monday(0)).set_index("top10_list")
    for name in LISTS:
        views = [
            figure
            for (figure,) in rows(
                demo_dir,
                f"select views from mart_top_titles where week_start = '{monday(0)}' and top10_list = '{name}' order by rank",
            )
        ]
        assert steep.loc[name, "first_share"] == pytest.approx(views[0] / sum(views))
        assert steep.loc[name, "last_ratio"] == pytest.approx(views[-1] / views[0])
        assert 0 < steep.loc[name, "usual_first_share"] < 1


def test_agreement_in_words():
    both = pd.DataFrame({"rank": [1, 2, None], "published_rank": [1, 4, 2], "is_in_both": [True, True, False]})
    assert (
        agreement(both)
        == "2 of our 2 titles are in both lists; their ranks are 1.0 apart on average, 1 of them on the same rank."
    )
    none = pd.DataFrame({"rank": [1, None], "published_rank": [None, 1], "is_in_both": [False, False]})
    assert "different catalogues" in agreement(none)
    assert "Netflix's file holds no such list" in agreement(both.assign(published_rank=None))
    assert "We have no such list" in agreement(both.assign(rank=None))


def test_a_household_has_no_list_and_says_why(opened, written):
    app = opened(written(household=True), TOP_10)
    assert not app.error
    assert "No title can be ranked" in said(app)
    assert not app.dataframe


def test_one_week_is_enough(opened, written):
    app = opened(written(days=7), TOP_10)
    assert not app.error
    assert listed(app)
