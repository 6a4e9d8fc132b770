"""A platform in a folder of its own, as the benchmarks use it: its raw days, single Dagster runs, and whole commands."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.floor_models import compile_models
from benchmarks.measuring import Cost, cost_of, python
from netflix_platform.settings import Settings, load_settings


def yesterday() -> date:
    """The newest day that a platform can hold (UTC)."""
    return datetime.now(UTC).date() - timedelta(days=1)


def scale_of(events: int) -> str:
    """A synthetic world with ``events`` a day, as ``NETFLIX_SCALE`` has it.

    Users and titles grow along as in the presets, users up to four million: beyond, a first day would be about the snapshot of
    the users rather than about events.
    """
    users, titles = min(max(events * 2 // 5, 100), 4_000_000), min(max(events // 100, 60), 5_000)
    return f"events_per_day={events},users={users},titles={titles}"


@dataclass(frozen=True)
class Platform:
    """A data folder whose days end yesterday.

    ``days``: how many; ``scale``: as ``NETFLIX_SCALE`` has it; ``prepared``: where what belongs to a folder rather than to a run
    lies, see ``prepare``.
    """

    folder: Path
    days: int
    scale: str
    raw_format: str = "parquet"
    prepared: Path | None = None
    memory_limit: str = Settings.memory_limit

    @property
    def first(self) -> date:
        return self.day(0)

    @property
    def raw(self) -> Path:
        return self.data / "raw"

    @property
    def floor_folder(self) -> Path:
        return self.folder / "floor"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def _prepared(self) -> Path:
        return self.prepared or self.folder / "prepared"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "NETFLIX_DATA_DIR": str(self.data),
            "NETFLIX_START_DATE": str(self.first),
            "NETFLIX_SOURCE": "synthetic",
            "NETFLIX_SCALE": self.scale,
            "NETFLIX_RAW_FORMAT": self.raw_format,
            "NETFLIX_MEMORY_LIMIT": self.memory_limit,
            "NETFLIX_ALERT_URLS": "",
        }

    @property
    def dbt_environ(self) -> dict[str, str]:
        """What a run tells the dbt that it starts."""
        return load_settings(self.environ).child_environment()

    def day(self, number: int) -> date:
        """Day ``number`` of the platform, from 0."""
        return yesterday() - timedelta(days=self.days - 1 - number)

    def command(self, *arguments: str) -> Cost:
        """A command as ``make`` gives it, whole: raw, lake, warehouse, dbt, audit, serving."""
        return cost_of(python("-m", "netflix_platform.cli", *arguments), self.environ)

    def generate(self, feeds: Sequence[str] = ("events", "users", "titles")) -> Cost:
        """Write the raw days of ``feeds``."""
        given = ("--folder", str(self.raw), "--days", str(self.days), "--feeds", *feeds)
        return cost_of(python("-m", "benchmarks.generators.synthetic", *given), self.environ)

    def prepare(self) -> None:
        """Put into the folder what belongs to it rather than to a run: dbt's manifest and empty records, and nothing else but
        raw. Made once and then copied, which is right for any platform in a folder of the same path.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        for left in self.data.iterdir():
            if left != self.raw:
                _remove(left)
        made = self._prepared / "data"
        if not made.exists():
            cost_of(python("-m", "benchmarks.pipeline_run", "prepare"), self.environ)
            for name in ("dagster", "dbt"):
                shutil.copytree(self.data / name, made / name)
        for kept in made.iterdir():
            # Times are kept: dbt's manifest counts as current only if it is younger than the project's files.
            shutil.copytree(kept, self.data / kept.name, dirs_exist_ok=True)

    def first_run(self, days: int | None = None, with_raw: bool = True) -> Cost:
        """One Dagster run over the first ``days`` (default: all) in a folder that knows no run yet; see ``pipeline_run``.

        ``with_raw=False``: on empty days, as if nothing had arrived.
        """
        self.prepare()
        aside = self.folder / "raw-aside"
        if not with_raw and self.raw.exists():
            self.raw.rename(aside)
        try:
            last = self.day((days or self.days) - 1)
            return cost_of(
                python("-m", "benchmarks.pipeline_run", "run", str(self.first), str(last)),
                self.environ,
            )
        finally:
            if aside.exists():
                shutil.rmtree(self.raw, ignore_errors=True)
                aside.rename(self.raw)

    def floor(self) -> Cost:
        """The floor on the same raw days, in an empty folder, with the platform's limit of memory."""
        shutil.rmtree(self.floor_folder, ignore_errors=True)
        models = compile_models(self._prepared / "compiled", self.dbt_environ)
        given = (self.raw, self.floor_folder, self.first, self.days, models, self.memory_limit)
        return cost_of(python("-m", "benchmarks.floor", *map(str, given)))

    def remove(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
