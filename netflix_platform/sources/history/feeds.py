"""Viewings of a history as rows of the feeds, each under the day on which it happened, which is its arrival day too.

A viewing is a ``play`` event at its start and a ``stop`` at its end; one that goes over midnight is cut there by a
``heartbeat``, so that each day has the seconds watched on it. Where the file does not say how long was watched there is the
``play`` alone, without ``watched_seconds``: unknown, not zero. Each profile is a user, each film or season a title, and the
feeds of users and titles learn of it on the day of its first viewing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping

import polars as pl

ARRIVAL = "arrival_date"
# Before the end of the day by the events' own precision, so that what was watched before midnight counts on that day.
_JUST_BEFORE = pl.duration(milliseconds=1)
_LONGEST_SLUG = 40  # characters; an id has at most 64


def user_id_of(profile: str) -> str:
    """The id of a profile: readable, and distinct for profiles whose names look alike once they are plain."""
    return _readable_id(profile, profile)


def title_id_of(title_type: str, title_name: str) -> str:
    """The id of a film or season by its name, the only thing that history files know it by."""
    return _readable_id(title_name, f"{title_type}:{title_name}")


def identified(viewings: pl.DataFrame) -> pl.DataFrame:
    """``viewings`` (columns of ``VIEWINGS``, of one file) with ``user_id``, ``title_id`` and ``arrival_date``.

    A row whose day cannot be read arrives on the first day of its file, where the quarantine shows it.
    """
    days = viewings["started_at"].dt.date()
    return viewings.with_columns(
        _ids(viewings, ["profile"], user_id_of).alias("user_id"),
        _ids(viewings, ["title_type", "title_name"], title_id_of).alias("title_id"),
        days.fill_null(strategy="min").alias(ARRIVAL),
    )


def feed_rows(viewings: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Rows of ``events``, ``users`` and ``titles``, texts all of them, with the day of arrival (``arrival_date``, DATE).

    ``viewings``: the columns that ``identified`` gives; each ``viewing_id`` once. A refused row is one event that holds what the
    row has in the field at fault, so that the contract refuses it and the quarantine shows it.
    """
    good = viewings.filter(pl.col("refused_field").is_null())
    refused = viewings.filter(pl.col("refused_field").is_not_null())
    return {
        "events": pl.concat([_plays(good), _pieces(good), _refused(refused)], how="diagonal").sort(
            ARRIVAL, "event_ts", "event_id", nulls_last=True
        ),
        "users": _users(good),
        "titles": _titles(good),
    }


def _plays(good: pl.DataFrame) -> pl.DataFrame:
    return good.select(
        pl.col("started_at").dt.date().alias(ARRIVAL),
        event_id=pl.col("viewing_id") + "-play",
        event_type=pl.lit("play"),
        event_ts=_moment("started_at"),
        watched_seconds=pl.when(pl.col("watched_ms").is_not_null()).then(pl.lit("0")),
        **_shared(),
    )


def _pieces(good: pl.DataFrame) -> pl.DataFrame:
    """What was watched, one event per viewing and day."""
    watched = good.filter(pl.col("watched_ms").is_not_null()).with_columns(
        ended_at=pl.col("started_at") + pl.duration(milliseconds="watched_ms")
    )
    first = pl.col("started_at").dt.date()
    # A viewing that ends at midnight has nothing on the day that begins then.
    last = pl.max_horizontal(first, (pl.col("ended_at") - _JUST_BEFORE).dt.date())
    pieces = (
        watched.with_columns(last_day=last, day=pl.date_ranges(first, last))
        .explode("day")
        .with_columns(
            piece_from=pl.max_horizontal(pl.col("started_at"), pl.col("day").cast(pl.Datetime("us"))),
            piece_to=pl.min_horizontal(
                pl.col("ended_at"), (pl.col("day") + pl.duration(days=1)).cast(pl.Datetime("us"))
            ),
            is_last=pl.col("day") == pl.col("last_day"),
            before_midnight=(pl.col("day") + pl.duration(days=1)).cast(pl.Datetime("us")) - _JUST_BEFORE,
        )
        .with_columns(event_ts=pl.min_horizontal("piece_to", "before_midnight"))
    )
    kind = pl.when("is_last").then(pl.lit("stop")).otherwise(pl.lit("heartbeat"))
    end = pl.when("is_last").then(pl.lit("-stop")).otherwise(pl.format("-{}", pl.col("day").cast(pl.String)))
    return pieces.select(
        pl.col("day").alias(ARRIVAL),
        event_id=pl.col("viewing_id") + end,
        event_type=kind,
        event_ts=_moment("event_ts"),
        watched_seconds=_seconds((pl.col("piece_to") - pl.col("piece_from")).dt.total_milliseconds()),
        position_seconds=pl.when("is_last").then(_seconds(pl.col("position_ms"))),
        **_shared(),
    )


def _refused(refused: pl.DataFrame) -> pl.DataFrame:
    fields = {
        "event_ts": _moment("started_at"),
        "watched_seconds": _seconds(pl.col("watched_ms")),
        "user_id": pl.col("user_id"),
        "title_id": pl.col("title_id"),
    }
    # Said so that no value can pass for a good one by chance; what is required and not there is refused as missing.
    said = pl.format("unreadable: {}", "refused_value")
    needed = pl.when(pl.col("refused_field") == "watched_seconds").then(pl.lit("unreadable: nothing"))
    at_fault = pl.coalesce(said, needed)
    return refused.select(
        ARRIVAL,
        event_id=pl.col("viewing_id") + "-play",
        event_type=pl.lit("play"),
        **{
            name: pl.when(pl.col("refused_field") == name).then(at_fault).otherwise(value)
            for name, value in fields.items()
        },
        **{name: value for name, value in _shared().items() if name not in fields},
        original_row=pl.col("original"),
    )


def _users(good: pl.DataFrame) -> pl.DataFrame:
    """One row per profile; its country is the one from which it watched most."""
    countries = (
        good.filter(pl.col("country").is_not_null())
        .group_by("user_id", "country")
        .len()
        .sort("user_id", "len", "country", descending=[False, True, False])
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", "country")
    )
    users = good.sort("started_at", "viewing_id").group_by("user_id", maintain_order=True).first()
    return (
        users.select("user_id", "profile", "started_at")
        .join(countries, on="user_id", how="left")
        .select(
            pl.col("started_at").dt.date().alias(ARRIVAL),
            "user_id",
            changed_ts=_moment("started_at"),
            status=pl.lit("active"),
            country=pl.col("country"),
            profile_name=pl.col("profile"),
        )
        .sort(ARRIVAL, "user_id")
    )


def _titles(good: pl.DataFrame) -> pl.DataFrame:
    return (
        good.sort("started_at", "viewing_id")
        .group_by("title_id", maintain_order=True)
        .agg(
            pl.col("started_at", "title_name", "title_type", "series_name", "season_number").first(),
            pl.col("runtime_minutes").max(),
        )
        .select(
            pl.col("started_at").dt.date().alias(ARRIVAL),
            "title_id",
            "title_name",
            "title_type",
            "series_name",
            changed_ts=_moment("started_at"),
            season_number=pl.col("season_number").cast(pl.String),
            runtime_minutes=pl.col("runtime_minutes").cast(pl.String),
        )
        .sort(ARRIVAL, "title_id")
    )


def _shared() -> dict[str, pl.Expr]:
    """What every event of a viewing carries; the last four are kept as unknown fields."""
    return {
        "user_id": pl.col("user_id"),
        "playback_id": pl.col("viewing_id"),
        "title_id": pl.col("title_id"),
        "episode_number": pl.col("episode_number").cast(pl.String),
        "device_type": pl.col("device_type"),
        "country": pl.col("country"),
        "schema_version": pl.lit("1"),
        "episode_name": pl.col("episode_name"),
        "device_name": pl.col("device_name"),
        "history_line": pl.col("line").cast(pl.String),
        "details": pl.col("details"),
    }


def _moment(name: str) -> pl.Expr:
    return pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def _seconds(milliseconds: pl.Expr) -> pl.Expr:
    """Exact seconds as text, from whole milliseconds."""
    return pl.format("{}.{}", milliseconds // 1000, (milliseconds % 1000).cast(pl.String).str.zfill(3))


def _ids(viewings: pl.DataFrame, names: list[str], make: Callable[..., str]) -> pl.Series:
    """An id per row, made once per distinct value; null where one of the parts is."""
    distinct = viewings.select(names).unique().drop_nulls()
    ids = distinct.with_columns(pl.Series("id", [make(*row) for row in distinct.rows()], pl.String))
    return viewings.select(names).join(ids, on=names, how="left", maintain_order="left")["id"]


def _readable_id(name: str, identity: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest
