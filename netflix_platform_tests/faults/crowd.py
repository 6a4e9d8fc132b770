"""One-day runs in a daemon's queue, all at once, while readers poll the dashboard's queries: no lock error, never half a day.

    python -m netflix_platform_tests.faults.crowd --runs 30 --reads 10000

The runs are queued before the daemon is started, so that they press on the warehouse together; they overlap on few days, so that
a day is run by several. Readers take the published version as the dashboard does, by its own query functions, and hold every
day they see against what the platform held before: complete and unchanged, or not there.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.periods import Period
from dashboard.published import current
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.faults.content import content, differences
from netflix_platform_tests.faults.readers import days_shown, reading
from netflix_platform_tests.platform_runs import TestPlatform
from netflix_platform_tests.ports import free_ports

SCALE = "events_per_day=400,users=120,titles=40"
DAYS = 5
READERS = 2
_PATIENCE_SECONDS = 3_600
_RUNS_FINISHED = ("SUCCESS", "FAILURE", "CANCELED")
_LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a command; returns 0 when all runs succeeded and every read was right, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="crowd", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=30, help="one-day runs to queue (default 30)")
    parser.add_argument("--reads", type=int, default=10_000, help="reads of the dashboard's queries (default 10000)")
    parser.add_argument("--folder", type=Path, help="an empty folder to keep; default: a temporary one")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crowd-")))
        platform = TestPlatform(folder / "data", DAYS, scale=SCALE)
        print(f"a world of {DAYS} days ...", flush=True)
        platform.run("demo")
        before = content(platform.settings)
        os.environ.update(platform.environ | platform.settings.child_environment())
        return _crowd(platform, before, options.runs, options.reads, folder / "platform.log")


def _crowd(platform: TestPlatform, before: dict[str, str], runs: int, reads: int, log: Path) -> int:
    import dagster as dg

    serving_dir = platform.settings.serving_dir
    whole = days_shown(current(serving_dir))
    period = Period(platform.day(0), platform.day(DAYS - 1))
    started = time.monotonic()
    with dg.DagsterInstance.get() as instance, _served(platform, log) as url:
        queued = {_queue(url, platform.day(number % DAYS)) for number in range(runs)}
        print(f"{len(queued)} runs are queued; {READERS} readers begin", flush=True)
        with reading(serving_dir, period, whole, READERS, reads) as seen:
            statuses = _wait_for(instance, queued)
            saw = seen()
        locked = [run.run_id for run in instance.get_runs() if _met_a_lock(instance, run.run_id)]
    found = differences(before, content(platform.settings))
    print(
        f"{runs} queued runs in {time.monotonic() - started:.0f} s: {dict(statuses)}, {len(locked)} with a lock error; "
        f"{saw.reads:,} reads of {saw.versions} versions, {len(saw.problems)} wrong; "
        f"{'figures identical' if not found else f'{len(found)} differences'}"
    )
    for line in [*locked, *saw.problems[:10], *found[:10]]:
        print(f"  {line}")
    return 1 if saw.problems or found or locked or set(statuses) != {"SUCCESS"} or saw.reads < reads else 0


@contextmanager
def _served(platform: TestPlatform, log: Path) -> Iterator[str]:
    """The platform as ``make dev`` starts it, on free ports; gives the webserver's address, and stops all of it at the end."""
    webserver = free_ports(2)
    dashboard = webserver + 1
    ports = {"NETFLIX_WEBSERVER_PORT": str(webserver), "NETFLIX_DASHBOARD_PORT": str(dashboard)}
    with log.open("w") as output:
        served = subprocess.Popen(
            [sys.executable, "-m", "netflix_platform.cli", "dev"],
            cwd=PROJECT_ROOT,
            env=platform.environ | ports,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"http://127.0.0.1:{webserver}/graphql"
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(60)


def _queue(url: str, day: date) -> str:
    """Have the webserver queue a run of the job ``daily`` for one day, as its launchpad does; the run's id."""
    params = {
        "selector": {
            "repositoryName": "__repository__",
            "repositoryLocationName": "netflix_platform",
            "jobName": "daily",
        },
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": str(day)}]},
    }
    body = json.dumps({"query": _LAUNCH, "variables": {"params": params}}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    deadline = time.monotonic() + 180
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=60) as response:  # while it starts
            answer = json.load(response)
            launched = (answer.get("data") or {}).get("launchRun") or {}
            if launched.get("__typename") == "LaunchRunSuccess":
                return str(launched["run"]["runId"])
            if time.monotonic() > deadline:
                raise RuntimeError(f"the run of {day} could not be queued: {answer}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(1)


def _wait_for(instance: Any, queued: set[str]) -> Counter[str]:
    """Until all queued runs ended; tells how."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    told = -1
    while time.monotonic() < deadline:
        statuses = Counter(run.status.value for run in instance.get_runs() if run.run_id in queued)
        ended = sum(statuses[status] for status in _RUNS_FINISHED)
        if ended != told:
            print(f"  {ended} of {len(queued)} ended: {dict(statuses)}", flush=True)
            told = ended
        if ended >= len(queued):
            return statuses
        time.sleep(2)
    raise TimeoutError(f"the runs did not end within {_PATIENCE_SECONDS} s: {dict(statuses)}")


def _met_a_lock(instance: Any, run_id: str) -> bool:
    """Whether DuckDB's lock error stands anywhere in a run's log."""
    return any("could not set lock" in str(entry).lower() for entry in instance.all_logs(run_id))


if __name__ == "__main__":
    sys.exit(main())
