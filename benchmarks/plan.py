"""What a run of the benchmarks measures, in its full and in its quick form, and the room on disk that it needs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Raw, lake and warehouse of the platform are 100 bytes of an event, measured on a day of 100 million; lake and warehouse of
# the floor come to nearly as much, and large days spill.
_BYTES_OF_AN_EVENT = 300


@dataclass(frozen=True)
class Plan:
    """Sizes in events or rows, days and repetitions.

    ``shapes``: (days, events a day) of the pipeline against the floor, the first one is the headline; ``volumes``: events in one
    day; ``histories``: days already there; ``spans``: days in one run; ``published``: (days, preset of the scale) of the platform
    that the dashboard shows, ``visits``: how often each of its pages is opened. ``budget_seconds``: after this long nothing
    more is begun.
    """

    runs: int
    generated: dict[str, int]
    tpch_scale: float
    shapes: tuple[tuple[int, int], ...]
    volumes: tuple[int, ...]
    histories: tuple[int, ...]
    spans: tuple[int, ...]
    published: tuple[int, str]
    visits: int
    budget_seconds: float | None
    is_quick: bool

    @property
    def room_needed(self) -> int:
        """Bytes on disk that the largest platform takes."""
        return max(*(days * events for days, events in self.shapes), *self.volumes) * _BYTES_OF_AN_EVENT


FULL = Plan(
    runs=3,
    generated={"parquet": 10_000_000, "ndjson": 2_000_000, "faker": 50_000, "mimesis": 50_000},
    tpch_scale=1,
    shapes=((10, 1_000_000), (1, 10_000_000)),
    volumes=(1_000_000, 10_000_000, 100_000_000),
    histories=(1, 7, 30, 365),
    spans=(1, 7, 30, 120),
    published=(365, "city"),
    visits=5,
    budget_seconds=None,
    is_quick=False,
)
QUICK = Plan(
    runs=1,
    generated={"parquet": 5_000_000, "ndjson": 1_000_000, "faker": 10_000, "mimesis": 10_000},
    tpch_scale=0.1,
    # The headline as in the full form: on smaller days what a run costs apart from data would pass for a price of the data.
    shapes=((10, 1_000_000),),
    volumes=(100_000, 1_000_000),
    histories=(1, 7),
    spans=(1, 7),
    published=(28, "demo"),
    visits=3,
    budget_seconds=330,
    is_quick=True,
)


@dataclass
class Session:
    """One run of the benchmarks: its plan, a folder to work in, and how it tells of its progress."""

    plan: Plan
    folder: Path
    tell: Callable[[str], None]
    skipped: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    @property
    def platform_folder(self) -> Path:
        """Where one platform after the other is built: dbt's manifest belongs to a path, so one path needs it made once."""
        return self.folder / "platform"

    @property
    def prepared_folder(self) -> Path:
        """What ``Platform.prepare`` keeps for the platforms in ``platform_folder``."""
        return self.folder / "prepared"

    def clean(self) -> None:
        """Remove everything but what is prepared."""
        for left in self.folder.iterdir():
            if left != self.prepared_folder:
                shutil.rmtree(left, ignore_errors=True)

    def has_time_for(self, what: str) -> bool:
        """Whether ``what`` is still to be begun; if not, it is listed under ``skipped``."""
        budget = self.plan.budget_seconds
        if budget is None or time.monotonic() - self._begun < budget:
            return True
        self.skipped.append(what)
        self.tell(f"no time left for {what}")
        return False

    def has_room_for(self, what: str, events: int) -> bool:
        """Whether the disk has room for a platform of ``events``; if not, it is listed under ``skipped``."""
        needed, free = events * _BYTES_OF_AN_EVENT, shutil.disk_usage(self.folder).free
        if free >= needed:
            return True
        self.skipped.append(f"{what} (needs {needed / 1e9:.0f} GB, there are {free / 1e9:.0f} GB)")
        self.tell(f"no room for {self.skipped[-1]}")
        return False
