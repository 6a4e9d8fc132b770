"""A user's file on its way in: what kind it is, and what it says kept where its source finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from netflix_platform.settings import Settings, open_history
from netflix_platform.sources.history import HistoryFileError, HistoryFormat, ImportRecord, import_records, keep
from netflix_platform.sources.registry import HISTORY_FORMATS


@dataclass(frozen=True)
class Intake:
    """What came in: the settings of the folder that took it, and what a person should read, as lines."""

    settings: Settings
    told: tuple[str, ...]


def take_in(settings: Settings, file: Path) -> Intake:
    """Keep what ``file`` says in the data folder of ``settings``, which becomes one of the file's source when it is new.

    Raises ``HistoryFileError`` for a file that cannot be taken and ``SettingError`` for a folder that cannot take it; nothing
    is changed then.
    """
    form = next((form for form in HISTORY_FORMATS if form.recognizes(file)), None)
    if form is None:
        kinds = ", ".join(form.label for form in HISTORY_FORMATS)
        raise HistoryFileError(f"{file}: is none of the files that can be imported: {kinds}")
    content = form.read(file)
    first = content.viewings["started_at"].dt.date().min()
    if not isinstance(first, date):
        raise HistoryFileError(f"{file}: holds no row with a day that can be read; nothing was imported")
    opened = open_history(settings, form.name, first)
    known = {record.sha256 for record in import_records(opened, form.name)}
    record = keep(opened, form.name, file, content)
    return Intake(opened, tuple(_told(form, record, record.sha256 in known)))


def _told(form: HistoryFormat, record: ImportRecord, is_known: bool) -> list[str]:
    apart = ", ".join(f"{kind} {rows:,}" for kind, rows in sorted(record.apart.items()))
    lines = [
        f"{record.file}: {form.label}{', imported before' if is_known else ''}",
        f"  {record.rows:,} rows: {record.viewings:,} viewings from {record.first_day} to {record.last_day}, "
        f"{sum(record.apart.values()):,} apart{f' ({apart})' if apart else ''}, {record.refused:,} refused",
    ]
    if record.refused:
        lines.append(
            "  Refused rows end in the quarantine of their day, each with its line and reason (data/lake/quarantine/)."
        )
    return [*lines, *(f"  note: {note}" for note in record.notes)]
