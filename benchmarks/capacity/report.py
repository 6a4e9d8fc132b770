"""``python -m benchmarks.capacity.report``: the generated blocks of ``docs/scale.md``, and its pictures.

Everything else in that file is written by hand and stays. A test holds the blocks against this module.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from importlib.util import find_spec

from benchmarks.capacity import tables
from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.decisions import judge
from benchmarks.capacity.parameters import MEASURED, Parameters, read_parameters
from benchmarks.capacity.quantities import short, three_digits
from benchmarks.capacity.simulation import Season
from benchmarks.capacity.sizing import Inputs, size
from benchmarks.measuring import ROOT
from benchmarks.report import rewrite

DOCUMENT = ROOT / "docs" / "scale.md"
PICTURES = ROOT / "docs" / "pictures"
_SIMULATED = (1e8, 1e9, 1e10, 1e11)


def marks(name: str) -> tuple[str, str]:
    """The lines between which a block stands."""
    return f"<!-- {name}: begin (python -m benchmarks.capacity.report) -->", f"<!-- {name}: end -->"


def blocks() -> dict[str, str]:
    """Every generated block by name, from ``measured.json`` and the assumptions as they stand in the code."""
    parameters, assumptions = read_parameters(), Assumptions()
    today = Inputs(events=1e9)
    return {
        "sizes": _markdown(
            tables.SIZE_COLUMNS, [tables.size_row(one) for one in tables.all_sizes(today, parameters, assumptions)]
        ),
        "costs today": _costs(today, parameters, assumptions),
        "costs planned": _costs(today.planned(), parameters, assumptions),
        "decisions": _decisions(today, parameters, assumptions),
        "seasons": _seasons(today, parameters, assumptions),
        "measured": _measured(parameters),
        "assumed": _assumed(assumptions),
    }


def main() -> None:
    """Rewrite the blocks, and the pictures where they can be drawn."""
    for name, block in blocks().items():
        rewrite(DOCUMENT, block, *marks(name))
    print(f"rewrote {DOCUMENT.relative_to(ROOT)}")
    if find_spec("vl_convert"):
        from benchmarks.capacity.pictures import draw_pictures

        for path in draw_pictures(read_parameters(), Assumptions(), PICTURES):
            print(f"wrote {path.relative_to(ROOT)}")
    else:
        print("the pictures stay as they are: drawing them needs vl-convert-python (make setup)")


def _costs(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> str:
    sizings = tables.all_sizes(inputs, parameters, assumptions)
    return _markdown(tables.COST_COLUMNS, [tables.cost_row(one) for one in sizings])


def _decisions(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> str:
    """By decision: the limit, from where on it breaks at a month and at a year kept, and what is counted at three sizes."""
    at = (1e6, 1e9, 1e12)
    years = [judge(replace(inputs, events=events), parameters, assumptions) for events in at]
    months = judge(replace(inputs, days_kept=30), parameters, assumptions)
    rows = []
    for number, verdict in enumerate(years[0]):
        shown = [
            verdict.decision.show(of_size[number].counted) + ("" if of_size[number].holds else " ✗")
            for of_size in years
        ]
        row, month = tables.decision_row(verdict), tables.decision_row(months[number])
        rows.append((row[0], row[1], *shown, row[3], f"**{row[4]}**", month[4]))
    columns = (
        "decision",
        "what is counted",
        *(f"at {short(events)}" for events in at),
        "limit",
        "breaks from",
        "30 days kept",
    )
    return _markdown(columns, rows)


def _seasons(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> str:
    rows: tables.Rows = []
    for events in _SIMULATED:
        sizing = size(replace(inputs, events=events), parameters, assumptions)
        rows += tables.seasons(sizing, Season(), assumptions)
    return _markdown(tables.SEASON_COLUMNS, rows)


def _measured(parameters: Parameters) -> str:
    sections = json.loads(MEASURED.read_text())
    lines = [
        f"- `{name}`: {about['date']} at commit `{about['commit']}`, {about['machine']['cores']} cores, load average "
        f"{about['machine']['load_average'][0]} at the end: `{about['command']}`"
        for name, about in sections.items()
    ]
    rows = []
    for one in fields(Parameters):
        value = getattr(parameters, one.name)
        text = "; ".join(f"{short(a)}: {b:,.0f}" for a, b in value) if isinstance(value, tuple) else three_digits(value)
        rows.append((f"`{one.name}`", text, one.metadata["unit"], one.metadata["how"]))
    return "\n".join(lines) + "\n\n" + _markdown(("parameter", "value", "unit", "how"), rows)


def _assumed(assumptions: Assumptions) -> str:
    rows = [
        (f"`{one.name}`", short(getattr(assumptions, one.name)), one.metadata["unit"], one.metadata["why"])
        for one in fields(Assumptions)
    ]
    return _markdown(("assumption", "value", "unit", "why"), rows)


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = "|" + "|".join("---" for _ in columns) + "|"
    return "\n".join(["| " + " | ".join(columns) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)])


if __name__ == "__main__":
    main()
