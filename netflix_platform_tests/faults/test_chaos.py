"""Chaos in short: a death in each layer and one at a random moment; ``make chaos KILLS=200`` is the long form."""

import os
import subprocess
import sys

from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.faults.chaos import SCALE
from netflix_platform_tests.faults.content import content, differences
from netflix_platform_tests.platform_runs import TestPlatform

KILLS = 5
DAYS = 2


def test_killed_runs_leave_no_trace(tmp_path):
    """The command in a process of its own, since it forks; then what it leaves."""
    command = ["-m", "netflix_platform_tests.faults.chaos", "--kills", str(KILLS), "--days", str(DAYS), "--folder"]
    chaos = subprocess.run(
        [sys.executable, *command, str(tmp_path)],
        cwd=PROJECT_ROOT,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert chaos.returncode == 0, chaos.stdout + chaos.stderr
    assert "1 comparisons: identical" in chaos.stdout
    disturbed = TestPlatform(tmp_path / "disturbed", DAYS, scale=SCALE)
    statuses = dict(disturbed.published("select status, count(*) from audit_pipeline_runs group by all"))
    assert 1 <= statuses["FAILURE"] <= KILLS
    assert statuses["STARTED"] == 1  # the run that published sees itself so; none that was killed does
    # The comparison is no formality: it sees a file that is gone, and one that is too much.
    expected = content(disturbed.settings)
    lake = next(disturbed.settings.lake_dir.glob("events/*/*.parquet"))
    lake.rename(lake.with_name("arrival_date=2000-01-01.parquet"))
    folder = lake.parent.relative_to(disturbed.settings.lake_dir)
    assert differences(expected, content(disturbed.settings)) == [
        f"lake {folder / lake.name} is missing",
        f"lake {folder / 'arrival_date=2000-01-01.parquet'} should not be there",
    ]
