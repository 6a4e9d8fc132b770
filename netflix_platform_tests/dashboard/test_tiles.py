"""Tiles: a new visitor's figures come before the lines below them, and before all the rest of the page."""

import pandas as pd
import pytest
import streamlit as st

from dashboard import tiles
from dashboard.tiles import MOST_DAYS, course_of, figures_first, tile


@pytest.fixture
def drawn(monkeypatch):
    """What is drawn in tiles, in order: labels of figures, and ``line``."""
    order: list[str] = []
    monkeypatch.setattr(tiles, "draw_chart", lambda *_, **__: order.append("line"))
    monkeypatch.setattr(st, "metric", lambda label, *_, **__: order.append(label))
    monkeypatch.setattr(st, "session_state", {})
    return order


def two_tiles():
    for label in ("Plays", "Hours"):
        tile(label, "1", course=pd.Series([1, 2]))


def test_a_new_visitor_gets_the_figures_before_their_lines(drawn):
    with figures_first():
        two_tiles()
        assert drawn == ["Plays", "Hours"]
    assert drawn == ["Plays", "Hours", "line", "line"]


def test_who_has_seen_figures_gets_each_with_its_line(drawn):
    for _ in range(2):
        with figures_first():
            two_tiles()
    assert drawn[4:] == ["Plays", "line", "Hours", "line"]


def test_lines_of_a_part_that_failed_do_not_wait_for_ever(drawn):
    with pytest.raises(ValueError, match="no figures"), figures_first():
        two_tiles()
        raise ValueError("no figures")
    drawn.clear()
    two_tiles()
    assert drawn == ["Plays", "line", "Hours", "line"]


def test_a_line_has_two_values_or_more_and_weeks_where_days_are_too_many():
    assert course_of(pd.Series([1.0, None])) is None
    assert course_of(pd.Series([1, None, 3])) == [1.0, 3.0]
    assert course_of(pd.Series(range(MOST_DAYS + 1)))[:2] == [3.0, 10.0]
