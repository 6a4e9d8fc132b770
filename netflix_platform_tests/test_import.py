"""``make import`` on files: what comes in, comes again and is refused; every figure held against a plain recount of the file."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from netflix_platform.settings import Settings, load_settings
from netflix_platform_tests.commands import environ_of_no_platform, run_alone, run_forked
from netflix_platform_tests.parsed_project import hand_over, keep
from netflix_platform_tests.platform_runs import yesterday
from netflix_platform_tests.sources.netflix_exports import save_as_spreadsheet, write_export
from netflix_platform_tests.sources.netflix_recount import recount


@dataclass(frozen=True)
class Folder:
    """A data folder that nothing but its place is known of."""

    path: Path

    @property
    def environ(self) -> dict[str, str]:
        return environ_of_no_platform() | {
            "NETFLIX_DATA_DIR": str(self.path),
            "NETFLIX_MEMORY_LIMIT": "1GB",
            "NETFLIX_ALERT_URLS": "",
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    def run(self, *arguments: object, expect: int = 0) -> str:
        return self._run(run_forked, arguments, expect)

    def make(self, *arguments: object) -> str:
        """``run`` as ``make`` does it; see ``commands``."""
        return self._run(run_alone, arguments, 0)

    def _run(
        self,
        run: Callable[[Sequence[str], Mapping[str, str]], tuple[int, str]],
        arguments: Sequence[object],
        expect: int,
    ) -> str:
        hand_over(self.path)
        code, printed = run([str(argument) for argument in arguments], self.environ)
        assert code == expect, printed
        keep(self.path)
        return printed

    def published(self, query: str) -> list[tuple]:
        serving = self.settings.serving_dir
        with duckdb.connect(str(serving / (serving / "CURRENT").read_text().strip()), read_only=True) as connection:
            return connection.execute(query).fetchall()


def hold_against(folder: Folder, export: Path) -> None:
    """The published marts against the recount, per day, profile and year, to the row and the millisecond."""
    counted = recount(export)
    days = folder.published("select event_date, plays, (watched_seconds * 1000)::bigint from mart_daily_kpis")
    plays, watched = Counter[date](), Counter[date]()
    for (_, day), viewings in counted.viewings_by_day.items():
        plays[day] += viewings
    for (_, day), seconds in counted.seconds.items():
        watched[day] += round(seconds * 1000)
    assert {day: n for day, n, _ in days if n} == dict(plays)
    assert {day: ms for day, _, ms in days if ms} == {day: ms for day, ms in watched.items() if ms}
    by_year = folder.published(
        "select profile_name, year(month_start), sum(plays)::bigint, sum(watch_hours) from mart_profile_monthly group by all"
    )
    assert {(name, year): n for name, year, n, _ in by_year if n} == dict(counted.viewings)
    assert {(name, year): hours for name, year, _, hours in by_year if hours} == pytest.approx(counted.hours_by_year())


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> tuple[Path, Path]:
    """An account's export, and the one that it was sent a while before."""
    last = yesterday() - timedelta(days=3)
    newer = write_export(tmp_path_factory.mktemp("newer"), rows=200, days=150, last_day=last)
    earlier = write_export(
        tmp_path_factory.mktemp("earlier"), rows=200, days=150, last_day=last, until=last - timedelta(days=20)
    )
    return earlier, newer


@pytest.fixture(scope="module")
def folder(tmp_path_factory, exports) -> Folder:
    """A folder into which both were imported, the earlier one first."""
    folder = Folder(tmp_path_factory.mktemp("history") / "data")
    for export in exports:
        printed = folder.run("import", export)
        assert "Netflix personal export" in printed
        years = printed.split("Published by year")[1]
        assert years.count(" yes ") == len({day.year for _, day in recount(export).seconds})
        assert " no: " not in years
        hold_against(folder, export)
    return folder


def test_a_newer_export_adds_only_what_is_new(folder, exports):
    """The recount held after each of the two (see ``folder``); the second built the days that changed and no others."""
    spans = folder.published(
        "select partition_from, partition_to from audit_pipeline_runs where job_name = 'ingest' order by started_at"
    )
    (first, _), (changed, last) = spans
    assert first == folder.settings.start_date
    assert changed > yesterday() - timedelta(days=30)
    assert last == max(day for _, day in recount(exports[1]).seconds)


def test_the_same_again_in_whatever_form_changes_nothing(folder, exports, tmp_path):
    before = (folder.settings.serving_dir / "CURRENT").read_text()
    assert "nothing to do" in folder.make("import", exports[1])
    assert "nothing to do" in folder.run("import", save_as_spreadsheet(exports[1], tmp_path / "saved.csv"))
    assert (folder.settings.serving_dir / "CURRENT").read_text() == before


def test_every_day_is_there_and_nothing_warns_of_a_quiet_one(folder):
    settings = folder.settings
    assert settings.source == "netflix_export"
    days = (yesterday() - settings.start_date).days + 1
    assert folder.published("select count(*), count(*) filter (state = 'audited') from mart_pipeline_health") == [
        (days, days)
    ]
    failed = folder.published("select distinct check_name from audit_check_results where not passed")
    assert failed == []
