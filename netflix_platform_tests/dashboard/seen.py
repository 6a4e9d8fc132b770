"""What a person reads on a page that the test runner has drawn."""

import html
import json
import re

import pandas as pd
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Dataframe, Metric

HEALTH = "app_pages/pipeline_health.py"
HISTORY = "app_pages/history.py"
AUDIENCE = "app_pages/audience.py"
# What a window of 390 px leaves for a table.
PHONE_WIDTH = 318


def said(app: AppTest) -> str:
    """All boxes and paragraphs of the page."""
    parts = [*app.error, *app.warning, *app.info, *app.success, *app.markdown, *app.caption]
    return "\n".join(part.value for part in parts)


def section_titles(app: AppTest) -> list[str]:
    """What the sections of the page are called: below its parts, where it has any (``frame.part``)."""
    return [heading.value for heading in (app.subheader or app.header)]


def tiles(app: AppTest) -> list[Metric]:
    """The figures at the top of the Overview, without those of the newest day below them."""
    return list(app.metric)[:4]


def widths(table: Dataframe) -> list[tuple[str, int]]:
    """The table's columns from left to right, with their width in px (0 for those without one)."""
    columns = json.loads(table.proto.columns)
    return [(name, columns.get(name, {}).get("width") or 0) for name in table.proto.column_order]


def table_with(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table of the page that has these columns."""
    return next(table.value for table in app.dataframe if set(columns) <= set(table.value.columns))


def plain(app: AppTest) -> str:
    """All that the page shows as it was written: nothing in it is read as Markdown or HTML."""
    bodies = [element.proto.body for element in app.get("html")]
    assert not any("<" in re.sub(r"</?p[^<>]*>", "", body) for body in bodies), bodies
    return "\n".join(html.unescape(re.sub(r"</?p[^<>]*>", "", body)) for body in bodies)
