"""What a published version says of the event days, for those who watch over the platform: read only, whatever is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from netflix_platform.serving.publish import current_file, versions
from netflix_platform.settings import Settings


@dataclass(frozen=True)
class EventDay:
    """One event day: its state in the warehouse, and whether the warehouse holds a load and events of it."""

    state: str
    is_waived: bool
    is_loaded: bool
    has_events: bool

    @property
    def is_good(self) -> bool:
        """Whether the day may be published: audited, or let through by a person."""
        return self.state == "audited" or self.is_waived


@dataclass(frozen=True)
class PublishedDays:
    """One version: the event days that the pipeline knows, those that the figures hold, and those for which it was refused.

    ``days`` is None when the version is of a time before ``mart_pipeline_health``: then the figures alone count.
    ``has_figures``: whether business marts were ever published.
    """

    days: Mapping[date, EventDay] | None
    figures: frozenset[date] = frozenset()
    refused: tuple[date, ...] = ()
    has_figures: bool = True

    @property
    def good(self) -> frozenset[date]:
        """Days that are audited or waived."""
        return frozenset(day for day, known in (self.days or {}).items() if known.is_good)

    @property
    def shown(self) -> frozenset[date]:
        """Days that a reader finds published: in the figures, or good without having any.

        While a day is refused the figures stand still: a good day that they do not hold is published only if it has no events.
        """
        if not self.has_figures:
            return self.figures
        without_figures = (
            day
            for day, known in (self.days or {}).items()
            if known.is_good and (not self.refused or not known.has_events)
        )
        return self.figures.union(without_figures)

    @property
    def first_built(self) -> date | None:
        """The oldest day that was loaded, or has figures."""
        loaded = (day for day, known in (self.days or {}).items() if known.is_loaded)
        return min(self.figures.union(loaded), default=None)


def read_current(settings: Settings) -> PublishedDays | None:
    """The version that readers see; ``None`` when there is none, or it cannot be read."""
    path = current_file(settings)
    return _read(path) if path else None


def read_newest(settings: Settings) -> PublishedDays | None:
    """The version with the newest knowledge, which a rollback may have hidden from readers."""
    names = versions(settings)
    return _read(settings.serving_dir / names[0]) if names else None


def _read(path: Path) -> PublishedDays | None:
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
            refused = _column(connection, "refused_days", "serving_info", tables)
            business = _column(connection, "business_published_at", "serving_info", tables)
            return PublishedDays(
                days=_event_days(connection) if "mart_pipeline_health" in tables else None,
                figures=frozenset(_column(connection, "event_date", "mart_daily_kpis", tables)),
                refused=tuple(
                    sorted(date.fromisoformat(day) for listed in refused for day in (listed or "").split(",") if day)
                ),
                has_figures=any(moment is not None for moment in business),
            )
    except (duckdb.Error, OSError):
        return None  # removed since it was named, or damaged


def _column(connection: duckdb.DuckDBPyConnection, column: str, table: str, tables: set[str]) -> list[Any]:
    """The column's values; none when the version does not hold the table."""
    return [row[0] for row in connection.execute(f"select {column} from {table}").fetchall()] if table in tables else []


def _event_days(connection: duckdb.DuckDBPyConnection) -> dict[date, EventDay]:
    rows = connection.execute("""
        select event_date, state, is_waived, loaded_at is not null, coalesce(warehouse_rows, 0) > 0
        from mart_pipeline_health
    """).fetchall()
    return {row[0]: EventDay(*row[1:]) for row in rows}
