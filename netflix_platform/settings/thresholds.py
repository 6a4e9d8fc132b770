"""From where on a statistical check warns: one number, one variable and one reason per threshold.

A threshold ``max_repeated_share`` is set by ``NETFLIX_MAX_REPEATED_SHARE``. dbt's tests read the same variables.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields


def _threshold(default: float, at_most: float | None, reason: str) -> float:
    number: float = field(default=default, metadata={"at_most": at_most, "reason": reason})
    return number


@dataclass(frozen=True)
class Thresholds:
    """Shares lie between 0 and 1; factors compare a day with what earlier days show."""

    max_quarantined_share: float = _threshold(
        0.02, 1, "The synthetic world's dirt is 0.3 %; a sender that changes its format is far above it."
    )
    max_repeated_share: float = _threshold(
        0.03, 1, "Collectors that deliver at least once repeat about 1 %; three times that is a replay."
    )
    max_unknown_share: float = _threshold(
        0.05, 1, "Plays of users or titles that no feed has brought; a feed that is a day behind stays below."
    )
    max_null_share: float = _threshold(
        0.05, 1, "Missing values of a field that every player sends; older versions lack some for a while."
    )
    min_volume_factor: float = _threshold(
        0.5,
        1,
        "Times the lowest of the same weekday in recent weeks: half of a quiet day is an outage, not a holiday. 0: never.",
    )
    max_volume_factor: float = _threshold(
        2.0,
        None,
        "Times the highest of the same weekday in recent weeks: twice a busy day is a replay or a test load. 0: never.",
    )
    launch_quiet_days: float = _threshold(
        3, None, "Days after its release on which a title may stay without a view; even a niche title is tried by then."
    )

    @staticmethod
    def variable(name: str) -> str:
        """The environment variable of a threshold."""
        return f"NETFLIX_{name.upper()}"

    def as_environment(self) -> dict[str, str]:
        """Every threshold by its variable, as text that reads back to the same number."""
        return {self.variable(item.name): f"{getattr(self, item.name):g}" for item in fields(self)}

    def reason(self, name: str) -> str:
        """Why a threshold has its default."""
        text: str = next(item for item in fields(self) if item.name == name).metadata["reason"]
        return text
