"""What the world draws from, held against the published figures, and the bounds that keep a day small."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from netflix_platform.settings import SCALES
from netflix_platform.sources import published
from netflix_platform.sources.synthetic.names import invented_name
from netflix_platform.sources.synthetic.rhythm import BINS, DAY_MS, viewing_by_bin
from netflix_platform.sources.synthetic.viewing import LONGEST_SESSION_MS
from netflix_platform.sources.synthetic.world import MOST_EVENTS, World
from netflix_platform_tests.sources.worlds import world


def test_runtimes_have_the_published_quantiles() -> None:
    at = np.array([0.1, 0.5, 0.9])
    assert published.film_minutes(at) / 60 == pytest.approx([1.483, 1.783, 2.333], abs=0.01)
    assert published.season_minutes(at) / 60 == pytest.approx([1.817, 4.917, 9.3], abs=0.01)
    episodes = published.episode_counts(published.season_minutes(at), np.array([0.0, 0.5, 0.99]))
    assert list(episodes) == [5, 7, 9]


def test_popularity_is_as_concentrated_as_published() -> None:
    titles = 18_214
    shares = published.popularity((np.arange(titles) + 0.5) / titles, titles) / titles
    first = np.cumsum(shares)
    assert first[-1] == pytest.approx(1)
    assert first[0] < 0.012  # published: 0.87 %
    assert first[99] == pytest.approx(0.196, abs=0.03)
    assert first[titles // 10] == pytest.approx(0.711, abs=0.05)
    assert first[titles // 5] == pytest.approx(0.856, abs=0.05)


@pytest.mark.parametrize(("is_season", "ratios"), [(False, (0.384, 0.552, 0.70)), (True, (0.526, 0.628, 0.711))])
def test_a_launch_fades_week_by_week_as_published(is_season: bool, ratios: tuple[float, ...]) -> None:
    days = np.arange(-10, 200)
    hours = published.audience(np.full(len(days), 0.5), 20_000, days, np.full(len(days), is_season))
    assert hours[days < 0].max() == 0
    assert hours[days >= 0].min() > 0
    # a release on a Thursday: the first calendar week has four days
    weeks = [hours[(days >= first) & (days < first + 7)].sum() for first in (4, 11, 18, 25)]
    assert np.array(weeks[1:]) / weeks[:-1] == pytest.approx(ratios, rel=0.15)


def test_a_days_cycle_sums_to_one_and_peaks_in_the_evening() -> None:
    for day in (date(2026, 6, 3), date(2026, 6, 6)):
        cycle = viewing_by_bin(day)
        assert cycle.sum(axis=1) == pytest.approx(np.ones(12))
        assert [17 <= (peak / 4 - 6) % 24 <= 22 for peak in [cycle[0].argmax()]] == [
            True
        ]  # the United States, at UTC-6


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
