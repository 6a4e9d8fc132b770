"""History files that were imported: what each said is kept under the data folder, so that any day can be delivered again.

Kept is what was read, as one Parquet file of viewings per file, with a record of the file beside it; the file itself stays the
user's. A viewing that several files tell of counts once, as the file that was imported first tells it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from netflix_platform.settings import Settings
from netflix_platform.sources.history.feeds import identified
from netflix_platform.sources.history.viewings import VIEWINGS, HistoryFile, HistoryFileError

_COPIED_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True)
class ImportRecord:
    """What is known of one imported file.

    ``rows = viewings + refused + sum(apart.values())``; days are UTC, the first and last on which something was viewed;
    ``is_timed``: whether any row says how long was watched.
    """

    file: str
    sha256: str
    imported_at: str
    rows: int
    viewings: int
    refused: int
    apart: Mapping[str, int]
    first_day: date
    last_day: date
    notes: tuple[str, ...]
    is_timed: bool


def keep(settings: Settings, source: str, file: Path, content: HistoryFile) -> ImportRecord:
    """Keep what ``file`` says. The same content again replaces what it said before and keeps its place in the order.

    Raises ``HistoryFileError`` when no row has a day that can be read.
    """
    viewings = identified(content.viewings)
    days = viewings.filter(pl.col("refused_field").is_null())["started_at"].dt.date()
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        raise HistoryFileError(
            f"{file}: holds no viewing that can be read ({content.rows} rows, {viewings.height} of them refused"
            f"{_first_refused(viewings)}); nothing was imported"
        )
    digest = sha256_of(file)
    earlier = {record.sha256: record for record in import_records(settings, source)}
    refused = viewings.height - len(days)
    record = ImportRecord(
        file=file.name,
        sha256=digest,
        imported_at=earlier[digest].imported_at if digest in earlier else datetime.now(UTC).isoformat(),
        rows=content.rows,
        viewings=viewings.height - refused,
        refused=refused,
        apart=dict(content.apart),
        first_day=first,
        last_day=last,
        notes=content.notes,
        is_timed=bool(viewings["watched_ms"].is_not_null().any()),
    )
    folder = imports_dir(settings, source)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{digest[:16]}.tmp"
    viewings.write_parquet(draft, compression="zstd")
    draft.replace(folder / f"{digest[:16]}.parquet")
    draft.write_text(json.dumps(_as_json(record), indent=2) + "\n")
    draft.replace(folder / f"{digest[:16]}.json")  # last: what has no record is not there
    return record


def import_records(settings: Settings, source: str) -> list[ImportRecord]:
    """The files of ``source`` that were imported, oldest import first."""
    records = [_from_json(path) for path in imports_dir(settings, source).glob("*.json")]
    return sorted(records, key=lambda record: (record.imported_at, record.sha256))


def all_viewings(settings: Settings, source: str) -> pl.DataFrame:
    """The viewings of all imported files of ``source``, each once: ``VIEWINGS`` and what ``identified`` adds."""
    folder = imports_dir(settings, source)
    frames = [pl.read_parquet(folder / f"{record.sha256[:16]}.parquet") for record in import_records(settings, source)]
    if not frames:
        return identified(pl.DataFrame(schema=dict(VIEWINGS)))
    return pl.concat(frames).unique("viewing_id", keep="first", maintain_order=True)


def imports_dir(settings: Settings, source: str) -> Path:
    """Where the imported files of ``source`` are kept."""
    return settings.imports_dir / source


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_COPIED_AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()


def _first_refused(viewings: pl.DataFrame) -> str:
    refused = viewings.filter(pl.col("refused_field").is_not_null()).head(1)
    rows = refused.select("line", "refused_field", "refused_value").rows()
    return "".join(f"; line {line}: {field} {value!r}" for line, field, value in rows)


def _as_json(record: ImportRecord) -> dict[str, Any]:
    return {
        **vars(record),
        "first_day": str(record.first_day),
        "last_day": str(record.last_day),
        "notes": list(record.notes),
    }


def _from_json(path: Path) -> ImportRecord:
    content = json.loads(path.read_text())
    days = {name: date.fromisoformat(content[name]) for name in ("first_day", "last_day")}
    return ImportRecord(**{**content, **days, "notes": tuple(content["notes"]), "apart": Counter(content["apart"])})
