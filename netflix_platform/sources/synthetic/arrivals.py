"""All that arrives on one day, batch by batch in order of time: the day's own windows, and among them what comes from before.

Rows as in ``rows``, with ``received_ts``, whose day is always the arrival day. Sound rows only; ``dirt`` adds faulty lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.chunks import (
    AGAIN,
    LATE_SHARES,
    Part,
    chunk_rows,
    evening_windows,
    late_chunk,
    windows,
)
from netflix_platform.sources.synthetic.rhythm import BIN_MS, DAY_MS
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.world import World

# Rows sent twice on their day: a player that got no answer sends again. Planted; an assumption like the shares of ``chunks``.
COPY_SHARE = 0.004
# Rows that carry a field which the contract does not know, as a newer player would send it. Kept, not refused.
EXTRA_FIELD_SHARE = 0.001
_MEAN_RESEND_MS = 90_000
_MEDIAN_DELAY_MS = 400  # from the event to the collector; a few are slow
_SLOW = 0.03
_MEAN_SLOW_MS = 20_000


def batches(world: World, number: int) -> Iterator[pl.DataFrame]:
    """The rows that arrive on day ``number``, in order of ``received_ts`` within a batch, roughly across batches."""
    elsewhere = _from_elsewhere(world, number)
    start_ms = world.day(number).start_ms
    for window in windows(world):
        rng = stream(world.seed, f"arrivals {window.name}", world.day(number).ordinal)
        own = _on_time(rng, chunk_rows(world, number, window, Part.OWN_DAY))
        begin, end = start_ms + window.first_bin * BIN_MS, start_ms + window.last_bin * BIN_MS
        others = elsewhere.filter(pl.col("received_ts").is_between(begin, end, closed="left"))
        rows = pl.concat([own, others], how="diagonal").with_columns(is_copy=pl.lit(False))
        rows = _with_copies(rng, rows, start_ms + DAY_MS - 1).sort("received_ts", maintain_order=True)
        extra = pl.Series(rng.random(rows.height) < EXTRA_FIELD_SHARE, dtype=pl.Boolean)
        yield rows.with_columns(is_extra=extra & ~rows["is_copy"])


def _from_elsewhere(world: World, number: int) -> pl.DataFrame:
    """What arrives on the day and does not come from its windows: few rows, so they are kept until their time comes."""
    day = world.day(number)
    rng = stream(world.seed, "elsewhere", day.ordinal)
    frames = [_on_time(rng, chunk_rows(world, number, AGAIN, Part.OWN_DAY))]
    if number > 0:
        for window in evening_windows(world):
            frames.append(_on_time(rng, chunk_rows(world, number - 1, window, Part.NEXT_DAY)))
        yesterday = chunk_rows(world, number - 1, AGAIN, Part.ALL)
        again = pl.col("event_ts") < day.start_ms
        frames.append(_on_time(rng, yesterday.filter(~again)))
        frames.append(_later(rng, yesterday.filter(again), day.start_ms).with_columns(is_again=pl.lit(True)))
    for delay in LATE_SHARES:
        if number >= delay:
            frames.append(_later(rng, chunk_rows(world, number - delay, late_chunk(delay), Part.ALL), day.start_ms))
    return pl.concat(frames, how="diagonal")


def _on_time(rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Received shortly after they happened, within their day: what happened before midnight has arrived by then."""
    delay = _MEDIAN_DELAY_MS * np.exp(0.6 * rng.standard_normal(rows.height))
    delay += np.where(rng.random(rows.height) < _SLOW, rng.exponential(_MEAN_SLOW_MS, rows.height), 0)
    happened = rows["event_ts"].to_numpy()
    received = np.minimum(happened + delay.astype(np.int64), happened // DAY_MS * DAY_MS + DAY_MS - 1)
    return rows.with_columns(received_ts=pl.Series(received), is_again=pl.lit(False))


def _later(rng: np.random.Generator, rows: pl.DataFrame, start_ms: int) -> pl.DataFrame:
    """Received when the session's device is back on line: some time on the day that begins at ``start_ms``."""
    session = rows["session_id"].rank("dense").to_numpy() - 1
    back: Array = (start_ms + rng.random(rows.height) * (DAY_MS - 60_000)).astype(np.int64)
    happened = rows["event_ts"].to_numpy()
    received = np.maximum(back[session] + rng.integers(0, 2_000, rows.height), happened)
    return rows.with_columns(received_ts=pl.Series(received), is_again=pl.lit(False))


def _with_copies(rng: np.random.Generator, rows: pl.DataFrame, last_ms: int) -> pl.DataFrame:
    copies = rows.filter(pl.Series(rng.random(rows.height) < COPY_SHARE, dtype=pl.Boolean))
    resent = 1_000 + rng.exponential(_MEAN_RESEND_MS, copies.height).astype(np.int64)
    received = pl.min_horizontal(pl.col("received_ts") + pl.Series(resent), pl.lit(last_ms))
    return pl.concat([rows, copies.with_columns(received_ts=received, is_copy=pl.lit(True))])
