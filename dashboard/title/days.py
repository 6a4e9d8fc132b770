"""How much the title was played day by day, with its release marked."""

from __future__ import annotations

from datetime import date

import pandas as pd

from dashboard import charts, definitions, frame, month_charts, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import day, period, whole
from dashboard.periods import MOST_DAILY, MOST_DAILY_OF_A_HOUSEHOLD, Period
from dashboard.title.queries import Title


def draw(title: Title, chosen: Period, rows: pd.DataFrame, is_household: bool) -> None:
    """Bars by day, by month where days would be too thin. ``rows``: ``queries.days``."""
    span = period(chosen.first, chosen.last)
    by_month = chosen.days > (MOST_DAILY_OF_A_HOUSEHOLD if is_household else MOST_DAILY)
    name = "Plays per month" if by_month else "Plays per day"
    with frame.section(name, help=definitions.meaning("title_plays"), caption=_key(title, chosen, rows)) as section:
        section.offer(rows, f"{title.title_id}_plays_per_day")
        said = f"{name} of {title.title_name}, {span}"
        if by_month:
            draw_chart(month_charts.monthly_bars, by_months(rows), "plays", "Plays", theme.PLAYS, whole, alt=said)
        else:
            draw_chart(
                charts.daily_bars,
                rows,
                "plays",
                "Plays",
                theme.PLAYS,
                marked=_release_in(chosen, title),
                alt=said,
            )


def by_months(rows: pd.DataFrame) -> pd.DataFrame:
    """Plays of the days' calendar months: month_start, plays; null where no day of the month has data."""
    month = pd.to_datetime(rows["event_date"]).dt.to_period("M").dt.start_time
    return rows["plays"].astype(float).groupby(month).sum(min_count=1).rename_axis("month_start").reset_index()


def _release_in(chosen: Period, title: Title) -> tuple[date, str] | None:
    if title.release_date and chosen.first <= title.release_date <= chosen.last:
        return title.release_date, "released"
    return None


def _key(title: Title, chosen: Period, rows: pd.DataFrame) -> str:
    said = []
    if title.release_date and not chosen.first <= title.release_date <= chosen.last:
        said.append(f"Released on {day(title.release_date)}, outside this range.")
    if rows["plays_before"].notna().any() and chosen.days <= MOST_DAILY:
        said.append("Dashed: the same days of the range before.")
    if not rows["has_data"].all():
        said.append("Orange: no data.")
    return " ".join(said)
