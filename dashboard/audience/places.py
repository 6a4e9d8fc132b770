"""On what and where people watch: devices and countries, against the previous period."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts as shared_charts
from dashboard import frame, theme
from dashboard.audience import subscriber_queries
from dashboard.audience import viewing_queries as queries
from dashboard.audience.shown import Shown, caption
from dashboard.audience.viewing_queries import BY
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.filters import Dimension
from dashboard.formatting import ABSENT, change
from dashboard.history.measures import COUNT, HOURS
from dashboard.published import OutdatedVersion
from dashboard.tables import bar, height

MOST_ROWS = 8
UNKNOWN = {"unknown"}
NOTHING = "Nothing was watched in this range with what the filters ask for. Choose a longer range, or no filter."


def draw(shown: Shown) -> None:
    """Devices beside countries."""
    left, right = st.columns([2, 3])
    with left:
        _draw_devices(shown)
    with right:
        _draw_countries(shown)


def _draw_devices(shown: Shown) -> None:
    measure = shown.measure
    with frame.section(
        f"{measure.name} by device",
        help=meaning("plays" if measure == COUNT else "watch_hours"),
        caption=caption(_written(shown), shown.scope(*BY)),
    ) as section:
        rows = queries.divided_by(shown.published, shown.chosen, shown.filters, Dimension.DEVICE, measure.column)
        section.offer(rows, "devices")
        if rows.empty:
            st.info(NOTHING)
        elif set(rows["member"]) <= UNKNOWN:
            st.info("No event of this range says what it was watched on.")
        else:
            changes = pd.Series(
                [
                    change(*pair) if shown.is_comparable else None
                    for pair in zip(rows["amount"], rows["before"], strict=True)
                ],
                index=rows.index,
                dtype=object,
            )
            bars = rows.rename(columns={"member": "device"}).assign(change=changes)
            draw_chart(
                shared_charts.ranked_bars,
                bars,
                "device",
                "amount",
                measure.unit,
                theme.HOURS,
                alt=f"{measure.name} by device, biggest first, with share and change",
            )


def _draw_countries(shown: Shown) -> None:
    measure = shown.measure
    with frame.section(
        f"{measure.name} by country",
        help=meaning("plays" if measure == COUNT else "watch_hours"),
        caption=caption("Where it was watched.", shown.scope(*BY)),
    ) as section:
        rows = with_hours_per_subscriber(
            shown,
            queries.divided_by(shown.published, shown.chosen, shown.filters, Dimension.COUNTRY, measure.column),
        )
        section.offer(rows, "countries")
        if rows.empty:
            st.info(NOTHING)
        elif set(rows["member"]) <= UNKNOWN:
            st.info("No event of this range says where it was watched.")
        else:
            _show_countries(shown, rows)


def with_hours_per_subscriber(shown: Shown, rows: pd.DataFrame) -> pd.DataFrame:
    """Adds country_name, change (ratio, null where not comparable) and hours_per_subscriber (h a week; null where there are no
    subscribers, or the version does not tell of any).
    """
    before = rows["before"].where(rows["before"] > 0) if shown.is_comparable else pd.Series(float("nan"), rows.index)
    rows = rows.assign(
        country_name=rows["member"].map(lambda code: shown.country_names.get(code, code)),
        change=rows["amount"] / before - 1,
        hours_per_subscriber=float("nan"),
    )
    try:
        accounts = subscriber_queries.mean_subscribers(shown.published, shown.chosen, shown.filters)
    except OutdatedVersion:
        return rows
    subscribers = rows["member"].map(accounts.set_index("country")["subscribers"])
    return rows.assign(hours_per_subscriber=rows["watch_hours"] / subscribers / shown.chosen.days * 7)


def _show_countries(shown: Shown, rows: pd.DataFrame) -> None:
    measure = shown.measure
    shown_columns = {
        "country_name": st.column_config.TextColumn("Country", width=130),
        "amount": bar(f"{measure.name}{' (h)' if measure == HOURS else ''}", rows["amount"], width=110),
        "share": st.column_config.NumberColumn("Share", format="%.1f%%", width=60),
        "change": st.column_config.NumberColumn("Change", format="%+.1f%%", width=72, help=shown.compared_with),
        "hours_per_subscriber": st.column_config.NumberColumn(
            "h per subscriber",
            format="%.2f",
            width=112,
            help="Hours watched in the country per week and subscriber of it (mean of the range's days); what guests from other "
            "countries watch there is in it. With filters: of what they leave.",
        ),
    }
    if rows["change"].isna().all():
        del shown_columns["change"]
    if rows["hours_per_subscriber"].isna().all():
        del shown_columns["hours_per_subscriber"]
    st.dataframe(
        rows.assign(share=rows["share"] * 100, change=rows["change"] * 100),
        hide_index=True,
        height=height(rows, MOST_ROWS),
        placeholder=ABSENT,
        column_order=list(shown_columns),
        column_config=shown_columns,
    )


def _written(shown: Shown) -> str:
    return "With share and change to the previous period." if shown.is_comparable else "With share."
