"""What a person sees in the terminal while a run works: one line per finished step, its progress in between, and failures."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import dagster as dg

_terminal: TextIO = sys.stdout


@contextmanager
def only_progress() -> Iterator[None]:
    """Keep what steps print out of the terminal; Dagster keeps it with the run all the same.

    On the level of file descriptors, as Dagster takes it; the progress goes to a copy of the terminal's.
    """
    global _terminal  # noqa: PLW0603  one terminal, one process
    sys.stdout.flush()
    saved = os.dup(1)
    silent = os.open(os.devnull, os.O_WRONLY)
    with os.fdopen(os.dup(saved), "w") as _terminal:
        os.dup2(silent, 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(saved, 1)
            os.close(saved)
            os.close(silent)
            _terminal = sys.stdout


_STEP_ENDS = {dg.DagsterEventType.STEP_SUCCESS: "done", dg.DagsterEventType.STEP_FAILURE: "FAILED"}


class _ProgressHandler(logging.Handler):
    """Prints the few events a person waits for; everything else is in the Dagster UI."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)  # Dagster logs the events of steps at this level
        self._begun: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        event: dg.DagsterEvent | None = meta.get("dagster_event")
        if event is None:
            # dbt tells what it does at length, and its step's end tells enough; the UI has the rest.
            step = str(meta.get("step_key") or "")
            if step and (
                record.levelno > logging.INFO or (record.levelno == logging.INFO and not step.startswith("dbt_"))
            ):
                self._print(step, str(meta.get("orig_message") or record.getMessage()))
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
        print(f"  {step.replace('__', '/'):<20} {text}", file=_terminal, flush=True)


@dg.logger(None, description="One line per finished step, for a terminal.")
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """The logger of runs that a ``make`` target starts."""
    logger = logging.Logger("netflix_platform.progress", logging.DEBUG)
    logger.addHandler(_ProgressHandler())
    return logger
