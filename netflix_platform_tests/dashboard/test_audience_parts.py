"""What the parts of the Audience page decide and draw, on frames alone."""

from datetime import date

import pandas as pd
import pytest

from dashboard.audience import content_mix, retention, rhythm, sessions, subscriber_charts, subscribers, viewing_charts
from dashboard.audience.shown import Shown, step_of, step_starts
from dashboard.audience.subscriber_queries import Movement
from dashboard.charts import ranked_bars
from dashboard.comparison import comparison_text
from dashboard.filters import Dimension, Filters
from dashboard.formatting import points
from dashboard.history.measures import COUNT, HOURS
from dashboard.periods import Period

TWO_WEEKS = Period(date(2026, 3, 2), date(2026, 3, 15))


def shown(filters=None, is_comparable=True, chosen=TWO_WEEKS, gaps=()):
    names = {"BR": "Brazil"}
    return Shown(None, chosen, filters or Filters(), names, HOURS, is_comparable, gaps)


def frame(columns, *rows):
    return pd.DataFrame(list(rows), columns=columns.split())


# --- what is narrowed and compared ------------------------------------------------------------------------------------


def test_a_part_says_which_filters_it_follows_and_which_not():
    chosen = Filters({Dimension.COUNTRY: ("BR",), Dimension.DEVICE: ("tv",), Dimension.PLAN: ("premium",)})
    assert shown(chosen).scope(Dimension.COUNTRY) == "Countries: Brazil. Not narrowed by devices and plans."
    assert shown(chosen).scope(*chosen.chosen) == "Countries: Brazil · Devices: tv · Plans: premium."
    assert shown().scope(Dimension.COUNTRY) == ""


def test_steps_begin_on_mondays_and_firsts_and_leave_none_out():
    weeks = Period(date(2026, 3, 4), date(2026, 3, 17))
    assert step_starts(weeks, "week") == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert step_starts(weeks, "day")[:2] == ["2026-03-04", "2026-03-05"]
    assert step_starts(Period(date(2026, 1, 31), date(2026, 3, 1)), "month") == [
        "2026-01-01",
        "2026-02-01",
        "2026-03-01",
    ]
    assert [step_of(weeks, most) for most in (14, 13)] == ["day", "week"]
    assert step_of(Period(date(2017, 1, 1), date(2026, 3, 1)), 14) == "month"


def test_why_a_range_is_not_compared():
    week = Period(date(2026, 3, 2), date(2026, 3, 8))
    assert "compared with 23 Feb – 1 Mar 2026" in comparison_text(week, 7, 7)
    assert "of which 6 days with data" in comparison_text(week, 6, 7)
    assert "not fully published" in comparison_text(week, 7, 6)
    assert "different weekdays" in comparison_text(Period(week.first, date(2026, 3, 6)), 5, 5)


def test_points_have_a_sign_and_no_change_has_none():
    assert points(0.25, 0.2) == "+5.0 points"
    assert points(0.0101, 0.0116, 2) == "-0.15 points"
    assert points(0.2, 0.20001) == "0.0 points"
    assert points(None, 0.2) is None


# --- subscribers -----------------------------------------------------------------------------------------------------


def test_churn_is_of_the_subscribers_at_the_start_and_unknown_without_any():
    month = Movement(28, 200, 30, 4, 0, 10, 224)
    assert (month.gross_churn, month.net_churn) == (0.05, 0.03)
    assert Movement(28, 0, 3, 0, 0, 0, 3).gross_churn is None
    assert Movement(0, None, None, None, None, None, None).net_churn is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Movement(7, 10, 3, 1, 0, 2, 12), "12 at the end of the range, 2 more than when it began"),
        (Movement(7, 10, 0, 0, 0, 2, 8), "8 at the end of the range, 2 fewer"),
        (
            Movement(7, 10, 0, 0, 5, 5, 10),
            "as many as when it began**: 0 signed up, 0 came back, 5 were not known before",
        ),
        (Movement(0, None, None, None, None, None, None), ""),
    ],
)
def test_the_range_in_a_sentence(now, said):
    assert said in subscribers.net_text(now)


def test_plans_keep_their_color_and_more_than_the_palette_are_grey():
    many = [f"plan{number}" for number in range(9)]
    colors = subscribers.plan_colors(many)
    assert len({colors[plan] for plan in many[:6]}) == 6
    assert len({colors[plan] for plan in many[6:]}) == 1


def test_all_plans_together_are_sums_and_few_members_are_left_out():
    rows = frame(
        "plan period_number cohort_size subscribed active",
        ("a", 0, 60, 60, 30),
        ("b", 0, 40, 30, 10),
        ("a", 1, 29, 29, 3),
        ("b", 1, 2, 0, 0),
    )
    rates = retention.with_rates(rows, "subscribed").set_index(["name", "period_number"])["rate"]
    assert rates.to_dict() == {("A", 0): 1.0, ("B", 0): 0.75, ("All", 0): 0.9, ("All", 1): pytest.approx(29 / 31)}
    assert "All" not in set(retention.with_rates(rows[rows["plan"] == "a"], "active")["name"])


def test_a_period_that_is_not_over_has_no_cell_and_a_row():
    rows = frame(
        "cohort_start period_number cohort_size subscribed active",
        (date(2026, 3, 2), 0, 10, 10, 5),
        (date(2026, 3, 2), 1, 10, 0, 5),
        (date(2026, 3, 9), 0, 20, None, None),
    )
    chart = subscriber_charts.cohort_map(rows, "subscribed", "week", "Still subscribed").to_dict()
    (cells,) = chart["datasets"].values()
    assert [cell["percent"] for cell in cells] == ["100", "0"]
    assert chart["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["2 Mar · 10", "9 Mar · 20"]


def test_who_left_stands_below_zero_and_what_nobody_did_is_left_out():
    rows = frame("start sign_ups returns first_seen cancellations", ("2026-03-02", 5, 0, 0, 3))
    chart = subscriber_charts.movements(rows, ["2026-03-02"], "day").to_dict()
    bars = chart["datasets"][chart["layer"][0]["data"]["name"]]
    assert {bar["name"]: bar["amount"] for bar in bars} == {"Sign-ups": 5, "Cancellations": -3}


# --- viewing ---------------------------------------------------------------------------------------------------------

WEEK = frame(
    "weekday local_hour plays watch_hours", (1, 20, 30, 15.0), (5, 21, 60, 25.0), (6, 21, 80, 44.0), (7, 9, 10, 6.0)
)


def test_the_fullest_hour_is_named():
    assert rhythm.peak_text(WEEK, HOURS) == "**Fullest on Saturdays from 21:00 to 22:00**, with 48.9% of all."
    late = frame("weekday local_hour plays watch_hours", (7, 23, 5, None))
    assert "Sundays from 23:00 to 00:00" in rhythm.peak_text(late, COUNT)


def test_a_weekend_is_compared_day_by_day():
    profile = rhythm.by_kind_of_day(WEEK, shown(), HOURS)
    per_day = profile.groupby("kind")["amount"].sum()
    assert per_day.to_dict() == {viewing_charts.WEEKDAY: 40 / 10, viewing_charts.WEEKEND: 50 / 4}
    assert rhythm.weekend_text(profile, HOURS) == "**A weekend day has 3.12 times the hours of a weekday.**"
    # A day without data counts in no mean.
    gap = rhythm.by_kind_of_day(WEEK, shown(gaps=(date(2026, 3, 7),)), HOURS).groupby("kind")["amount"].sum()
    assert gap[viewing_charts.WEEKEND] == pytest.approx(50 / 3)


def test_a_range_without_a_weekend_has_one_line():
    monday = shown(chosen=Period(date(2026, 3, 2), date(2026, 3, 3)))
    profile = rhythm.by_kind_of_day(WEEK, monday, HOURS)
    assert set(profile["kind"]) == {viewing_charts.WEEKDAY}
    assert rhythm.weekend_text(profile, HOURS) == ""


def test_why_there_are_no_hours():
    assert rhythm.nothing_to_show(WEEK, HOURS) == ""
    assert "Nothing was watched" in rhythm.nothing_to_show(WEEK.iloc[:0], HOURS)
    assert "the day only" in rhythm.nothing_to_show(WEEK.assign(local_hour=0), HOURS)


def test_classes_of_length_have_names():
    rows = frame("length_from_minutes sessions share share_before", (0, 3, 0.3, None), (180, 7, 0.7, None))
    assert sessions.named(rows)["length"].tolist() == ["0–5", "180+"]


AGES = content_mix.BREAKDOWNS["New or back catalogue"]
GENRES = content_mix.BREAKDOWNS["Genre"]


def test_new_against_back_catalogue_in_a_sentence():
    mix = frame(
        "member amount share share_before",
        ("5: back catalogue", 60.0, 0.6, 0.5),
        ("1: first week", 30.0, 0.3, 0.4),
        ("2: first four weeks", 10.0, 0.1, 0.1),
    )
    text = content_mix.mix_text(mix, AGES, shown())
    assert text == "**Back catalogue (a year or older): 60.0% (+10.0 points); first four weeks: 40.0% (-10.0 points).**"
    assert "points" not in content_mix.mix_text(mix, AGES, shown(is_comparable=False))
    assert content_mix.members_in_order(mix, AGES)[0] == "1: first week"
    assert content_mix.nothing_to_show(mix, AGES) == ""
    assert "known age" in content_mix.nothing_to_show(mix.assign(member="unknown"), AGES)


def test_small_kinds_are_one_and_each_bar_is_whole():
    members = [f"Genre {number}" for number in range(8)] + ["unknown"]
    course = pd.DataFrame(
        {"start": [date(2026, 3, 2)] * 9, "member": members, "amount": [90.0, 80, 70, 60, 50, 40, 30, 20, 10]}
    )
    mix = course.assign(share=0.1)
    places = content_mix.members_in_order(mix, GENRES)
    rows = content_mix.stacked(course, places, GENRES)
    assert rows["share"].sum() == pytest.approx(1)
    assert rows.set_index("name")["amount"].loc[["Others", "Unknown"]].tolist() == [50, 10]
    colors = content_mix.colors(places, GENRES, set(rows["name"]))
    assert list(colors)[-2:] == ["Others", "Unknown"]
    assert len(set(colors.values())) == len(colors)


def test_charts_accept_no_rows():
    none = {
        subscriber_charts.movements: ("start sign_ups returns first_seen cancellations", (["2026-03-02"], "week")),
        subscriber_charts.cohort_map: (
            "cohort_start period_number cohort_size subscribed",
            ("subscribed", "week", "Still subscribed"),
        ),
        subscriber_charts.retention_curves: ("name period_number rate written", ({}, "week", "Active")),
        viewing_charts.day_profile: ("kind local_hour amount", (HOURS,)),
        viewing_charts.session_lengths: ("length sessions share share_before", ()),
        viewing_charts.shares_over_time: ("start name place amount share", ([], {}, "week", HOURS)),
    }
    for chart, (columns, rest) in none.items():
        assert chart(frame(columns).astype("float64"), *rest).to_dict()


def test_bars_bear_their_change_where_it_is_known():
    rows = frame("device amount share change", ("tv", 100.0, 0.8, "+2.0%"), ("pc", 25.0, 0.2, None))
    (cells, *_) = ranked_bars(rows, "device", "amount", " h", "#000000").to_dict()["datasets"].values()
    assert [cell["written"] for cell in cells] == ["100 h · 80% · +2.0%", "25 h · 20%"]
