"""What a command prints when it has ended: rows, figures, the week's Top 10, seconds per layer, and where to look."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from netflix_platform.lake.ledger import read_ledger
from netflix_platform.serving.publish import current_file
from netflix_platform.settings import Settings
from netflix_platform.sources.history import all_viewings
from netflix_platform.sources.history.feeds import ARRIVAL, feed_rows

LAYERS = ("raw", "lake", "warehouse", "dbt_business", "audit_records", "dbt_audit", "serving")
_LEFT: Any = {"title_justify": "left", "title_style": "bold"}


def unpublished_days(settings: Settings, days: Sequence[date]) -> list[date]:
    """Of ``days``, the event days that the published version does not hold as audited or waived; all when there is none."""
    path = current_file(settings)
    if path is None:
        return sorted(set(days))
    with duckdb.connect(str(path), read_only=True) as connection:
        good = connection.execute(
            "select event_date from mart_pipeline_health where state = 'audited' or is_waived"
        ).fetchall()
    return sorted(set(days) - {row[0] for row in good})


def print_summary(settings: Settings, days: Sequence[date], seconds_by_layer: Mapping[str, float]) -> None:
    """Print the summary of ``days`` from the ledgers and from the published version."""
    # Without a terminal rich assumes 80 columns, into which no title fits.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print()
    _print_rows(console, settings, sorted(set(days)))
    path = current_file(settings)
    if path is None:
        console.print("[bold]Nothing is published yet.[/bold]")
    else:
        with duckdb.connect(str(path), read_only=True) as connection:
            _print_figures(console, connection)
    if seconds_by_layer:
        known = [layer for layer in LAYERS if layer in seconds_by_layer]
        spent = "   ".join(f"{layer} {seconds_by_layer[layer]:.1f}" for layer in known)
        console.print(f"\n[bold]Seconds per layer[/bold]   {spent}")
    console.print(
        "\n[bold]make dev[/bold] opens the Dagster UI (http://127.0.0.1:"
        f"{settings.webserver_port}) and the dashboard (http://127.0.0.1:{settings.dashboard_port})."
    )
    if path is not None:
        console.print(f"Published: {path}", soft_wrap=True)


def _hours(seconds: Any) -> str:
    return "unknown" if seconds is None else f"{seconds / 3600:,.1f}"


def print_years(settings: Settings) -> bool:
    """Print an imported history by year, published figures beside a recount of what was imported; whether all are equal."""
    path = current_file(settings)
    events = feed_rows(all_viewings(settings, settings.source))["events"].filter(pl.col("original_row").is_null())
    watched_seconds = pl.col("watched_seconds").cast(pl.Decimal(18, 3))
    by_year = events.group_by(pl.col(ARRIVAL).dt.year()).agg(
        (pl.col("event_type") == "play").sum(),
        # Of nothing but unknown times the sum is unknown, not zero.
        pl.when(watched_seconds.is_not_null().any()).then(watched_seconds.sum()),
    )
    imported = {year: (plays, watched) for year, plays, watched in by_year.rows()}
    published: dict[int, tuple[int, Any]] = {}
    if path is not None:
        # Before the first audited day there is no table yet.
        with duckdb.connect(str(path), read_only=True) as connection, suppress(duckdb.CatalogException):
            rows = connection.execute("""
                select year(event_date), sum(plays)::bigint, sum(watched_seconds) filter (plays > 0 or watched_seconds > 0)
                from mart_daily_kpis group by all having sum(plays) > 0 or sum(watched_seconds) > 0
            """).fetchall()
            published = {year: (plays, watched) for year, plays, watched in rows}
    table = Table(title="Published by year (UTC)", **_LEFT)
    for name in ("year", "viewings", "hours", "as in the files"):
        table.add_column(name, justify="left" if name == "as in the files" else "right")
    for year in sorted({*imported, *published}):
        plays, watched = published.get(year, (0, 0))
        told = imported.get(year, (0, 0))
        same = "yes" if told == (plays, watched) else f"no: {told[0]:,} viewings, hours {_hours(told[1])}"
        table.add_row(str(year), f"{plays:,}", _hours(watched), same)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print()
    console.print(table)
    return imported == published


def _print_rows(console: Console, settings: Settings, days: Sequence[date]) -> None:
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else f"{days[0]}"
    table = Table(title=f"Rows of {len(days)} day(s), {span}", **_LEFT)
    for name in ("feed", "received", "accepted", "repeated", "quarantined"):
        table.add_column(name, justify="left" if name == "feed" else "right")
    for feed in ("events", "users", "titles"):
        ledgers = [ledger for day in days if (ledger := read_ledger(settings, feed, day))]
        sums = [
            sum(getattr(ledger, f"{kind}_rows") for ledger in ledgers)
            for kind in ("received", "accepted", "repeated", "quarantined")
        ]
        table.add_row(feed, *(f"{number:,}" for number in sums))
    console.print(table)


def _print_figures(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    published = {row[0] for row in connection.execute("select table_name from information_schema.tables").fetchall()}
    if "mart_daily_kpis" not in published:
        console.print("[bold]The business marts are not published yet.[/bold]")
        return
    row = connection.execute("""
        select count(*), min(event_date), max(event_date), sum(plays), sum(watch_hours), avg(active_users)
        from mart_daily_kpis
    """).fetchone()
    if row and row[0]:
        days, first, last, plays, hours, active = row
        console.print(
            f"\n[bold]Published[/bold] {days} event days, {first} to {last}: {plays:,} plays, "
            f"{'unknown' if hours is None else f'{hours:,.0f}'} hours watched, {active:,.0f} active users a day"
        )
    if "mart_top_titles" in published:
        _print_top_titles(console, connection)


def _print_top_titles(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    """The newest whole week; the newest week at all when none is whole."""
    week = connection.execute("""
        select week_start from mart_top_titles group by all
        order by max(days_in_data) = 7 desc, week_start desc limit 1
    """).fetchone()
    if week is None:
        return
    rows = connection.execute(
        "select title_name, top10_list, views, hours_viewed, cumulative_weeks_in_top_10 from mart_top_titles "
        "where week_start = ? order by views desc, title_id limit 10",
        [week[0]],
    ).fetchall()
    table = Table(title=f"Top 10 of the week from Monday {week[0]}, by views (hours / runtime)", **_LEFT)
    for name in ("", "title", "list", "views", "hours", "weeks in list"):
        table.add_column(name, justify="left" if name in ("title", "list") else "right")
    for rank, (name, top10_list, views, hours, weeks) in enumerate(rows, start=1):
        table.add_row(str(rank), name, top10_list, f"{views:,.0f}", f"{hours:,.1f}", str(weeks))
    console.print()
    console.print(table)
