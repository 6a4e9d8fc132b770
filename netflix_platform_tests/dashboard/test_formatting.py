from datetime import date, datetime

import pytest

from dashboard import formatting
from dashboard.periods import ALL_DAYS, Period, preset_period

NAN = float("nan")


def test_figures_carry_separators_and_units():
    assert formatting.whole(1234567) == "1,234,567"
    assert formatting.seconds(650360.129) == "650,360 s"
    assert formatting.share(0.0270) == "2.7%"
    assert [write(None) for write in (formatting.whole, formatting.seconds, formatting.share, formatting.duration)] == [
        "—"
    ] * 4
    assert [write(NAN) for write in (formatting.whole, formatting.seconds, formatting.share, formatting.duration)] == [
        "—"
    ] * 4


@pytest.mark.parametrize(
    ("now", "before", "written"),
    [
        (105, 100, "+5.0%"),
        (95, 100, "-5.0%"),
        (100.01, 100, "0.0%"),
        (99.99, 100, "0.0%"),
        (0, 100, "-100.0%"),
        (5, 0, None),
        (None, 100, None),
        (100, None, None),
        (NAN, 100, None),
    ],
)
def test_change(now, before, written):
    assert formatting.change(now, before) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
        (86399.6, "1 d 00 h"),
        (30 * 86400 + 7200, "30 d 02 h"),
        (None, "—"),
        (NAN, "—"),
    ],
)
def test_duration(number, written):
    assert formatting.duration(number) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (1400, "23 min"),
        (3569, "59 min"),
        (3570, "1.0 h"),
        (242_588, "67 h"),
        (4_000_000, "1,111 h"),
        (None, "—"),
        (NAN, "—"),
    ],
)
def test_a_sum_of_seconds_is_in_one_unit_of_its_size(number, written):
    assert formatting.summed(number) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3 * 3600 + 3599, "3 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
        (None, "—"),
    ],
)
def test_age(number, written):
    assert formatting.age(number) == written


def test_dates_and_ranges():
    assert formatting.day(date(2026, 11, 2)) == "Mon 2 Nov 2026"
    assert formatting.instant(datetime(2026, 11, 2, 6, 1)) == "2 Nov 2026, 06:01 UTC"
    assert formatting.instant(None) == "—"
    assert formatting.period(date(2026, 11, 2), date(2026, 11, 2)) == "2 Nov 2026"
    assert formatting.period(date(2026, 11, 2), date(2026, 11, 9)) == "2 – 9 Nov 2026"
    assert formatting.period(date(2026, 10, 26), date(2026, 11, 22)) == "26 Oct – 22 Nov 2026"
    assert formatting.period(date(2025, 12, 26), date(2026, 1, 2)) == "26 Dec 2025 – 2 Jan 2026"
    assert (formatting.count(1, "day"), formatting.count(1200, "day")) == ("1 day", "1,200 days")


def test_days_are_joined_into_ranges():
    days = [date(2026, 11, number) for number in (9, 3, 2, 4, 9, 7)]
    assert formatting.runs_of_days(days) == [
        (date(2026, 11, 2), date(2026, 11, 4)),
        (date(2026, 11, 7), date(2026, 11, 7)),
        (date(2026, 11, 9), date(2026, 11, 9)),
    ]
    assert formatting.list_of_days(days, most=2) == "2 – 4 Nov 2026, 7 Nov 2026 and 1 more range"
    assert formatting.runs_of_days([]) == []


def test_a_period_and_the_one_before_it_have_the_same_length_and_touch():
    period = Period(date(2026, 11, 16), date(2026, 11, 22))
    assert period.days == 7
    assert period.previous() == Period(date(2026, 11, 9), date(2026, 11, 15))
    assert Period(period.first, period.first).previous() == Period(date(2026, 11, 15), date(2026, 11, 15))


def test_presets_end_with_the_newest_day_and_stay_within_the_data():
    whole = Period(date(2026, 11, 3), date(2026, 11, 22))
    assert preset_period("7 days", whole) == Period(date(2026, 11, 16), whole.last)
    assert preset_period("28 days", whole) == whole
    assert preset_period(ALL_DAYS, whole) == whole
