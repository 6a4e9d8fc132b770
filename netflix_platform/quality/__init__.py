"""Checks that find trouble in an arrival day: pure rules over the ledgers of the day and of the days before it.

``checks`` lists them with name, severity and reason; each other module holds one kind of rule. Nothing here reads a file but
``recent``, and nothing knows Dagster. What blocks (ledgers, keys, contracts) stands where it is counted, in ``lake``.
"""

from netflix_platform.quality.checks import DAY_CHECKS, DayCheck, judged_days
from netflix_platform.quality.recent import Recent

__all__ = ["DAY_CHECKS", "DayCheck", "Recent", "judged_days"]
