"""deploy/kubernetes without a cluster, a chart or Docker: values against the chart's keys, Dagster's schema and our settings."""

import copy
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema

from netflix_platform.settings import ORCHESTRATIONS, PROJECT_ROOT

FOLDER = PROJECT_ROOT / "deploy" / "kubernetes"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text())

# What the chart's schema knows where our values say something, read from its sources (helm/dagster/schema of dagster-io/dagster).
# A name stands for a value of any kind; what belongs to Kubernetes itself (probes, volumes, security contexts) is one of those.
_IMAGE = {"repository", "tag", "pullPolicy"}
_POD = {
    *("env", "envConfigMaps", "envSecrets", "labels", "nodeSelector", "affinity", "tolerations", "podSecurityContext"),
    *(
        "securityContext",
        "resources",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "annotations",
        "schedulerName",
    ),
    *("volumeMounts", "volumes"),
}
_NAMED_POD = dict.fromkeys(_POD) | {"deploymentLabels": None, "image": _IMAGE}
CHART_KEYS: dict[str, Any] = {
    "global": {"postgresqlSecretName", "dagsterHome", "serviceAccountName", "celeryConfigSecretName"},
    "generatePostgresqlPasswordSecret": None,
    "postgresql": {
        *("image", "enabled", "postgresqlHost", "postgresqlUsername", "postgresqlPassword", "postgresqlDatabase"),
        *("postgresqlParams", "postgresqlScheme", "service"),
    },
    "dagsterWebserver": _NAMED_POD
    | dict.fromkeys(("replicaCount", "nameOverride", "pathPrefix", "service", "workspace", "enableReadOnly"))
    | dict.fromkeys(("dbStatementTimeout", "dbPoolRecycle", "logLevel")),
    "dagster-user-deployments": {
        "enabled": None,
        "enableSubchart": None,
        "imagePullSecrets": None,
        "deployments": [
            dict.fromkeys(_POD)
            | {"image": _IMAGE, "includeConfigInLaunchedRuns": {"enabled"}}
            | dict.fromkeys(("name", "dagsterApiGrpcArgs", "codeServerArgs", "port"))
        ],
    },
    "runLauncher": {
        "type": None,
        "config": {
            "k8sRunLauncher": {
                **dict.fromkeys(("image", "imagePullPolicy", "jobNamespace", "loadInclusterConfig", "kubeconfigFile")),
                **dict.fromkeys(("envConfigMaps", "envSecrets", "envVars", "volumeMounts", "volumes", "labels")),
                **dict.fromkeys(("failPodOnRunFailure", "resources", "schedulerName", "securityContext")),
                "runK8sConfig": {
                    *("containerConfig", "podSpecConfig", "podTemplateSpecMetadata", "jobSpecConfig", "jobMetadata")
                },
            },
        },
    },
    "dagsterDaemon": _NAMED_POD
    | {
        "enabled": None,
        "heartbeatTolerance": None,
        "runCoordinator": {"enabled", "type", "config"},
        # The schema takes anything here; these are what the template puts into dagster.yaml.
        "runMonitoring": {
            *("enabled", "startTimeoutSeconds", "cancelTimeoutSeconds", "maxResumeRunAttempts", "pollIntervalSeconds"),
            "freeSlotsAfterRunEndSeconds",
        },
        "runRetries": {"enabled", "maxRetries"},
        "sensors": {"useThreads", "numWorkers", "numSubmitWorkers"},
        "schedules": {"useThreads", "numWorkers", "numSubmitWorkers"},
    },
    "additionalInstanceConfig": None,
    "telemetry": {"enabled"},
}


def unknown_keys(values: Any, known: Any, path: str = "") -> Iterator[str]:
    """Paths of keys that the chart does not know, and would ignore in silence where its schema is open."""
    if isinstance(known, list):
        for number, item in enumerate(values):
            yield from unknown_keys(item, known[0], f"{path}[{number}]")
    elif known is not None:
        for key, value in values.items():
            if key not in known:
                yield f"{path}.{key}"
            elif isinstance(known, dict):
                yield from unknown_keys(value, known[key], f"{path}.{key}")


def instance_problems(instance: dict[str, Any]) -> list[str]:
    """What Dagster's own schema says against a ``dagster.yaml``."""
    return [error.message for error in validate_config(dagster_instance_config_schema(), instance).errors or []]


def test_the_chart_knows_every_key_of_the_values():
    assert list(unknown_keys(VALUES, CHART_KEYS)) == []


@pytest.mark.parametrize(
    "path",
    [
        ("dagsterDaemon", "runMonitorring"),
        ("dagsterDaemon", "runMonitoring", "startTimeout"),
        ("runLauncher", "config", "k8sRunLauncher", "imagePullPolcy"),
        ("dagster-user-deployments", "deployments", 0, "environment"),
        ("dagsterWebserver", "replicas"),
        ("additionalInstanceConfiguration",),
    ],
)
def test_a_wrong_key_is_found_wherever_it_is(path):
    values = copy.deepcopy(VALUES)
    node = values
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = "anything"
    found = list(unknown_keys(values, CHART_KEYS))
    assert len(found) == 1
    assert found[0].endswith(f".{path[-1]}")


def test_dagster_takes_what_is_put_into_its_instance():
    ours = VALUES["additionalInstanceConfig"]
    assert instance_problems(ours) == []
    assert instance_problems(ours | {"run_retry": {}}) != []
    assert instance_problems({"concurrency": {"pools": {"default_limits": 1}}}) != []


def test_what_keeps_the_warehouse_whole_is_as_on_one_machine():
    local = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    for part in ("concurrency", "run_retries"):
        assert VALUES["additionalInstanceConfig"][part] == local[part]
    assert not VALUES["dagsterDaemon"]["runRetries"]["enabled"]  # or the chart writes run_retries a second time


def test_every_variable_is_a_setting():
    example = (PROJECT_ROOT / ".env.example").read_text()
    location = VALUES["dagster-user-deployments"]["deployments"][0]
    env = {one["name"]: one["value"] for one in location["env"]}
    assert [name for name in env if f"{name}=" not in example] == []
    assert env["NETFLIX_ORCHESTRATION"] in ORCHESTRATIONS
    assert [mount["mountPath"] for mount in location["volumeMounts"]] == [env["NETFLIX_DATA_DIR"]]
    claims = [volume["persistentVolumeClaim"]["claimName"] for volume in location["volumes"]]
    assert claims == [yaml.safe_load((FOLDER / "volume.yaml").read_text())["metadata"]["name"]]
    assert location["includeConfigInLaunchedRuns"]["enabled"]  # or a run has neither


def test_image_and_chart_are_of_the_versions_that_are_locked():
    version = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = [VALUES["dagsterWebserver"]["image"], VALUES["dagsterDaemon"]["image"]]
    images += [location["image"] for location in VALUES["dagster-user-deployments"]["deployments"]]
    assert {image["tag"] for image in images} == {version}
    dagster = re.search(r"^dagster==(\S+)", (PROJECT_ROOT / "requirements.lock").read_text(), re.M)
    assert dagster
    assert f"--version {dagster[1]} " in (FOLDER / "values.yaml").read_text()
    assert f"dagster-{dagster[1]}.tgz" in (PROJECT_ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_the_image_holds_what_the_code_location_needs():
    dockerfile = (FOLDER / "Dockerfile").read_text()
    allowed = set((FOLDER / "Dockerfile.dockerignore").read_text().split())
    for copied in re.findall(r"^COPY (.+) \S+$", dockerfile, re.M):
        for source in copied.split():
            assert (PROJECT_ROOT / source).exists(), source
            assert f"!{source}" in allowed, source
    uv = re.search(r"UV_VERSION := (\S+)", (PROJECT_ROOT / "Makefile").read_text())
    assert uv
    assert f"uv=={uv[1]}" in dockerfile
    assert "USER 10001" in dockerfile


@pytest.mark.parametrize("extra", ["kubernetes", "cluster"])
def test_the_locks_agree(extra):
    """One is installed after the other: a version that differs would take the first one's place."""
    first, second = (_locked(name) for name in ("requirements.lock", f"requirements-{extra}.lock"))
    assert {name: versions for name, versions in second.items() if not versions <= first.get(name, versions)} == {}


def _locked(name: str) -> dict[str, set[str]]:
    """Versions by package; some have one for each version of Python."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==(\S+)", (PROJECT_ROOT / name).read_text(), re.M):
        versions.setdefault(package, set()).add(version)
    return versions
