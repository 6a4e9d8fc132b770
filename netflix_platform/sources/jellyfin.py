"""Jellyfin's Playback Reporting plugin: its backup (a TSV file without header), or the same table with a header.

What the plugin's source says (jellyfin/jellyfin-plugin-playbackreporting, version 17; ``ActivityRepository``,
``EventMonitorEntryPoint``, ``PlaybackTracker``):

- The backup ``PlaybackReportingBackup-*.tsv`` is ``select * from PlaybackActivity order by DateCreated``, values joined by tabs,
  nothing quoted or escaped, in the order of ``_COLUMNS``. The plugin drops a table with other columns, so there are no
  versions of the format; its own import skips lines that do not have nine values, here they are refused.
- ``DateCreated`` is the server's **local** time without a zone, up to seven decimals, trailing zeros left out (storing UTC was
  only proposed, pull request 141). It is taken 20 s after the playback began; shorter ones are never recorded.
- ``PlayDuration`` is whole seconds of playing, pauses left out. It is updated every 20 s while the playback runs, so a later
  backup may tell of a longer one under the same ``DateCreated, UserId, ItemId``: these three make the identity, as in the
  plugin's own import.
- An episode's ``ItemName`` is ``Series - s01e02 - Episode``; ``00`` stands for specials and for an unknown number alike, and so
  gives neither season nor episode. Where somebody stopped and how long an item is, the plugin does not know.
- The page for queries offers no download, it only shows a table. Whoever copies it, or exports the table from
  ``playback_reporting.db``, gets a header, values that may be quoted, and perhaps ``UserName`` in place of ``UserId``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from netflix_platform.sources.delimited import (
    Row,
    TextFileError,
    delimiter_of,
    first_lines,
    header_of,
    read_text,
    rows_of,
)
from netflix_platform.sources.history.devices import device_type
from netflix_platform.sources.history.texts import cleaned, details, utc_time, whole_number
from netflix_platform.sources.history.viewings import VIEWINGS, HistoryFile, HistoryFileError, with_identity

NAME = "jellyfin"
_COLUMNS = (
    "datecreated",
    "userid",
    "itemid",
    "itemtype",
    "itemname",
    "playbackmethod",
    "clientname",
    "devicename",
    "playduration",
)
_REQUIRED = ("DateCreated", "UserId (or UserName)", "ItemType", "ItemName")
_TITLE_TYPES = {"movie": "film", "episode": "season"}
_EPISODE = r"^(.+?) - s(\d+)e(\d+) - ?(.*)$"
_FIRST_VALUE = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}")
_MOST_SECONDS = 10**9  # more is no playback, and would not fit into milliseconds
_EXPECTED = "expected the plugin's backup (nine values separated by tabs, no header) or its table PlaybackActivity with a header"


@dataclass(frozen=True)
class JellyfinFormat:
    """The plugin's files. ``time_zone``: that of the server (an IANA name), since the files do not name it."""

    name: str = NAME
    label: str = "Jellyfin (Playback Reporting backup)"
    time_zone: str = "UTC"

    def recognizes(self, file: Path) -> bool:
        """Whether one of the first lines is a line of the backup, or the first one names the table's columns."""
        lines = first_lines(file)
        return bool(lines) and (
            not _missing(_names(lines[0])) or any(_is_backup_line(line.split("\t")) for line in lines)
        )

    def read(self, file: Path) -> HistoryFile:
        """See ``HistoryFormat``. Films and episodes are viewings; all other item types are counted apart."""
        try:
            text = read_text(file)
            columns, rows = _table(file, text)
        except TextFileError as error:
            raise HistoryFileError(str(error)) from error
        taken = _described(_frame(columns, rows), self.time_zone)
        is_viewing = pl.col("refused_field").is_not_null() | pl.col("title_type").is_not_null()
        apart = taken.filter(~is_viewing).group_by("itemtype").len().sort("itemtype").rows()
        viewings = with_identity(taken.filter(is_viewing), NAME, ("wall_time", "profile", "item", "original"))
        return HistoryFile(len(rows), viewings, dict(apart), self._notes(viewings))

    def _notes(self, viewings: pl.DataFrame) -> tuple[str, ...]:
        if viewings["started_at"].null_count() == viewings.height:
            return ()
        return (f"Jellyfin records the server's local time without a zone; it was read as {self.time_zone}.",)


FORMAT = JellyfinFormat()


def _table(file: Path, text: str) -> tuple[Sequence[str], list[Row]]:
    """The columns' names, and the rows below the header if there is one."""
    if not text.strip():
        raise HistoryFileError(f"{file}: is empty; {_EXPECTED}")
    header = header_of(text)
    names = _names(header)
    if not {"datecreated", "itemname", "itemtype"} & set(names):
        rows = list(rows_of(file, text, "\t", is_quoted=False))
        if not any(_is_backup_line(row.values) for row in rows):
            raise HistoryFileError(f"{file}: is no Jellyfin playback history; {_EXPECTED}; found {header[:200]}")
        return _COLUMNS, rows
    if missing := _missing(names):
        raise HistoryFileError(
            f"{file}: is no Jellyfin playback history: missing columns {', '.join(missing)}; {_EXPECTED}; "
            f"found {', '.join(names)[:200]}"
        )
    _, *rows = rows_of(file, text, delimiter_of(header))
    return names, rows


def _names(header: str) -> list[str]:
    names = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header.split(delimiter_of(header))]
    return ["userid" if name == "username" else name for name in names]


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in _REQUIRED if name.split(" ")[0].lower() not in names]


def _is_backup_line(values: Sequence[str]) -> bool:
    return len(values) == len(_COLUMNS) and bool(_FIRST_VALUE.match(values[0])) and values[3].isalpha()


def _frame(columns: Sequence[str], rows: Sequence[Row]) -> pl.DataFrame:
    """All rows as texts in ``_COLUMNS`` (null where the file has no such column), ``line``, ``original``, ``is_whole``."""
    at = {name: columns.index(name) for name in _COLUMNS if name in columns}
    whole = [len(row.values) == len(columns) and not row.is_cut for row in rows]
    values: dict[str, list[str | None]] = {
        name: [row.values[at[name]] if ok and name in at else None for row, ok in zip(rows, whole, strict=True)]
        for name in _COLUMNS
    }
    frame = pl.DataFrame(values, schema=dict.fromkeys(_COLUMNS, pl.String))
    return frame.with_columns(cleaned(name) for name in _COLUMNS).with_columns(
        line=pl.Series([row.line for row in rows], dtype=pl.Int64),
        original=pl.Series([row.text for row in rows], dtype=pl.String),
        is_whole=pl.Series(whole, dtype=pl.Boolean),
    )


def _described(rows: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """The columns of ``VIEWINGS`` but the identity, and what it is made of; ``title_type`` is null in rows to be kept apart."""
    kind = pl.col("itemtype").str.to_lowercase().replace_strict(_TITLE_TYPES, default=None, return_dtype=pl.String)
    name = pl.when(pl.col("itemname") != "Not Known").then(pl.col("itemname"))  # what the plugin writes for no item
    seconds = whole_number(pl.col("playduration"))
    is_plausible = seconds.is_between(0, _MOST_SECONDS)
    parsed = rows.with_columns(
        title_type=kind,
        name=name,
        started_at=utc_time(pl.col("datecreated"), time_zone),
        wall_time=utc_time(pl.col("datecreated"), "UTC"),
        watched_ms=pl.when(is_plausible).then(seconds * 1000),
        item=pl.coalesce("itemid", "itemname"),
        **{field: name.str.extract(_EPISODE, group) for group, field in enumerate(("series", "s", "e", "episode"), 1)},
    ).with_columns(season_number=_from_one("s"), episode_number=_from_one("e"))
    is_season = pl.col("title_type") == "season"
    series = pl.when(is_season).then(pl.coalesce("series", "name"))
    is_unclear = is_season & (pl.col("season_number").is_null() | pl.col("episode_number").is_null())
    refusals = (
        ("event_ts", ~pl.col("is_whole"), pl.lit(None)),
        (
            "title_id",
            pl.col("itemtype").is_null() | (kind.is_not_null() & pl.col("name").is_null()),
            pl.col("itemname"),
        ),
        ("event_ts", kind.is_not_null() & pl.col("started_at").is_null(), pl.col("datecreated")),
        ("user_id", kind.is_not_null() & pl.col("userid").is_null(), pl.col("userid")),
        (
            "watched_seconds",
            kind.is_not_null() & pl.col("playduration").is_not_null() & ~is_plausible.fill_null(False),
            pl.col("playduration"),
        ),
    )
    is_refused = pl.any_horizontal(condition for _, condition, _ in refusals)
    described = parsed.with_columns(
        refused_field=pl.coalesce(pl.when(condition).then(pl.lit(field)) for field, condition, _ in refusals),
        refused_value=pl.coalesce(pl.when(condition).then(value) for _, condition, value in refusals),
        original=pl.when(is_refused).then("original"),
        profile=pl.col("userid"),
        title_name=pl.when(is_season).then(_season_name(series)).otherwise("name"),
        series_name=series,
        episode_name=pl.when(is_season & (pl.col("episode") != "")).then("episode"),
        device_name=pl.coalesce("devicename", "clientname"),
        device_type=device_type("clientname", "devicename"),
        details=details(
            {
                "item_id": pl.col("itemid"),
                "item_name": pl.when(is_unclear).then("itemname"),
                "playback_method": pl.col("playbackmethod"),
                "client_name": pl.col("clientname"),
            }
        ),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in VIEWINGS.items() if name not in described.columns]
    return described.with_columns(absent)


def _from_one(number: str) -> pl.Expr:
    value = whole_number(pl.col(number))
    return pl.when(value >= 1).then(value)


def _season_name(series: pl.Expr) -> pl.Expr:
    return pl.coalesce(pl.format("{}: Season {}", series, pl.col("season_number")), series)
