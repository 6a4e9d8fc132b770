"""Freshness: whether every event day that is due is published, day by day; a check of ``serving`` and an incident.

Event day D is due on D + 1 day at ``NETFLIX_FRESHNESS_HOURS`` (UTC), from the first day that was ever built. A backfill of an
old day makes nothing look fresh, and a platform before its first build is empty, not stale.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import dagster as dg

from netflix_platform.alerts.store import AlertStoreError, Problem, open_store
from netflix_platform.defs.late import contiguous
from netflix_platform.lake.layout import ledger_file
from netflix_platform.serving.published_days import PublishedDays, read_current
from netflix_platform.settings import NEVER_DUE, Settings

FRESHNESS_CHECK = "freshness"
SERVING = dg.AssetKey("serving")
_SAID_AGAIN_AFTER = timedelta(hours=1)
_NAMED = 10


@dataclass(frozen=True)
class Verdict:
    """Days that are due and not published, oldest first; since when the first is (UTC); what holds them; whether any day
    was ever built.
    """

    late: tuple[date, ...] = ()
    since: datetime | None = None
    refused: tuple[date, ...] = ()
    is_built: bool = True

    @property
    def is_fresh(self) -> bool:
        return not self.late

    @property
    def title(self) -> str:
        if not self.is_built:
            return "No day was built yet"
        return f"{len(self.late)} event day(s) late" if self.late else "Every event day that is due is published"

    @property
    def details(self) -> str:
        """Which days, since when, and whether another day holds them back."""
        if not self.late:
            return ""
        stretches = contiguous(self.late)
        named = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in stretches[:_NAMED])
        more = f" and {len(stretches) - _NAMED} more stretches" if len(stretches) > _NAMED else ""
        held = f"; the figures are held back by {', '.join(map(str, self.refused[:_NAMED]))}" if self.refused else ""
        return f"not published: {named}{more}; the oldest is due since {self.since:%Y-%m-%d %H:%M} UTC{held}"

    @property
    def first_step(self) -> str:
        """The command that mends it: of the days that hold the others back, if there are such, else of the late ones."""
        days = self.refused or self.late
        return f"make backfill FROM={days[0]} TO={days[-1]}" if days else ""


def due_at(day: date, hours: int) -> datetime:
    """When ``day`` has to be published (UTC)."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) + timedelta(hours=hours)


def judge(published: PublishedDays | None, first_built: date | None, hours: int, now: datetime) -> Verdict:
    """What is late at ``now``; ``published``: the version that readers see, if there is one."""
    if first_built is None:
        return Verdict(is_built=False)
    newest_due = (now - timedelta(days=1, hours=hours)).astimezone(UTC).date()
    due = (first_built + timedelta(days=number) for number in range((newest_due - first_built).days + 1))
    shown = published.shown if published else frozenset()
    late = tuple(day for day in due if day not in shown)
    refused = published.refused if published and late else ()
    return Verdict(late, due_at(late[0], hours) if late else None, refused)


def current_verdict(settings: Settings, now: datetime, was_published: bool) -> Verdict:
    """The verdict on the version that readers see now; ``was_published``: whether there ever was one.

    Without a version, the first day with a ledger in the lake is the first that was built.
    """
    published = read_current(settings)
    first_built = published.first_built if published else None
    if first_built is None and was_published:
        first_built = _first_day_in_lake(settings)
    return judge(published, first_built, settings.freshness_hours, now)


def freshness_check_spec(settings: Settings) -> dg.AssetCheckSpec:
    """The check of ``serving``, which its own step and the sensor evaluate."""
    return dg.AssetCheckSpec(
        FRESHNESS_CHECK,
        asset=SERVING,
        description=f"Warns when an event day is not published {_by(settings)}.",
    )


def _by(settings: Settings) -> str:
    hours = settings.freshness_hours
    return (
        f"by {hours:02d}:00 UTC of the day after"
        if hours < NEVER_DUE
        else "(never due: imported history ends with its files)"
    )


def freshness_result(settings: Settings) -> dg.AssetCheckResult:
    """What a run's ``serving`` step says: a warning, so that a late day holds nothing back."""
    verdict = current_verdict(settings, datetime.now(UTC), was_published=True)
    return dg.AssetCheckResult(check_name=FRESHNESS_CHECK, asset_key=SERVING, **_said(verdict))


def freshness_sensor(settings: Settings) -> dg.SensorDefinition:
    """Judges freshness without a run, for it is the absence of runs that makes a platform stale."""

    @dg.sensor(
        name="freshness",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Whether every event day is published {_by(settings)}; "
        "opens an incident, and evaluates the check of serving, when it is not.",
    )
    def freshness(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        was_published = context.instance.get_latest_materialization_event(SERVING) is not None
        verdict = current_verdict(settings, now, was_published)
        said = f"{verdict.title}{': ' if verdict.details else ''}{verdict.details}"
        said_before, said_at = _read(context.cursor)
        is_news = said != said_before
        trouble = _tell(settings, verdict, is_news)
        if trouble:
            context.log.warning(trouble)
        is_said = is_news or now - said_at > _SAID_AGAIN_AFTER
        evaluation = dg.AssetCheckEvaluation(asset_key=SERVING, check_name=FRESHNESS_CHECK, **_said(verdict))
        return dg.SensorResult(
            asset_events=[evaluation] if is_said and verdict.is_built else [],
            skip_reason=said,
            # What could not be told is told again at the next look.
            cursor=json.dumps([said_before if trouble else said, (now if is_said else said_at).timestamp()]),
        )

    return freshness


def _said(verdict: Verdict) -> dict[str, Any]:
    return {
        "passed": verdict.is_fresh,
        "severity": dg.AssetCheckSeverity.WARN,
        "description": verdict.details or verdict.title,
        "metadata": {
            "failed_days": dg.MetadataValue.json([day.isoformat() for day in verdict.late]),
            "late_days": len(verdict.late),
        },
    }


def _tell(settings: Settings, verdict: Verdict, is_news: bool) -> str | None:
    """Open, widen or close the incident; why not, when its file cannot be used."""
    try:
        with open_store(settings) as store:
            is_open = FRESHNESS_CHECK in store.open_keys(FRESHNESS_CHECK)
            if verdict.is_fresh:
                if is_open:
                    store.resolve(FRESHNESS_CHECK)
            elif is_news or not is_open:
                store.report(_problem(verdict))
    except AlertStoreError as error:
        return str(error)
    return None


def _problem(verdict: Verdict) -> Problem:
    return Problem(
        kind=FRESHNESS_CHECK,
        key=FRESHNESS_CHECK,
        severity="ERROR",
        title=verdict.title,
        details=verdict.details,
        first_day=verdict.late[0],
        last_day=verdict.late[-1],
        first_step=verdict.first_step,
    )


def _read(cursor: str | None) -> tuple[str | None, datetime]:
    try:
        said, moment = json.loads(cursor or "[null, 0]")
        return said, datetime.fromtimestamp(moment, UTC)
    except (ValueError, TypeError):
        return None, datetime.fromtimestamp(0, UTC)


def _first_day_in_lake(settings: Settings) -> date | None:
    folder = ledger_file(settings, "events", settings.start_date).parent
    days = (path.stem.removeprefix("arrival_date=") for path in folder.glob("arrival_date=*.json"))
    return min(map(date.fromisoformat, days), default=None)
