"""How the costs grow: with the events of a day, with the days that are already there, and with the days in one run."""

from __future__ import annotations

from typing import Any

from benchmarks.measuring import Cost, in_turns, median
from benchmarks.pipeline import floor_layers, layers_of
from benchmarks.plan import Session
from benchmarks.platforms import Platform, scale_of

_DEMO = "demo"


def measure_growth(session: Session) -> dict[str, Any]:
    """``volumes`` (events in one day), ``histories`` (days there) and ``spans`` (days in one run), each by its size as text."""
    return {
        "histories": _histories(session),
        "spans": _spans(session),
        "volumes": _volumes(session),
    }


def _volumes(session: Session) -> dict[str, Any]:
    """One day, raw as Parquet: generation, the floor and a Dagster run, once each; largest day last."""
    results: dict[str, Any] = {}
    for events in session.plan.volumes:
        what = f"a day of {events:,} events"
        if not session.has_time_for(what) or not session.has_room_for(what, events):
            continue
        session.tell(f"{what} ...")
        platform = Platform(session.platform_folder, 1, scale_of(events), prepared=session.prepared_folder)
        generated = platform.generate()
        floor, run = platform.floor(), platform.first_run()
        platform.remove()
        results[str(events)] = {
            "events": generated.told["rows"],
            "generation": generated.as_dict(),
            "floor": {**floor.as_dict(), "layers": _rounded(floor_layers(floor))},
            "pipeline": {**run.as_dict(), "layers": _rounded(layers_of(run))},
        }
    return results


def _histories(session: Session) -> dict[str, Any]:
    """The last day run again, by ``make day``, on platforms that differ only in the length of their history."""
    platforms: dict[str, Platform] = {}
    for history in session.plan.histories:
        if not session.has_time_for(f"{history} days there"):
            continue
        platform = Platform(session.folder / f"history-{history}", history + 1, _DEMO, "ndjson")
        session.tell(f"building {history} days of history ...")
        platform.command("backfill", str(platform.first), str(platform.day(history)))
        platforms[str(history)] = platform

    def day_of(platform: Platform) -> Cost:
        return platform.command("day", str(platform.day(platform.days - 1)))

    measured = in_turns(
        {name: lambda platform=platform: day_of(platform) for name, platform in platforms.items()},  # type: ignore[misc]
        session.plan.runs,
        session.tell,
    )
    for platform in platforms.values():
        platform.remove()
    return {name: median(costs).as_dict() for name, costs in measured.items()}


def _spans(session: Session) -> dict[str, Any]:
    """``make backfill`` of so many days into an empty folder, once each."""
    results: dict[str, Any] = {}
    for days in session.plan.spans:
        if not session.has_time_for(f"{days} days in one run"):
            continue
        session.tell(f"{days} days in one run ...")
        platform = Platform(session.platform_folder, days, _DEMO, "ndjson", session.prepared_folder)
        platform.prepare()
        results[str(days)] = platform.command("backfill", str(platform.first), str(platform.day(days - 1))).as_dict()
        platform.remove()
    return results


def _rounded(layers: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 2) for name, seconds in layers.items()}
