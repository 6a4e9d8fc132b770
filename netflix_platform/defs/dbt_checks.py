"""What a failed dbt test found, in words: dbt says how many rows fail, this adds the first of them and the days they are of."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from netflix_platform.warehouse.engine import QUERY_ERRORS, Tables

_EXAMPLES = 3
_LONGEST = 600


def explained(events: Iterable[Any], results: Iterable[Mapping[str, Any]], tables: Tables) -> list[Any]:
    """``events`` of a dbt call, its failed checks with a description made of dbt's message and the first failing rows, and
    with the event days of these rows, where they have one, as ``failed_days``.
    """
    by_id = {result["unique_id"]: result for result in results}
    return [_explained(event, by_id, tables) for event in events]


def _explained(event: Any, by_id: Mapping[str, Mapping[str, Any]], tables: Tables) -> Any:
    if not isinstance(event, dg.AssetCheckResult) or event.passed:
        return event
    unique_id = (event.metadata or {}).get("unique_id")
    result = by_id.get(str(getattr(unique_id, "value", unique_id)))
    if result is None:
        return event
    examples, days = _failing_rows(result.get("compiled_code") or "", tables)
    return dg.AssetCheckResult(
        passed=event.passed,
        asset_key=event.asset_key,
        check_name=event.check_name,
        metadata={**(event.metadata or {}), **({"failed_days": days} if days else {})},
        severity=event.severity,
        description=f"{result['message']}{examples}"[:_LONGEST],
    )


def _failing_rows(query: str, tables: Tables) -> tuple[str, list[str]]:
    """The first rows in words, and the days of all of them (ISO, oldest first; none when they have no ``event_date``)."""
    try:
        cursor = tables.execute(f"select * from ({query}) failing_rows limit {_EXAMPLES}")
    except QUERY_ERRORS:
        return "", []  # the test's own model could not be built; dbt's message says so
    names = [column[0] for column in cursor.description or []]
    rows = [", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor.fetchall()]
    days: list[str] = []
    if "event_date" in names:
        distinct = (
            f"select distinct event_date from ({query}) failing_rows where event_date is not null order by event_date"
        )
        days = [str(day) for (day,) in tables.execute(distinct).fetchall()]
    return ("; for example " + " | ".join(rows) if rows else ""), days
