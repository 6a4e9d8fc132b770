"""One fuzzed day: delivered, conformed and held against everything that must be true of it whatever arrived."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.lake.conform import Conformer
from netflix_platform.lake.layout import quarantine_file, raw_day
from netflix_platform.lake.ledger import Ledger, audit_ledger
from netflix_platform.settings import Settings
from netflix_platform_tests.fuzz.files import FuzzedFile, fuzzed_files
from netflix_platform_tests.fuzz.judge import GrayError, broken_rules, verdict

_WORDS, _SHOWN = 5, 400  # problems told of one day; bytes of a line
Place = tuple[str, int]  # file name, line


@dataclass(frozen=True)
class FuzzedDay:
    """What came of one day. ``problems``: nothing when all held; ``judged``: lines that the second judge had an answer for."""

    feed: Feed
    files: list[FuzzedFile]
    ledger: Ledger | None
    judged: int
    problems: list[str]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(dict(self.ledger.quarantined_by_reason)) if self.ledger else Counter()


def fuzz_day(settings: Settings, conformer: Conformer, seed: int, number: int, lines: int) -> FuzzedDay:
    """Day ``number`` of the fuzz run ``seed``, of about ``lines`` records; all of it can be drawn again from these."""
    draw = random.Random(f"{seed}-{number}")
    feed = FEEDS[draw.choices(("events", "users", "titles"), (8, 1, 1))[0]]
    day = arrival_day(settings)
    return examine(settings, conformer, feed, day, fuzzed_files(draw, feed, day, lines))


def arrival_day(settings: Settings) -> date:
    """The arrival day of all fuzzed files: it is run again and again, which must leave nothing of the run before."""
    return date.fromordinal(settings.start_date.toordinal() + 20)


def examine(settings: Settings, conformer: Conformer, feed: Feed, day: date, files: list[FuzzedFile]) -> FuzzedDay:
    """Put ``files`` in the place of the raw day, conform it and look for problems."""
    folder = raw_day(settings, feed.name, day)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for file in files:
        (folder / file.name).write_bytes(file.content)
    try:
        ledger = conformer.conform_day(feed, day)
    except Exception as error:  # whatever it is, no input may cause it
        return FuzzedDay(feed, files, None, 0, [f"conforming failed: {type(error).__name__}: {str(error)[:500]}"])
    problems = [] if ledger.is_balanced else [f"the ledger does not add up: {ledger}"]
    problems += audit_ledger(settings, feed.name, day)
    rows, refusals = _rows(settings, feed), _refusals(quarantine_file(settings, feed.name, day))
    problems += _miscounted(files, ledger, refusals)
    if len(rows) != ledger.accepted_rows:
        problems.append(f"{len(rows)} rows lie in the lake, {ledger.accepted_rows} were accepted")
    if len(rows):
        problems += broken_rules(settings, feed, rows, day)
    judged, found = _misjudged(settings, feed, day, files, rows, refusals)
    return FuzzedDay(feed, files, ledger, judged, [*problems, *found][:_WORDS])


def _rows(settings: Settings, feed: Feed) -> pl.DataFrame:
    paths = sorted((settings.lake_dir / feed.name).glob("event_date=*/*.parquet"))
    return pl.concat([pl.from_arrow(pq.read_table(path)) for path in paths]) if paths else pl.DataFrame()


def _refusals(path: Path) -> dict[Place, tuple[str, str | None]]:
    if not path.exists():
        return {}
    rows = pq.read_table(path, columns=["source_file", "source_line", "reason", "field"]).to_pylist()
    return {(row["source_file"], row["source_line"]): (row["reason"], row["field"]) for row in rows}


def _miscounted(files: list[FuzzedFile], ledger: Ledger, refusals: dict[Place, tuple[str, str | None]]) -> list[str]:
    if any(file.rows is None for file in files):
        return []  # the ledger's own recount has to do
    expected = sum(1 if (file.name, None) in refusals else file.rows or 0 for file in files)
    if expected == ledger.received_rows:
        return []
    return [f"{ledger.received_rows} rows were received, {expected} were delivered"]


def _misjudged(
    settings: Settings,
    feed: Feed,
    day: date,
    files: list[FuzzedFile],
    rows: pl.DataFrame,
    refusals: dict[Place, tuple[str, str | None]],
) -> tuple[int, list[str]]:
    """Lines of plain NDJSON files of which the second judge says something else than became of them."""
    plain = [file for file in files if file.name.endswith(".ndjson")]
    columns = ["source_file", "source_line", *feed.column_names]
    accepted = {}
    if len(rows) and plain:
        chosen = rows.filter(pl.col("source_file").is_in([file.name for file in plain]))
        accepted = {row[:2]: row[2:] for row in chosen.select(columns).iter_rows()}
    judged, problems = 0, []
    for file in plain:
        for number, line in enumerate(file.content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            if not line.strip(b" \t\n\r\x0b\x0c"):
                continue
            try:
                wanted = verdict(settings, feed, line, day)
            except GrayError:
                continue
            judged += 1
            place = (file.name, number)
            if wanted.values is not None:
                values = tuple(wanted.values.get(name) for name in feed.column_names)
                # Neither accepted nor refused: a repeat, whose place the key tells.
                if place in refusals or accepted.get(place, values) != values:
                    problems.append(
                        f"{place} must be {values}, is {refusals.get(place) or accepted.get(place)}: {line[:_SHOWN]!r}"
                    )
            elif (
                place not in refusals
                or refusals[place][0] not in wanted.reasons
                or (wanted.field and refusals[place][1] != wanted.field)
            ):
                is_now = refusals.get(place) or accepted.get(place) or "repeated"
                problems.append(
                    f"{place} must be refused for {set(wanted.reasons)} of {wanted.field}, is {is_now}: {line[:_SHOWN]!r}"
                )
    return judged, problems
