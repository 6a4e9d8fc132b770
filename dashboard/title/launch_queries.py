"""SQL over the launch of a title, and what is usual: medians of the other titles of its type that were released within the data.

Conventions are those of ``dashboard.queries``. A type is ``film`` or ``season``.
"""

from __future__ import annotations

import pandas as pd

from dashboard.published import Published
from dashboard.reader import frame

# Of fewer titles a median says nothing.
FEWEST = 5


def weeks(published: Published, title_id: str) -> pd.DataFrame:
    """The title's weeks since its release: week_number, days_in_data, is_complete, plays, hours_viewed (h), views (count),
    share_of_first_week. No rows for a title that was not released within the data.
    """
    return frame(
        published,
        """
        select week_number, days_in_data, is_complete, plays, hours_viewed, views, share_of_first_week
        from mart_title_weeks
        where title_id = $title_id
        order by week_number
        """,
        title_id=title_id,
    )


def usual_weeks(published: Published, title_id: str, title_type: str) -> pd.DataFrame:
    """What is usual in each week since the release, of at least ``FEWEST`` other titles of the type, whole weeks only:
    week_number, titles (count), hours_viewed, views, share_of_first_week (medians), low and high (quartiles of the share).
    """
    return frame(
        published,
        """
        select
            week_number,
            count(*) as titles,
            median(hours_viewed) as hours_viewed,
            median(views) as views,
            median(share_of_first_week) as share_of_first_week,
            quantile_cont(share_of_first_week, 0.25) as low,
            quantile_cont(share_of_first_week, 0.75) as high
        from mart_title_weeks
        where title_type = $title_type and title_id <> $title_id and is_complete
        group by week_number
        having count(*) >= $fewest
        order by week_number
        """,
        title_id=title_id,
        title_type=title_type,
        fewest=FEWEST,
    )


def funnel(published: Published, title_id: str) -> pd.DataFrame:
    """The title's windows of 7 and 28 days: window_days, days_in_data, is_complete, viewers, starters, watchers, completers,
    completion_days_p50. No rows for a title that was not released within the data.
    """
    return frame(
        published,
        """
        select
            window_days, days_in_data, is_complete, viewers, starters, watchers, completers, completion_days_p50
        from mart_title_funnel
        where title_id = $title_id
        order by window_days
        """,
        title_id=title_id,
    )


def usual_funnel(published: Published, title_id: str, title_type: str) -> pd.DataFrame:
    """What is usual in each window, of at least ``FEWEST`` other titles of the type whose window is over: window_days, titles
    (count), and medians of viewers, starter_rate (of the viewers), watcher_rate and completer_rate (of the starters).
    """
    return frame(
        published,
        """
        select
            window_days,
            count(*) as titles,
            median(viewers) as viewers,
            median(starters / nullif(viewers, 0)) as starter_rate,
            median(watcher_rate) as watcher_rate,
            median(completer_rate) as completer_rate
        from mart_title_funnel
        where title_type = $title_type and title_id <> $title_id and is_complete
        group by window_days
        having count(*) >= $fewest
        order by window_days
        """,
        title_id=title_id,
        title_type=title_type,
        fewest=FEWEST,
    )
