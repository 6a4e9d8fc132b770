"""Histories as sources: files that hold somebody's viewing of years at once, read whole and delivered day by day."""

from netflix_platform.sources.history.kept import ImportRecord, all_viewings, import_records, imports_dir, keep
from netflix_platform.sources.history.source import HistorySource
from netflix_platform.sources.history.viewings import (
    VIEWINGS,
    HistoryFile,
    HistoryFileError,
    HistoryFormat,
    with_identity,
)

__all__ = [
    "VIEWINGS",
    "HistoryFile",
    "HistoryFileError",
    "HistoryFormat",
    "HistorySource",
    "ImportRecord",
    "all_viewings",
    "import_records",
    "imports_dir",
    "keep",
    "with_identity",
]
