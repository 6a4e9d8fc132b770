"""Tiles, and how the first page of a session comes: its figures, and the rest when the browser asks for it."""

import pandas as pd
import pytest

from dashboard.tiles import FIGURES_STAND, MOST_DAYS, REST_FOLLOWS, course_of
from netflix_platform_tests.dashboard.seen import tiles

PAGES = (
    "",
    *(f"app_pages/{name}.py" for name in ("top_10", "title", "audience", "playback_quality", "pipeline_health")),
)


@pytest.mark.parametrize("page", PAGES)
def test_a_new_visitor_gets_figures_alone_and_the_whole_page_when_the_browser_asks_again(opened, demo_dir, page):
    app = opened(demo_dir, page, is_new=True)
    figures = [(tile.label, tile.value) for tile in tiles(app)]
    assert len(figures) >= 4
    parts = len(app.header)
    assert parts <= 2  # of a page that is divided; no section of theirs
    assert not app.subheader
    assert not app.dataframe
    assert app.session_state[FIGURES_STAND]
    app.run()  # the browser's clock does it, from within a fragment
    assert not app.exception
    assert len(app.header) + len(app.subheader) > parts + 1
    assert [(tile.label, tile.value) for tile in tiles(app)][: len(figures)] == figures


def test_a_line_has_two_values_or_more_and_weeks_where_days_are_too_many():
    assert course_of(pd.Series([1.0, None])) is None
    assert course_of(pd.Series([1, None, 3])) == [1.0, 3.0]
    assert course_of(pd.Series(range(MOST_DAYS + 1)))[:2] == [3.0, 10.0]


def test_what_waits_for_a_page_knows_its_mark():
    from docs.take_screenshots import IS_DRAWN

    assert f".st-key-{REST_FOLLOWS}'" in IS_DRAWN
