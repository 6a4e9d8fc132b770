"""The Title page as a person meets it, on real serving files, its figures recounted in plain SQL."""

from dataclasses import replace
from datetime import date

import duckdb
import pandas as pd
import pytest

from dashboard.formatting import hours, share
from dashboard.title import charts, facts, figures, funnel, launch, launch_queries, queries
from dashboard.title.choice import labels
from dashboard.title.days import by_months
from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import said, section_titles

TITLE = "app_pages/title.py"
LAUNCHED, YOUNG, UNDATED, WITHOUT_RUNTIME, OLD = "t00030", "t00000", "t00001", "t00002", "t00003"
HEADINGS = [
    "Plays per day",
    "Facts",
    "Launch curve",
    "How it fades",
    "Funnel after 7 days",
    "Funnel after 28 days",
    "Weeks in the Top 10",
]


def rows(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb"))), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(sql)


def shown(app):
    return {metric.label: metric for metric in app.metric}


# --- the page --------------------------------------------------------------------------------------------------------


def test_a_launch_is_shown_from_its_facts_to_its_funnel(opened, demo_dir, demo):
    app = opened(demo_dir, TITLE, title=LAUNCHED)
    assert not app.error
    assert section_titles(app) == HEADINGS
    title = queries.title(demo, LAUNCHED)
    assert app.header[0].value.replace("\\", "") == title.title_name
    days = f"event_date > '{yesterday() - 28 * DAY}'"
    ((watched, plays),) = rows(
        demo_dir, f"select sum(watch_hours), sum(plays) from mart_title_daily where title_id = '{LAUNCHED}' and {days}"
    )
    ((of_genre,),) = rows(
        demo_dir,
        f"select sum(watch_hours) from mart_title_daily where primary_genre = '{title.primary_genre}' and {days}",
    )
    tiles = shown(app)
    assert tiles["Watch hours"].value == hours(watched)
    assert tiles["Plays"].value == f"{plays:,}"
    assert tiles[f"Share of {title.primary_genre}"].value == share(watched / of_genre)
    assert all(tiles[name].delta for name in ("Watch hours", "Plays", "Views"))
    text = said(app)
    assert "28 days), compared with" in text
    assert "Not complete" not in text
    assert "most" in next(line for line in text.splitlines() if "of its first week's hours" in line)
    assert "Orange: where the median would stand" in text


def test_a_window_that_is_still_open_says_so(opened, demo_dir):
    text = said(opened(demo_dir, TITLE, title=YOUNG))
    assert "6 of 7 days so far" in text
    assert "6 of 28 days so far" in text
    assert "first week is not over" in text
    assert "the two ranges hold different parts of its life" in text


@pytest.mark.parametrize(
    ("title_id", "said_of_it", "launch"),
    [
        (UNDATED, "no release date", "no release date"),
        (WITHOUT_RUNTIME, "Without a runtime there are no views", "before the data begin"),
    ],
)
def test_what_cannot_be_known_is_said(opened, demo_dir, title_id, said_of_it, launch):
    app = opened(demo_dir, TITLE, title=title_id)
    assert not app.error
    assert section_titles(app) == HEADINGS
    assert said_of_it in said(app)
    assert said(app).count("**No funnel.**") == 2
    assert "**No launch to show.**" in said(app)
    assert launch in said(app)
    assert (shown(app)["Views"].value == "—") == (title_id == WITHOUT_RUNTIME)


def test_the_title_is_chosen_shared_and_kept_by_its_id(opened, demo_dir):
    app = opened(demo_dir, TITLE, title="nobody", range="7 days")
    assert "does not hold" in said(app)
    ((most,),) = rows(
        demo_dir, "select title_id from mart_title_daily group by 1 order by sum(watch_hours) desc, title_id limit 1"
    )
    assert app.selectbox(key="title_choice").value == most
    app.selectbox(key="title_choice").set_value(OLD).run()
    assert not app.exception
    assert app.query_params["title"] == OLD
    assert "before the data begin" in said(app)
    assert "(7 days), compared with" in said(app)


def test_a_title_that_the_feed_has_not_brought_is_explained(opened, written):
    data_dir = written()
    change(
        data_dir,
        """
        update mart_title_daily set title_name = 'Unknown title', title_type = 'unknown', primary_genre = 'unknown',
            genres = null, language = null where title_id = 't00004';
        delete from dim_title where title_id = 't00004';
        delete from mart_top_titles where title_id = 't00004'
        """,
    )
    app = opened(data_dir, TITLE, title="t00004")
    assert not app.error
    assert "has not brought this title" in said(app)
    assert said(app).count("record has not come") == 4
    assert "Unknown title · t00004" in app.selectbox(key="title_choice").options
    assert shown(app)["Share of its genre"].value == "—"


def test_a_household_is_told_what_its_history_cannot_know(opened, written):
    app = opened(written(household=True, watch_time=False), TITLE)
    assert not app.error
    assert section_titles(app) == HEADINGS
    assert (shown(app)["Watch hours"].value, shown(app)["Views"].value) == ("—", "—")
    assert "There are no lists" in said(app)
    assert "not told by the feed" in said(app)


def test_an_old_version_explains_what_it_lacks_and_shows_the_rest(opened, written):
    app = opened(written(without_tables=("dim_title", "mart_title_weeks", "mart_title_funnel")), TITLE)
    assert not app.error
    assert said(app).count("no table `mart_title_weeks`") == 1
    assert said(app).count("no table `mart_title_funnel`") == 2
    assert "not in the published tables" in said(app)
    assert shown(app)["Plays"].value != "0"


def test_a_range_without_plays_and_what_is_late_is_said(opened, written):
    data_dir = written(last_day=yesterday() - 3 * DAY)
    change(
        data_dir, f"delete from mart_title_daily where title_id = 't00003' and event_date > '{yesterday() - 40 * DAY}'"
    )
    app = opened(data_dir, TITLE, title="t00003")
    assert "days late" in app.error[0].value
    assert "Nobody watched this title in the range" in said(app)
    assert shown(app)["Plays"].value == "0"


def test_without_business_days_the_reader_is_sent_to_pipeline_health(opened, written):
    app = opened(written(business=False, failed_days={yesterday(): "bad"}, refused_days=(yesterday(),)), TITLE)
    assert "never published" in app.error[0].value
    assert not app.metric


# --- what its parts decide ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def title():
    return queries.Title(
        "t1", "Paper Boats", "film", None, None, "Drama", "Drama, Crime", "Korean", True, date(2026, 9, 4), 95, None, "PG",
        "Films (Non-English)", True,
    )  # fmt: skip


def test_namesakes_and_unknown_titles_bear_their_id():
    titles = pd.DataFrame(
        {
            "title_id": ["a", "b", "c", "d"],
            "title_name": ["Twin", "Twin", "Twin", "Unknown title"],
            "title_type": ["film", "film", "season", "unknown"],
        }
    )
    assert list(labels(titles).values()) == ["Twin · film · a", "Twin · film · b", "Twin · season", "Unknown title · d"]


def test_facts_and_lacks(title):
    last, first = date(2026, 10, 4), date(2026, 9, 1)
    found = facts.facts(title, last)
    assert (found["Type"], found["Runtime"], found["Origin"]) == ("film", "1 h 35 min", "made for the service")
    assert found["Release"] == "Fri 4 Sep 2026 (30 days before the newest)"
    assert facts.lacks(title, first) == []
    bare = replace(title, runtime_minutes=None, language=None, release_date=None)
    assert len(facts.lacks(bare, first)) == 3
    assert facts.facts(bare, last)["Runtime"] == facts.NOT_TOLD
    assert facts.facts(replace(bare, is_recorded=False), last)["Release"] == facts.NOT_HERE
    assert "before the data begin" in facts.launch_lack(title, date(2026, 9, 5))
    season = replace(title, title_type="season", series_name="A*B", season_number=2, episode_count=8)
    assert facts.facts(season, last)["Type"] == r"season 2 of A\*B"
    assert facts.facts(season, last)["Episodes"] == "8"


def weeks(*shares, open_weeks=0):
    number = range(1, len(shares) + 1)
    is_complete = [place <= len(shares) - open_weeks for place in number]
    return pd.DataFrame({"week_number": number, "share_of_first_week": shares, "is_complete": is_complete})


USUAL = pd.DataFrame(
    {"week_number": [1, 2], "titles": [9, 7], "share_of_first_week": [1.0, 0.5], "low": [1.0, 0.4], "high": [1.0, 0.6]}
)


@pytest.mark.parametrize(
    ("found", "usual", "verdict"),
    [
        (weeks(1.0, 0.2), USUAL, "**Fades faster than most.** In week 2 it drew 20%"),
        (weeks(1.0, 0.9), USUAL, "**Holds better than most.**"),
        (
            weeks(1.0, 0.55),
            USUAL,
            "**Fades as most do.** In week 2 it drew 55% of its first week's hours; 50% is the median of 7",
        ),
        (weeks(1.0, None, open_weeks=1), USUAL, "Too young"),
        (weeks(1.0, 0.5), USUAL[:0], "Too young, or too few others"),
        (weeks(None, open_weeks=1), USUAL, "first week is not over"),
        (weeks(None, None), USUAL, "Nothing of its first week is known"),
    ],
)
def test_the_verdict_on_fading(title, found, usual, verdict):
    assert verdict in launch.verdict(title, found.astype({"share_of_first_week": float}), usual)


def test_a_funnel_with_rates_medians_and_what_is_unknown(title):
    row = pd.Series(
        {"window_days": 7, "viewers": 100, "starters": 80, "watchers": 40, "completers": 20, "completion_days_p50": 2}
    )
    usual = pd.Series({"titles": 9, "viewers": 50, "starter_rate": 0.5, "watcher_rate": 0.25, "completer_rate": 0.1})
    stages = funnel.stages(row, usual)
    assert stages["rate"].tolist()[1:] == [0.8, 0.5, 0.25]
    assert stages["usual_profiles"].tolist()[1:] == [50.0, 20.0, 8.0]
    assert "Half of the completers were done within 2 days" in " ".join(funnel.told(title, row, usual))
    charts.funnel(stages, "film").to_dict()
    unknown = row.copy()
    unknown[["watchers", "completers", "completion_days_p50"]] = None
    told = " ".join(funnel.told(replace(title, runtime_minutes=None), unknown, None))
    assert "Without its runtime" in told
    assert "Too few other films" in told
    charts.funnel(funnel.stages(unknown, None), "film").to_dict()
    untimed = unknown.copy()
    untimed["starters"] = None
    assert "No event says how long" in " ".join(funnel.told(title, untimed, usual))


def test_ranks_now_and_best():
    found = pd.DataFrame(
        {
            "week_start": pd.to_datetime(["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]),
            "days_in_data": [7, 7, 7, 3],
            "rank": [2, 2, 4, 1],
        }
    )
    assert figures.rank_now(found) == (4, date(2026, 11, 16))
    assert figures.best_rank(found) == (1, date(2026, 11, 23))
    never = found.assign(rank=None)
    assert figures.rank_now(never) == (None, date(2026, 11, 16))
    assert figures.best_rank(never) is None
    assert figures.rank_now(never[:0]) == (None, None)
    strip = found.assign(rank=[1, None, 3, 2], top10_list="Films (English)", views=1.0)
    assert charts.strip(strip).to_dict()["height"] == 150


def test_months_add_up_and_stay_unknown_without_data():
    days = pd.DataFrame(
        {"event_date": pd.to_datetime(["2026-01-30", "2026-01-31", "2026-02-01"]), "plays": [1, 2, None]}
    )
    months = by_months(days)
    assert months["plays"].fillna(-1).tolist() == [3, -1]


def test_medians_are_those_of_the_other_titles(demo, demo_dir):
    ((kind,),) = rows(demo_dir, f"select title_type from dim_title where title_id = '{LAUNCHED}'")
    where = f"title_type = '{kind}' and title_id <> '{LAUNCHED}' and is_complete"
    for _, week in launch_queries.usual_weeks(demo, LAUNCHED, kind).iterrows():
        values = [
            hours
            for (hours,) in rows(
                demo_dir,
                f"select hours_viewed from mart_title_weeks where {where} and week_number = {week['week_number']}",
            )
        ]
        assert len(values) == week["titles"] >= launch_queries.FEWEST
        assert pd.Series(values).median() == pytest.approx(week["hours_viewed"])
    assert set(launch_queries.usual_funnel(demo, LAUNCHED, kind)["window_days"]) <= {7, 28}
