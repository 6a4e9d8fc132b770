"""Values rendered with Dagster's chart, and the image's Dockerfile linted; run by make check-deploy (requirements-deploy)."""

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.deploy import chart as dagster_chart
from netflix_platform_tests.deploy.test_kubernetes import FOLDER, VALUES, instance_problems

pytestmark = pytest.mark.deploy

HADOLINT = Path(sys.executable).parent / "hadolint"


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = dagster_chart.unpacked(tmp_path_factory.mktemp("chart"))
    if found is None:
        pytest.skip(
            "no chart: helm pull dagster --repo https://dagster-io.github.io/helm, then make check-deploy CHART=...tgz"
        )
    return found


@pytest.fixture
def values(chart: Path):
    """Ours, as the chart at hand calls things."""
    ours = copy.deepcopy(VALUES)
    if "dagit:" in (chart / "values.yaml").read_text().splitlines():  # charts before 1.4
        ours["dagit"] = ours.pop("dagsterWebserver")
    return ours


def test_what_is_rendered_is_what_kubernetes_takes(chart: Path, values):
    manifests = dagster_chart.manifests(chart, values)
    assert list(dagster_chart.problems(manifests)) == []
    kinds = [manifest["kind"] for manifest in manifests]
    assert kinds.count("Deployment") == 3  # webserver, daemon, code location
    volume = yaml.safe_load((FOLDER / "volume.yaml").read_text())
    assert list(dagster_chart.problems([volume])) == []

    broken = next(manifest for manifest in manifests if manifest["kind"] == "Deployment")
    broken["spec"]["replicass"] = 1
    assert any("replicass" in problem for problem in dagster_chart.problems(manifests))


def test_the_rendered_instance_is_one_that_dagster_takes(chart: Path, values):
    maps = [one for one in dagster_chart.manifests(chart, values) if "dagster.yaml" in (one.get("data") or {})]
    assert len(maps) == 1
    instance = yaml.safe_load(maps[0]["data"]["dagster.yaml"])
    assert instance_problems(instance) == []
    assert instance["run_launcher"]["class"] == "K8sRunLauncher"


def test_a_wrong_key_is_refused_by_the_chart(chart: Path, values):
    values["runLauncher"]["config"]["k8sRunLauncher"]["imagePullPolcy"] = "Always"
    with pytest.raises(Exception, match="imagePullPolcy"):
        dagster_chart.manifests(chart, values)


def test_hadolint_has_nothing_to_say_of_the_image(tmp_path: Path):
    assert _hadolint(FOLDER / "Dockerfile") == ""
    shutil.copy(FOLDER / "Dockerfile", tmp_path)
    with (tmp_path / "Dockerfile").open("a") as file:
        file.write("RUN cd /tmp && pip install dagster\n")
    assert "DL3013" in _hadolint(tmp_path / "Dockerfile")


def _hadolint(dockerfile: Path) -> str:
    return subprocess.run(
        [HADOLINT, str(dockerfile)], capture_output=True, text=True, check=False, cwd=PROJECT_ROOT
    ).stdout
