"""Which days of a range a failed dbt test is about.

A run tests its whole range at once, since calling dbt costs more than the tests. When a test fails, its compiled query is
run again for each day alone: the bounds are the only ``date '…'`` literals that dbt writes for a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from netflix_platform.warehouse.engine import Tables


def failed_days(tables: Tables, results: Iterable[Mapping[str, Any]], days: Sequence[date]) -> dict[date, str]:
    """Days of the run (oldest first) that did not pass, with the reason; from the results in dbt's ``run_results.json``.

    A model that could not be built, and a failed test that does not look at days, count against every day of the run.
    """
    failures: dict[date, str] = {}
    for result in results:
        name = result["unique_id"].split(".")[2]
        if result["status"] == "error":
            at_fault, reason = list(days), f"{name}: {result['message']}"
        elif result["status"] == "fail":
            at_fault = _days_failing_test(tables, result.get("compiled_code") or "", days)
            reason = f"{name}: {result['message']}"
        else:
            continue
        for day in at_fault:
            failures[day] = f"{failures[day]}; {reason}" if day in failures else reason
    return failures


def succeeded(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """Unique ids of the models that were built in the run."""
    return {result["unique_id"] for result in results if result["status"] == "success"}


def _days_failing_test(tables: Tables, query: str, days: Sequence[date]) -> list[date]:
    first, last = f"date '{days[0]}'", f"date '{days[-1]}'"
    if first not in query or last not in query:
        return list(days)
    failing = []
    for day in days:
        # The first bound is replaced by a mark, so that it is not taken for the last one in a range of one day.
        alone = query.replace(first, "\0").replace(last, f"date '{day}'").replace("\0", f"date '{day}'")
        row = tables.execute(f"select count(*) from ({alone}) failing_rows").fetchone()
        if row and row[0]:
            failing.append(day)
    # Together they fail and alone none does (a test over several days): the whole range is at fault.
    return failing or list(days)
