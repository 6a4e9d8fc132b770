"""What a session becomes: a film or an episode that somebody watched, a row that is refused, or one to be kept apart."""

from __future__ import annotations

import polars as pl

from netflix_platform.sources.history.devices import device_type
from netflix_platform.sources.history.texts import details, utc_time, whole_number
from netflix_platform.sources.history.viewings import VIEWINGS

_TITLE_TYPES = {"movie": "film", "episode": "season"}
_DETAILS = (
    "row_id",
    "reference_id",
    "group_count",
    "platform",
    "product",
    "year",
    "originally_available_at",
    "rating_key",
    "guid",
    "content_rating",
    "percent_complete",
    "watched_status",
    "transcode_decision",
)
_EPOCH = r"^\d{1,11}(\.\d+)?$"
_MOST_SECONDS = 10**9  # more is no session, and would not fit into milliseconds


def described(rows: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """The columns of ``VIEWINGS`` but the identity, made of ``Sessions.rows``; ``apart_as`` names what is no viewing.

    ``who`` is the user for the identity: the id where there is one, which survives a new name.
    """
    started, stopped = _seconds(pl.coalesce("started", "date"), time_zone), _seconds(pl.col("stopped"), time_zone)
    is_group = whole_number(pl.col("group_count")) > 1
    measured = pl.when(~is_group.fill_null(False) & (stopped > 0)).then(
        stopped - started - whole_number(pl.col("paused_counter")).fill_null(0)
    )
    watched = pl.coalesce(measured, whole_number(pl.col("play_duration")))
    kind = pl.col("media_type").str.to_lowercase()
    parsed = rows.with_columns(
        title_type=kind.replace_strict(_TITLE_TYPES, default=None, return_dtype=pl.String),
        apart_as=_apart(kind),
        started_at=pl.when(started > 0).then(pl.from_epoch(started, time_unit="s").cast(pl.Datetime("us"))),
        watched=watched,
        who=pl.coalesce("user_id", "user", "friendly_name"),
        profile=pl.coalesce("user", "friendly_name", "user_id"),
        season_number=_between(pl.col("parent_media_index"), 1),
        series=pl.coalesce(
            "grandparent_title",
            pl.when(pl.col("full_title").str.ends_with(pl.format(" - {}", "title"))).then(
                pl.col("full_title").str.strip_suffix(pl.format(" - {}", "title"))
            ),
        ),
    )
    is_season = pl.col("title_type") == "season"
    series = pl.when(is_season).then("series")
    refusals = (
        ("event_ts", ~pl.col("is_whole"), pl.lit(None)),
        ("title_id", pl.col("media_type").is_null(), pl.coalesce("full_title", "title")),
        ("title_id", _name(series).is_null(), pl.coalesce("full_title", "title")),
        ("event_ts", pl.col("started_at").is_null(), pl.coalesce("started", "date")),
        ("user_id", pl.col("who").is_null(), pl.lit(None)),
        ("watched_seconds", ~pl.col("watched").is_between(0, _MOST_SECONDS), pl.col("watched").cast(pl.String)),
    )
    conditions = [(condition & pl.col("apart_as").is_null()).fill_null(False) for _, condition, _ in refusals]
    mapped = parsed.with_columns(
        refused_field=pl.coalesce(
            pl.when(condition).then(pl.lit(field))
            for condition, (field, _, _) in zip(conditions, refusals, strict=True)
        ),
        refused_value=pl.coalesce(
            pl.when(condition).then(value) for condition, (_, _, value) in zip(conditions, refusals, strict=True)
        ),
        watched_ms=pl.when(pl.col("watched").is_between(0, _MOST_SECONDS)).then(pl.col("watched") * 1000),
        position_ms=_between(pl.col("view_offset"), 0),
        title_name=_name(series),
        series_name=series,
        episode_number=pl.when(is_season).then(_between(pl.col("media_index"), 1)),
        episode_name=pl.when(is_season).then("title"),
        season_number=pl.when(is_season).then("season_number"),
        runtime_minutes=pl.when(pl.col("title_type") == "film").then(_minutes(whole_number(pl.col("runtime_ms")))),
        device_name=pl.coalesce("player", "product", "platform"),
        device_type=device_type("platform", "product", "player"),
        details=details({name: pl.col(name) for name in _DETAILS}),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in VIEWINGS.items() if name not in mapped.columns]
    return mapped.with_columns(absent)


def _apart(kind: pl.Expr) -> pl.Expr:
    """Why a session is no viewing of a film or episode, or has not ended; null for those that are viewings."""
    return (
        pl.when(~pl.col("is_whole") | pl.col("media_type").is_null())
        .then(None)
        .when(pl.col("state").is_not_null())
        .then(pl.lit("still playing"))
        .when(pl.col("live").str.to_lowercase().is_in(["1", "true"]))
        .then(pl.lit("live"))
        .when(~kind.is_in(list(_TITLE_TYPES)))
        .then(kind)
    )


def _name(series: pl.Expr) -> pl.Expr:
    """A film's title; a season's as ``Show: Season 1``, by Plex's name for it (Specials) where it has no number."""
    season = pl.coalesce(
        pl.format("{}: Season {}", series, pl.col("season_number")), pl.format("{}: {}", series, "parent_title"), series
    )
    film = pl.when(pl.col("title_type") == "film").then(pl.coalesce("title", "full_title"))
    return pl.when(pl.col("title_type") == "season").then(season).otherwise(film)


def _seconds(text: pl.Expr, time_zone: str) -> pl.Expr:
    """Epoch seconds, of a number or of a written time."""
    number = pl.when(text.str.contains(_EPOCH)).then(text).cast(pl.Float64, strict=False).cast(pl.Int64)
    return pl.coalesce(number, utc_time(text, time_zone).dt.epoch("s"))


def _between(text: pl.Expr, least: int) -> pl.Expr:
    number = whole_number(text)
    return pl.when(number.is_between(least, 10**9)).then(number)


def _minutes(milliseconds: pl.Expr) -> pl.Expr:
    minutes = (milliseconds + 30_000) // 60_000
    return pl.when(minutes.is_between(1, 100_000)).then(minutes)
