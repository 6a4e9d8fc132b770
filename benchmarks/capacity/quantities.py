"""Numbers as people write and read them: ``2.5B`` in, ``2.5B`` out, bytes and durations with their unit."""

from __future__ import annotations

import math
import re

_SUFFIXES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?(?:E[0-9]+)?|\.[0-9]+)([KMBGT]?)")
_LARGEST = 1e15


class InputError(ValueError):
    """Something given that cannot be used; the message says what to write instead."""


def parse_number(text: str, what: str, largest: float = _LARGEST) -> float:
    """A number above 0: ``1000000``, ``1_000_000``, ``1,000,000``, ``1e6``, ``1M``, ``2.5B``, ``1T``.

    Raises ``InputError`` that names ``what`` and says how to write it.
    """
    plain = text.strip().upper().replace("_", "").replace(",", "")
    found = _NUMBER.fullmatch(plain)
    if not found:
        raise InputError(f"{what}: {text.strip()!r} is no number above 0. Write it like 1000000, 1M, 2.5B or 1T.")
    value = float(found[1]) * _SUFFIXES[found[2]]
    if not 0 < value <= largest:
        bound = f"at most {short(largest)}" if value else "above 0"
        raise InputError(f"{what}: {text.strip()} has to be {bound}. Write it like 1000000, 1M, 2.5B or 1T.")
    return value


def short(value: float) -> str:
    """``1500`` is ``1.5K``, ``2.5e9`` is ``2.5B``; three significant digits."""
    return _scaled(value, (("T", 1e12), ("B", 1e9), ("M", 1e6), ("K", 1e3)), "")


def as_bytes(value: float) -> str:
    """Bytes with a decimal unit: ``29.6 GB``."""
    units = (("EB", 1e18), ("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
    return _scaled(value, units, " ", smallest="B")


def as_duration(seconds: float) -> str:
    """Seconds in the largest unit of which there is at least one: ``40 s``, ``3.2 h``, ``12 days``."""
    for unit, size in (("years", 365 * 86_400), ("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{three_digits(seconds / size)} {unit}"
    return f"{three_digits(seconds)} s"


def as_cpu_hours(seconds: float) -> str:
    """CPU time, in hours from one hour on, however many: ``40 s``, ``8.4 min``, ``581 h``, ``13.9K h``."""
    return f"{short(seconds / 3_600)} h" if seconds >= 3_600 else as_duration(seconds)


def as_money(dollars: float) -> str:
    """US dollars: ``$0.41``, ``$1.2K``, ``$3.4M``."""
    return f"${dollars:.2f}" if dollars < 100 else f"${short(dollars)}"


def three_digits(value: float) -> str:
    """Three significant digits without an exponent: more would pretend."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{round(value, decimals if decimals else 2 - math.floor(math.log10(abs(value)))):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(value: float, units: tuple[tuple[str, float], ...], blank: str, smallest: str = "") -> str:
    for unit, size in units:
        if abs(value) >= 0.9995 * size:
            return f"{three_digits(value / size)}{blank}{unit}"
    return f"{three_digits(value)}{blank if smallest else ''}{smallest}"
