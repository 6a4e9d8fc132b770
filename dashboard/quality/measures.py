"""The figures of playback quality: how each is called, written and judged. No data, no drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard import definitions
from dashboard.formatting import ABSENT, change, seconds, share, whole


@dataclass(frozen=True)
class Measure:
    """A column of ``queries.figures``, its name on the page, how a figure of it is written, and its axis in charts.

    ``metrics``: whose definitions explain it. ``axis_format``: of d3. ``per_axis_unit``: what to divide by for the axis.
    """

    column: str
    name: str
    metrics: tuple[str, ...]
    write: Callable[[float | None], str]
    axis_format: str
    per_axis_unit: float = 1
    more_is_better: bool = False

    @property
    def meaning(self) -> str:
        """The help text."""
        return definitions.meaning(*self.metrics)

    def changed(self, now: float | None, before: float | None) -> str | None:
        """The relative change with its sign and what it means, ``+3.2% worse``; None when there is nothing to compare."""
        text = change(now, before)
        if text is None or text == "0.0%":
            return text
        return f"{text} {'better' if text.startswith('+') == self.more_is_better else 'worse'}"


def in_seconds(milliseconds: float | None) -> str:
    """A startup time: ``1.23 s``."""
    return ABSENT if milliseconds is None else seconds(milliseconds / 1000, 2)


def bitrate(kilobits: float | None) -> str:
    """A bitrate with its unit: ``8,012 kbit/s``."""
    text = whole(kilobits)
    return text if text == ABSENT else f"{text} kbit/s"


def _fine_share(ratio: float | None) -> str:
    return share(ratio, 2)


STARTUP_P50 = Measure("startup_p50_ms", "Startup time, median", ("startup_time",), in_seconds, ",.2~f", 1000)
STARTUP_P95 = Measure("startup_p95_ms", "Startup time, p95", ("startup_time",), in_seconds, ",.2~f", 1000)
REBUFFER_RATIO = Measure("rebuffer_ratio", "Rebuffer ratio", ("quality_rebuffer_ratio",), _fine_share, ".2~%")
ERROR_RATE = Measure("error_rate", "Error rate", ("error_rate",), _fine_share, ".2~%")
ABANDONMENT = Measure("abandonment_rate", "Abandonment", ("abandonment_rate",), share, ".1~%")
BITRATE = Measure("avg_bitrate_kbps", "Average bitrate", ("avg_bitrate_kbps",), bitrate, ",.0f", more_is_better=True)
PLAYBACKS = Measure("playbacks", "Playbacks", ("playbacks",), whole, ",.0f", more_is_better=True)
MEASURES = (STARTUP_P50, STARTUP_P95, REBUFFER_RATIO, ERROR_RATE, ABANDONMENT, BITRATE)
