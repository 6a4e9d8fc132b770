"""The landing folder on the Dagster side: the sensor that has new files taken, and the list of all files as an asset.

What is to be taken is derived from the folder and the raw manifests at every look (``sources.landing``), never stored: a file
is asked for until the manifest of its arrival day names its content.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from netflix_platform.contracts import FEEDS
from netflix_platform.defs.at_work import days_at_work
from netflix_platform.defs.catch_up_plan import CANCELED_PAUSE, due_days
from netflix_platform.defs.late import contiguous, range_tags
from netflix_platform.lake.landing_files import list_files, listing_file, write_files
from netflix_platform.lake.layout import raw_manifest
from netflix_platform.settings import Settings
from netflix_platform.sources.landing import LandingSource, Look, State
from netflix_platform.sources.landing.source import stale_days

LANDING_FILES = dg.AssetKey(["lake", "landing_files"])
LANDING_TAG = "netflix/landing"
# A look reads new files for their hashes this long (s) per feed, since a tick must end; a run reads what is left.
_SECONDS_OF_READING = 8.0
_ROWS_SHOWN = 50
_TAKEN = (State.TAKEN.value, State.SUPERSEDED.value)


@dataclass(frozen=True)
class Tried:
    """What became of the runs that were asked for the same files before: how many ended, and when the newest was cancelled."""

    attempts: int = 0
    canceled_at: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """A range of arrival days to run, with a digest of what raw lacks of them."""

    first: date
    last: date
    digest: str


def landing_sensor(settings: Settings) -> dg.SensorDefinition:
    """Asks the job ``daily`` for the arrival days that raw does not hold as the landing folder has them."""

    @dg.sensor(
        name="landing",
        job_name="daily",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Takes in new and changed files of the landing folder: runs their arrival days, once per change.",
    )
    def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if settings.source != LandingSource.name:
            return dg.SensorResult(
                skip_reason=f"raw days come from the source {settings.source}; landing is not looked at"
            )
        looks = _looks(settings)
        requests, said = _tick(context.instance, settings, looks, datetime.now(UTC))
        listing = list_files(settings, looks)
        mark = hashlib.sha256(listing.write_csv().encode()).hexdigest()
        events = []
        if mark != context.cursor:
            write_files(settings, listing)
            events.append(dg.AssetObservation(LANDING_FILES, metadata=_metadata(settings, listing)))
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else said, cursor=mark, asset_events=events
        )

    return landing


def landing_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """``lake/landing_files``, where raw comes from the landing folder; else nothing."""
    if settings.source != LandingSource.name:
        return []

    @dg.asset(
        key=LANDING_FILES,
        deps=[dg.AssetKey(["lake", feed]) for feed in FEEDS],
        group_name="lake",
        kinds={"parquet"},
        description="Every landed file and version: hash, rows, days and state (growing, waiting, too_early, ready, taken, "
        "repeated, superseded, unreadable). The sensor `landing` brings it up to date between runs.",
        metadata={"file": str(listing_file(settings))},
    )
    def landing_files() -> dg.MaterializeResult:
        listing = list_files(settings, _looks(settings))
        write_files(settings, listing)
        return dg.MaterializeResult(metadata=_metadata(settings, listing))

    return [landing_files]


def wanted_ranges(stale: Mapping[date, str], longest: int = 0) -> list[Wanted]:
    """Stale days with their digests as ranges without a gap, none longer than ``longest`` days (0: any)."""
    return [_wanted(stale, first, last) for first, last in contiguous(sorted(stale), longest)]


def apart(stale: Mapping[date, str], wanted: Wanted) -> list[Wanted]:
    """A range that failed, as its first day and the rest: raw is collected oldest first, so the first is what failed."""
    if wanted.first == wanted.last:
        return [wanted]
    return [
        _wanted(stale, wanted.first, wanted.first),
        _wanted(stale, wanted.first + timedelta(days=1), wanted.last),
    ]


def _wanted(stale: Mapping[date, str], first: date, last: date) -> Wanted:
    marks = [f"{day} {mark}" for day, mark in sorted(stale.items()) if first <= day <= last]
    return Wanted(first, last, hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16])


def _looks(settings: Settings) -> dict[str, Look]:
    source = LandingSource(settings)
    return {feed: source.look(feed, _SECONDS_OF_READING) for feed in FEEDS}


def _tick(
    instance: dg.DagsterInstance, settings: Settings, looks: Mapping[str, Look], now: datetime
) -> tuple[list[dg.RunRequest], str]:
    """The runs to ask for, and what to say when there are none."""
    stale = stale_days(looks.values())
    if not stale:
        return [], _said(looks)
    due = set(due_days(settings, now))
    left_to_schedule = {day for day in stale if day not in due and not _is_collected(settings, day)}
    busy = days_at_work(instance)
    open_days = {day: mark for day, mark in stale.items() if day not in busy and day not in left_to_schedule}
    requests: list[dg.RunRequest] = []
    paused: list[Wanted] = []
    for whole in wanted_ranges(open_days, settings.days_per_run):
        tried = _tried(instance, whole)
        for wanted in apart(open_days, whole) if tried.attempts else [whole]:
            before = tried if wanted == whole else _tried(instance, wanted)
            is_paused = before.canceled_at is not None and now - before.canceled_at < CANCELED_PAUSE
            if is_paused or before.attempts >= settings.catch_up_attempts:
                paused.append(wanted)
            else:
                requests.append(_request(wanted, before))
    parts = [_said(looks)]
    parts += [f"{len(stale.keys() & busy)} day(s) wait for runs at work"] if stale.keys() & busy else []
    parts += [f"{len(left_to_schedule)} day(s) are left to the schedule"] if left_to_schedule else []
    if paused:
        days = ", ".join(f"{one.first} to {one.last}" for one in paused[:10])
        parts.append(
            f"not tried again for now, since runs failed or were cancelled: {days}; make day DAY=… runs one, and so does a "
            "change of its files"
        )
    return requests, "; ".join(parts)


def _request(wanted: Wanted, before: Tried) -> dg.RunRequest:
    return dg.RunRequest(
        # The digest tells two changes of the same days apart, the attempts two runs for the same change.
        run_key=f"landing-{wanted.first}-{wanted.last}-{wanted.digest}-{before.attempts}",
        tags={**range_tags(wanted.first, wanted.last), LANDING_TAG: wanted.digest},
    )


def _tried(instance: dg.DagsterInstance, wanted: Wanted) -> Tried:
    records = instance.get_run_records(dg.RunsFilter(tags={LANDING_TAG: wanted.digest}))
    ended = [record for record in records if record.dagster_run.is_finished]
    newest = ended[0] if ended else None
    if newest is None or newest.dagster_run.status is not dg.DagsterRunStatus.CANCELED:
        return Tried(len(ended))
    canceled_at = datetime.fromtimestamp(newest.end_time, UTC) if newest.end_time else newest.update_timestamp
    return Tried(len(ended), canceled_at)


def _is_collected(settings: Settings, day: date) -> bool:
    return any(raw_manifest(settings, feed, day).is_file() for feed in FEEDS)


def _said(looks: Mapping[str, Look]) -> str:
    states = [judged.state for look in looks.values() for judged in look.files]
    counts = ", ".join(f"{states.count(state)} {state}" for state in State if state in states)
    return f"landed files: {counts}" if counts else "the landing folder is empty"


def _metadata(settings: Settings, listing: pl.DataFrame) -> dict[str, Any]:
    counts = dict(listing.group_by("state").len().sort("state").iter_rows())
    return {
        "dagster/row_count": len(listing),
        **{f"files_{state}": counts.get(state.value, 0) for state in State},
        "file": dg.MetadataValue.path(str(listing_file(settings))),
        "files": dg.MetadataValue.md(_table(listing)),
    }


def _table(listing: pl.DataFrame) -> str:
    """The list as Markdown: what is not taken first, then the newest arrivals, so many rows of them."""
    shown = listing.sort(pl.col("state").is_in(_TAKEN), "arrival_date", descending=[False, True], maintain_order=True)
    columns = ["feed", "path", "state", "arrival_date", "received_rows", "size_bytes", "sha256", "reason"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in shown.select(columns).head(_ROWS_SHOWN).iter_rows():
        lines.append("| " + " | ".join(_cell(value) for value in row) + " |")
    if len(listing) > _ROWS_SHOWN:
        lines.append(f"\n{len(listing) - _ROWS_SHOWN:,} more in the file.")
    return "\n".join(lines)


def _cell(value: object) -> str:
    """Plain text: a file's name is whatever somebody chose, and must not become a link or a picture here."""
    text = "" if value is None else str(value)
    return "".join(char if char.isalnum() or char in " /.,:=_-()" else f"&#{ord(char)};" for char in text)
