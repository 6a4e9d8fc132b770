"""Which devices, countries and versions of the player are worse, and in what order they are shown. No drawing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.filters import Dimension
from dashboard.quality import queries
from dashboard.quality.measures import (
    ABANDONMENT,
    BITRATE,
    ERROR_RATE,
    REBUFFER_RATIO,
    STARTUP_P50,
    STARTUP_P95,
    Measure,
)
from dashboard.quality.scope import Scope

# A member with fewer playbacks says little, comes last and is not judged.
LEAST_PLAYBACKS = 500
# So many times its yardstick is worse. Startup times differ most without a cause.
FACTORS = {STARTUP_P50: 1.5, STARTUP_P95: 1.5, REBUFFER_RATIO: 1.5, ERROR_RATE: 1.25, ABANDONMENT: 1.25, BITRATE: 1.25}
# Errors are few: they must be more than chance brings as well (standard deviations of a count).
ERRORS_FAR = 5.0
# What has no rank of its own.
LAST = ("other", "unknown")

RULE = f"""
**Worse**: an error rate or abandonment of {FACTORS[ERROR_RATE]} times, a rebuffer ratio or startup time of
{FACTORS[STARTUP_P95]} times or more, or a bitrate {FACTORS[BITRATE]} times smaller, with at least {LEAST_PLAYBACKS} playbacks;
for errors also 2 × (√failed − √expected) of {ERRORS_FAR:.0f} or more. A version is compared with all the others of the range, a
device or a country with its own figures of the period before (which must be published whole).
"""


def of(scope: Scope, dimension: Dimension) -> pd.DataFrame:
    """The members of a dimension with their figures and those of the period before (``queries.pick``), and name, is_thin (too few
    playbacks) and, for each measure, ``times_<column>``: how many times as bad as its yardstick where that is worse, else null.
    """
    rows = queries.pick(scope.figures, dimension.column)
    if not scope.is_comparable:
        rows[rows.columns[rows.columns.str.endswith("_before")]] = np.nan
    rows = rows.assign(
        name=rows["key"].map(scope.country) if dimension is Dimension.COUNTRY else rows["key"],
        is_thin=rows["playbacks"] < LEAST_PLAYBACKS,
    )
    for measure in FACTORS:
        rows[f"times_{measure.column}"] = _times_worse(rows, measure, scope, dimension)
    return rows


def ordered(rows: pd.DataFrame, dimension: Dimension, measure: Measure) -> pd.DataFrame:
    """Versions by their number, newest first, with what is no version last; anything else worst first, with thin ones last."""
    if dimension is Dimension.APP_VERSION:
        ranks = rows["key"].map(version_rank)
        return rows.loc[ranks.sort_values(ascending=False, kind="stable").index]
    return rows.sort_values(
        ["is_thin", measure.column, "key"], ascending=[True, measure.more_is_better, True], na_position="last"
    )


def version_rank(version: str) -> tuple[bool, list[tuple[int, str]]]:
    """What versions are ordered by: 8.10.0 is above 8.9.0; ``LAST`` are below all."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in version.split(".")]
    return version not in LAST, parts


def worse_in(rows: pd.DataFrame) -> pd.Series:
    """In what each member is worse, ``Error rate ×2.1, Rebuffer ratio ×1.6``; empty where in nothing."""
    texts = pd.Series("", index=rows.index)
    for measure in FACTORS:
        times = rows[f"times_{measure.column}"]
        texts = texts.where(times.isna(), texts + ", " + measure.name + " ×" + times.map("{:.1f}".format))
    return texts.str.removeprefix(", ")


def _times_worse(rows: pd.DataFrame, measure: Measure, scope: Scope, dimension: Dimension) -> pd.Series:
    now = rows[measure.column].astype(float)
    yardstick = rows[f"{measure.column}_before"].astype(float)
    if dimension is Dimension.APP_VERSION:
        whole = queries.pick(scope.figures)
        yardstick = pd.Series(float(whole[measure.column].iloc[0]) if len(whole) else np.nan, index=rows.index)
        if measure is ERROR_RATE and len(whole):
            others = whole["playbacks"].iloc[0] - rows["playbacks"]
            failed = whole["failed_playbacks"].iloc[0] - rows["failed_playbacks"]
            yardstick = failed / others.where(others > 0)
    times = yardstick / now.where(now > 0) if measure.more_is_better else now / yardstick.where(yardstick > 0)
    is_worse = (times >= FACTORS[measure]) & ~rows["is_thin"]
    if measure is ERROR_RATE:
        far = 2 * (np.sqrt(rows["failed_playbacks"]) - np.sqrt(yardstick * rows["playbacks"]))
        is_worse &= far >= ERRORS_FAR
    return times.where(is_worse)
