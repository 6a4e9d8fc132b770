"""Charts must be drawn whatever the data: Altair checks a chart against Vega-Lite's schema when it is turned into a dict."""

import pandas as pd
import pytest

from dashboard import charts, queries, theme
from dashboard.health.day_charts import day_calendar
from dashboard.periods import Period
from netflix_platform_tests.dashboard.sample import DAY, yesterday

PARTS = {"accepted_rows": ("Accepted", theme.ACCEPTED), "repeated_rows": ("Repeated", theme.REPEATED)}


def days(count, **columns):
    frame = pd.DataFrame({"event_date": pd.date_range("2026-03-01", periods=count), "has_data": True})
    return frame.assign(**{"plays": range(count), "plays_before": range(count), **columns})


FRAMES = {
    "one day": days(1),
    "all null": days(5, plays=float("nan"), plays_before=None, has_data=False),
    "zero plays": days(5, plays=0, plays_before=0),
    "a year and more": days(400),
    "no rows": days(0),
}


@pytest.mark.parametrize("rows", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("draw", [charts.daily_bars, charts.daily_line])
def test_daily_charts_are_drawn_whatever_the_data(draw, rows):
    assert draw(rows, "plays", "Plays", theme.PLAYS).to_dict()["layer"]


@pytest.mark.parametrize("rows", FRAMES.values(), ids=FRAMES)
def test_stacked_days_are_drawn_whatever_the_data(rows):
    ledger = rows.rename(columns={"event_date": "arrival_date"}).assign(accepted_rows=rows["plays"], repeated_rows=0)
    assert charts.stacked_days(ledger, "arrival_date", PARTS).to_dict()["encoding"]


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("amount", [12.5, 0.0, None])
def test_ranked_bars_are_drawn_whatever_the_data(count, amount):
    rows = pd.DataFrame({"genre": [f"g{n}" for n in range(count)], "amount": amount, "share": amount}).astype(
        {"amount": float, "share": float}
    )
    assert charts.ranked_bars(rows, "genre", "amount", " h", theme.HOURS).to_dict()["layer"]


def test_a_missing_day_keeps_its_place_in_the_ledger_chart():
    ledger = (
        days(3).rename(columns={"event_date": "arrival_date"}).assign(accepted_rows=5, repeated_rows=1).drop(index=1)
    )
    spec = charts.stacked_days(ledger, "arrival_date", PARTS).to_dict()
    [data] = spec["datasets"].values()
    assert sorted({row["date"] for row in data}) == ["2026-03-01", "2026-03-02", "2026-03-03"]


@pytest.mark.parametrize("count", [1, 120, 371])
def test_the_calendar_has_a_cell_per_day_and_only_states_that_occur(publish, count):
    frame = pd.DataFrame({"event_date": pd.date_range("2026-01-01", periods=count), "state": "audited", "reason": None})
    frame.loc[count - 1, "state"] = "failed"
    spec = day_calendar(frame).to_dict()
    [data] = spec["datasets"].values()
    assert len(data) == count
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == (
        ["audited", "failed"] if count > 1 else ["failed"]
    )


def test_the_calendar_shows_a_state_that_it_does_not_know():
    frame = pd.DataFrame(
        {"event_date": pd.date_range("2026-01-01", periods=2), "state": ["audited", "novel"], "reason": None}
    )
    assert day_calendar(frame).to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"] == [
        "audited",
        "novel",
    ]


def test_weekends_and_days_without_data_are_marked(publish):
    gap = yesterday() - 3 * DAY
    rows = queries.daily(publish(missing_days=(gap,)), Period(yesterday() - 13 * DAY, yesterday()))
    spec = charts.daily_bars(rows, "plays", "Plays", theme.PLAYS).to_dict()
    weekend, no_data, *_, targets = (spec["datasets"][layer["data"]["name"]] for layer in spec["layer"])
    assert len(weekend) == 4
    assert [row["date"] for row in no_data] == [gap.isoformat()]
    assert {row["date"]: row["shown_now"] for row in targets}[gap.isoformat()] == "no data"


def luminance(color):
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("background", ["#ffffff", "#10151b"])
def test_colors_stand_out_from_the_light_and_the_dark_background(background):
    colors = {theme.PLAYS, theme.ACTIVE_USERS, theme.PREVIOUS_PERIOD, theme.ACCEPTED, theme.REPEATED, theme.QUARANTINED}
    colors |= {
        theme.LATE,
        theme.HOURS,
        *theme.USER_COLORS,
        *theme.STATE_COLORS.values(),
        *theme.LAYER_COLORS.values(),
        *theme.STEP_COLORS.values(),
    }
    for color in colors:
        lighter, darker = sorted((luminance(color), luminance(background)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3, (color, background)  # WCAG 2.2, 1.4.11: graphical objects
