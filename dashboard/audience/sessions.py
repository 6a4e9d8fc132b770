"""How long people stay: lengths of sessions, episodes in them, binges."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import streamlit as st

from dashboard import frame
from dashboard.audience import viewing_charts as charts
from dashboard.audience import viewing_queries as queries
from dashboard.audience.shown import Shown, caption
from dashboard.audience.viewing_queries import BY, Sessions
from dashboard.comparison import tile
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.formatting import ABSENT, change, points, share, whole


def draw(shown: Shown) -> None:
    """The distribution beside four figures."""
    with frame.section(
        "How long a session is",
        help=meaning("sessions", "avg_session_minutes", "episodes_per_session", "binge_share"),
        caption=caption(
            "Share of the sessions by minutes"
            + ("; the dash marks the previous period." if shown.is_comparable else ".")
            + " A session over midnight (UTC) counts on both days.",
            shown.scope(*BY),
        ),
    ) as section:
        rows = queries.session_lengths(shown.published, shown.chosen, shown.filters)
        section.offer(rows, "session_lengths")
        if not rows["sessions"].sum():
            st.info(
                "No event of this range, with what the filters ask for, names its session, so nobody knows where one ends and "
                "the next begins."
            )
            return
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            draw_chart(
                charts.session_lengths,
                named(rows if shown.is_comparable else rows.assign(share_before=None)),
                alt="Share of the sessions by length in minutes",
            )
        with right:
            _draw_tiles(shown)


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds length, the name of each class: ``15 – 30``, ``180 +``. ``rows``: ``viewing_queries.session_lengths``."""
    bounds = (0, 5, 15, 30, 60, 120, 180)
    ends = dict(pairwise(bounds))
    return rows.assign(
        length=[f"{low}–{ends[low]}" if low in ends else f"{low}+" for low in rows["length_from_minutes"]],
        share_before=rows["share_before"].astype(float),
    )


def _draw_tiles(shown: Shown) -> None:
    now = queries.sessions(shown.published, shown.chosen, shown.filters)
    then = queries.sessions(shown.published, shown.chosen.previous(), shown.filters)
    for column, part in zip([*st.columns(2), *st.columns(2)], tiles(now, then), strict=True):
        label, value, moved, names = part
        tile(column, label, value, moved if shown.is_comparable else None, None, meaning(*names))


def tiles(now: Sessions, then: Sessions) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    """Label, figure, change and metrics of each tile."""
    minutes = ABSENT if now.avg_minutes is None else f"{now.avg_minutes:.1f} min"
    episodes = ABSENT if now.episodes_per_session is None else f"{now.episodes_per_session:.2f}"
    return [
        ("Sessions", whole(now.sessions), change(now.sessions, then.sessions), ("sessions",)),
        ("Mean length", minutes, change(now.avg_minutes, then.avg_minutes), ("avg_session_minutes",)),
        (
            "Episodes per session",
            episodes,
            change(now.episodes_per_session, then.episodes_per_session),
            ("episodes_per_session",),
        ),
        (
            "Binges",
            share(now.binge_share),
            points(now.binge_share, then.binge_share),
            ("binge_share", "binge_sessions"),
        ),
    ]
