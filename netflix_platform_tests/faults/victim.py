"""A command of the platform in a process that dies at a chosen point: the n-th call of a function, before or after it.

Functions are replaced in this process only; what dies is the real command, by SIGKILL. ``DbtPoint.seconds`` waits a while once
dbt is at work, for what it does in between has no function of the platform's.
"""

import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

BEFORE, AFTER = "before", "after"
# Printed by a command that had to wait for the warehouse file: whoever held it was not seen to.
WAITED = "waited for the warehouse"


@dataclass(frozen=True)
class Point:
    """Where to die: at the ``nth`` call (from 1) of ``name`` in ``module``, ``BEFORE`` or ``AFTER`` it."""

    label: str
    module: str
    name: str
    when: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.label} ({self.when} call {self.nth})"


@dataclass(frozen=True)
class DbtPoint:
    """Where to die: ``seconds`` after the ``nth`` call of dbt (1: business models, 2: audit models) began."""

    nth: int
    seconds: float

    def __str__(self) -> str:
        return f"dbt {self.nth} at work, for {self.seconds:.1f} s"


@dataclass(frozen=True)
class Moment:
    """When to die: ``seconds`` after the command began to work."""

    seconds: float

    def __str__(self) -> str:
        return f"after {self.seconds:.1f} s"


def layers(nth: Callable[[int], int], seconds: float) -> list[list[Point | DbtPoint]]:
    """All chosen points by layer; ``nth`` picks a call out of so many, ``seconds`` is how long dbt works before it is hit."""
    lake, raw, load, publish = (
        "netflix_platform.lake.conform",
        "netflix_platform.lake.raw",
        "netflix_platform.warehouse.load",
        "netflix_platform.serving.publish",
    )
    return [
        [
            Point("lake's renames", lake, "move_into_place", BEFORE, nth(4)),
            Point("lake's renames", lake, "move_into_place", AFTER, nth(4)),
            Point("between the lake's files and its ledger", lake, "write_ledger", BEFORE, nth(4)),
            Point("lake's ledger, before its recount", "netflix_platform.defs.lake", "audit_ledger", BEFORE, nth(4)),
            Point("lake's recount", "netflix_platform.defs.lake", "audit_ledger", AFTER, nth(4)),
            Point("raw file into its place", raw, "move_into_place", BEFORE, nth(4)),
            Point("raw file into its place", raw, "move_into_place", AFTER, nth(4)),
            Point("raw manifest", raw, "write_text", BEFORE, nth(4)),
        ],
        [
            Point("warehouse transaction, between delete and insert", load, "exact_path", BEFORE, nth(4)),
            Point("warehouse transaction, before its commit", load, "_record", AFTER, nth(3)),
            Point("warehouse transaction, day marked loaded", load, "mark_loaded", AFTER),
            Point("warehouse, after the commit", "netflix_platform.defs.warehouse", "load_days", AFTER, nth(3)),
        ],
        [
            *(DbtPoint(dbt, seconds) for dbt in (1, 2)),
            Point("verdicts of the days", "netflix_platform.defs.dbt", "mark_verdicts", BEFORE),
            Point("verdicts of the days", "netflix_platform.defs.dbt", "mark_verdicts", AFTER),
            Point("audit's pull", "netflix_platform.defs.audit", "pull_ledgers", AFTER),
        ],
        [
            Point("publishing, version written", publish, "move_into_place", BEFORE),
            Point("publishing, between the version and CURRENT", publish, "make_current", BEFORE),
            Point("publishing, after CURRENT", publish, "make_current", AFTER),
            Point("publishing, old versions removed", publish, "_prune", AFTER),
        ],
    ]


def arm(death: Point | DbtPoint | Moment) -> None:
    """Make this process die so."""
    if isinstance(death, Moment):
        _in_seconds(death.seconds, _die)
    elif isinstance(death, DbtPoint):
        _arm_dbt(death)
    else:
        _arm_call(death)


def run(arguments: Sequence[str], death: Point | DbtPoint | Moment | None, began: Callable[[], None]) -> int:
    """Run a command of the platform; ``began`` is called whenever a step of it begins. Returns its exit code."""
    import dagster as dg

    from netflix_platform.cli import main
    from netflix_platform.defs import progress
    from netflix_platform.warehouse import database

    emit = progress._ProgressHandler.emit
    database.time = _ToldSleep()  # type: ignore[assignment]

    def noted(self: Any, record: Any) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None and event.event_type == dg.DagsterEventType.STEP_START:
            began()
        emit(self, record)

    progress._ProgressHandler.emit = noted  # type: ignore[method-assign]
    if death:
        arm(death)
    return main(arguments)


class _ToldSleep:
    """The module ``time`` for the warehouse's opening, which sleeps only while somebody else holds the file."""

    monotonic = staticmethod(time.monotonic)

    @staticmethod
    def sleep(seconds: float) -> None:
        print(WAITED, flush=True)
        time.sleep(seconds)


def _arm_call(point: Point) -> None:
    module = importlib.import_module(point.module)
    function = getattr(module, point.name)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == point.nth and point.when == BEFORE:
            _die()
        answer = function(*arguments, **named)
        if calls == point.nth:
            _die()
        return answer

    setattr(module, point.name, counted)


def _arm_dbt(point: DbtPoint) -> None:
    from netflix_platform.defs import dbt

    build = dbt.build
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == point.nth:
            _in_seconds(point.seconds, _die)
        return build(*arguments, **named)

    dbt.build = counted


def _in_seconds(seconds: float, act: Callable[[], None]) -> None:
    def wait() -> None:
        time.sleep(seconds)
        act()

    threading.Thread(target=wait, daemon=True).start()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal is on its way
