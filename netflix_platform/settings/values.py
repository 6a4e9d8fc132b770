"""Single values out of text: each reader returns a value or raises ``SettingError`` with the variable and the choices."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from netflix_platform.settings.model import HISTORY_SOURCES, PROJECT_ROOT, SCALES, Scale, SettingError
from netflix_platform.settings.thresholds import Thresholds

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


# What a household watches on a day is nobody's outage and nobody's replay.
_OF_HISTORY = {"min_volume_factor": 0.0, "max_volume_factor": 0.0}  # 0: never


def parse_scale(text: str) -> Scale:
    """Read a preset's name or ``events_per_day=…,users=…,titles=…``. Raises ``SettingError`` with the choices."""
    if text in SCALES:
        return SCALES[text]
    choices = f"use one of {', '.join(SCALES)}, or events_per_day=…,users=…,titles=…"
    pairs = dict(re.findall(r"(\w+)\s*=\s*([\d_]+)", text))
    fields = [field.name for field in dataclasses.fields(Scale)]
    if sorted(pairs) != sorted(fields) or not re.fullmatch(r"\w+\s*=\s*[\d_]+(\s*,\s*\w+\s*=\s*[\d_]+)*", text):
        raise SettingError("NETFLIX_SCALE", text, choices)
    try:
        scale = Scale(**{name: int(number) for name, number in pairs.items()})
    except ValueError:
        raise SettingError("NETFLIX_SCALE", text, choices) from None
    if min(dataclasses.astuple(scale)) < 1:
        raise SettingError("NETFLIX_SCALE", text, f"every number must be at least 1; {choices}")
    return scale


def parse_day(variable: str, text: str) -> date:
    """Read ``YYYY-MM-DD``. Raises ``SettingError`` that names ``variable``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(variable, text, "is not a date; write YYYY-MM-DD, for example 2026-07-01") from None


def start_date(value: str | None, today: date) -> date:
    """The platform's first day, which lies before ``today``."""
    start = parse_day("NETFLIX_START_DATE", value or "")
    if start >= today:
        raise SettingError("NETFLIX_START_DATE", value, f"must lie before today ({today}, UTC)")
    return start


def choice(variable: str, value: str | None, choices: tuple[str, ...]) -> str:
    """One of ``choices``."""
    if value not in choices:
        raise SettingError(variable, value, f"is not known; use one of {', '.join(choices)}")
    return value


def whole_number(variable: str, value: str | None, at_least: int = 0, at_most: int | None = None) -> int:
    """A whole number within bounds (inclusive)."""
    try:
        number = int(value or "")
    except ValueError:
        raise SettingError(variable, value, "is not a whole number") from None
    _within(variable, value, number, at_least, at_most)
    return number


def thresholds(values: Mapping[str, str], source: str) -> Thresholds:
    """All thresholds, those that are not set at their defaults, which for imported history leave volume alone."""
    given: dict[str, float] = {}
    for item in dataclasses.fields(Thresholds):
        variable = Thresholds.variable(item.name)
        text = values.get(variable)
        if text:
            given[item.name] = _decimal(variable, text, item.metadata["at_most"])
    return of_history(Thresholds(**given)) if source in HISTORY_SOURCES else Thresholds(**given)


def of_history(thresholds: Thresholds) -> Thresholds:
    """``thresholds`` where those that are at their defaults leave the volume of imported history alone."""
    defaults = Thresholds()
    open_ones = {
        name: value for name, value in _OF_HISTORY.items() if getattr(thresholds, name) == getattr(defaults, name)
    }
    return dataclasses.replace(thresholds, **open_ones)


def existing_file(variable: str, value: str) -> Path:
    """A file that is there; a relative path is one in the project's root."""
    path = absolute(value)
    if not path.is_file():
        raise SettingError(variable, value, "is no file; name an existing one, or unset the variable")
    return path


def absolute(text: str) -> Path:
    """A path, relative ones taken from the project's root."""
    path = Path(text).expanduser()
    return path if path.is_absolute() else PROJECT_ROOT / path


def spark_remote(value: str) -> str:
    """The address of a Spark Connect server."""
    if not re.match(r"sc://[^/:;\s]+(:\d+)?(/;.*)?$", value):
        raise SettingError(
            "SPARK_REMOTE",
            value.split("/;", maxsplit=1)[0],
            "is no Spark Connect address; write for example sc://127.0.0.1:15002",
        )
    return value


def amount_of_bytes(variable: str, value: str) -> int:
    """An amount such as ``4GB`` or ``800MB``, in bytes."""
    amount = re.fullmatch(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})", value)
    if amount is None or float(amount[1]) == 0:
        raise SettingError(variable, value, "is no amount of memory; write for example 4GB or 800MB")
    return int(float(amount[1]) * _UNITS[amount[2]])


def alert_urls(value: str | None) -> tuple[str, ...]:
    """Apprise URLs, separated by blanks, newlines or commas that a URL follows. Errors never repeat one: it holds secrets."""
    urls = tuple(part for part in re.split(r"\s+|,(?=\s*\w+://)", (value or "").strip()) if part)
    for number, url in enumerate(urls, start=1):
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", url):
            raise SettingError(
                "NETFLIX_ALERT_URLS",
                "…",
                f"entry {number} is no URL; write for example json://127.0.0.1:8080/alerts or mailto://user:password@example.com",
            )
    return urls


def _decimal(variable: str, value: str, at_most: float | None) -> float:
    try:
        number = float(value)
    except ValueError:
        raise SettingError(variable, value, "is not a number") from None
    if not math.isfinite(number):
        raise SettingError(variable, value, "is not a number")
    _within(variable, value, number, 0, at_most)
    return number


def _within(variable: str, value: str | None, number: float, at_least: float, at_most: float | None) -> None:
    if number < at_least:
        raise SettingError(variable, value, f"must be at least {at_least}")
    if at_most is not None and number > at_most:
        raise SettingError(variable, value, f"must be at most {at_most}")
