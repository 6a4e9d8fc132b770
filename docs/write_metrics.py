"""Writes ``docs/metrics.md`` from the dbt project's YAML: ``python -m docs.write_metrics`` (part of ``make docs``).

What a metric is stands in ``dbt_netflix/models/metrics.yml``, what it adds up in ``semantic_models.yml``, how its table is made
in the model's own YAML, and the pages in ``exposures.yml``. Nothing is said here that is not said there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from netflix_platform.settings import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_netflix" / "models"
PAGE = PROJECT_ROOT / "docs" / "metrics.md"
_HEAD = """\
# Metrics

Made of `dbt_netflix/models` by `make docs`; change them there. A ratio over several rows is the ratio of their sums. Where the
table says that something is unknown (null), it is not zero.
"""


def metrics_page() -> str:
    """The whole page. Raises ``KeyError`` when a metric names a measure, metric or page that there is not."""
    metrics = {metric["name"]: metric for metric in _read("metrics.yml")["metrics"]}
    tables = _read("semantic_models.yml")["semantic_models"]
    of_measure = {measure["name"]: (table, measure) for table in tables for measure in table["measures"]}
    pages = {exposure["label"]: exposure for exposure in _read("exposures.yml")["exposures"]}
    parts = [_HEAD]
    for label, exposure in pages.items():
        shown = [metric for metric in metrics.values() if label in _meta(metric)["shown_on"]]
        parts.append(f"## {label}\n\n{exposure['description'].strip()}\n")
        if exposure["maturity"] == "low":
            parts.append("This page is planned: its tables are published, and nothing shows them yet.\n")
        parts.append(_metrics_table(shown, metrics, of_measure) if shown else "It shows what the audit tables hold.\n")
    rest = [metric for metric in metrics.values() if not _meta(metric)["shown_on"]]
    parts.append("## What others are made of\n")
    parts.append(_metrics_table(rest, metrics, of_measure))
    parts.append("## Tables\n")
    parts.append(_models_table({_model(table) for table in tables}))
    unknown = {page for metric in metrics.values() for page in _meta(metric)["shown_on"]} - set(pages)
    if unknown:
        raise KeyError(f"metrics.yml: no page is called {sorted(unknown)}; exposures.yml has {sorted(pages)}")
    return "\n".join(parts)


def _metrics_table(
    shown: list[dict[str, Any]],
    metrics: dict[str, dict[str, Any]],
    of_measure: dict[str, tuple[dict[str, Any], dict[str, Any]]],
) -> str:
    lines = ["| Metric | Definition | Unit | Made of | Table and time | Shown on |", "|---|---|---|---|---|---|"]
    for metric in shown:
        used = [of_measure[measure] for measure in _measures(metric, metrics)]
        tables = sorted({(_model(table), table["defaults"]["agg_time_dimension"]) for table, _ in used})
        cells = [
            f"**{metric['label']}** (`{metric['name']}`)",
            _line(metric["description"]),
            str(_meta(metric)["unit"]),
            _made_of(metric, of_measure),
            ", ".join(f"`{model}` by `{time}`" for model, time in tables),
            ", ".join(_meta(metric)["shown_on"]) or "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _models_table(models: set[str]) -> str:
    lines = ["| Table | One row per | What it holds |", "|---|---|---|"]
    for name in sorted(models):
        (model,) = _read(f"marts/{name}.yml")["models"]
        lines.append(
            f"| `{name}` | {', '.join(f'`{column}`' for column in _grain(model))} | {_line(model['description'])} |"
        )
    return "\n".join(lines) + "\n"


def _grain(model: dict[str, Any]) -> list[str]:
    """The columns whose combination a test holds unique."""
    for test in model["data_tests"]:
        ((kind, body),) = test.items()
        if kind in ("grain_and_rules", "unique_combination"):
            grain: list[str] = body["arguments"].get("grain") or body["arguments"]["columns"]
            return grain
    raise KeyError(f"{model['name']}: no test of its grain")


def _measures(metric: dict[str, Any], metrics: dict[str, dict[str, Any]]) -> list[str]:
    params = metric["type_params"]
    if metric["type"] == "simple":
        return [params["measure"]]
    names = [params["numerator"], params["denominator"]] if metric["type"] == "ratio" else params["metrics"]
    return [measure for name in names for measure in _measures(metrics[name], metrics)]


def _made_of(metric: dict[str, Any], of_measure: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> str:
    params = metric["type_params"]
    if metric["type"] == "simple":
        _, measure = of_measure[params["measure"]]
        over = measure.get("non_additive_dimension")
        which = (
            {"max": ", of the last", "min": ", of the first"}[over["window_choice"]] + f" `{over['name']}`"
            if over
            else ""
        )
        return f"`{measure['agg']}({measure['expr']})`{which}"
    if metric["type"] == "ratio":
        return f"`{params['numerator']} / {params['denominator']}`"
    return f"`{params['expr']}`"


def _model(table: dict[str, Any]) -> str:
    found = re.fullmatch(r"ref\('(\w+)'\)", table["model"])
    assert found, table["model"]
    return found[1]


def _meta(metric: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = metric["config"]["meta"]
    return meta


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((MODELS / name).read_text(encoding="utf-8"))
    return content


def main() -> None:
    """Write the page."""
    PAGE.write_text(metrics_page(), encoding="utf-8")
    print(f"wrote {Path(PAGE).relative_to(PROJECT_ROOT)}")


if __name__ == "__main__":
    main()
