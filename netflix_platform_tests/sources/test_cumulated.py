"""Looking places up by a guide is searching for them."""

import numpy as np
import pytest

from netflix_platform.sources.synthetic.cumulated import Cumulated

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    "weights",
    [
        RNG.lognormal(size=1_000),
        RNG.pareto(0.5, 5_000) * (RNG.random(5_000) < 0.5),  # a few giants, many zeros
        np.array([0.0, 0.0, 1.0, 0.0, 4.0]),
        np.array([1.0]),
        np.zeros(3),
    ],
)
def test_places_are_those_of_a_binary_search(weights: np.ndarray) -> None:
    reached = np.cumsum(weights)
    asked = np.concatenate([RNG.random(3_000) * reached[-1], reached, [reached[-1] * 1.1]])
    assert (Cumulated(reached).places(asked) == np.searchsorted(reached, asked, side="right")).all()
