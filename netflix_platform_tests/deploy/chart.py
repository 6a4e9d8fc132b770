"""Dagster's Helm chart, where there is one: rendered by Helm's own engine, each manifest held against Kubernetes' schema."""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = "1.33"
CHART = "DAGSTER_CHART"


def unpacked(folder: Path) -> Path | None:
    """A copy of the chart that ``DAGSTER_CHART`` names (a folder or a .tgz), whose schema asks no other server.

    The chart's schema takes what belongs to Kubernetes itself from the internet; that is checked in what was rendered instead.
    """
    given = os.environ.get(CHART)
    if not given:
        return None
    if Path(given).is_dir():
        chart = folder / "dagster"
        shutil.copytree(given, chart)
    else:
        with tarfile.open(given) as archive:
            archive.extractall(folder, filter="data")
        chart = next(folder.glob("*/Chart.yaml")).parent
    for file in chart.rglob("values.schema.json"):
        file.write_text(json.dumps(_without_remote_references(json.loads(file.read_text()))))
    return chart


def manifests(chart: Path, values: dict[str, Any]) -> list[dict[str, Any]]:
    """What ``helm template`` gives; raises Helm's error for values that the chart refuses."""
    from helm_python import Chart

    with Chart.load(chart) as loaded:
        rendered = loaded.render(values=values, name="netflix", namespace="analytics")
    return [
        manifest
        for name, text in sorted(rendered.items())
        if name.endswith(".yaml")
        for manifest in yaml.safe_load_all(text)
        if manifest
    ]


def problems(found: list[dict[str, Any]]) -> Iterator[str]:
    """What Kubernetes' own schema says against manifests, unknown fields included."""
    import kubernetes_validate

    for manifest in found:
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{manifest['kind']} {manifest['metadata']['name']}: {error.message}"


def _without_remote_references(node: Any) -> Any:
    if isinstance(node, dict):
        if str(node.get("$ref", "")).startswith("http"):
            return {}
        return {key: _without_remote_references(value) for key, value in node.items()}
    return [_without_remote_references(item) for item in node] if isinstance(node, list) else node
