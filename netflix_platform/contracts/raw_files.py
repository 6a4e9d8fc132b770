"""Which files can be raw data, told by their names alone: sources leave them, the lake reads them. Opens no file."""

from __future__ import annotations

LINE_SUFFIXES = (".ndjson", ".ndjson.gz", ".ndjson.zst")
RAW_SUFFIXES = (*LINE_SUFFIXES, ".parquet", ".csv")

# A source that cannot deliver a file (no permission, a link that leads out of its folder) leaves a note under this suffix
# in its place. The lake counts it as one unreadable file and gives the note's text as the reason: nothing vanishes, and
# the rest of the day goes on.
NOTE_SUFFIX = ".unreadable"

_IN_TRANSIT = (".tmp", ".part")


def raw_suffix(name: str) -> str | None:
    """The suffix in ``RAW_SUFFIXES`` (or ``NOTE_SUFFIX``) that ``name`` ends in, in any case; ``None`` for another."""
    lowered = name.lower()
    return next((suffix for suffix in (*RAW_SUFFIXES, NOTE_SUFFIX) if lowered.endswith(suffix)), None)


def is_ignored(name: str) -> bool:
    """Whether a file or folder is no data (yet): hidden ones (``.DS_Store``) and copies under way (``.tmp``, ``.part``)."""
    return name.startswith(".") or name.lower().endswith(_IN_TRANSIT)
