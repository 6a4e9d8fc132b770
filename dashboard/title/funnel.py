"""How many began, watched and completed the title within 7 and 28 days of its release, beside what is usual for its type."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.formatting import count, share, whole
from dashboard.frame import Opened
from dashboard.title import charts, launch_queries
from dashboard.title.facts import launch_lack
from dashboard.title.queries import Title

WINDOWS = (7, 28)
HELP = ("starters", "watchers", "completers", "watcher_rate", "completer_rate")


def draw(opened: Opened, title: Title, first_day: date) -> None:
    """A funnel per window; or why there is none."""
    lack = launch_lack(title, first_day)
    for column, days in zip(st.columns(len(WINDOWS)), WINDOWS, strict=True):
        with column, frame.section(f"Funnel after {days} days", help=definitions.meaning(*HELP)) as section:
            rows = launch_queries.funnel(opened.published, title.title_id)
            window = rows[rows["window_days"] == days]
            if lack or window.empty:
                st.info(
                    f"**No funnel.** {lack or 'No day since its release is published.'} It counts from the day of the release.",
                    icon=":material/filter_alt_off:",
                )
                continue
            usual = launch_queries.usual_funnel(opened.published, title.title_id, title.title_type)
            found = usual[usual["window_days"] == days]
            _draw_window(section, title, window.iloc[0], found.iloc[0] if len(found) else None)


def stages(row: pd.Series, usual: pd.Series | None) -> pd.DataFrame:
    """The funnel as rows: stage, profiles (null: unknown), rate (starters: of the viewers, then of the starters), usual_rate, and
    usual_profiles, what the usual rate would make of as many.
    """

    def known(value: Any) -> float | None:
        return None if value is None or pd.isna(value) else float(value)

    viewers, starters = known(row["viewers"]), known(row["starters"])
    found = []
    for stage, base, rate in (
        ("Viewers", None, None),
        ("Starters", viewers, "starter_rate"),
        ("Watchers", starters, "watcher_rate"),
        ("Completers", starters, "completer_rate"),
    ):
        profiles = known(row[stage.lower()])
        usual_rate = known(usual[rate]) if usual is not None and rate else None
        found.append(
            {
                "stage": stage,
                "profiles": profiles,
                "rate": profiles / base if profiles is not None and base else None,
                "usual_rate": usual_rate,
                "usual_profiles": usual_rate * base if usual_rate is not None and base else None,
            }
        )
    return pd.DataFrame(found).astype({"profiles": float, "rate": float, "usual_rate": float, "usual_profiles": float})


def _draw_window(section: frame.Section, title: Title, row: pd.Series, usual: pd.Series | None) -> None:
    if not row["is_complete"]:
        st.caption(
            f":material/hourglass_top: **Not complete:** {row['days_in_data']} of {row['window_days']} days so far. Rates "
            "still rise; the medians are of windows that are over."
        )
    rows = stages(row, usual)
    section.offer(rows, f"{title.title_id}_funnel_{row['window_days']}_days")
    if not row["viewers"]:
        st.info("Nobody watched it in this window.")
        return
    said = ", ".join(f"{stage} {whole(n)}" for stage, n in zip(rows["stage"], rows["profiles"], strict=True))
    draw_chart(charts.funnel, rows, title.kind, alt=f"{row['window_days']} days: {said}")
    for text in told(title, row, usual):
        st.caption(text)


def told(title: Title, row: pd.Series, usual: pd.Series | None) -> list[str]:
    """What the chart cannot show: the medians, the pace, and what is unknown."""
    found = []
    if usual is None:
        found.append(f"Too few other {title.kind}s with a whole window to say what is usual.")
    else:
        found.append(
            f"Orange: where the median would stand. Of {count(int(usual['titles']), f'other {title.kind}')} it is "
            f"{whole(usual['viewers'])} viewers, of whom {share(usual['starter_rate'], 0)} start; of those "
            f"{share(usual['watcher_rate'], 0)} watch and {share(usual['completer_rate'], 0)} complete it."
        )
    if pd.isna(row["starters"]):
        found.append("No event says how long it was watched: who started, watched or completed it is unknown.")
    elif pd.isna(row["watchers"]):
        lack = "runtime" if not title.runtime_minutes else "number of episodes"
        found.append(f"Without its {lack} nobody knows who watched or completed it.")
    if pd.notna(row["completion_days_p50"]):
        found.append(
            f"Half of the completers were done within {count(int(row['completion_days_p50']), 'day')} of their first."
        )
    return found
