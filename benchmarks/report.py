"""``python -m benchmarks.report``: the generated block of ``docs/benchmarks.md`` and its pictures, from ``latest.json``.

Everything else in that file is written by hand and stays.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT
from benchmarks.pictures import draw_pictures
from benchmarks.results import LATEST, read_results
from benchmarks.tables import COLUMNS, rows_of

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"
BEGIN, END = "<!-- benchmarks: begin (python -m benchmarks.report) -->", "<!-- benchmarks: end -->"
# Text, what is wanted, and which way.
_HEADLINES = {
    "pipeline_over_floor_cpu": ("pipeline / floor, many days in one run, fixed cost apart", 1.25, "at most"),
    "pipeline_over_floor_cpu_one_large_day": ("the same, one large day", 1.15, "at most"),
    "pipeline_fixed_cpu_seconds": ("fixed cost of that run, CPU s", 20, "at most"),
    "generator_million_events_per_cpu_second": ("generation to Parquet, million events per CPU s", 2.0, "at least"),
    "one_day_run_cpu_seconds": ("`make day` at demo scale, everything included, CPU s", 15, "at most"),
    "span_cpu_ratio": ("longest span in one run / one day, demo scale, CPU", 4, "at most"),
    "history_cpu_ratio": ("a day with the longest history / with a week, CPU", 1.1, "at most"),
}


def block_of(results: Mapping[str, Any], pictures: list[str]) -> str:
    """The generated block: what it was measured on, the figures that count beside what was wanted, one table by part."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    lines = [
        f"Measured {results['date']} at commit `{results['commit']}`{' with `QUICK=1`' if results['quick'] else ''}: "
        f"{machine['cores']} cores, {machine['memory_gigabytes']} GB, {machine['system']}, Python {machine['python']}, "
        f"load average {machine['load_average'][0]} at the end; {versions}.",
        *_measured_before(results),
        "",
        "| Figure | Measured | Wanted |",
        "|---|---:|---:|",
    ]
    for name, (text, wanted, bound) in _HEADLINES.items():
        value = results[name]
        lines.append(f"| {text} | {'not measured' if value is None else f'{value:.2f}'} | {bound} {wanted:g} |")
    part = None
    for row in rows_of(results):
        if row.part != part:
            lines += ["", f"**{row.part}**", "", f"| {' | '.join(COLUMNS)} |", "|---|---:|---:|---:|---|"]
            part = row.part
        lines.append(f"| {' | '.join(row.cells())} |")
    for name, error in results["failed"].items():
        lines += ["", f"`{name}` failed: {error.splitlines()[0]}"]
    if results["skipped"]:
        lines += ["", f"Left out: {'; '.join(results['skipped'])}."]
    for picture in pictures:
        lines += ["", f"![{picture.removesuffix('.png').replace('_', ' ')}](pictures/{picture})"]
    return "\n".join(lines)


def _measured_before(results: Mapping[str, Any]) -> list[str]:
    """Which parts were measured by an earlier run, and when."""
    before = [
        f"{name} on {told['date']} at commit `{told['commit']}`"
        for name, told in results["measured"].items()
        if told and told["date"] != results["date"]
    ]
    return [f"Earlier, by a run of that part: {'; '.join(before)}."] if before else []


def rewrite(document: Path, block: str, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between the two marks. Raises ``ValueError`` when the document lacks them."""
    text = document.read_text()
    if begin not in text or end not in text:
        raise ValueError(f"{document} lacks the lines {begin} and {end}")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{block}\n\n{end}{after}")


def main() -> None:
    """Rewrite the block and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--results", type=Path, default=LATEST, help="default: benchmarks/latest.json")
    options = parser.parse_args()
    results = read_results(options.results)
    rewrite(DOCUMENT, block_of(results, draw_pictures(results, PICTURES)))
    print(f"rewrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
