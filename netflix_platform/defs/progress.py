"""What a person sees in the terminal while a run works: one line per finished step, its progress in between, and failures."""

from __future__ import annotations

import logging
import time
from typing import Any

import dagster as dg

_STEP_ENDS = {dg.DagsterEventType.STEP_SUCCESS: "done", dg.DagsterEventType.STEP_FAILURE: "FAILED"}


class _ProgressHandler(logging.Handler):
    """Prints the few events a person waits for; everything else is in the Dagster UI."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._begun: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        event: dg.DagsterEvent | None = meta.get("dagster_event")
        if event is None:
            if record.levelno >= logging.INFO and meta.get("step_key"):
                self._print(meta["step_key"], str(meta.get("orig_message") or record.getMessage()))
            return
        step = event.step_key or ""
        if event.event_type == dg.DagsterEventType.STEP_START:
            self._begun[step] = time.monotonic()
        elif event.event_type in _STEP_ENDS:
            seconds = time.monotonic() - self._begun.pop(step, time.monotonic())
            self._print(step, f"{_STEP_ENDS[event.event_type]} in {seconds:.1f} s")
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                self._print(step, f"check {check.check_name} {check.severity.value}: {check.description}")

    def _print(self, step: str, text: str) -> None:
        print(f"  {step.replace('__', '/'):<26} {text}", flush=True)


@dg.logger(description="One line per finished step, for a terminal.")
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """The logger of runs that a ``make`` target starts."""
    logger = logging.Logger("netflix_platform.progress", logging.INFO)
    logger.addHandler(_ProgressHandler())
    return logger
