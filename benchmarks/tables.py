"""The results as rows of one table: for the terminal and for ``docs/benchmarks.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line. ``part`` groups lines; ``figure``: what the part is about (a rate, a ratio), as text."""

    part: str
    what: str
    cpu_seconds: float | None
    wall_seconds: float | None = None
    peak_megabytes: float | None = None
    figure: str = ""

    def cells(self) -> tuple[str, ...]:
        """The line's texts: what, CPU s, wall s, peak memory MB, figure."""
        return (
            self.what,
            _shown(self.cpu_seconds, 1),
            _shown(self.wall_seconds, 1),
            _shown(self.peak_megabytes, 0),
            self.figure,
        )


COLUMNS = ("", "CPU s", "wall s", "peak memory MB", "")


def rows_of(results: Mapping[str, Any]) -> list[Row]:
    """All rows, part by part; a part that was not measured has none."""
    parts = results["parts"]
    return [
        *_generation(parts["generation"] or {}),
        *_pipeline(parts["pipeline"] or {}),
        *_overhead(parts["overhead"] or {}),
        *_growth(parts["growth"] or {}),
        *_dashboard(parts["dashboard"] or {}),
    ]


def _generation(part: Mapping[str, Any]) -> Iterator[Row]:
    for name, figures in part.items():
        rate = f"{figures['rows_per_cpu_second'] / 1000:,.0f} thousand rows per CPU s"
        yield _row("Generation", f"{name}, {figures['rows']:,} rows", figures, rate)


def _pipeline(part: Mapping[str, Any]) -> Iterator[Row]:
    for shape, figures in part.items():
        title = f"Pipeline against floor, {shape} events"
        ratio = f"less empty days {figures['pipeline_over_floor_cpu']:.2f} × floor"
        yield _row(title, "floor: one DuckDB script", figures["floor"], _layers(figures["floor"]))
        yield _row(title, "pipeline: one Dagster run", figures["pipeline"], _layers(figures["pipeline"]))
        yield _row(title, "the same run on empty days", figures["empty"], ratio)


def _overhead(part: Mapping[str, Any]) -> Iterator[Row]:
    if not part:
        return
    title = "One run on one empty day, by cause"
    yield _row(title, "all", part, f"{part['records']} records, {part['processes']} processes started")
    for cause, seconds in part["causes"].items():
        yield Row(title, cause, seconds)
    yield Row(title, "one more empty day", part["per_day"], figure=f"{part['records_per_day']:.0f} records")
    yield _row(title, "beside it: a dbt process with nothing to do", part["dbt_process"])


def _growth(part: Mapping[str, Any]) -> Iterator[Row]:
    for days, figures in part.get("histories", {}).items():
        yield _row("make day at demo scale", f"{days} days there", figures, _times(part["histories"], figures))
    for days, figures in part.get("spans", {}).items():
        yield _row("make backfill at demo scale", f"{days} days in one run", figures, _times(part["spans"], figures))
    for figures in part.get("volumes", {}).values():
        title = f"One day of {figures['events']:,} events"
        rate = f"{figures['events'] / figures['generation']['cpu_seconds'] / 1e6:.2f} million events per CPU s, imports included"
        yield _row(title, "generation", figures["generation"], rate)
        yield _row(title, "floor", figures["floor"], _layers(figures["floor"]))
        yield _row(title, "pipeline", figures["pipeline"], _layers(figures["pipeline"]))


def _dashboard(part: Mapping[str, Any]) -> Iterator[Row]:
    if not part:
        return
    for state in ("quiet", "beside a backfill"):
        title = (
            f"Dashboard, {part['days']} days of {part['scale']} ({part['published_megabytes']} MB published), {state}"
        )
        for page, figures in part[state]["pages"].items():
            what = page.removeprefix("dashboard_").replace("_", " ")
            text = (
                f"first figures after {figures['first_paint']} s, for who was here before {figures['returning']} s; "
                f"very first visit {figures['first_visit']} s"
            )
            yield Row(title, what, None, figures["drawn"], figure=text)
        queries = part[state]["queries"]
        text = f"median {queries['median']} ms, 95th percentile {queries['p95']} ms, longest {queries['longest']} ms"
        yield Row(title, f"{queries['count']} queries", None, figure=text)


def _row(part: str, what: str, figures: Mapping[str, Any], figure: str = "") -> Row:
    return Row(part, what, figures["cpu_seconds"], figures["wall_seconds"], figures["peak_megabytes"], figure)


def _layers(figures: Mapping[str, Any]) -> str:
    return ", ".join(f"{layer} {seconds:.1f}" for layer, seconds in figures["layers"].items())


def _times(group: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    shortest = next(iter(group.values()))
    return f"{figures['cpu_seconds'] / shortest['cpu_seconds']:.2f} × the shortest"


def _shown(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}" if abs(value) >= 1 or not places else f"{value:.3f}"
