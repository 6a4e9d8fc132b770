"""What a run costs apart from its data, by cause: runs on empty days, and each cause alone where it can be had alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, Cost, cost_of, in_turns, median, python
from benchmarks.plan import Session
from benchmarks.platforms import Platform

_FEW, _MANY = 1, 60  # days; the difference is what days without data cost


def measure_overhead(session: Session) -> dict[str, Any]:
    """``causes``: CPU seconds of one run on one empty day, which add up to its ``cpu_seconds``; ``per_day``: of one more empty
    day; ``processes`` that the run starts and ``records`` that it writes; ``dbt_process``: for comparison, a dbt process that
    finds nothing to do.
    """
    platform = Platform(session.platform_folder, _MANY, "demo", prepared=session.prepared_folder)
    platform.prepare()
    measured = in_turns(
        {
            "Python's start": lambda: cost_of(python("-c", "pass")),
            "a dbt process with nothing to do": lambda: _dbt_start(platform),
            f"a run of {_FEW} empty day": lambda: platform.first_run(_FEW, with_raw=False),
            f"a run of {_MANY} empty days": lambda: platform.first_run(_MANY, with_raw=False),
        },
        session.plan.runs,
        session.tell,
    )
    platform.remove()
    start, dbt, few, many = (median(costs) for costs in measured.values())
    told = few.told
    per_day = (many.cpu_seconds - few.cpu_seconds) / (_MANY - _FEW)
    return {
        **few.as_dict(),
        "causes": {name: round(seconds, 2) for name, seconds in _causes(few, start, per_day).items()},
        "per_day": round(per_day, 4),
        "records_per_day": round((many.told["records"] - told["records"]) / (_MANY - _FEW), 1),
        "records": told["records"],
        "processes": told["processes"],
        "dbt_process": dbt.as_dict(),
    }


def _causes(run: Cost, start: Cost, per_day: float) -> dict[str, float]:
    told = run.told
    steps = {step: float(seconds) for step, seconds in told["steps"].items()}
    causes = {
        "Python's start": start.cpu_seconds,
        "imports": told["imports"] - start.cpu_seconds,
        "loading the definitions": told["definitions"],
        "dbt, business models and tests": steps.get("dbt_business", 0.0),
        "dbt, audit models and tests": steps.get("dbt_audit", 0.0),
        "records of the days": per_day * _FEW,
        "audit": sum(seconds for step, seconds in steps.items() if step.startswith("audit")),
        "serving": steps.get("serving", 0.0),
        "the other steps": sum(
            seconds for step, seconds in steps.items() if not step.startswith(("dbt_", "audit", "serving"))
        ),
        "executor and run records": told["between steps"] - per_day * _FEW,
    }
    return {**causes, "rest": run.cpu_seconds - sum(causes.values())}


def _dbt_start(platform: Platform) -> Cost:
    """``dbt build`` with a parsed project and an empty selection, in the environment that a run gives to dbt."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    return cost_of(
        [dbt, "--quiet", "build", "--select", "path:none", "--project-dir", str(ROOT / "dbt_netflix")],
        {**platform.dbt_environ, "PATH": os.environ.get("PATH", "")},
    )
