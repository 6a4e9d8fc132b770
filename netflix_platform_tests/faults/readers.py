"""Reading the published version as the dashboard does, all along: every query of its pages, each day held against what it is."""

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import streamlit as st

from dashboard import history_queries, operations_queries, pipeline_queries, queries, series_queries
from dashboard.periods import Period
from dashboard.published import Published, current
from dashboard.reader import frame

_DAY_TABLES = (
    "mart_audience_hourly",
    "mart_audience_local",
    "mart_content_mix_daily",
    "mart_daily_kpis",
    "mart_qoe_daily",
    "mart_qoe_hourly",
    "mart_sessions_daily",
    "mart_title_daily",
)
_SECONDS_BETWEEN_READS = 0.1


@dataclass(frozen=True)
class Reading:
    """What readers did: reads, different versions seen, and what was wrong (a read that failed, a day that was not whole)."""

    reads: int
    versions: int
    problems: list[str]


def days_shown(published: Published) -> dict[str, str]:
    """A mark of all rows by table and day, of the business tables that are stored by day."""
    shown: dict[str, str] = {}
    for table in _DAY_TABLES:
        rows = frame(
            published, f"select event_date, sum(hash(t)::hugeint)::varchar as mark from {table} as t group by all"
        )
        shown |= {f"{table} {str(day)[:10]}": mark for day, mark in rows.itertuples(index=False)}
    return shown


def half_days(published: Published, whole: dict[str, str]) -> list[str]:
    """Days that a version shows otherwise than ``whole`` has them; one that it does not hold at all is no half day."""
    shown = days_shown(published)
    return [f"{published.version}: {day} is not whole" for day, mark in shown.items() if whole.get(day) != mark]


@contextmanager
def reading(
    serving_dir: Path, period: Period, whole: dict[str, str], readers: int = 1, at_least: int = 0
) -> Iterator[Callable[[], Reading]]:
    """Readers in processes of their own, polling until the function that this gives is called; it returns what they saw.

    Each goes on until it has read its part of ``at_least`` reads.
    """
    context = multiprocessing.get_context("spawn")
    over, answers = context.Event(), context.Queue()
    parts = (serving_dir, period, whole, -(-at_least // readers), over, answers)
    processes = [context.Process(target=_read, args=parts, daemon=True) for _ in range(readers)]
    for process in processes:
        process.start()

    def seen() -> Reading:
        over.set()
        told = [answers.get(timeout=1_800) for _ in processes]
        return Reading(
            sum(one.reads for one in told),
            max(one.versions for one in told),
            [problem for one in told for problem in one.problems],
        )

    try:
        yield seen
    finally:
        over.set()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.terminate()


def _queries(period: Period) -> list[Callable[[Published], object]]:
    """What the pages ask."""
    since = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return [
        lambda shown: pipeline_queries.known_days(shown, queries.info(shown)),
        queries.business_days,
        lambda shown: queries.figures(shown, period),
        lambda shown: queries.daily(shown, period),
        lambda shown: queries.top_titles(shown, period, queries.PLAYS, 10),
        lambda shown: queries.genres(shown, period, queries.WATCH_HOURS, 10),
        lambda shown: queries.last_full_week(shown, period.last),
        lambda shown: queries.top10(shown, period.first),
        lambda shown: history_queries.monthly(shown, period),
        lambda shown: history_queries.profile_months(shown, period),
        lambda shown: history_queries.years(shown, period),
        lambda shown: history_queries.hours_of_the_week(shown, period),
        lambda shown: history_queries.devices(shown, period, queries.PLAYS),
        lambda shown: series_queries.most_watched(shown, period, True, queries.WATCH_HOURS, 10),
        lambda shown: series_queries.fullest_days(shown, period, queries.PLAYS, 10),
        lambda shown: series_queries.series_in_a_day(shown, period, 10),
        lambda shown: pipeline_queries.event_days(shown, period.last),
        lambda shown: pipeline_queries.row_ledger(shown, "events", period.first),
        lambda shown: pipeline_queries.warehouse_ledger(shown, None, period.first),
        lambda shown: pipeline_queries.failed_checks(shown, since),
        operations_queries.open_incidents,
        lambda shown: operations_queries.closed_incidents(shown, since),
        lambda shown: operations_queries.late_arrivals(shown, period.first),
        lambda shown: operations_queries.steps_of_runs(shown, list(operations_queries.last_runs(shown, 10)["run_id"])),
        operations_queries.erasures,
    ]


def _read(
    serving_dir: Path, period: Period, whole: dict[str, str], at_least: int, over: Event, answers: "Queue[Reading]"
) -> None:
    problems: list[str] = []
    versions: set[str] = set()
    reads = 0
    for query in itertools.cycle([None, *_queries(period)]):
        try:
            shown = current(serving_dir)
            versions.add(shown.version)
            st.cache_data.clear()  # every read shall open the file
            if query is None:
                problems += half_days(shown, whole)
            else:
                query(shown)
        except Exception as error:
            problems.append(f"{type(error).__name__}: {error}")
        reads += 1
        if reads >= at_least:
            if over.is_set():
                break
            time.sleep(_SECONDS_BETWEEN_READS)
    answers.put(Reading(reads, len(versions), problems))
