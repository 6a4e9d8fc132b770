"""A user's file on its way in: what kind it is, and what it says put where the platform finds it. Building is the command's."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from netflix_platform.contracts import FEEDS
from netflix_platform.contracts.mapping import MappingFile
from netflix_platform.contracts.mapping_file import MappingError, read_mapping
from netflix_platform.erasure.screening import screen_folder
from netflix_platform.lake.layout import move_into_place, staging_folder
from netflix_platform.lake.recognition import feed_of
from netflix_platform.lake.splitting import EARLIEST_DAY, SplitError, SplitHistory, split_history
from netflix_platform.settings import SettingError, Settings, open_history, open_platform
from netflix_platform.sources import published_top10
from netflix_platform.sources.catalog import CatalogError, CatalogReport, load_catalog
from netflix_platform.sources.history import (
    HistoryFileError,
    HistoryFormat,
    ImportRecord,
    import_records,
    imports_dir,
    keep,
)
from netflix_platform.sources.registry import HISTORY_FORMATS
from netflix_platform.warehouse.published_top10 import published_top10_dir

_MESSAGES_SHOWN = 5


class ImportFileError(ValueError):
    """A file that cannot be taken in. The message names it, says why and what to do; nothing was changed."""


@dataclass(frozen=True)
class TakenIn:
    """What came in: the settings of the folder that took it, and what a person should read, as lines.

    ``is_reference``: it brings no days; whatever is built next takes it into account.
    """

    settings: Settings
    told: tuple[str, ...]
    is_reference: bool = False


def take_in(settings: Settings, file: Path) -> TakenIn:
    """Put what ``file`` says into the data folder of ``settings``, which becomes one of the file's source when it is new.

    Raises ``ImportFileError`` for a file that cannot be taken and ``SettingError`` for a folder that cannot take it.
    """
    try:
        for form in HISTORY_FORMATS:
            if form.recognizes(file):
                return _history(settings, file, form)
        if published_top10.recognizes(file):
            return _published_top10(settings, file)
        mapping = read_mapping(settings.mapping) if settings.mapping else None
        feed = feed_of(file, mapping)
        if feed:
            return _feed(settings, file, feed, mapping)
        return _catalog(settings, file)
    except (HistoryFileError, SplitError, MappingError, published_top10.PublishedTop10Error) as error:
        raise ImportFileError(str(error)) from error
    except CatalogError as error:
        raise ImportFileError(_unknown(file, str(error))) from error


def _history(settings: Settings, file: Path, form: HistoryFormat) -> TakenIn:
    content = form.read(file)
    first = content.viewings["started_at"].dt.date().min()
    if not isinstance(first, date):
        raise HistoryFileError(f"{file}: holds no row with a day that can be read; nothing was imported")
    opened = open_history(settings, form.name, first)
    before = import_records(opened, form.name)
    record = keep(opened, form.name, file, content)
    screen_folder(opened, "events", imports_dir(opened, form.name))  # whoever was forgotten stays so
    return TakenIn(opened, tuple(_told_of_history(form, record, before)))


def _told_of_history(form: HistoryFormat, record: ImportRecord, before: Iterable[ImportRecord]) -> list[str]:
    is_known = any(record.sha256 == earlier.sha256 for earlier in before)
    apart = ", ".join(f"{kind} {rows:,}" for kind, rows in sorted(record.apart.items()))
    lines = [
        f"{record.file}: {form.label}{', imported before' if is_known else ''}",
        f"  {record.rows:,} rows: {record.viewings:,} viewings from {record.first_day} to {record.last_day}, "
        f"{sum(record.apart.values()):,} that are none{f' ({apart})' if apart else ''}, {record.refused:,} refused",
    ]
    if record.refused:
        lines.append(
            "  Refused rows are in the quarantine, each with its line and reason (docs/bring-your-own-data.md)."
        )
    for earlier in before:
        overlap = earlier.first_day <= record.last_day and record.first_day <= earlier.last_day
        if overlap and earlier.is_timed != record.is_timed:
            lines.append(
                f"  warning: {earlier.file} tells of the same days, and only one of the two says how long was watched: nobody "
                "can tell which of their rows are the same viewing, so that both count."
            )
    return [*lines, *(f"  note: {note}" for note in record.notes)]


def _feed(settings: Settings, file: Path, feed: str, mapping: MappingFile | None) -> TakenIn:
    """Rows of a feed, in the contract's shape or by the mapping: they land on the days on which they happened."""
    opened = replace(settings, source="landing")
    if settings.platform_file.exists() and settings.source != "landing":
        # Refuses before anything lands, where the folder is in use; a folder that never was becomes one of landed files.
        open_history(settings, "landing", settings.start_date)
    split = split_history(opened, file, FEEDS[feed], mapping, EARLIEST_DAY)
    opened = open_history(opened, "landing", split.first)
    return TakenIn(opened, tuple(_told_of_feed(file, feed, split)))


def _told_of_feed(file: Path, feed: str, split: SplitHistory) -> Iterable[str]:
    yield f"{file.name}: rows of the feed {feed}"
    yield f"  {sum(split.rows.values()):,} rows from {split.first} to {split.last}, laid under {len(split.rows):,} days"
    odd = {
        "without a day that can be read": split.rows_without_day,
        "of days to come": split.rows_in_future,
        f"of days before {EARLIEST_DAY}": split.rows_too_early,
    }
    for what, rows in odd.items():
        if rows:
            yield f"  {rows:,} rows {what} lie under {split.first}, where the quarantine shows them"
    if split.rows_not_due:
        yield f"  {split.rows_not_due:,} rows of today are taken when the day (UTC) is over"


def _published_top10(settings: Settings, file: Path) -> TakenIn:
    lists = published_top10.read(file)
    opened = open_platform(settings)
    _copy(opened, file, published_top10_dir(opened) / file.name)
    refused = lists.messages()
    told = [
        f"{file.name}: Netflix's weekly Top 10, {lists.lists.height:,} rows, {len(refused):,} refused",
        *_first(refused),
    ]
    return TakenIn(opened, tuple(told), is_reference=True)


def _catalog(settings: Settings, file: Path) -> TakenIn:
    """A catalogue makes a world: only a folder that holds none yet can take it."""
    report = load_catalog(file).report
    if (settings.raw_dir / "_manifests").exists():
        raise SettingError(
            "NETFLIX_DATA_DIR",
            settings.data_dir,
            "holds days of another world; a catalogue needs a folder of its own: "
            "NETFLIX_DATA_DIR=real make import FILE=...",
        )
    kept = settings.data_dir / "reference" / "catalog" / file.name
    _copy(settings, file, kept)
    settings.platform_file.unlink(missing_ok=True)  # of a folder that was set up and never used
    return TakenIn(
        open_platform(replace(settings, source="synthetic", catalog=kept)), tuple(_told_of_catalog(file, report))
    )


def _told_of_catalog(file: Path, report: CatalogReport) -> Iterable[str]:
    yield (
        f"{file.name}: a catalogue; {report.rows_read:,} rows, {report.titles:,} titles (each season is one), "
        f"{len(report.refusals):,} rows refused"
    )
    mended = ", ".join(f"{kind} {rows:,}" for kind, rows in sorted(report.mended.items()) if rows)
    if mended:
        yield f"  mended: {mended}"
    yield from _first(report.messages())


def _first(messages: list[str]) -> list[str]:
    more = [f"  and {len(messages) - _MESSAGES_SHOWN:,} more"] if len(messages) > _MESSAGES_SHOWN else []
    return [*(f"  {message}" for message in messages[:_MESSAGES_SHOWN]), *more]


def _copy(settings: Settings, file: Path, target: Path) -> None:
    if file.resolve() == target.resolve():
        return
    with staging_folder(settings, "import") as folder:
        shutil.copyfile(file, folder / "copy")
        move_into_place(folder / "copy", target)


def _unknown(file: Path, as_catalog: str) -> str:
    """Why nobody knows the file: in the words of the first format, which most who come here mean, or of the last."""
    labels = ", ".join(form.label for form in HISTORY_FORMATS)
    return (
        f"{_why_not(HISTORY_FORMATS[0], file) or as_catalog}\nFiles that can be imported: {labels}; events, users or titles in "
        "the contract's shape or by a mapping (MAPPING=...); a titles catalogue; Netflix's weekly Top 10. "
        "docs/bring-your-own-data.md tells of each."
    )


def _why_not(form: HistoryFormat, file: Path) -> str | None:
    try:
        form.read(file)
    except HistoryFileError as error:
        return str(error)
    return None
