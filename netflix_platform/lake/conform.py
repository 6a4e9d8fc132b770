"""One raw day conformed: judged, repeats set aside, laid under its event days, refused lines in quarantine, the ledger last.

Everything is written into a staging folder first and moved into place file by file, each in one step. A run that stops in
between leaves whole files and no ledger that vouches for them, so that the ledger check fails until the day is run again,
which mends it whatever the point at which the first run stopped. Reading formats is in ``intake``, the rules in
``rules``.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType

from netflix_platform.contracts import Feed
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.lake.intake import JUDGED, Intake, raw_files
from netflix_platform.lake.layout import lake_file, ledger_file, move_into_place, quarantine_file, staging_folder
from netflix_platform.lake.ledger import Delay, EventDay, Ledger, LedgerError, read_ledger, write_ledger
from netflix_platform.lake.profile import LONGEST_NAME, profile_fields
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import GIVEN, REPEATED, Rule, possible_event_days
from netflix_platform.settings import Settings

LISTED_UNKNOWN_FIELDS = 100
OTHER_UNKNOWN_FIELDS = "*"  # stands in the ledger for the fields beyond the most frequent ones

# A fifth cheaper to write than the defaults.
_PARQUET = "(format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000)"
_FILES = "raw_files"


def conform_day(settings: Settings, feed: Feed, arrival_date: date) -> Ledger:
    """Conform one day with a connection of its own; see ``Conformer.conform_day``."""
    with Conformer(settings) as conformer:
        return conformer.conform_day(feed, arrival_date)


class Conformer:
    """Conforms any number of days through one DuckDB connection, which is open within ``with``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Conformer:
        self._connection = self._open.enter_context(connect(self._settings))
        self._intake = Intake(self._connection, self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def conform_day(self, feed: Feed, arrival_date: date) -> Ledger:
        """Replace everything in the lake that bears ``arrival_date`` by what the raw day yields now; returns the account.

        Doing it twice changes nothing. Raises ``RawDayError`` when the raw folder cannot be listed, ``duckdb.Error`` when
        memory or disk run out; the lake then stays as it was.
        """
        files = raw_files(self._settings, feed.name, arrival_date)
        with staging_folder(self._settings, f"lake-{feed.name}-{arrival_date}") as folder:
            ledger = self._write_staged(feed, arrival_date, files, folder)
            self._replace(feed, ledger, folder)
        write_ledger(self._settings, ledger)
        return ledger

    def _write_staged(self, feed: Feed, arrival_date: date, files: list[RawFile], folder: Path) -> Ledger:
        """Write the day's files into ``folder``, one per event day under its ISO date, and ``quarantine``."""
        if not files:
            return Ledger(feed.name, arrival_date, 0, 0, 0, 0, {}, {}, {})
        rules = self._intake.take(feed, arrival_date, files)
        self._mark_repeats(feed)
        self._name_files(files)
        ledger, broken = self._account(feed, arrival_date, rules)
        for event_date in ledger.event_days:
            self._copy(_accepted(feed, event_date, arrival_date), folder / str(event_date))
        if ledger.quarantined_rows:
            self._copy(_refused(feed, arrival_date, broken), folder / "quarantine")
        profile = profile_fields(files, ledger.received_rows)
        return dataclasses.replace(ledger, filled_rows=self._filled_rows(feed), profile=profile)

    def _mark_repeats(self, feed: Feed) -> None:
        """Keep the first row of each key, in the order of file and line.

        Two steps, since ranking every row costs twice as much: find the few keys that repeat, rank only their rows.
        """
        key = ", ".join(identifier(name) for name in feed.key)
        self._connection.execute(
            f"""
            update {JUDGED} set outcome = {REPEATED} where rowid in (
                select row_id from (
                    select rowid as row_id, row_number() over (partition by {key} order by file_no, line) as place
                    from {JUDGED}
                    semi join (
                        select {key} from {JUDGED} where outcome is null group by all having count(*) > 1
                    ) using ({key})
                    where outcome is null
                ) where place > 1
            )
            """
        )

    def _name_files(self, files: list[RawFile]) -> None:
        names = ", ".join(f"({file.number}, {literal(file.name)})" for file in files)
        self._connection.execute(
            f"create or replace temp table {_FILES} as from (values {names}) as files (file_no, source_file)"
        )

    def _account(self, feed: Feed, arrival_date: date, rules: dict[int, Rule]) -> tuple[Ledger, dict[int, Rule]]:
        """The ledger, and those of ``rules`` that were broken."""
        content = ", ".join([*(identifier(name) for name in feed.column_names), "extra_fields"])
        groups = self._connection.execute(
            f"""
            select
                outcome, given_reason, case when outcome is null then event_date end as event_date, count(*),
                sum(case when outcome is null then hash({content}) end), count(extra_fields)
            from {JUDGED} group by outcome, given_reason, case when outcome is null then event_date end order by all
            """
        ).fetchall()
        days: dict[date, EventDay] = {}
        by_reason: Counter[str] = Counter()
        repeated = with_unknown_fields = 0
        for outcome, given_reason, event_date, rows, fingerprint, unknown in groups:
            if outcome is None:
                days[event_date] = EventDay(rows, str(fingerprint))
                with_unknown_fields += unknown
            elif outcome == REPEATED:
                repeated += rows
            else:
                by_reason[given_reason or rules[outcome].reason.value] += rows
        if days.keys() - {arrival_date}:
            for event_date, delay in self._delays(arrival_date).items():
                days[event_date] = dataclasses.replace(days[event_date], delay=delay)
        accepted, quarantined = sum(day.rows for day in days.values()), by_reason.total()
        ledger = Ledger(
            feed=feed.name,
            arrival_date=arrival_date,
            received_rows=accepted + repeated + quarantined,
            accepted_rows=accepted,
            repeated_rows=repeated,
            quarantined_rows=quarantined,
            quarantined_by_reason=dict(sorted(by_reason.items())),
            event_days=days,
            unknown_fields=self._unknown_fields() if with_unknown_fields else {},
        )
        return ledger, {outcome: rules[outcome] for outcome, *_ in groups if outcome in rules}

    def _delays(self, arrival_date: date) -> dict[date, Delay]:
        """Delays of the late rows, per event day that has some with a time of receipt: nearest rank, so that they compare."""
        rows = self._connection.execute(
            f"""
            select event_date, quantile_disc(delay, 0.5), quantile_disc(delay, 0.95), max(delay)
            from (
                select event_date, date_diff('millisecond', event_ts, received_ts) as delay
                from {JUDGED} where outcome is null and event_date <> date '{arrival_date}' and received_ts is not null
            )
            group by all
            """
        ).fetchall()
        return {event_date: Delay(p50, p95, longest) for event_date, p50, p95, longest in rows}

    def _unknown_fields(self) -> dict[str, int]:
        """The most frequent ones by name, the rest in one sum: nobody bounds how many there are, or how long."""
        counts = self._connection.execute(
            f"""
            with fields as (
                select left(name, {LONGEST_NAME}) as name, count(*) as rows
                from (select unnest(json_keys(extra_fields)) as name from {JUDGED} where outcome is null)
                group by all
            ),
            ranked as (select *, row_number() over (order by rows desc, name) as place from fields)
            select case when place <= {LISTED_UNKNOWN_FIELDS} then name end as listed, sum(rows)::bigint
            from ranked group by listed order by min(place)
            """
        ).fetchall()
        return {OTHER_UNKNOWN_FIELDS if name is None else name: rows for name, rows in counts}

    def _filled_rows(self, feed: Feed) -> dict[str, int]:
        optional = [column.name for column in feed.columns if not column.required]
        counts = ", ".join(f"count({identifier(name)})" for name in optional)
        row = self._connection.execute(f"select {counts} from {JUDGED} where outcome is null").fetchone()
        return dict(zip(optional, row or (), strict=True))

    def _copy(self, query: str, target: Path) -> None:
        self._connection.execute(f"copy ({query}) to {literal(str(target))} {_PARQUET}")

    def _replace(self, feed: Feed, ledger: Ledger, folder: Path) -> None:
        """Put the staged files in their places, after what an earlier run left and this one no longer yields is gone.

        An earlier run left files only under the days that its ledger names, or, when it stopped before its ledger, under a
        possible event day. So the old ledger goes once the days that only it may name are clean, and before anything new
        comes: whatever stops the run, no ledger vouches for files that it did not count.
        """
        day = ledger.arrival_date
        earlier = {*self._days_of_earlier_ledger(feed, day), *possible_event_days(feed, self._settings, day)}
        for event_date in earlier - set(ledger.event_days):
            lake_file(self._settings, feed.name, event_date, day).unlink(missing_ok=True)
        ledger_file(self._settings, feed.name, day).unlink(missing_ok=True)
        for event_date in ledger.event_days:
            move_into_place(folder / str(event_date), lake_file(self._settings, feed.name, event_date, day))
        quarantine = quarantine_file(self._settings, feed.name, day)
        if ledger.quarantined_rows:
            move_into_place(folder / "quarantine", quarantine)
        else:
            quarantine.unlink(missing_ok=True)

    def _days_of_earlier_ledger(self, feed: Feed, arrival_date: date) -> set[date]:
        try:
            earlier = read_ledger(self._settings, feed.name, arrival_date)
        except LedgerError:
            return set()
        return set(earlier.event_days) if earlier else set()


def _accepted(feed: Feed, event_date: date, arrival_date: date) -> str:
    names = ", ".join(identifier(name) for name in feed.column_names)
    return (
        f"select {names}, extra_fields, event_date, date '{arrival_date}' as arrival_date, source_file, line as source_line "
        f"from {JUDGED} join {_FILES} using (file_no) where outcome is null and event_date = date '{event_date}'"
    )


def _refused(feed: Feed, arrival_date: date, broken: dict[int, Rule]) -> str:
    given = f"({GIVEN}, null, null, null)"  # reason and detail came with the row
    rules = ", ".join(
        f"({number}, {literal(rule.reason)}, {literal(rule.field) if rule.field else 'null'}, {literal(rule.detail)})"
        for number, rule in broken.items()
    )
    return (
        f"select {literal(feed.name)} as feed, date '{arrival_date}' as arrival_date, source_file, line as source_line, "
        "coalesce(given_reason, reason) as reason, field::varchar as field, coalesce(given_detail, detail) as detail, "
        f"original as original_line from {JUDGED} join {_FILES} using (file_no) "
        f"join (values {given}{', ' if rules else ''}{rules}) as rules (outcome, reason, field, detail) using (outcome) "
        "order by file_no, line"
    )
