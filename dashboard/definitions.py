"""What a metric means, for the help texts: read from the dbt project, the one place that says so (``docs/metrics.md`` too)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from netflix_platform.settings import PROJECT_ROOT

METRICS = PROJECT_ROOT / "dbt_netflix" / "models" / "metrics.yml"


def meaning(*names: str) -> str:
    """What the metrics ``names`` mean, in Markdown; of several, each with its label. Raises ``KeyError`` for an unknown one."""
    found = [_metrics()[name] for name in names]
    if len(found) == 1:
        return _text(found[0])
    return "\n\n".join(f"**{metric['label']}**: {_text(metric)}" for metric in found)


@lru_cache(maxsize=1)
def _metrics() -> dict[str, dict[str, Any]]:
    return {metric["name"]: metric for metric in yaml.safe_load(METRICS.read_text(encoding="utf-8"))["metrics"]}


def _text(metric: dict[str, Any]) -> str:
    return " ".join(metric["description"].split())
