"""How a step waits for its turn at the warehouse: asleep, ready to be stopped, and behind nobody who is gone.

Dagster's in-process executor asks again for the pool's slot without any pause (the shortest of its pauses is always 0), which
takes a processor core for as long as a run waits; it looks at Ctrl-C and at a request to stop only within a step; and it
waits for ever behind a slot that a run left when it ended. All three are mended in the object that the executor asks.
"""

import time

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.executor import in_process
from dagster._utils.interrupts import check_captured_interrupt

from netflix_platform.defs.recovery import recover_dead_runs

# Between two looks at a request to stop, between two askings for the slot, and between two searches for runs that are gone.
_SECONDS_ASLEEP = 0.25
_SECONDS_BETWEEN_CLAIMS = 2.0
_SECONDS_BETWEEN_RECOVERIES = 20.0


class PatientClaims(InstanceConcurrencyContext):
    """``InstanceConcurrencyContext`` for a process that does nothing else while it waits."""

    def __init__(self, instance: dg.DagsterInstance, dagster_run: dg.DagsterRun) -> None:
        super().__init__(instance, dagster_run)
        self._next_recovery = time.time() + _SECONDS_BETWEEN_RECOVERIES

    def claim(self, concurrency_key: str, step_key: str, step_priority: int = 0) -> bool:
        """As Dagster does; its pauses grow to 15 s, for which a free slot would lie idle."""
        is_claimed = super().claim(concurrency_key, step_key, step_priority)
        if not is_claimed:
            soonest = time.time() + _SECONDS_BETWEEN_CLAIMS
            self._pending_timeouts[step_key] = min(self._pending_timeouts[step_key], soonest)
        return is_claimed

    def interval_to_next_pending_claim_check(self) -> float:
        """Seconds to sleep; asked for whenever no step can begin. Raises what an interrupted step raises."""
        if check_captured_interrupt():
            raise DagsterExecutionInterruptedError("stopped while waiting for the pool's slot")
        if time.time() > self._next_recovery:
            recover_dead_runs(self._instance)
            self._next_recovery = time.time() + _SECONDS_BETWEEN_RECOVERIES
        waits = [ready_at - time.time() for ready_at in self._pending_timeouts.values()]
        return min([_SECONDS_ASLEEP, *(max(0.0, wait) for wait in waits)])


def wait_patiently() -> None:
    """Have Dagster's in-process executor, whoever makes it (``execute_in_process`` makes its own), wait so."""
    in_process.InstanceConcurrencyContext = PatientClaims  # type: ignore[misc]
