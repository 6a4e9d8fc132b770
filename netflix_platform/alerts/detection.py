"""From runs that ended and ticks to incidents: what is a problem, what is only the consequence of one, and what ends it.

One cause is one incident. A step that fails because its blocking check failed is told as the failed check, and publishing
that is refused for days which an open incident names is told as that incident.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, timedelta

from netflix_platform.alerts import first_steps
from netflix_platform.alerts.incidents import Incident, Problem
from netflix_platform.alerts.run_ends import NO_DAYS, CheckResult, FailedStep, RunEnd, Tick
from netflix_platform.alerts.store import IncidentStore

# Their days are arrival days: letting an event day through says nothing of them.
_BY_ARRIVAL = ("check:raw/", "check:lake/")
# A person whose waiver was refused wanted the days published: any publication without a refused day ends it too.
_ALSO_MENDED_BY_PUBLISHING = "step:waive_day"
PUBLISHING = "serving"
# A warning of a day that stays as it is (an outage in the source) would be open for ever.
_WARNING_STANDS_FOR = timedelta(days=14)
# Late days are incidents of kind freshness, which their own sensor opens and closes by day.
_TOLD_ELSEWHERE = ("check:serving:freshness",)
_CAUSES = ("failed_check", "run_failure", "given_up_day")


def record_run(store: IncidentStore, run: RunEnd) -> None:
    """Write down what a run mended and what it broke, in one transaction."""
    with store.transaction():
        for check in run.checks:
            _record_check(store, run, check)
        _mend(store, run)
        problem = _step_problem(store, run) or _killed_problem(run)
        if problem:
            store.report(_same_thing(store.open_incidents(), problem))


def record_so_far(store: IncidentStore, run: RunEnd) -> None:
    """Write down what a run that is still going has found and mended; ``record_run`` adds the rest and repeats nothing."""
    with store.transaction():
        for check in run.checks:
            _record_check(store, run, check)
        _mend_steps(store, run)


def record_ticks(store: IncidentStore, ticks: Iterable[Tick]) -> None:
    """Write down ticks, oldest first: a failed one is a problem, the next good one of the same sensor or schedule ends it."""
    with store.transaction():
        failing = store.open_keys("sensor_failure")
        for tick in ticks:
            key = f"sensor_failure:{tick.instigator}"
            if tick.error is not None:
                failing.add(key)
                store.report(
                    Problem(
                        kind="sensor_failure",
                        key=key,
                        severity="ERROR",
                        title=f"{'Sensor' if tick.is_sensor else 'Schedule'} {tick.instigator} failed",
                        details=tick.error,
                        first_step=first_steps.BY_KIND["sensor_failure"],
                        seen_at=tick.ended_at,
                    )
                )
            elif key in failing:
                failing.discard(key)
                store.resolve(key)


def retire_warnings(store: IncidentStore) -> None:
    """Close warnings of checks that were not seen for two weeks, and tell nobody: their days are taken as they are."""
    with store.transaction():
        for incident in store.open_incidents():
            is_warning = incident.kind == "failed_check" and incident.severity == "WARN"
            if is_warning and incident.last_seen_at < store.clock() - _WARNING_STANDS_FOR:
                store.resolve(incident.key, is_told=False)


def _record_check(store: IncidentStore, run: RunEnd, check: CheckResult) -> None:
    if check.mark in _TOLD_ELSEWHERE:
        return
    if not store.first_sight(f"{run.run_id} {check.mark} {check.passed}", run.ended_at):
        return
    if check.passed:
        store.cover(check.mark, run.days if check.by_day else None)
        return
    days = check.failed_days or (run.days if check.by_day else NO_DAYS)
    # Days that it names no longer are well again.
    if check.by_day:
        store.cover(check.mark, run.days - days)
    elif days:
        store.cover(check.mark, except_for=days)
    shown = days or run.days
    store.report(
        Problem(
            kind="failed_check",
            key=f"failed_{check.mark}",
            severity=check.severity,
            title=f"{check.name} failed on {check.asset}",
            details=check.description,
            first_day=min(shown, default=None),
            last_day=max(shown, default=None),
            run_id=run.run_id,
            first_step=first_steps.for_check(check.name, check.severity, shown, check.description),
            seen_at=run.ended_at,
            waits_for={check.mark: days},
        )
    )


def _mend(store: IncidentStore, run: RunEnd) -> None:
    _mend_steps(store, run)
    if not run.failed:
        store.cover(f"job:{run.job}", run.days or None)
    if run.published:
        store.cover(f"step:{PUBLISHING}", except_for=run.refused_days)
        if not run.refused_days:
            store.cover(_ALSO_MENDED_BY_PUBLISHING)
    if run.waived_day and not run.failed:
        _let_through(store, run.waived_day)


def _mend_steps(store: IncidentStore, run: RunEnd) -> None:
    for step in run.succeeded - {PUBLISHING}:
        store.cover(f"step:{step}", run.days if run.steps.get(step) else None)


def _let_through(store: IncidentStore, day: date) -> None:
    """A person takes the day as it is: its failed checks are over."""
    for incident in store.open_incidents():
        for mark, days in incident.waits_for.items():
            if mark.startswith("check:") and not mark.startswith(_BY_ARRIVAL):
                whole_table = not days and incident.last_day == day
                store.cover(mark, None if whole_table else frozenset([day]))


def _step_problem(store: IncidentStore, run: RunEnd) -> Problem | None:
    """The problem of the steps that failed on their own account; ``None`` when there is none."""
    blocked = {check.step for check in run.checks if not check.passed and check.severity == "ERROR"}
    causes = [step for step in run.failed_steps if not (step.by_check and step.name in blocked)]
    known = _days_in_trouble(store.open_incidents())
    causes = [unknown for step in causes if (unknown := _without_known(step, known))]
    if not causes:
        return None
    names = sorted(step.name for step in causes)
    refused = frozenset(day for step in causes for day in step.refused_days)
    days = refused or run.days
    details = "\n".join(f"{step.name}: {step.message}" if len(causes) > 1 else step.message for step in causes)
    titled = f"Step {names[0]}" if len(names) == 1 else f"Steps {', '.join(names)}"
    return Problem(
        kind="run_failure",
        key=_run_key(",".join(names), days),
        severity="ERROR",
        title="Publishing refused" if refused and len(causes) == 1 else f"{titled} failed in {run.job}",
        details=details,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        run_id=run.run_id,
        first_step=first_steps.for_step(names[0], days, details),
        seen_at=run.ended_at,
        waits_for={
            f"step:{step.name}": step.refused_days or (run.days if run.steps.get(step.name) else NO_DAYS)
            for step in causes
        },
    )


def _without_known(step: FailedStep, known: frozenset[date]) -> FailedStep | None:
    """The step with only those refused days that no incident names; ``None`` when there are no others."""
    left = step.refused_days - known
    return None if step.refused_days and not left else dataclasses.replace(step, refused_days=left)


def _days_in_trouble(incidents: Iterable[Incident]) -> frozenset[date]:
    """Days that open incidents name as the cause of a refusal, but for earlier refusals, which count up.

    An incident that waits for nothing by day names its first and last.
    """
    days: set[date] = set()
    for incident in incidents:
        is_refusal = f"step:{PUBLISHING}" in incident.waits_for
        if incident.severity == "ERROR" and incident.kind in _CAUSES and not is_refusal:
            named = incident.days or {incident.first_day, incident.last_day}
            days.update(day for day in named if day)
    return frozenset(days)


def _killed_problem(run: RunEnd) -> Problem | None:
    """The problem of a run that failed although no step and no check did: its process was killed, or it never began."""
    blocked = any(not check.passed and check.severity == "ERROR" for check in run.checks)
    if not run.failed or run.failed_steps or blocked:
        return None
    waits_for = {f"step:{step}": run.days if run.steps.get(step) else NO_DAYS for step in run.left_undone}
    return Problem(
        kind="run_failure",
        key=_run_key(f"job {run.job}", run.days),
        severity="ERROR",
        title=f"Run of {run.job} ended before its work was done",
        details=run.message,
        first_day=min(run.days, default=None),
        last_day=max(run.days, default=None),
        run_id=run.run_id,
        first_step=first_steps.for_step(None, run.days, run.message),
        seen_at=run.ended_at,
        waits_for=waits_for or {f"job:{run.job}": run.days},
    )


def _run_key(what: str, days: frozenset[date]) -> str:
    return f"run_failure:{what}:{min(days)}..{max(days)}" if days else f"run_failure:{what}"


def _same_thing(incidents: Iterable[Incident], problem: Problem) -> Problem:
    """``problem`` under the key of the open incident that it belongs to: the same failure, of days that it holds already."""
    for incident in incidents:
        if (
            incident.kind == problem.kind
            and incident.waits_for.keys() == problem.waits_for.keys()
            and all(problem.waits_for[mark] <= days for mark, days in incident.waits_for.items())
        ):
            return dataclasses.replace(problem, key=incident.key)
    return problem
