"""Writes serving files as ``serving`` publishes them (tables, columns and types of the models), filled with invented figures.

A module of its own so that a page can be looked at in any state without running the platform:
``python -m netflix_platform_tests.dashboard.sample /tmp/somewhere --state held_back`` and ``NETFLIX_DATA_DIR=/tmp/somewhere``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from netflix_platform_tests.dashboard import (
    sample_alerts,
    sample_audience_sql,
    sample_operations_sql,
    sample_playback_quality_sql,
    sample_sql,
    sample_titles_sql,
)
from netflix_platform_tests.dashboard.sample_frames import inputs

DAY = timedelta(days=1)
# What versions lack that were published before there were alerts, late arrivals, steps and erasures.
BEFORE_OPERATIONS = ("audit_alerts", "audit_late_arrivals", "audit_step_runs", "audit_erasures")


# Tables of business figures and all others, by the page that brought them; each may select from those before it.
BUSINESS = (
    sample_sql.BUSINESS_TABLES,
    sample_titles_sql.TABLES,
    sample_audience_sql.TABLES,
    sample_playback_quality_sql.TABLES,
)
OTHERS = (sample_sql.TABLES, sample_operations_sql.TABLES)


def yesterday() -> date:
    """The newest complete day in UTC."""
    return datetime.now(UTC).date() - DAY


@dataclass(frozen=True)
class Sample:
    """What a serving file shall say. The defaults are a healthy platform of 120 days that published this morning."""

    last_day: date = field(default_factory=yesterday)
    days: int = 120
    titles: int = 600
    business: bool = True
    without_tables: tuple[str, ...] = ()
    without_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing_days: tuple[date, ...] = ()
    failed_days: Mapping[date, str] = field(default_factory=dict)
    waived_days: Mapping[date, str] = field(default_factory=dict)
    refused_days: tuple[date, ...] = ()
    unbalanced_days: tuple[date, ...] = ()
    silent_days: tuple[date, ...] = ()
    empty_days: tuple[date, ...] = ()
    failed_run: bool = False
    # A few users with a few plays a day, of titles that nothing is known of but their names; and whether watch time is known.
    household: bool = False
    watch_time: bool = True
    # Alerts: a name of ``sample_alerts.KINDS``. Latest: how many days late rows are at most. Retried: how often, by event day.
    alerts: str = "quiet"
    latest: int = 3
    retried_days: Mapping[date, int] = field(default_factory=dict)
    erasures: int = 0

    @property
    def first_day(self) -> date:
        """The oldest event day."""
        return self.last_day - (self.days - 1) * DAY

    @property
    def published_at(self) -> datetime:
        """The morning after the last day, or after the newest failed one."""
        newest = max([self.last_day, *self.failed_days])
        return datetime.combine(newest + DAY, datetime.min.time()) + timedelta(hours=2, minutes=4, seconds=37)


def write_version(serving_dir: Path, sample: Sample, make_current: bool = True) -> Path:
    """Write one version for ``sample`` under the name that its time of publishing gives; returns the file."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    file = serving_dir / f"netflix-{sample.published_at:%Y%m%dT%H%M%S%f}Z.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        for name, rows in inputs(sample).items():
            connection.register(name, rows)
        for table, sql in (one for part in (*BUSINESS, *OTHERS) for one in part.items()):
            connection.execute(f"create table {table} as {sql}")
        absent = (*sample.without_tables, *(() if sample.business else (name for part in BUSINESS for name in part)))
        for table in absent:
            connection.execute(f"drop table {table}")
        for table, columns in sample.without_columns.items():
            for column in columns:
                connection.execute(f"alter table {table} drop column {column}")
    if make_current:
        point_at(serving_dir, file.name)
    return file


def point_at(serving_dir: Path, name: str) -> None:
    """Switch CURRENT the way ``serving`` does: by rename."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    (serving_dir / "CURRENT.new").write_text(f"{name}\n")
    (serving_dir / "CURRENT.new").replace(serving_dir / "CURRENT")


def states() -> dict[str, Sample | None]:
    """The states worth looking at, by name; None is a folder in which nothing was published."""
    last = yesterday()
    behind = last - 2 * DAY
    return {
        "healthy": Sample(),
        "week": Sample(days=7),
        "one_day": Sample(days=1),
        "long": Sample(days=488, titles=200),
        "household": Sample(days=3300, titles=40, household=True),
        "untimed_household": Sample(days=800, titles=40, household=True, watch_time=False),
        "gaps": Sample(missing_days=(last - 4 * DAY, last - 9 * DAY, last - 10 * DAY), silent_days=(last - 2 * DAY,)),
        "stale": Sample(last_day=last - 3 * DAY),
        "held_back": Sample(
            last_day=behind,
            failed_days={
                last - DAY: "not_null_fct_watch_user_id: 214 rows",
                last: "ledger_is_balanced: received 20,118, accounted for 20,106",
            },
            refused_days=(last - DAY, last),
            waived_days={last - 12 * DAY: "player release 8.2 sent no stops; agreed with the data owner"},
            unbalanced_days=(last,),
            failed_run=True,
        ),
        "audit_only": Sample(
            business=False,
            failed_days={last: "unique_raw_events_event_id: 3 rows"},
            refused_days=(last,),
            failed_run=True,
        ),
        "no_events": Sample(empty_days=(last, last - 6 * DAY)),
        "old_tables": Sample(without_tables=("mart_title_daily", "audit_check_results")),
        "before_operations": Sample(
            without_tables=BEFORE_OPERATIONS,
            without_columns={
                "audit_pipeline_runs": ("retries", "retry_of_run_id"),
                "audit_check_results": ("first_day", "last_day", "failed_days"),
            },
        ),
        "alerts_open": Sample(
            last_day=behind,
            failed_days={
                last - DAY: "not_null_fct_watch_user_id: 214 rows",
                last: "row_ledger: 12 rows are unaccounted for",
            },
            refused_days=(last - DAY, last),
            failed_run=True,
            alerts="open",
        ),
        "alerts_over": Sample(alerts="over", erasures=2),
        "many_alerts": Sample(alerts="many"),
        "hostile": Sample(
            alerts="hostile",
            failed_days={last: sample_alerts.HOSTILE * 4},
            refused_days=(last,),
            last_day=last - DAY,
            failed_run=True,
            erasures=1,
        ),
        "very_late": Sample(latest=30),
        "never_late": Sample(latest=0),
        "failed_steps": Sample(
            last_day=behind,
            failed_days={last - DAY: "dbt build failed", last: "dbt build failed"},
            refused_days=(last - DAY, last),
            retried_days={last: 2, last - 5 * DAY: 1},
            failed_run=True,
            alerts="open",
        ),
        "empty": None,
    }


def main() -> None:
    """Write one of ``states`` into a data folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--state", choices=states(), default="healthy")
    arguments = parser.parse_args()
    serving_dir = arguments.data_dir / "serving"
    for old in serving_dir.glob("*"):
        old.unlink()
    sample = states()[arguments.state]
    arguments.data_dir.mkdir(parents=True, exist_ok=True)
    if sample is None:
        return
    for days_before in (2, 1):
        write_version(serving_dir, Sample(last_day=sample.last_day - days_before * DAY, days=3, titles=20))
    print(write_version(serving_dir, sample))


if __name__ == "__main__":
    main()
