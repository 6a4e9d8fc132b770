"""The check ``second_opinion`` of ``serving``: the published figures of a sample of days, counted again straight from raw files.

It warns and holds nothing back: it looks at what is published already, and what must hold before that (ledgers, sums against the
fact) blocks where it is counted. A warning means that one of two independent readings of the contract is wrong, which is for
a person to find out. A step of its own, without the warehouse's slot: it reads raw files and the published version only.
"""

from datetime import date, timedelta
from typing import Any

import dagster as dg

from netflix_platform.defs.freshness import SERVING
from netflix_platform.defs.late import stale_days
from netflix_platform.serving.publish import current_file
from netflix_platform.serving.published_days import PublishedDays, read_current
from netflix_platform.settings import Settings

SECOND_OPINION = "second_opinion"
_SUNDAY = 6
_LONGEST_BACK = 3  # days: each is one more raw day to be read, since its rows may have arrived until the newest day
_MOST_BYTES = 16 * 10**6  # of raw files for one day, all of which is held in memory: half a million events, 2 CPU s


def sample_of(days: frozenset[date]) -> list[date]:
    """The newest of ``days`` and one of the three before it, which changes with the date; fewer where there are fewer."""
    if not days:
        return []
    newest = max(days)
    other = newest - timedelta(days=1 + newest.toordinal() % _LONGEST_BACK)
    return [newest, other] if other in days else [newest]


def second_opinion_check(settings: Settings) -> dg.AssetChecksDefinition:
    """The check, evaluated once a run, after ``serving``."""

    @dg.asset_check(
        asset=SERVING,
        name=SECOND_OPINION,
        description="The Overview's figures of the newest event day and of one of the three before it, and on Sundays the Top 10 "
        "of its week, counted again in polars straight from raw files. Equal to the row, or it warns.",
    )
    def second_opinion(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        published = read_current(settings)
        reason = _why_not(settings, published)
        if reason or published is None:
            return _result([], [], reason or "nothing is published")
        days = sample_of(published.figures & published.good)
        late = set(stale_days(context.instance, settings, days))
        days = [day for day in days if day not in late]
        from netflix_platform.second_opinion import UnreadableError

        try:
            return _recounted(context.instance, context.run.run_id, settings, days)
        except UnreadableError as error:
            return _result([], [], f"{error}; the check unreadable_files says more")

    return second_opinion


def _why_not(settings: Settings, published: PublishedDays | None) -> str:
    from netflix_platform.second_opinion import is_of_contract

    if published is None or not published.figures:
        return "nothing is published"
    if published.refused:
        return "the business marts are those of an earlier version; raw files may have moved on"
    if not is_of_contract(settings):
        return "raw files are of another shape, which a mapping reads; there is no second reading of it"
    return ""


def _recounted(instance: dg.DagsterInstance, run_id: str, settings: Settings, days: list[date]) -> dg.AssetCheckResult:
    from netflix_platform.second_opinion import bytes_about, day_differences, week_differences

    file = current_file(settings)
    assert file is not None
    small = [day for day in days if bytes_about(settings, [day]) <= _MOST_BYTES]
    found = {day: day_differences(settings, file, day) for day in small}
    monday = max(days, default=settings.start_date) - timedelta(days=_SUNDAY)
    week = [monday + timedelta(days=number) for number in range(7)]
    if (
        small
        and max(days).weekday() == _SUNDAY
        and monday >= settings.start_date
        and bytes_about(settings, week) <= _MOST_BYTES
    ):
        found[max(days)] = [*found.get(max(days), []), *week_differences(settings, file, monday)]
    if any(found.values()) and _others_at_work(instance, run_id):
        return _result([], [], "another run is at work on the files that were counted")
    told = [sentence for sentences in found.values() for sentence in sentences]
    skipped = (
        f"{len(days) - len(small)} of the sampled days are too large for a recount" if len(small) < len(days) else ""
    )
    return _result(small, [day for day, sentences in found.items() if sentences], skipped, told)


def _others_at_work(instance: dg.DagsterInstance, run_id: str) -> bool:
    started = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]), limit=2)
    return any(run.run_id != run_id for run in started)


def _result(
    counted: list[date], failed: list[date], why_not: str, told: list[str] | None = None
) -> dg.AssetCheckResult:
    named = ", ".join(map(str, counted))
    said = "; ".join(told or []) or (f"equal to the row: {named}" if counted else "not recounted")
    metadata: dict[str, Any] = {
        "recounted_days": dg.MetadataValue.json([day.isoformat() for day in counted]),
        "failed_days": dg.MetadataValue.json([day.isoformat() for day in failed]),
    }
    return dg.AssetCheckResult(
        check_name=SECOND_OPINION,
        asset_key=SERVING,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{said}{': ' if why_not and not counted else '; ' if why_not else ''}{why_not}",
        metadata=metadata,
    )
