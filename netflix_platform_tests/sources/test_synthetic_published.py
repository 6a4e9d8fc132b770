"""What the world draws from, held against the published figures, and the bounds that keep a day small."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from netflix_platform.settings import SCALES
from netflix_platform.sources import published
from netflix_platform.sources.synthetic.holidays import holiday
from netflix_platform.sources.synthetic.names import invented_name
from netflix_platform.sources.synthetic.rhythm import BINS, COUNTRY_CODES, DAY_MS, PLACES, cycle
from netflix_platform.sources.synthetic.viewing import LONGEST_SESSION_MS
from netflix_platform.sources.synthetic.world import MOST_EVENTS, World
from netflix_platform_tests.sources.worlds import world


def test_runtimes_have_the_published_quantiles() -> None:
    at = np.array([0.1, 0.5, 0.9])
    assert published.film_minutes(at) / 60 == pytest.approx([1.483, 1.783, 2.333], abs=0.01)
    assert published.season_minutes(at) / 60 == pytest.approx([1.817, 4.917, 9.3], abs=0.01)
    episodes = published.episode_counts(published.season_minutes(at), np.array([0.0, 0.5, 0.99]))
    assert list(episodes) == [5, 7, 9]


@pytest.mark.parametrize(("is_season", "ratios"), [(False, (0.384, 0.552, 0.70)), (True, (0.526, 0.628, 0.711))])
def test_a_launch_fades_week_by_week_as_published(is_season: bool, ratios: tuple[float, ...]) -> None:
    days = np.arange(-10, 200)
    hours = published.audience(np.full(len(days), 2.0), 20_000, days, np.full(len(days), is_season), 0.7)
    assert hours[days < 0].max() == 0
    assert hours[days >= 0].min() > 0
    # a release on a Thursday: the first calendar week has four days
    weeks = [hours[(days >= first) & (days < first + 7)].sum() for first in (4, 11, 18, 25)]
    assert np.array(weeks[1:]) / weeks[:-1] == pytest.approx(ratios, rel=0.15)


def peak(place: int, day: date) -> float:
    """The UTC hour of most viewing in a place."""
    return cycle(7, day).rate[place].argmax() / 4


def test_the_evening_peak_is_local_and_moves_with_the_clocks() -> None:
    for day in (date(2026, 1, 14), date(2026, 7, 15)):
        of_day = cycle(7, day)
        busiest = of_day.hour[np.arange(len(PLACES)), of_day.rate.argmax(axis=1)]
        assert ((busiest >= 17) & (busiest <= 22)).all()
    places = [COUNTRY_CODES[place.country] for place in PLACES]
    for country, moves in {"GB": 1, "DE": 1, "US": 1, "JP": 0, "IN": 0}.items():
        place = places.index(country)
        assert peak(place, date(2026, 1, 14)) - peak(place, date(2026, 7, 15)) == moves
    australia = places.index("AU")  # summer time in January
    assert peak(australia, date(2026, 7, 15)) - peak(australia, date(2026, 1, 14)) == 1
    clocks_change = cycle(7, date(2026, 3, 29)).hour[places.index("DE")]
    assert list(clocks_change[3:6]) == [1, 3, 3]


def test_holidays_seasons_and_weekdays_move_a_countrys_volume() -> None:
    places = [COUNTRY_CODES[place.country] for place in PLACES]
    gb, br = places.index("GB"), places.index("BR")

    def volume(place: int, *days: date) -> float:
        return float(np.mean([cycle(7, day).rate[place].sum() for day in days]))

    assert holiday("GB", date(2026, 4, 6)) and holiday("US", date(2026, 11, 26)) and not holiday("JP", date(2026, 4, 6))
    assert [holiday("DE", date(year, 4, day)) is not None for year, day in ((2026, 6), (2027, 6), (2029, 2))] == [
        1,
        0,
        1,
    ]
    christmas_eve = volume(gb, date(2026, 12, 24)) / volume(gb, date(2026, 12, 17))
    assert christmas_eve < 0.92
    january = [date(2026, 1, day) for day in range(10, 31)]
    july = [date(2026, 7, day) for day in range(4, 25)]
    assert volume(gb, *january) > 1.1 * volume(gb, *july)
    assert volume(br, *january) < 0.95 * volume(br, *july)
    assert volume(gb, *july[::7]) > 1.15 * volume(gb, *july[2::7])  # Saturdays against Mondays


def test_names_differ() -> None:
    names = [invented_name(number, 7) for number in range(8_000)]
    assert len(set(names)) == len(names)
    assert invented_name(100_000, 7) not in names
    assert not any(name.startswith(("A A", "A E", "A I", "A O", "A U")) for name in names)


@pytest.mark.parametrize("scale", SCALES)
def test_a_day_is_cut_so_that_memory_stays_bounded(tmp_path: Path, scale: str) -> None:
    windows = World(world(tmp_path, scale=SCALES[scale])._settings).windows
    assert windows % 4 == 0
    assert BINS % windows == 0
    assert SCALES[scale].events_per_day * 2.2 / windows <= MOST_EVENTS
    assert LONGEST_SESSION_MS <= DAY_MS // 4
