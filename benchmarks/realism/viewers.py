"""Measures of how viewers behave: completion, binge, abandonment, hours of the day, churn. Figures out."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.realism.collecting import Collected
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.accounts import Accounts
from netflix_platform.sources.synthetic.tastes import FAMILIES

_MINUTE = 60_000
_DAY = 86_400
_MONTH_DAYS = 30.4
_SEASON_COMPLETE = 0.9
_COMPLETE = 0.95
_SERIAL_HOURS = 4.9  # the median season; shorter ones are no binge
_ABANDONED_MS = 30_000


def completion(collected: Collected) -> dict[str, float]:
    """Viewings that see 90 % of a film or episode in one go, and short ones, as shares of all viewings."""
    frame = collected.playbacks
    done = frame["watched"].to_numpy() >= _COMPLETE * frame["length"].to_numpy()
    return {
        "complete": float(done.mean()),
        "below 10 min": float((frame["watched"].to_numpy() < 10 * _MINUTE).mean()),
    }


def survival(collected: Collected, minutes: Array) -> Array:
    """Share of the viewings that last longer than each of ``minutes``."""
    ordered = np.sort(collected.playbacks["watched"].to_numpy())
    return 1 - np.searchsorted(ordered, minutes * _MINUTE, side="right") / len(ordered)


def seasons_completed(collected: Collected) -> dict[str, float]:
    """Of those who begin a season (first episode): who completes it by when, and how those who do watch it."""
    shelf = collected.world.titles.shelf(collected.hours.shape[1] - 1)
    last = collected.hours.shape[1]
    total = pl.DataFrame(
        {
            "title": np.arange(len(shelf.kind), dtype=np.int32),
            "total": shelf.total_ms.astype(np.int64),
            "episodes": shelf.episodes,
            "is_season": shelf.is_season,
        }
    )
    by = ["account", "profile", "title"]
    seen = collected.followed.join(total, on="title").filter(pl.col("is_season") & (pl.col("episodes") > 3))
    sessions = seen.group_by(*by, "day").agg(
        pl.col("watched").sum(),
        pl.col("start").min(),
        pl.col("total").first(),
        pl.col("episodes").first(),
        pl.col("episode").min(),
    )
    viewers = (
        sessions.sort("start")
        .with_columns(reached=pl.col("watched").cum_sum().over(by), first=pl.col("start").min().over(by))
        .with_columns(done=pl.col("reached") >= _SEASON_COMPLETE * pl.col("total"))
    )
    age = (pl.col("start") - pl.col("first")) / (_DAY * 1000)
    each = viewers.group_by(by).agg(
        first_day=pl.col("day").min(),
        first_episode=pl.col("episode").sort_by("start").first(),
        most=pl.col("watched").max(),
        total=pl.col("total").first(),
        episodes=pl.col("episodes").first(),
        reached=pl.col("watched").sum(),
        took=age.filter(pl.col("done")).min(),
        sittings=pl.col("watched")
        .filter(pl.col("reached") - pl.col("watched") < _SEASON_COMPLETE * pl.col("total"))
        .median(),
    )
    starters = each.filter(
        (pl.col("first_episode") == 1)
        & (pl.col("first_day") < last - 28)
        & (pl.col("first_day") >= 14)
        & (pl.col("reached") >= 2 * _MINUTE)
    )
    watchers = starters.filter(pl.col("reached") >= 0.7 * pl.col("total") / pl.col("episodes"))
    completers = starters.filter(pl.col("took").is_not_null() & (pl.col("total") >= _SERIAL_HOURS * 3_600_000))
    took = starters["took"].fill_null(np.inf).to_numpy()
    took_watchers = watchers["took"].fill_null(np.inf).to_numpy()
    return {
        "starters": float(starters.height),
        "watchers": float(watchers.height / starters.height),
        "completed in 7 days": float((took <= 7).mean()),
        "completed in 28 days": float((took <= 28).mean()),
        "watchers who completed in 28 days": float((took_watchers <= 28).mean()),
        "days to complete": float(1 + np.floor(np.median(completers["took"].to_numpy()))),
        "hours a day": float(np.median(completers["sittings"].to_numpy()) / 3_600_000),
    }


def startup_loss(collected: Collected) -> dict[str, float]:
    """By how much (%) the share of viewings given up within 30 s rises per second of startup, before and from 2 s on."""
    frame = collected.playbacks
    seconds = frame["startup"].to_numpy() / 1000
    left = (frame["watched"].to_numpy() < _ABANDONED_MS).astype(float)
    before = left[seconds < 2].mean()
    part = (seconds >= 2) & (seconds < 8)
    rise = np.polyfit(seconds[part], left[part], 1)[0] / (1 - before)
    flat = np.polyfit(seconds[seconds < 2], left[seconds < 2], 1)[0] / (1 - before)
    return {"per second from 2 s": float(100 * rise), "per second below 2 s": float(100 * flat)}


def rebuffering_loss(collected: Collected) -> float:
    """By how much (%) less is watched for 1 % of rebuffering, over classes of lines."""
    watched, waited, count = collected.lines.T
    some = count > 200
    ratio, mean = (waited / watched)[some], (watched / count)[some]
    slope, at_none = np.polyfit(ratio, mean, 1, w=np.sqrt(count[some]))
    return float(-slope / at_none)


def peak_hours(collected: Collected) -> Array:
    """The local hour of most viewing, by country."""
    return collected.clock.argmax(axis=1)


def family_peak(collected: Collected, family: str) -> int:
    """The local hour in which a family of genres has its greatest share of the viewing (hours with next to none left out)."""
    shares = collected.families[:, FAMILIES.index(family)] / collected.families.sum(axis=1)
    return int(np.convolve(np.concatenate([shares[-1:], shares, shares[:1]]), (0.25, 0.5, 0.25), "valid").argmax())


def churn(accounts: Accounts, days: int) -> dict[str, float]:
    """Monthly gross churn (%): cancellations of the accounts that are paid for; net: without those who return within a year."""
    left = back = paid = 0.0
    for number in range(days // 30 + 1):
        cohort = accounts.cohort(number)
        turns = np.column_stack([cohort.signup, cohort.turns.astype(np.int64)])
        for begin in (0, 2):
            opens, closes, again = turns[:, begin], turns[:, begin + 1], turns[:, begin + 2]
            within = np.clip(np.minimum(closes, days * _DAY) - np.maximum(opens, 0), 0, None)
            paid += within.sum() / _DAY
            cancels = (closes >= 0) & (closes < days * _DAY)
            left += cancels.sum()
            back += (cancels & (again < closes + 365 * _DAY)).sum()
    return {"gross": 100 * left / paid * _MONTH_DAYS, "net": 100 * (left - back) / paid * _MONTH_DAYS}


def shape_of_views(collected: Collected) -> tuple[float, float, float]:
    """How well (R²) an exponential fits the short views, a truncated power law the long ones, and a plain power law those.

    The head: what is left of the share of viewings that last longer than x when the body, linear there, is taken off. The
    tail: the logarithm of that share from 10 minutes on, against log x and x, and against log x alone.
    """
    short = np.linspace(0.25, 8, 32)
    body = survival(collected, np.array([12.0, 18.0]))
    slope = (body[1] - body[0]) / 6
    head = np.log(survival(collected, short) - (body[0] + slope * (short - 12)))
    long = np.linspace(10, 120, 56)
    tail = np.log(survival(collected, long))
    plain = np.stack([np.ones_like(long), np.log(long)], axis=1)
    return (
        _fit(np.stack([np.ones_like(short), short], axis=1), head),
        _fit(np.column_stack([plain, long]), tail),
        _fit(plain, tail),
    )


def _fit(terms: Array, values: Array) -> float:
    coefficients = np.linalg.lstsq(terms, values, rcond=None)[0]
    return float(1 - ((values - terms @ coefficients) ** 2).sum() / ((values - values.mean()) ** 2).sum())
