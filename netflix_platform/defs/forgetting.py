"""``make forget``: one user taken out of everything that the platform keeps, in steps that the same command can take up again.

The order: a tombstone, so that nothing of the user comes in again; raw and landing files; the lake conformed from them and the
affected days built again; logs and records scrubbed; a version published, every older one removed, the warehouse written anew;
and a search for what is left. The id lives in this process alone: no run has it in its tags, its configuration or its log.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

import dagster as dg
import duckdb

from netflix_platform.defs.at_work import unfinished_runs
from netflix_platform.defs.launch import Launcher
from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.defs.progress import progress_logger
from netflix_platform.erasure.finding import (
    Finding,
    days_without_raw,
    find,
    mentions_by_others,
    remains,
    versions_that_mention,
)
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.journal import Erasure, end_pending, read_pending, record_erasure, write_pending
from netflix_platform.erasure.mapped_files import MappedFiles
from netflix_platform.erasure.raw_files import FEEDS_ABOUT_USERS, delivered_files, remove_records
from netflix_platform.erasure.scrubbing import (
    compact,
    files_about_data,
    is_beside_sqlite,
    is_sqlite,
    scrub_audit,
    scrub_sqlite,
    scrub_text_file,
)
from netflix_platform.erasure.tombstones import Tombstones
from netflix_platform.lake.layout import ledger_file
from netflix_platform.lake.raw import recount_manifest
from netflix_platform.object_store.pushing import push, push_days, refuse_what_is_only_stored, synchronize
from netflix_platform.object_store.units import FOLDER, RAW
from netflix_platform.serving.publish import current_file, versions
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.engine import warehouse_engine

# A run with its start of dbt costs as much as building so many small days again.
_DAYS_PER_RUN = 30
_AGAIN = "the same command goes on from here"
Result = TypeVar("Result")


class ForgetError(RuntimeError):
    """The user is not, or not wholly, forgotten. The message says why and what to do, and not who."""


class Forgetting:
    """One call of the command, for one user."""

    def __init__(
        self, settings: Settings, launcher: Launcher, instance: dg.DagsterInstance, identity: Identity
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._instance = instance
        self._identity = identity

    @cached_property
    def _tombstones(self) -> Tombstones:
        return Tombstones(self._settings)

    def count(self) -> Finding:
        """What there is of the user, changing nothing. Raises ``ForgetError`` while runs are at work, and ``StoreError``."""
        self._refuse_others_at_work()
        refusal = warehouse_engine(self._settings).cannot_forget
        if refusal:
            raise ForgetError(refusal)
        refuse_what_is_only_stored(self._settings)
        if not self._settings.warehouse_file.exists():
            raise ForgetError(
                f"{self._settings.warehouse_file} does not exist; make rebuild (or make demo) comes first"
            )
        return self._in_warehouse("forget_search", lambda connection: find(self._settings, self._identity, connection))

    def is_known(self, finding: Finding) -> bool:
        """Whether there is anything to do: data of the user, or an erasure that was begun."""
        return not finding.is_empty or self._pending() is not None

    def was_forgotten(self) -> bool:
        """Whether the user has a tombstone."""
        return bool(self._tombstones.among([self._identity.user_id]))

    def erase(self, finding: Finding, reason: str) -> list[str]:
        """Do all of it; returns what a person should know besides. Raises ``ForgetError``."""
        gone = days_without_raw(self._settings, FEEDS_ABOUT_USERS, finding.arrival_days)
        if gone:
            raise ForgetError(
                f"raw of {len(gone)} arrival day(s) is gone ({gone[0]} to {gone[-1]}), so the lake cannot be conformed again "
                "without losing everybody's rows; put data/raw back, then give the command again"
            )
        erasure = self._begin(finding, reason)
        self._take_out_of_files(erasure)
        self._build_again(erasure)
        record_erasure(self._settings, erasure)
        self._scrub()
        self._publish_alone()
        notes = self._compact_and_search()
        if self._settings.object_store:
            synchronize(self._settings)  # what was searched here is then all that the store holds
        end_pending(self._settings, self._digest)
        push(self._settings, [FOLDER])
        return notes

    @property
    def _digest(self) -> str:
        return self._tombstones.digest(self._identity.user_id)

    def _pending(self) -> Erasure | None:
        return read_pending(self._settings, self._digest) if self._tombstones else None

    def _begin(self, finding: Finding, reason: str) -> Erasure:
        begun = self._pending() or Erasure.new(self._identity.scrubbed(reason.strip()))
        erasure = replace(
            begun,
            counts=begun.counts.at_least(finding.counts),
            arrival_days=begun.arrival_days | finding.arrival_days,
            event_days=begun.event_days | finding.event_days,
        )
        self._tombstones.add(self._identity.user_id)
        write_pending(self._settings, self._digest, erasure)
        push(self._settings, [FOLDER])
        return erasure

    def _take_out_of_files(self, erasure: Erasure) -> None:
        mapped = MappedFiles(self._settings)
        for path in delivered_files(self._settings):
            remove_records(path, self._identity, mapped.numbers_in(path))
        for day in sorted(erasure.arrival_days):
            for feed in FEEDS_ABOUT_USERS:
                recount_manifest(self._settings, feed, day)
        for feed in FEEDS_ABOUT_USERS:
            push_days(self._settings, RAW, feed, sorted(erasure.arrival_days))

    def _build_again(self, erasure: Erasure) -> None:
        self._check(self._launcher.conform(erasure.arrival_days).failures)
        days = [day for day in erasure.event_days if day <= self._settings.last_complete_day()]
        if days:
            there = [day for day in _without_gaps(days) if ledger_file(self._settings, "events", day).exists()]
            self._check(self._launcher.build_unpublished({*days, *there}).failures)

    def _scrub(self) -> None:
        """Texts only. Dagster's records first, since the audit is pulled from them."""
        for path in list(files_about_data(self._settings)):
            try:
                if is_sqlite(path):
                    scrub_sqlite(path, self._identity)
                elif not is_beside_sqlite(path):
                    scrub_text_file(path, self._identity)
            except FileNotFoundError:
                continue  # another's temporary file
        self._in_warehouse("forget_scrub", lambda connection: scrub_audit(connection, self._identity))

    def _publish_alone(self) -> None:
        """A version without the user, and no other: figures of older ones counted the user in."""
        self._check(self._launcher.refresh().failures)
        current = current_file(self._settings)
        if current is None:
            raise ForgetError(f"nothing could be published; {_AGAIN}")
        for name in versions(self._settings):
            if name != current.name:
                (self._settings.serving_dir / name).unlink(missing_ok=True)
        self._refuse_others_at_work()  # a schedule may have started one meanwhile
        # What DuckDB spilled and what a killed process was about to write.
        for leftover in self._settings.spill_dir.iterdir() if self._settings.spill_dir.is_dir() else ():
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)

    def _compact_and_search(self) -> list[str]:
        settings, identity = self._settings, self._identity

        def compacted() -> tuple[list[str], list[str]]:
            compact(settings, settings.warehouse_file)
            with open_warehouse(settings) as connection:
                return remains(settings, identity, connection), mentions_by_others(identity, connection)

        left, mentions = self._in_pool("forget_compact", compacted)
        current = current_file(settings)
        published = versions_that_mention([current] if current else [], identity)
        by_others = {name.rpartition(".")[2] for name in mentions}
        left += [place for place in published if place.rpartition(".")[2] not in by_others]
        if left:
            shown = "\n  ".join(left[:20])
            raise ForgetError(
                f"the user is still mentioned in\n  {shown}\n{_AGAIN}; if it stays, look into these by hand"
            )
        return [
            f"rows of other users in {name} mention the user in a field of their own; they are theirs, and stay"
            for name in mentions
        ]

    def _in_warehouse(self, name: str, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        def opened() -> Result:
            with open_warehouse(self._settings) as connection:
                return work(connection)

        return self._in_pool(name, opened)

    def _in_pool(self, name: str, work: Callable[[], Result]) -> Result:
        """Do ``work`` as a run of its own, in the pool of those who open the warehouse."""
        results: list[Result] = []

        @dg.op(name=name, pool=WAREHOUSE_POOL)
        def step() -> None:
            try:
                results.append(work())
            except Exception as error:
                # Without its cause: whatever it quotes must not get into the run's log.
                raise dg.Failure(self._identity.scrubbed(str(error)), allow_retries=False) from None

        @dg.job(name=name, logger_defs={"progress": progress_logger})
        def own() -> None:
            step()

        self._check(self._launcher.run_own(own).failures)
        return results[0]

    def _check(self, failures: list[str]) -> None:
        if failures:
            raise ForgetError("; ".join(map(self._identity.scrubbed, failures)) + f"; {_AGAIN}")

    def _refuse_others_at_work(self) -> None:
        others = [record.dagster_run.run_id for record in unfinished_runs(self._instance)]
        if others:
            raise ForgetError(
                f"{len(others)} run(s) are queued or at work ({', '.join(others[:3])}) and may hold the user's rows; wait for "
                "their end, or stop make dev, then give the command again"
            )


def _without_gaps(days: Iterable[date]) -> list[date]:
    """``days``, and those between them where few are missing, so that they make few runs."""
    filled: list[date] = []
    for day in sorted(days):
        if filled and (day - filled[-1]).days <= _DAYS_PER_RUN:
            filled += [filled[-1] + timedelta(days=number) for number in range(1, (day - filled[-1]).days)]
        filled.append(day)
    return filled
