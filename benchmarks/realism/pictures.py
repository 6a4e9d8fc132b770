"""The pictures in docs/pictures/realism_*.png: what is published as points, what the world gives as a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from benchmarks.realism import audience, viewers
from benchmarks.realism.collecting import Collected
from benchmarks.realism.rows import AGAINST_FIRST, CONCENTRATION, FADING, HALF_YEAR
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES
from netflix_platform.sources.synthetic.tastes import FAMILIES

_RED, _DARK = "#c8102e", "#22262b"
_COLOURS = alt.Scale(domain=["generated", "published"], range=[_RED, _DARK])
_SIZE = {"width": 520, "height": 320}
_PUBLISHED_SHARES = {1: 0.87, 10: 5.3, 100: 19.6, 182: 26.7, 1_821: 71.1, 3_643: 85.6}


def draw_pictures(collected: Collected, folder: Path) -> list[Path]:
    """Write every picture into ``folder``; returns their paths. Needs ``vl-convert-python``."""
    folder.mkdir(parents=True, exist_ok=True)
    charts = {
        "concentration": _concentration(collected),
        "top10": _top10(collected),
        "clock": _clock(collected),
        "views": _views(collected),
    }
    written = []
    for name, chart in charts.items():
        path = folder / f"realism_{name}.png"
        styled = chart.configure(background="white", font="DejaVu Sans").configure_axis(
            labelFontSize=12, titleFontSize=13, titleFontWeight="normal", gridColor="#e8e8e8"
        )
        styled.configure_title(
            fontSize=15, anchor="start", subtitleFontSize=12, subtitleColor="#555", offset=12
        ).configure_legend(labelFontSize=12, titleFontSize=12).configure_view(stroke=None).save(path, scale_factor=1.5)
        written.append(path)
    return written


def _concentration(collected: Collected) -> Any:
    hours = collected.hours[:, :HALF_YEAR].sum(axis=1)
    ranked = np.sort(hours[hours > 0])[::-1]
    reached = 100 * np.cumsum(ranked) / ranked.sum()
    at = np.unique(np.round(np.geomspace(1, len(ranked), 200)).astype(int))
    line = alt.Data(values=[{"rank": int(n), "share": float(reached[n - 1])} for n in at])
    points = alt.Data(values=[{"rank": n, "share": share} for n, share in _PUBLISHED_SHARES.items()])
    ranks = alt.X(
        "rank:Q",
        scale=alt.Scale(type="log"),
        title="titles, most watched first (log)",
        axis=alt.Axis(format="~s", tickCount=5),
    )
    shares = alt.Y("share:Q", title="share of all hours, cumulated (%)")
    left = _line_and_points(line, points, ranks, shares).properties(
        title=alt.TitleParams(
            "Few titles take most hours", subtitle="cumulated over half a year, 18,214 titles published"
        ),
        **_SIZE,
    )
    each = alt.Data(
        values=[
            {"rank": int(n), "hours": float(ranked[n - 1] / ranked[0])} for n in at if ranked[n - 1] > 1e-5 * ranked[0]
        ]
    )
    slopes = [CONCENTRATION[name][1] for name in ("slope 1-100", "slope 100-5000", "slope 1000-10000")]
    straight = []
    for number, (slope, (begin, end)) in enumerate(zip(slopes, ((1, 100), (100, 5_000), (1_000, 10_000)), strict=True)):
        middle = int(np.sqrt(begin * end))
        level = ranked[middle - 1] / ranked[0]
        straight += [
            {"rank": rank, "hours": float(level * (rank / middle) ** slope), "part": number} for rank in (begin, end)
        ]
    hours_axis = alt.Y(
        "hours:Q",
        scale=alt.Scale(type="log", domain=[1e-5, 3], clamp=True),
        title="hours against the first title (log)",
        axis=alt.Axis(format="~g", tickCount=5),
    )
    right = alt.layer(
        alt.Chart(each).mark_line(color=_RED, strokeWidth=2.5).encode(ranks, hours_axis),
        alt.Chart(alt.Data(values=straight))
        .mark_line(color=_DARK, strokeDash=[5, 4], strokeWidth=1.8)
        .encode(ranks, hours_axis, detail="part:N"),
    ).properties(
        title=alt.TitleParams(
            "The curve bends", subtitle="dashed: published slopes -0.49, -1.0 and -1.68, through the curve's middle"
        ),
        **_SIZE,
    )
    return left | right


def _top10(collected: Collected) -> Any:
    shelf = collected.world.titles.shelf(collected.hours.shape[1] - 1)
    weeks = audience.weekly(collected.hours)
    tops = audience.top10(weeks, audience.lists_of(shelf.is_season, shelf.is_english))
    shape = np.median(audience.against_first(weeks, tops), axis=0)
    line = alt.Data(values=[{"rank": n + 1, "share": float(value)} for n, value in enumerate(shape)])
    points = alt.Data(values=[{"rank": n + 1, "share": value} for n, value in enumerate(AGAINST_FIRST)])
    left = _line_and_points(
        line,
        points,
        alt.X("rank:O", title="rank in the week's list", axis=alt.Axis(labelAngle=0)),
        alt.Y("share:Q", title="hours against rank 1"),
    ).properties(title=alt.TitleParams("A week's Top 10", subtitle="median over all lists and weeks"), **_SIZE)
    rows, published = [], []
    for seasons, kind in ((False, "films"), (True, "series")):
        ratios = audience.week_ratios(weeks, tops, seasons)
        for number, (median, low, high) in enumerate(FADING[seasons], start=2):
            rows.append({"week": number, "ratio": float(np.median(ratios[number])), "kind": kind})
            published.append({"week": number, "ratio": median, "low": low, "high": high, "kind": kind})
    week = alt.X("week:O", title="week in the list", axis=alt.Axis(labelAngle=0))
    ratio = alt.Y("ratio:Q", title="hours against the week before", scale=alt.Scale(domain=[0, 1.7]))
    kinds = alt.Color("kind:N", title=None, scale=alt.Scale(domain=["films", "series"], range=[_RED, "#1f77b4"]))
    shift = alt.XOffset("kind:N")
    data = alt.Data(values=published)
    right = alt.layer(
        alt.Chart(data)
        .mark_rule(strokeWidth=7, opacity=0.18)
        .encode(week, shift, alt.Y("low:Q"), alt.Y2("high:Q"), kinds),
        alt.Chart(data)
        .mark_point(filled=True, size=70, shape="diamond")
        .encode(week, shift, ratio, color=alt.value(_DARK)),
        alt.Chart(alt.Data(values=rows)).mark_tick(thickness=3.5, size=22).encode(week, shift, ratio, kinds),
    ).properties(
        title=alt.TitleParams(
            "Releases fade", subtitle="dark diamonds and bars: published median and quartiles; ticks: generated"
        ),
        **_SIZE,
    )
    return alt.hconcat(left, right).resolve_scale(color="independent")


def _clock(collected: Collected) -> Any:
    clock = collected.clock / collected.clock.sum(axis=1, keepdims=True) * 100
    rows = [
        {"hour": hour, "share": float(clock[number, hour]), "country": code}
        for number, code in enumerate(COUNTRY_CODES)
        for hour in range(24)
    ]
    hours = alt.X(
        "hour:Q",
        title="local hour",
        scale=alt.Scale(domain=[0, 23], nice=False),
        axis=alt.Axis(values=list(range(0, 24, 3))),
    )
    evening = (
        alt.Chart(alt.Data(values=[{"from": 17, "to": 22}]))
        .mark_rect(color="#f3e6c8", opacity=0.8)
        .encode(x="from:Q", x2="to:Q")
    )
    left = alt.layer(
        evening,
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=1.6, opacity=0.85)
        .encode(
            hours,
            alt.Y("share:Q", title="share of the country's hours (%)"),
            alt.Color("country:N", title=None, scale=alt.Scale(scheme="tableau20")),
        ),
    ).properties(
        title=alt.TitleParams(
            "Evenings, on every country's clock", subtitle="shaded: 17 to 22 h, where the published peaks lie"
        ),
        **_SIZE,
    )
    shares = collected.families / collected.families.sum(axis=1, keepdims=True)
    mean = collected.families.sum(axis=0) / collected.families.sum()
    against = [
        {
            "hour": hour,
            "times": float(shares[hour, FAMILIES.index(family)] / mean[FAMILIES.index(family)]),
            "family": name,
        }
        for family, name in (("comedy", "comedies"), ("thriller", "thrillers"))
        for hour in range(24)
    ]
    published = alt.Data(values=[{"hour": 6, "family": "comedies"}, {"hour": 21, "family": "thrillers"}])
    colour = alt.Color(
        "family:N", title=None, scale=alt.Scale(domain=["comedies", "thrillers"], range=["#e6a117", "#3a4f9b"])
    )
    right = alt.layer(
        alt.Chart(published).mark_rule(strokeDash=[5, 4], strokeWidth=2).encode(hours, colour),
        alt.Chart(alt.Data(values=against))
        .mark_line(strokeWidth=2.5)
        .encode(hours, alt.Y("times:Q", title="share against the day's mean", scale=alt.Scale(zero=False)), colour),
    ).properties(
        title=alt.TitleParams("What is watched when", subtitle="dashed: the hour that is published for each"), **_SIZE
    )
    return alt.hconcat(left, right).resolve_scale(color="independent")


def _views(collected: Collected) -> Any:
    minutes = np.geomspace(0.25, 150, 120)
    left_share = viewers.survival(collected, minutes)
    rows = [{"minutes": float(x), "share": 100 * float(y)} for x, y in zip(minutes, left_share, strict=True) if y > 0]
    left = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=_RED, strokeWidth=2.5)
        .encode(
            alt.X(
                "minutes:Q",
                scale=alt.Scale(type="log", domain=[0.25, 150]),
                title="minutes watched (log)",
                axis=alt.Axis(format="~g", values=[0.5, 1, 2, 5, 10, 20, 50, 100]),
            ),
            alt.Y(
                "share:Q",
                title="viewings that last longer (%)",
                scale=alt.Scale(type="log", domain=[0.1, 100]),
                axis=alt.Axis(values=[0.1, 1, 10, 100]),
            ),
        )
        .properties(
            title=alt.TitleParams(
                "How long viewings last", subtitle="an exponential head, then a power law that is cut off"
            ),
            **_SIZE,
        )
    )
    frame = collected.playbacks.with_columns(second=(pl.col("startup") / 500).floor() / 2 + 0.25)
    given_up = (
        frame.filter(pl.col("startup") < 6_500)
        .group_by("second")
        .agg((pl.col("watched") < 30_000).mean().alias("share"))
        .sort("second")
    )
    before = float((frame.filter(pl.col("startup") < 2_000)["watched"].to_numpy() < 30_000).mean())
    line = alt.Data(values=[{"second": s, "share": 100 * y} for s, y in given_up.iter_rows()])
    published = alt.Data(
        values=[
            {"second": s, "share": 100 * before + max(s - 2, 0) * 5.8 * (1 - before)} for s in np.arange(0.25, 6.5, 0.5)
        ]
    )
    right = _line_and_points(
        line,
        published,
        alt.X("second:Q", title="seconds to the first picture"),
        alt.Y("share:Q", title="given up within 30 s (%)"),
    ).properties(
        title=alt.TitleParams(
            "Slow starts drive viewers away", subtitle="published: from 2 s on, 5.8 % for each further second"
        ),
        **_SIZE,
    )
    return left | right


def _line_and_points(line: alt.Data, points: alt.Data, x: alt.X, y: alt.Y) -> Any:
    colour = alt.Color("of:N", title=None, scale=_COLOURS)
    return alt.layer(
        alt.Chart(line).transform_calculate(of="'generated'").mark_line(strokeWidth=2.5).encode(x, y, colour),
        alt.Chart(points).transform_calculate(of="'published'").mark_point(filled=True, size=70).encode(x, y, colour),
    )
