"""Charts over long spans: drawn whatever the data, classes of a heat map, and colors that can be told apart."""

import itertools

import numpy as np
import pandas as pd
import pytest

from dashboard import month_charts, theme
from dashboard.formatting import hours
from dashboard.history import charts
from dashboard.history.levels import NOTHING, levels
from dashboard.history.measures import COUNT, HOURS


def days(first, count, **columns):
    frame = pd.DataFrame({"event_date": pd.date_range(first, periods=count), "has_data": True})
    return frame.assign(**{"plays": range(count), "watch_hours": 1.5, **columns})


DAYS = {
    "no rows": days("2026-01-01", 0),
    "one day": days("2026-01-01", 1),
    "a year's end": days("2025-12-20", 30),
    "nine years": days("2017-03-05", 3300),
    "nothing watched": days("2026-01-01", 400, plays=0, watch_hours=0.0),
    "unknown": days("2026-01-01", 400, watch_hours=None).astype({"watch_hours": float}),
    "no data": days("2026-01-01", 400, has_data=False),
}


def cells(spec):
    [data] = spec["datasets"].values()
    return data


@pytest.mark.parametrize("measure", [HOURS, COUNT])
@pytest.mark.parametrize("rows", DAYS.values(), ids=DAYS)
def test_the_calendar_is_drawn_whatever_the_data(rows, measure):
    spec = charts.calendar(rows, measure).to_dict()
    assert spec["encoding"]["color"]["scale"]["domain"]


@pytest.mark.parametrize("name", ["a year's end", "nine years"])
def test_every_day_of_the_calendar_has_a_cell_of_its_own_within_the_axes(name):
    spec = charts.calendar(DAYS[name], COUNT).to_dict()
    places = [(cell["week"], cell["band"]) for cell in cells(spec)]
    assert len(set(places)) == len(places) == len(DAYS[name])
    x, y = spec["encoding"]["x"]["scale"]["domain"], spec["encoding"]["y"]["scale"]["domain"]
    assert {week for week, _ in places} <= set(x)
    assert {band for _, band in places} <= set(y)


def test_a_week_of_the_calendar_runs_from_monday_to_sunday():
    spec = charts.calendar(DAYS["nine years"], COUNT).to_dict()
    place = {cell["date"]: (cell["week"], cell["band"]) for cell in cells(spec)}
    assert place["2018-01-01"] == (0, "2018 0")  # a Monday
    assert place["2018-01-07"] == (0, "2018 6")
    assert place["2018-01-08"] == (1, "2018 0")
    assert place["2023-01-01"] == (0, "2023 6")  # a Sunday
    assert place["2023-01-02"] == (1, "2023 0")


@pytest.mark.parametrize("value", [2.0, 0.0, None])
def test_hours_of_the_week_have_every_hour_and_unknown_is_not_none(value):
    rows = pd.DataFrame({"weekday": [1, 7], "hour_utc": [20, 0], "watch_hours": [1.0, value], "plays": [1, 1]})
    found = {(cell["day_name"], cell["hour"]): cell for cell in cells(charts.hours_of_the_week(rows, HOURS).to_dict())}
    assert len(found) == 7 * 24
    assert (found["Tue", "03:00"]["level"], found["Tue", "03:00"]["shown"]) == (NOTHING, "0 h")
    sunday = found["Sun", "00:00"]
    assert (sunday["shown"], sunday["level"] == "unknown") == (hours(value), value is None)


def months(count, **columns):
    frame = pd.DataFrame({"month_start": pd.date_range("2024-01-01", periods=count, freq="MS")})
    return frame.assign(**{"watch_hours": 2.0, "plays": 3, "profile": "A", "place": 1, **columns})


@pytest.mark.parametrize("count", [0, 1, 14, 30, 120])
@pytest.mark.parametrize("amount", [2.0, 0.0, float("nan")])
def test_months_are_drawn_whatever_the_data(count, amount):
    rows = months(count, watch_hours=amount)
    assert month_charts.monthly_bars(rows, "watch_hours", "Hours", theme.HOURS, hours).to_dict()["encoding"]
    assert month_charts.stacked_months(rows, "watch_hours", "Hours", hours).to_dict()["encoding"]


def test_a_month_without_anybody_keeps_its_place_and_many_users_share_a_color():
    users = [f"P{number}" for number in range(9)]
    rows = pd.concat(
        [months(3, profile=user, place=place, watch_hours=float(place)) for place, user in enumerate(users, 1)]
    )
    rows = rows[rows["month_start"] != pd.Timestamp("2024-02-01")]
    spec = month_charts.stacked_months(rows, "watch_hours", "Hours", hours).to_dict()
    assert spec["encoding"]["x"]["scale"]["domain"] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    kept = month_charts.MOST_USERS
    assert spec["encoding"]["color"]["scale"]["domain"] == [*users[:kept], month_charts.OTHERS]
    of_others = [cell["watch_hours"] for cell in cells(spec) if cell["profile"] == month_charts.OTHERS]
    assert of_others == [sum(range(kept + 1, 10))] * 2


def test_a_user_keeps_the_color_when_others_are_not_there():
    spec = month_charts.stacked_months(months(2, profile="Third", place=3), "plays", "Plays", hours).to_dict()
    assert spec["encoding"]["color"]["scale"] == {"domain": ["Third"], "range": [theme.USER_COLORS[2]]}


def test_classes_have_round_bounds_and_hold_every_value():
    values = pd.Series([0, 0.4, 0.9, 1.1, 2.2, 2.6, 4.1, 9.0, None])
    found = levels(values, " h", are_counts=False)
    assert found.names == ("up to 1 h", "1 – 2 h", "2 – 4 h", "over 4 h")
    assert [found.of(value) for value in (0, 1.0, 1.01, 9.0, None)] == [
        NOTHING,
        "up to 1 h",
        "1 – 2 h",
        "over 4 h",
        None,
    ]
    assert list(found.scale) == [NOTHING, *found.names]
    close = levels(pd.Series([1371, 1394, 1409, 1502, 1582, 1671, 1796]), " h", are_counts=False)
    assert close.names == ("up to 1,400 h", "1,400 – 1,500 h", "1,500 – 1,700 h", "over 1,700 h")
    assert levels(pd.Series([1502.3]), " h", are_counts=False).names == ("up to 1,502 h",)
    counts = levels(pd.Series([1, 1, 2, 3, 4, 5, 9, 20]), " plays", are_counts=True)
    assert counts.names == ("up to 2 plays", "3 – 4 plays", "5 – 7 plays", "over 7 plays")


@pytest.mark.parametrize("values", [[], [0, 0], [3, 3, 3], [0.2], [1, 2], [float("nan")], [7_000, 41_000, 90_000]])
def test_few_values_make_few_classes(values):
    found = levels(pd.Series(values, dtype=float), " h", are_counts=False)
    assert len(set(found.names)) == len(found.names) == len(found.bounds) + 1
    assert all(found.of(value) in found.scale for value in values if value == value)


# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
SIGHTS = {
    "common": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def seen_as(color, sight):
    """CIE L*a*b* (D65) of a color as it is seen."""
    channels = np.array([int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(sight @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, sight):
    return float(np.linalg.norm(seen_as(one, sight) - seen_as(other, sight)))


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
def test_users_next_to_each_other_can_be_told_apart_with_any_sight(sight):
    stack = (*theme.USER_COLORS, theme.SHADE)
    assert min(distance(one, other, sight) for one, other in itertools.pairwise(stack)) > 20
    assert min(distance(one, other, sight) for one, other in itertools.combinations(theme.USER_COLORS, 2)) > 12


def test_red_beside_green_would_not_pass():
    assert distance("#cc4b2c", "#7d8a1c", SIGHTS["deuteranopia"]) < 20
