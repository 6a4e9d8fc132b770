"""SQL over one title: what is known of it and how much it was watched. Its launch stands in ``launch_queries``.

Conventions are those of ``dashboard.queries``. ``watch_hours`` (h) is null where no watch time is known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.periods import Period
from dashboard.published import Published
from dashboard.queries import days_sql
from dashboard.reader import frame, has_columns, record

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Title:
    """What is known of a title; None for what is not. ``is_recorded``: whether None means that the title's record does not say,
    and not only that the version does not. ``top10_list``: the weekly list that it competes in.
    """

    title_id: str
    title_name: str
    title_type: str
    series_name: str | None
    season_number: int | None
    primary_genre: str
    genres: str | None
    language: str | None
    is_original: bool | None
    release_date: date | None
    runtime_minutes: int | None
    episode_count: int | None
    maturity_rating: str | None
    top10_list: str | None
    is_recorded: bool

    @property
    def is_known(self) -> bool:
        """Whether the title feed has brought it."""
        return self.title_type != UNKNOWN

    @property
    def kind(self) -> str:
        """``film`` or ``season``; ``title`` where nobody knows."""
        return self.title_type if self.is_known else "title"


@dataclass(frozen=True)
class RangeFigures:
    """A title in a range of days: ``plays``, ``watch_hours`` (None: watched, no event says how long), and those of its genre."""

    plays: int
    watch_hours: float | None
    genre_plays: int
    genre_hours: float | None

    @property
    def genre_share(self) -> float | None:
        """The title's part of its genre's hours, of its plays where no hours are known; None when nobody watched the genre."""
        if self.genre_hours and self.watch_hours is not None:
            return self.watch_hours / self.genre_hours
        return self.plays / self.genre_plays if self.genre_plays and not self.genre_hours else None


def titles(published: Published) -> pd.DataFrame:
    """All titles that were ever watched, most watched first: title_id, title_name, title_type."""
    return frame(
        published,
        """
        select title_id, any_value(title_name) as title_name, any_value(title_type) as title_type
        from mart_title_daily
        group by title_id
        order by sum(watch_hours) desc nulls last, sum(plays) desc, title_id
        """,
    )


def title(published: Published, title_id: str) -> Title | None:
    """What is known of a title, from its record where the version has it; None for one that was never watched."""
    shared = "daily.title_id, daily.title_name, daily.title_type, daily.primary_genre, daily.genres, daily.language"
    if has_columns(published, "dim_title", ["title_id", "maturity_rating"]):
        rest = """
            dim.series_name, dim.season_number, dim.is_original, dim.release_date, dim.runtime_minutes, dim.episode_count,
            dim.maturity_rating, dim.top10_list, true as is_recorded
            from daily left join dim_title as dim on dim.title_id = daily.title_id
        """
    else:
        # Versions without the records: what the marts tell of titles that were ranked, or released within the data.
        launch = """
            select
                title_id, any_value(release_date) as release_date, any_value(runtime_minutes) as runtime_minutes,
                any_value(episode_count) as episode_count
            from mart_title_funnel group by title_id
        """
        if not has_columns(published, "mart_title_funnel", ["runtime_minutes"]):
            launch = (
                "select null as title_id, null as release_date, null::bigint as runtime_minutes, null as episode_count"
            )
        rest = f"""
            null as series_name, null as season_number, null as is_original, launch.release_date,
            coalesce(ranked.runtime_minutes, launch.runtime_minutes) as runtime_minutes, launch.episode_count,
            null as maturity_rating, ranked.top10_list, false as is_recorded
            from daily
            left join ({launch}) as launch on launch.title_id = daily.title_id
            left join (
                select any_value(runtime_minutes) as runtime_minutes, any_value(top10_list) as top10_list
                from mart_top_titles where title_id = $title_id
            ) as ranked on true
        """
    row = record(
        published,
        f"""
        with daily as (
            select title_id, title_name, title_type, primary_genre, genres, language
            from mart_title_daily where title_id = $title_id limit 1
        )
        select {shared}, {rest}
        """,
        title_id=title_id,
    )
    return Title(**row) if row else None


def range_figures(published: Published, title_id: str, genre: str, period: Period) -> RangeFigures:
    """What the title and its primary genre add up to in the period; zeros when nobody watched."""
    row = record(
        published,
        """
        select
            coalesce(sum(plays) filter (where title_id = $title_id), 0)::bigint as plays,
            case when count(*) filter (where title_id = $title_id) = 0 then 0
                else sum(watch_hours) filter (where title_id = $title_id) end as watch_hours,
            coalesce(sum(plays), 0)::bigint as genre_plays,
            sum(watch_hours) as genre_hours
        from mart_title_daily
        where event_date between $first and $last and (primary_genre = $genre or title_id = $title_id)
        """,
        title_id=title_id,
        genre=genre,
        first=period.first,
        last=period.last,
    )
    return RangeFigures(**row)


def place_in_genre(published: Published, title_id: str, genre: str, period: Period) -> tuple[int, int] | None:
    """The title's place among those of its primary genre by what was watched in the period, and how many those are."""
    row = record(
        published,
        """
        with totals as (
            select title_id, row_number() over (order by sum(watch_hours) desc nulls last, sum(plays) desc, title_id) as place,
                count(*) over () as titles
            from mart_title_daily
            where event_date between $first and $last and primary_genre = $genre
            group by title_id
        )
        select place, titles from totals where title_id = $title_id
        """,
        title_id=title_id,
        genre=genre,
        first=period.first,
        last=period.last,
    )
    return (row["place"], row["titles"]) if row else None


def days(published: Published, title_id: str, period: Period, empty_days: Collection[date] = ()) -> pd.DataFrame:
    """One row per calendar day of the period: event_date, has_data (of the platform), plays, watch_hours, and plays_before of the
    day in the same place of the previous period. Days on which nobody watched the title have 0.
    """
    return frame(
        published,
        f"""
        with known as (select event_date from ({days_sql(published)})),
        title as (select event_date, plays, watch_hours from mart_title_daily where title_id = $title_id),
        title_days as (
            select
                known.event_date,
                coalesce(title.plays, 0) as plays,
                case when title.event_date is null then 0 else title.watch_hours end as watch_hours
            from known left join title on title.event_date = known.event_date
        ),
        calendar as (
            select unnest(generate_series($first::date, $last::date, interval 1 day))::date as event_date
        )
        select
            calendar.event_date,
            today.event_date is not null as has_data,
            today.plays,
            today.watch_hours,
            earlier.plays as plays_before
        from calendar
        left join title_days as today on today.event_date = calendar.event_date
        left join title_days as earlier on earlier.event_date = calendar.event_date - $days::integer
        order by calendar.event_date
        """,
        title_id=title_id,
        first=period.first,
        last=period.last,
        days=period.days,
        empty_days=sorted(empty_days),
    )


def top10_weeks(published: Published, title_id: str) -> pd.DataFrame:
    """Every week with lists, oldest first: week_start, days_in_data (1 to 7), rank (null: not in it), top10_list, views."""
    return frame(
        published,
        """
        with weeks as (select week_start, any_value(days_in_data) as days_in_data from mart_top_titles group by 1)
        select weeks.week_start, weeks.days_in_data, ranked.rank, ranked.top10_list, ranked.views
        from weeks
        left join mart_top_titles as ranked on ranked.week_start = weeks.week_start and ranked.title_id = $title_id
        order by 1
        """,
        title_id=title_id,
    )
