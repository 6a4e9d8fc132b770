"""Kill a run of several days again and again, then let it finish: every row must be as if nothing had happened.

    python -m netflix_platform_tests.faults.chaos --kills 200

Kills come at random moments all over the run and at chosen points (see ``victim``). At intervals and at the end a command
finishes in peace, and the figures, both ledgers, the quarantine, the lake and what is published are compared row by row with
a platform on which nothing was ever disturbed. After each kill the next command has to begin at once.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from netflix_platform_tests.commands import preload
from netflix_platform_tests.faults import victim
from netflix_platform_tests.faults.content import content, differences
from netflix_platform_tests.faults.nursery import KILLED, HungError, Outcome, in_a_fork, run_command
from netflix_platform_tests.parsed_project import hand_over, keep
from netflix_platform_tests.platform_runs import TestPlatform

SCALE = "events_per_day=400,users=120,titles=40"
COMMANDS_PER_COMPARISON = 10


@dataclass
class Score:
    """What happened so far."""

    killed: int = 0
    comparisons: int = 0
    seconds_to_begin: list[float] = field(default_factory=list)
    seconds_in_peace: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        verdict = f"{len(self.problems)} problem(s)" if self.problems else "identical"
        return (
            f"{self.killed} kills, {self.comparisons} comparisons: {verdict}. Seconds until a command's first step: "
            f"{_spread(self.seconds_to_begin)}; of a whole run in peace after kills: {_spread(self.seconds_in_peace)}."
        )


class Chaos:
    """Two platforms of the same small world: one is left in peace, one is not."""

    def __init__(self, folder: Path, days: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._log = folder / "command.log"
        self._calm = TestPlatform(folder / "calm", days, scale=SCALE)
        self.disturbed = TestPlatform(folder / "disturbed", days, scale=SCALE)
        self.span = (str(self._calm.day(0)), str(self._calm.day(days - 1)))
        self._commands = [["backfill", *self.span], ["rebuild"], ["day", self.span[-1]]]
        self._expected: dict[str, str] = {}
        self._seconds = 0.0
        self.score = Score()

    def prepare(self) -> None:
        """Build the platform that is left in peace, and see how long the command takes that the kills are spread over."""
        run_command(self._calm, ["setup"], self._log)  # parses dbt's project, once for both
        keep(self._calm.folder)
        hand_over(self.disturbed.folder)
        self._seconds = self._in_peace(self._calm).seconds
        self._expected = in_a_fork(content, self._calm.settings)

    def deaths(self, kills: int) -> Iterator[tuple[list[str], victim.Point | victim.DbtPoint | victim.Moment]]:
        """Commands and how each dies: a chosen point of each layer in turn, every third time a moment at random."""
        for number in range(kills):
            moment = victim.Moment(self._random.uniform(0.0, 0.9 * self._seconds))
            layers = victim.layers(lambda most: self._random.randint(1, most), self._random.uniform(0.1, 2.5))
            layer = (number - number // 3) % len(layers)
            # The first ones die on an empty folder, where there is nothing to rebuild, and no rebuild comes by the lake.
            if number < COMMANDS_PER_COMPARISON or (layer == 0 and number % 3 != 2):
                command = self._commands[0]
            else:
                command = self._random.choice(self._commands if number % 3 == 2 else self._commands[:2])
            yield command, moment if number % 3 == 2 else self._random.choice(layers[layer])

    def kill(self, arguments: Sequence[str], death: victim.Point | victim.DbtPoint | victim.Moment) -> str:
        """Run the command to its death; what happened, as a line."""
        try:
            outcome = run_command(self.disturbed, arguments, self._log, death)
        except HungError as error:
            return self._problem(f"{death}: {error}")
        self._note(outcome, str(death))
        done = f"{arguments[0]}{_begun(outcome)}"
        if outcome.code == KILLED:
            self.score.killed += 1
            return f"{done}: killed {death}"
        if isinstance(death, victim.Point) or outcome.code not in (0, 1):
            return self._problem(f"{death}: was not killed, ended with {outcome.code}: {outcome.printed[-500:]}")
        return f"{done}: ended before it was to be killed {death}"

    def compare(self) -> str:
        """Let the command finish, and hold everything against the platform that was left in peace."""
        outcome = self._in_peace(self.disturbed)
        self.score.comparisons += 1
        found = [
            *differences(self._expected, in_a_fork(content, self.disturbed.settings)),
            *in_a_fork(_left_over, self.disturbed),
        ]
        if found:
            return self._problem(f"after a run in peace: {'; '.join(found[:5])} ({len(found)} differences)")
        told = f"backfill{_begun(outcome)}: in peace, in {outcome.seconds:.1f} s"
        return f"{told}; everything identical ({len(self._expected)} tables and files)"

    def _in_peace(self, platform: TestPlatform) -> Outcome:
        outcome = run_command(platform, ["backfill", *self.span], self._log)
        if outcome.code != 0:
            raise RuntimeError(f"a command in peace ended with {outcome.code}:\n{outcome.printed[-3000:]}")
        if platform is self.disturbed:
            self._note(outcome, "in peace")
            self.score.seconds_in_peace.append(outcome.seconds)
        return outcome

    def _note(self, outcome: Outcome, what: str) -> None:
        if outcome.seconds_to_begin is not None:
            self.score.seconds_to_begin.append(outcome.seconds_to_begin)
        if victim.WAITED in outcome.printed:
            self._problem(f"{what}: the command had to wait for the warehouse, which a killed run's process still held")

    def _problem(self, text: str) -> str:
        self.score.problems.append(text)
        return f"PROBLEM {text}"


def _begun(outcome: Outcome) -> str:
    return "" if outcome.seconds_to_begin is None else f", begun after {outcome.seconds_to_begin:.1f} s"


def _left_over(platform: TestPlatform) -> list[str]:
    """Runs that look alive and slots that are held although no command is at work."""
    import dagster as dg

    os.environ.update(platform.environ | platform.settings.child_environment())
    with dg.DagsterInstance.get() as instance:
        alive = [f"run {run.run_id} looks alive" for run in instance.get_runs() if not run.is_finished]
        held = instance.event_log_storage.get_concurrency_run_ids()
        return [*alive, *(f"run {run_id} holds a slot" for run_id in held)]


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.1f} in the middle, {ordered[-1]:.1f} at most" if ordered else "none"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a command; returns 0 when everything was identical, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="how often to kill (default 20)")
    parser.add_argument("--days", type=int, default=3, help="days of the world (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of moments and points (default 1)")
    parser.add_argument("--folder", type=Path, help="an empty folder to keep; default: a temporary one")
    options = parser.parse_args(arguments)
    with _folder(options.folder) as folder:
        preload()
        chaos = Chaos(folder, options.days, options.seed)
        print(f"a world of {options.days} days in peace ...", flush=True)
        chaos.prepare()
        for number, (command, death) in enumerate(chaos.deaths(options.kills), start=1):
            print(f"{number:>4}  {chaos.kill(command, death)}", flush=True)
            if number % COMMANDS_PER_COMPARISON == 0 or number == options.kills:
                print(f"      {chaos.compare()}", flush=True)
    print(chaos.score.summary)
    for problem in chaos.score.problems:
        print(f"  {problem}")
    return 1 if chaos.score.problems else 0


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        yield Path(temporary)


if __name__ == "__main__":
    sys.exit(main())
