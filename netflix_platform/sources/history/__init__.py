"""Histories as sources: files that hold somebody's viewing of years at once, kept as they came and delivered day by day."""

from netflix_platform.sources.history.viewings import (
    VIEWINGS,
    HistoryFile,
    HistoryFileError,
    HistoryFormat,
    with_identity,
)

__all__ = ["VIEWINGS", "HistoryFile", "HistoryFileError", "HistoryFormat", "with_identity"]
