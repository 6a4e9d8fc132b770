"""Who comes and goes: the figures of the range, subscribers by day, comings and goings, and the plans."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts as shared_charts
from dashboard import frame, theme
from dashboard.audience import subscriber_charts as charts
from dashboard.audience import subscriber_queries as queries
from dashboard.audience.shown import MOST_FLOW_DAYS, Shown, caption, plan_name, step_of, step_starts
from dashboard.audience.subscriber_queries import BY, Movement
from dashboard.comparison import tile
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.filters import Dimension
from dashboard.formatting import ABSENT, change, count, period, points, share, whole
from dashboard.tables import bar
from dashboard.tiles import figures_first

TWO_DIGITS = 2


def draw(shown: Shown) -> bool:
    """The whole part. False where no account is known, so that nothing can be said of who stays either."""
    with frame.tolerant():
        plans = queries.all_plans(shown.published)
        if not plans:
            st.info(
                "**Who subscribes is not known.** No account of this platform says when it began or ended; a viewing history "
                "names profiles, which share one subscription. What was watched, when and on what is below.",
                icon=":material/person_off:",
            )
            return False
        now = queries.movement(shown.published, shown.chosen, shown.filters)
        if not now.days:
            st.info(
                "**No subscribers in this range** have what the filters ask for. Choose other countries or plans, or none.",
                icon=":material/filter_alt_off:",
            )
            return True
        days = queries.daily(shown.published, shown.chosen, shown.filters)
        with figures_first():
            draw_tiles(shown, now, days)
        of_accounts = "Countries are those of the accounts." if Dimension.COUNTRY in shown.filters.chosen else ""
        st.caption(caption(net_text(now), shown.scope(*BY), of_accounts))
        left, right = st.columns(2)
        with left:
            _draw_course(shown, days, plan_colors(plans))
        with right:
            _draw_movements(shown, days)
        _draw_plans(shown)
    return True


def plan_colors(plans: list[str]) -> dict[str, str]:
    """A color for each plan, the same whatever is filtered; beyond the palette all are grey."""
    palette = theme.USER_COLORS
    return {plan: palette[place] if place < len(palette) else theme.SHADE for place, plan in enumerate(plans)}


def net_text(now: Movement) -> str:
    """What the range did to the number of subscribers, as a sentence."""
    if now.subscribers is None or now.opening is None:
        return ""
    net = now.subscribers - now.opening
    towards = f"{abs(net):,} {'more' if net > 0 else 'fewer'} than when it began" if net else "as many as when it began"
    first_seen = f", {whole(now.first_seen)} were not known before" if now.first_seen else ""
    return (
        f"**{whole(now.subscribers)} at the end of the range, {towards}**: {whole(now.sign_ups)} signed up, "
        f"{whole(now.returns)} came back{first_seen}, {whole(now.cancellations)} cancelled."
    )


def draw_tiles(shown: Shown, now: Movement, days: pd.DataFrame) -> None:
    """Six figures, each against the previous period, with a line over the days of the range."""
    then = queries.movement(shown.published, shown.chosen.previous(), shown.filters)
    is_compared = shown.is_comparable and then.days > 0
    sums = days.groupby("event_date").sum(numeric_only=True)
    parts = (
        ("Subscribers", "subscribers", True),
        ("Sign-ups", "sign_ups", True),
        ("Returns", "returns", True),
        ("Cancellations", "cancellations", False),
    )
    columns = st.columns(6)
    for column, (label, name, more_is_better) in zip(columns, parts, strict=False):
        figure = getattr(now, name)
        tile(
            column,
            label,
            whole(figure),
            change(figure, getattr(then, name)) if is_compared else None,
            None,
            meaning(name),
            more_is_better,
            sums[name],
        )
    daily_gross = sums["cancellations"] / sums["subscribers_at_start"].where(sums["subscribers_at_start"] > 0)
    daily_net = (sums["cancellations"] - sums["returns"]) / sums["subscribers_at_start"].where(
        sums["subscribers_at_start"] > 0
    )
    for column, label, name, course in (
        (columns[4], "Gross churn", "gross_churn", daily_gross),
        (columns[5], "Net churn", "net_churn", daily_net),
    ):
        tile(
            column,
            label,
            share(getattr(now, name), TWO_DIGITS),
            points(getattr(now, name), getattr(then, name), TWO_DIGITS) if is_compared else None,
            None,
            f"{meaning(name)} Of the whole range, so a longer one has more; the line shows single days.",
            more_is_better=False,
            course=course,
        )


def _draw_course(shown: Shown, days: pd.DataFrame, colors: dict[str, str]) -> None:
    with frame.section(
        "Subscribers by day", help=meaning("subscribers"), caption="At the end of each day (UTC), stacked by plan."
    ) as section:
        section.offer(days, "subscribers_by_day")
        wide = days.pivot(index="event_date", columns="plan", values="subscribers").reset_index()
        parts = {plan: (plan_name(plan), color) for plan, color in colors.items() if plan in wide}
        draw_chart(
            shared_charts.stacked_days,
            wide,
            "event_date",
            parts,
            "Plan",
            "Subscribers",
            alt=f"Subscribers by day and plan, {_span(shown)}",
            height=charts.COURSE_HEIGHT,
        )


def _draw_movements(shown: Shown, days: pd.DataFrame) -> None:
    step = step_of(shown.chosen, MOST_FLOW_DAYS)
    starts = step_starts(shown.chosen, step)
    partly = " The first and the last may hold fewer days." if step != "day" else ""
    with frame.section(
        f"Comings and goings by {step}",
        help=meaning("sign_ups", "returns", "cancellations"),
        caption=f"Above the line who came, below it who left (subscribers).{partly}",
    ) as section:
        names = list(charts.MOVEMENTS)
        dated = days.assign(start=_start(days["event_date"], step))
        rows = dated.groupby("start", as_index=False)[names].sum()
        section.offer(rows, f"subscriber_movements_by_{step}")
        if not rows[names].to_numpy().any():
            st.info("Nobody came and nobody left in this range.")
            return
        draw_chart(
            charts.movements, rows, starts, step, alt=f"Sign-ups, returns and cancellations by {step}, {_span(shown)}"
        )


def _draw_plans(shown: Shown) -> None:
    with frame.section(
        "Plans and moves between them",
        help=meaning("subscribers", "gross_churn"),
        caption=f"Subscribers and share at the end of the range; what happened in its {count(shown.chosen.days, 'day')}.",
    ) as section:
        rows = queries.plans(shown.published, shown.chosen, shown.filters)
        section.offer(rows, "plans")
        moves = "to or from another plan; a move to another country counts too, once in and once out."
        st.dataframe(
            rows.assign(
                plan=rows["plan"].map(plan_name),
                share=rows["share"] * 100,
                shift=(rows["share"] - rows["share_at_start"]) * 100,
                net_moves=rows["moved_in"] - rows["moved_out"],
                gross_churn=rows["gross_churn"] * 100,
            ),
            hide_index=True,
            height="content",
            placeholder=ABSENT,
            column_config={
                "plan": st.column_config.TextColumn("Plan", width=135),
                "subscribers": bar("Subscribers", rows["subscribers"], width=110),
                "share": st.column_config.NumberColumn("Share", format="%.1f%%", width=64),
                "shift": st.column_config.NumberColumn(
                    "Shift (points)", format="%+.2f", width=95, help="Change of the share since the range began."
                ),
                "sign_ups": st.column_config.NumberColumn("Sign-ups", format="%,d", width=75),
                "returns": st.column_config.NumberColumn("Returns", format="%,d", width=75),
                "cancellations": st.column_config.NumberColumn("Cancellations", format="%,d", width=105),
                "moved_in": st.column_config.NumberColumn("Moved in", format="%,d", width=80, help=f"Came {moves}"),
                "moved_out": st.column_config.NumberColumn("Moved out", format="%,d", width=85, help=f"Went {moves}"),
                "net_moves": st.column_config.NumberColumn("Net moves", format="%+d", width=85),
                "gross_churn": st.column_config.NumberColumn("Gross churn", format="%.2f%%", width=95),
            },
            column_order=[
                "plan",
                "subscribers",
                "share",
                "shift",
                "sign_ups",
                "returns",
                "cancellations",
                "moved_in",
                "moved_out",
                "net_moves",
                "gross_churn",
            ],
        )


def _start(days: pd.Series, step: str) -> pd.Series:
    """First day (ISO) of the ``step`` of each day."""
    day = pd.to_datetime(days)
    if step == "week":
        day -= pd.to_timedelta(day.dt.weekday, unit="D")
    return day.dt.strftime("%Y-%m-01" if step == "month" else "%Y-%m-%d")


def _span(shown: Shown) -> str:
    return period(shown.chosen.first, shown.chosen.last)
