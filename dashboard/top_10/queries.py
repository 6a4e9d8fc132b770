"""SQL over the weekly Top 10: ours, and beside it the one that Netflix publishes. Conventions are those of ``dashboard.queries``.

A week is named by its Monday. ``views`` are hours viewed ÷ runtime (count), ``hours_viewed`` hours (h).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.published import Published
from dashboard.reader import frame, record

# Of so many weeks before is told what is usual.
USUAL_WEEKS = 12


@dataclass(frozen=True)
class WeekFigures:
    """What the four lists of a week add up to. ``all_hours``: watched of whatever title (h); None where none are known."""

    days_in_data: int
    views: float
    hours: float
    all_hours: float | None

    @property
    def share(self) -> float | None:
        """The lists' part of all hours watched."""
        return self.hours / self.all_hours if self.all_hours else None


def weeks(published: Published) -> pd.DataFrame:
    """All weeks with a list, newest first: week_start, days_in_data (1 to 7)."""
    return frame(
        published,
        "select week_start, any_value(days_in_data) as days_in_data from mart_top_titles group by 1 order by 1 desc",
    )


def week_figures(published: Published, week: date) -> WeekFigures | None:
    """The week's sums; None for a week without lists."""
    row = record(
        published,
        """
        select
            any_value(days_in_data) as days_in_data,
            sum(views) as views,
            sum(hours_viewed) as hours,
            (
                select (sum(watched_seconds) / 3600)::double from mart_daily_kpis
                where event_date between $week::date and $week::date + 6
            ) as all_hours
        from mart_top_titles
        where week_start = $week
        having count(*) > 0
        """,
        week=week,
    )
    return WeekFigures(**row) if row else None


def lists(published: Published, week: date) -> pd.DataFrame:
    """The week's lists by rank: top10_list, rank, rank_before (null: not in the list of the week before), title_id, title_name,
    primary_genre, views, hours_viewed, cumulative_weeks_in_top_10.
    """
    return frame(
        published,
        """
        select
            this.top10_list, this.rank, earlier.rank as rank_before, this.title_id, this.title_name, this.primary_genre,
            this.views, this.hours_viewed, this.cumulative_weeks_in_top_10
        from mart_top_titles as this
        left join mart_top_titles as earlier
            on earlier.top10_list = this.top10_list and earlier.title_id = this.title_id and earlier.week_start = $week::date - 7
        where this.week_start = $week
        order by this.top10_list, this.rank
        """,
        week=week,
    )


def left(published: Published, week: date) -> pd.DataFrame:
    """Titles of the week before that are not in their list any more: top10_list, rank_before, title_id, title_name,
    cumulative_weeks_in_top_10 (up to the week before).
    """
    return frame(
        published,
        """
        select
            earlier.top10_list, earlier.rank as rank_before, earlier.title_id, earlier.title_name,
            earlier.cumulative_weeks_in_top_10
        from mart_top_titles as earlier
        anti join (select top10_list, title_id from mart_top_titles where week_start = $week) as this
            on earlier.top10_list = this.top10_list and earlier.title_id = this.title_id
        where earlier.week_start = $week::date - 7
        order by rank_before, earlier.top10_list
        """,
        week=week,
    )


def course(published: Published, week: date, top10_list: str, most_weeks: int) -> pd.DataFrame:
    """Where the list's titles of ``week`` stood in it and the weeks before: week_start, title_id, title_name, rank, views.

    One row per title and week with a list, at most ``most_weeks`` of them; rank and views are null where it was not in the list.
    """
    return frame(
        published,
        """
        with weeks as (
            select distinct week_start from mart_top_titles
            where week_start between $week::date - 7 * ($most_weeks - 1) and $week
        ),
        titles as (
            select title_id, title_name, rank as last_rank from mart_top_titles
            where week_start = $week and top10_list = $top10_list
        )
        select weeks.week_start, titles.title_id, titles.title_name, ranked.rank, ranked.views
        from titles
        cross join weeks
        left join mart_top_titles as ranked
            on ranked.week_start = weeks.week_start and ranked.title_id = titles.title_id and ranked.top10_list = $top10_list
        order by titles.last_rank, weeks.week_start
        """,
        week=week,
        top10_list=top10_list,
        most_weeks=most_weeks,
    )


def steepness(published: Published, week: date) -> pd.DataFrame:
    """How much of each list its first has: top10_list, first_views, first_share (of the list's views), last_rank, last_ratio
    (views of the last ÷ of the first), and usual_first_share, the median of the whole weeks before, at most ``USUAL_WEEKS``.
    """
    return frame(
        published,
        """
        with by_week as (
            select
                week_start, top10_list, any_value(days_in_data) as days_in_data,
                max(views) as first_views, max(views) / sum(views) as first_share,
                max(rank) as last_rank, min(views) / max(views) as last_ratio
            from mart_top_titles
            where week_start between $week::date - 7 * $usual_weeks and $week
            group by all
        )
        select
            this.top10_list, this.first_views, this.first_share, this.last_rank, this.last_ratio,
            (
                select median(earlier.first_share) from by_week as earlier
                where earlier.top10_list = this.top10_list and earlier.week_start < this.week_start and earlier.days_in_data = 7
            ) as usual_first_share
        from by_week as this
        where this.week_start = $week
        order by this.top10_list
        """,
        week=week,
        usual_weeks=USUAL_WEEKS,
    )


def published_weeks(published: Published) -> pd.DataFrame:
    """Weeks of Netflix's own lists that the version holds, newest first: week_start."""
    return frame(
        published,
        "select distinct week_start from mart_top_titles_published where published_rank is not null order by 1 desc",
    )


def beside_published(published: Published, week: date) -> pd.DataFrame:
    """The week's titles of either ranking: top10_list, title_name, rank, published_rank, views, published_views, hours_viewed,
    published_hours_viewed, is_in_both; best published rank first, then ours.
    """
    return frame(
        published,
        """
        select
            top10_list, title_name, rank, published_rank, views, published_views, hours_viewed, published_hours_viewed, is_in_both
        from mart_top_titles_published
        where week_start = $week
        order by top10_list, published_rank nulls last, rank, title_name
        """,
        week=week,
    )
