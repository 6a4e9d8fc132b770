"""Trouble found: the hours of the range that were far from usual, joined to stretches, in words and in a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, tables
from dashboard.formatting import ABSENT
from dashboard.quality import trouble_queries, verdict
from dashboard.quality.hours import COUNTRY_KEY, DAY_KEY
from dashboard.quality.scope import Scope

MOST_ROWS = 8
TABLE_KEY = "trouble_table"


def in_range(scope: Scope, incidents: pd.DataFrame) -> pd.DataFrame:
    """Those of ``incidents`` that reach into the range."""
    return incidents[incidents["ended_at"] > pd.Timestamp(scope.chosen.first)].reset_index(drop=True)


def draw(scope: Scope, incidents: pd.DataFrame, is_judged: bool) -> None:
    """The worst in words, all in a table; a chosen row is shown by the hour below."""
    with frame.section(
        "Trouble found",
        help=trouble_queries.RULE,
        caption=f"Stretches of hours far from what is usual in their country, newest first (UTC).{scope.hourly_note}",
    ) as section:
        found = in_range(scope, incidents)
        if not is_judged:
            st.info(
                f"Hours are not judged yet: what is usual is known after {trouble_queries.LEAST_DAYS} days of a country.",
                icon=":material/hourglass_empty:",
            )
            return
        if found.empty:
            text = "No hour of the range was far from usual."
            if len(incidents):
                last = incidents.iloc[0]
                text += (
                    f" The last before it: {scope.country(last['country'])}, "
                    f"{verdict.hours_text(last['began_at'], last['ended_at'])}; {verdict.what(last)}. A longer range shows it."
                )
            st.info(text, icon=":material/check_circle:")
            return
        # Where none failed more than usual the rebuffering decides.
        worst = found.sort_values(["extra_failed", "rebuffer_ratio"], ascending=False).iloc[0]
        words = verdict.what(worst)
        st.markdown(
            f"**Worst: {scope.country(worst['country'])}, {verdict.hours_text(worst['began_at'], worst['ended_at'])}.** "
            f"{words[:1].upper()}{words[1:]}. Choose a row to see its day by the hour."
        )
        section.offer(found, "trouble")
        _table(scope, found)


def _table(scope: Scope, found: pd.DataFrame) -> None:
    shown = found.assign(
        place=found["country"].map(scope.country),
        what=[
            " and ".join(word for word, is_so in (("errors", errors), ("rebuffering", stalls)) if is_so)
            for errors, stalls in zip(found["has_errors"], found["has_stalls"], strict=True)
        ],
        startup=found["startup_p95_ms"] / 1000,
        **{
            name: found[name] * 100
            for name in ("error_rate", "usual_error_rate", "rebuffer_ratio", "usual_rebuffer_ratio")
        },
    )

    def show_hours() -> None:
        rows = st.session_state[TABLE_KEY].selection.rows
        if rows:
            chosen = found.iloc[rows[0]]
            st.session_state[COUNTRY_KEY] = chosen["country"]
            st.session_state[DAY_KEY] = max(chosen["began_at"].date(), scope.chosen.first)

    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        hide_index=True,
        height=tables.height(shown, MOST_ROWS),
        placeholder=ABSENT,
        key=TABLE_KEY,
        on_select=show_hours,
        selection_mode="single-row",
        column_order=[
            "began_at",
            "place",
            "error_rate",
            "rebuffer_ratio",
            "what",
            "hours",
            "playbacks",
            "extra_failed",
            "usual_error_rate",
            "usual_rebuffer_ratio",
            "startup",
        ],
        column_config={
            "began_at": st.column_config.DatetimeColumn("Since (UTC)", format="D MMM, HH:mm", width=104),
            "place": st.column_config.TextColumn("Country", width=104),
            "error_rate": number("Errors", format="%.1f%%", width=62),
            "rebuffer_ratio": number("Rebuffer", format="%.1f%%", width=72),
            "what": st.column_config.TextColumn("Of", width=150),
            "hours": number("Hours", format="%d", width=58),
            "playbacks": number("Playbacks", format="%,.0f", width=80),
            "extra_failed": number(
                "Failed beyond usual", format="%,.0f", width=130, help="Failed playbacks more than usual."
            ),
            "usual_error_rate": number("Usual errors", format="%.1f%%", width=95),
            "usual_rebuffer_ratio": number("Usual rebuffer", format="%.1f%%", width=105),
            "startup": number("Startup p95 (s)", format="%.1f", width=110, help="Of the slowest hour of the stretch."),
        },
    )
