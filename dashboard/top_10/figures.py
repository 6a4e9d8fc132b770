"""What the four lists of the week add up to, and what moved most, against the week before."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard import definitions, tiles
from dashboard.comparison import tile
from dashboard.formatting import ABSENT, change, points, share, whole
from dashboard.frame import Opened
from dashboard.top_10 import movements, queries
from dashboard.top_10.week_choice import FULL, Week


def draw(opened: Opened, week: Week) -> None:
    """Four figures: views, share of all watch hours, titles that came, and the biggest climb."""
    now = queries.week_figures(opened.published, week.monday)
    then = queries.week_figures(opened.published, week.monday - timedelta(days=FULL))
    if now is None:
        return
    rows = movements.with_movements(queries.lists(opened.published, week.monday), week.has_before)
    views, part, came, climb = st.columns(4)
    delta = change(now.views, then.views) if then and week.is_comparable else None
    tile(views, "Views of the four lists", whole(now.views), delta, "vs. the week before", definitions.meaning("views"))
    difference = points(now.share, then.share) if then and week.is_comparable else None
    tile(
        part,
        "Share of all watch hours",
        share(now.share),
        difference,
        "vs. the week before",
        "Hours of the titles in the four lists ÷ hours of everything that was watched that week.",
    )
    _draw_came(came, week, rows)
    _draw_climb(climb, week, rows)


def _draw_came(place: st.delta_generator.DeltaGenerator, week: Week, rows: pd.DataFrame) -> None:
    came = rows["movement"].value_counts()
    new, back = int(came.get(movements.NEW, 0)), int(came.get(movements.BACK, 0))
    with place:
        tiles.tile(
            "New in a list",
            f"{new} of {len(rows)}" if week.has_before else ABSENT,
            f"{back} more came back" if week.has_before and back else None,
            delta_color="off",
            delta_arrow="off",
            help="Titles that were in their list in no week before, as far as the data go back.",
        )


def _draw_climb(place: st.delta_generator.DeltaGenerator, week: Week, rows: pd.DataFrame) -> None:
    by = rows["rank_before"].astype(float) - rows["rank"]
    climbed = rows.assign(by=by)[by > 0].sort_values(["by", "rank"], ascending=[False, True])
    best = climbed.iloc[0] if len(climbed) else None
    with place:
        tiles.tile(
            "Biggest climb",
            ABSENT if best is None else f"{movements.UP} {best['by']:.0f}, to {best['rank']:.0f}",
            None if best is None else best["title_name"],
            delta_color="off",
            delta_arrow="off",
            help="Ranks gained within one list since the week before.",
        )
