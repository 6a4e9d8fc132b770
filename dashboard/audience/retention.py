"""Who stays: sign-up cohorts over their weeks or months, and all of them together by plan."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, theme
from dashboard.audience import subscriber_charts as charts
from dashboard.audience import subscriber_queries as queries
from dashboard.audience.shown import Shown, caption, plan_name
from dashboard.audience.subscriber_queries import BY
from dashboard.audience.subscribers import plan_colors
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.formatting import share
from dashboard.published import OutdatedVersion

STEPS = {"Weeks": "week", "Months": "month"}
MEASURES = {"Subscribed": "subscribed", "Active": "active"}
SAID = {"subscribed": "still subscribed", "active": "active"}
MEANING = {"subscribed": "retention", "active": "activity"}
# Half a year of weeks and two years of months; older cohorts are in the curves.
MOST_COHORTS = {"week": 26, "month": 24}
# Of fewer members one more or less moves the curve by more than 3 points.
FEWEST_MEMBERS = 30


def draw(shown: Shown) -> None:
    """The choice of step and measure, the map of cohorts, and the curves beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        step = STEPS[_choose("Cohorts by", list(STEPS), "cohorts", "By week or month of the sign-up.")]
        column = MEASURES[_choose("Share that is", list(MEASURES), "retained", meaning("retention", "activity"))]
    left, right = st.columns([3, 2])
    with left:
        _draw_map(shown, step, column)
    with right:
        _draw_curves(shown, step, column)


def _choose(label: str, options: list[str], key: str, help_text: str) -> str:
    chosen = st.segmented_control(
        label, options, default=options[0], required=True, key=key, bind="query-params", help=help_text
    )
    return chosen or options[0]


def _draw_map(shown: Shown, step: str, column: str) -> None:
    with frame.section(
        f"Sign-up cohorts: percent {SAID[column]}",
        help=meaning(MEANING[column], "cohort_members"),
        caption=caption(
            f"A row is a {step} of sign-ups and how many they were, a cell a {step} after it. Blank: not over yet. The range "
            "does not narrow this.",
            shown.scope(*BY),
        ),
    ) as section:
        rows = queries.cohorts(shown.published, step, shown.filters, MOST_COHORTS[step])
        section.offer(rows, f"cohorts_by_{step}")
        if rows.empty:
            _say_nothing(shown)
        elif rows[column].isna().all():
            st.info(f"The first {step} of a cohort is not over yet: there is nothing to follow so far.")
        else:
            draw_chart(
                charts.cohort_map,
                rows,
                column,
                step,
                SAID[column].capitalize(),
                alt=f"Share of each sign-up cohort that is {SAID[column]}, by {step} since the sign-up",
            )


def _draw_curves(shown: Shown, step: str, column: str) -> None:
    with frame.section(
        f"All cohorts together: {SAID[column]}",
        help=meaning(MEANING[column]),
        caption=f"By plan at sign-up. Later {step}s are those of older cohorts; fewer than {FEWEST_MEMBERS} members are left "
        "out. The axis does not begin at zero.",
    ) as section:
        rows = queries.curves(shown.published, step, shown.filters)
        lines = with_rates(rows, column)
        section.offer(lines.drop(columns="written"), f"retention_by_{step}")
        if rows.empty:
            _say_nothing(shown)
        elif lines.empty:
            st.info(f"No plan has {FEWEST_MEMBERS} members in cohorts that are over. Choose more countries or plans.")
        else:
            colors = {plan_name(plan): color for plan, color in plan_colors(_plans(shown, rows)).items()}
            colors[charts.ALL] = theme.QUIET_TEXT
            present = set(lines["name"])
            cohorts = queries.cohorts(shown.published, step, shown.filters, MOST_COHORTS[step])
            # As high as the map beside it, up to what a few lines can fill.
            height = min(max(charts.map_height(cohorts["cohort_start"].nunique()), 300), 560)
            draw_chart(
                charts.retention_curves,
                lines,
                {name: color for name, color in colors.items() if name in present},
                step,
                SAID[column].capitalize(),
                alt=f"Share {SAID[column]} by {step} since the sign-up, one line per plan",
                height=height,
            )


def _plans(shown: Shown, rows: pd.DataFrame) -> list[str]:
    """All plans, so that each has the color that it has among the subscribers; those of ``rows`` where nothing tells of them."""
    try:
        return queries.all_plans(shown.published)
    except OutdatedVersion:
        return sorted(rows["plan"].unique())


def with_rates(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rates of each plan and, where there are several, of all together: name, period_number, cohort_size, kept, rate, written;
    without those of fewer than ``FEWEST_MEMBERS``.
    """
    parts = rows.assign(name=rows["plan"].map(plan_name), kept=rows[column])[
        ["name", "period_number", "cohort_size", "kept"]
    ]
    if rows["plan"].nunique() > 1:
        together = parts.groupby("period_number", as_index=False)[["cohort_size", "kept"]].sum()
        parts = pd.concat([parts, together.assign(name=charts.ALL)], ignore_index=True)
    enough = parts[parts["cohort_size"] >= FEWEST_MEMBERS]
    rate = enough["kept"].astype(float) / enough["cohort_size"]
    return enough.assign(
        rate=rate,
        written=[f"{share(value)} of {size:,d}" for value, size in zip(rate, enough["cohort_size"], strict=True)],
    )


def _say_nothing(shown: Shown) -> None:
    narrowed = " with what the filters ask for" if any(one in shown.filters.chosen for one in BY) else ""
    st.info(
        f"Nobody{narrowed} signed up within the data, so there is no cohort to follow. Of those who came before, nobody knows "
        "who had left by then."
    )
