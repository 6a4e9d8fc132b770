"""The fields that are read of a session, whatever kind of file tells of it, and their text without addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

# As Tautulli's API calls them. ``runtime_ms`` is the metadata's ``duration``, which only the database tells.
FIELDS = (
    "row_id",
    "reference_id",
    "group_count",
    "state",
    "date",
    "started",
    "stopped",
    "play_duration",
    "paused_counter",
    "user_id",
    "user",
    "friendly_name",
    "platform",
    "product",
    "player",
    "media_type",
    "live",
    "title",
    "full_title",
    "parent_title",
    "grandparent_title",
    "parent_media_index",
    "media_index",
    "view_offset",
    "runtime_ms",
    "year",
    "originally_available_at",
    "rating_key",
    "guid",
    "content_rating",
    "percent_complete",
    "watched_status",
    "transcode_decision",
)
_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])|"
    r"(?<![\w:])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?![\w:])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sessions:
    """What a file tells: a frame with ``FIELDS`` as texts, ``line`` and ``is_whole``, and ``notes`` on the file.

    ``text_of``: the text of a row, by its place in the frame; only refused rows are asked for it.
    """

    rows: pl.DataFrame
    text_of: Callable[[int], str]
    notes: tuple[str, ...] = field(default=())

    def original(self, row: int) -> str:
        """A row as the file has it, every IPv4 and IPv6 address in it replaced by ``[address]``."""
        return _ADDRESS.sub("[address]", encodable(self.text_of(row)))


def sessions_frame(
    values: Mapping[str, Sequence[str | None]], lines: Sequence[int], whole: Sequence[bool]
) -> pl.DataFrame:
    """The frame of ``Sessions`` from the fields that a file has; texts without the blanks around them, null for empty ones."""
    names = [name for name in FIELDS if name in values]
    frame = pl.DataFrame({name: values[name] for name in names}, schema=dict.fromkeys(names, pl.String)).with_columns(
        line=pl.Series(lines, dtype=pl.Int64), is_whole=pl.Series(whole, dtype=pl.Boolean)
    )
    stripped = [pl.col(name).str.strip_chars() for name in names]
    absent = [pl.lit(None, pl.String).alias(name) for name in FIELDS if name not in values]
    return frame.with_columns(pl.when(text != "").then(text) for text in stripped).with_columns(absent)


def as_text(value: object) -> str | None:
    """A value of JSON or SQLite as text; null stays null, and a whole number is written without decimals."""
    if value is None:
        return None
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) else encodable(json.dumps(value, default=str))


def encodable(text: str) -> str:
    """``text`` without halves of surrogate pairs, which JSON can hold and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", errors="replace").decode("utf-8")
