"""What ``make check-mapping`` prints: the first rows as they would be, what would become of all, why, and what is left over."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netflix_platform.contracts.mapping_file import MappingError
from netflix_platform.lake.mapping_check import CheckError, MappingCheck, check_mapping
from netflix_platform.settings import Settings

_LEFT: Any = {"title_justify": "left", "title_style": "bold"}
_LONGEST, _LONGEST_LINE, _LONGEST_LIST = 32, 200, 10_000  # characters that are shown of a value, a line, a list
_MOST_UNUSED = 30


def check_and_tell(settings: Settings, file: str, mapping: str | None, feed: str | None) -> int:
    """Check ``file`` and print what was found; returns 0 when no row would be refused, else 1."""
    try:
        chosen = dataclasses.replace(settings, mapping=Path(mapping)) if mapping else settings
        check = check_mapping(chosen, Path(file), feed)
    except (CheckError, MappingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print_check(check, Console(highlight=False, width=None if sys.stdout.isatty() else 120))
    return 1 if check.quarantined_rows else 0


def print_check(check: MappingCheck, console: Console) -> None:
    """Print all of it; whatever comes from the file is shown without its control characters."""
    way = "through the mapping" if check.is_mapped else "in the contract's own shape"
    of = "all rows" if check.is_whole else f"the first {check.sampled_rows:,} rows; the file has more"
    console.print()
    console.print(_shown(f"{check.file} as {check.feed}, {way} ({of}).", _LONGEST_LIST), soft_wrap=True)
    console.print()
    console.print(_fields(check))
    console.print(
        f"\nOf {check.sampled_rows:,} rows: {check.accepted_rows:,} accepted, {check.repeated_rows:,} repeated, "
        f"{check.quarantined_rows:,} quarantined. Days are judged when the file arrives."
    )
    if check.refusals:
        console.print()
        console.print(_refusals(check))
    if check.unused:
        listed = [f"{name} ({rows:,})" for name, rows in list(check.unused.items())[:_MOST_UNUSED]]
        more = f" and {len(check.unused) - _MOST_UNUSED} more" if len(check.unused) > _MOST_UNUSED else ""
        console.print()
        told = f"Nothing uses, and extra_fields keeps (rows): {', '.join(listed)}{more}"
        console.print(_shown(told, _LONGEST_LIST), soft_wrap=True)


def _fields(check: MappingCheck) -> Table:
    table = Table(title="The first rows", **_LEFT)
    table.add_column("field", no_wrap=True)
    if check.is_mapped:
        table.add_column("from")
    table.add_column("filled", justify="right")
    rows = max((len(field.values) for field in check.fields), default=0)
    for number in range(1, rows + 1):
        table.add_column(f"row {number}")
    for field in check.fields:
        origin = [_shown(field.origin, _LONGEST)] if check.is_mapped else []
        values = [_shown(value or "", _LONGEST) for value in field.values]
        table.add_row(field.name, *origin, f"{field.filled_rows:,}", *values)
    return table


def _refusals(check: MappingCheck) -> Table:
    table = Table(title="What would be quarantined, each with the first line", show_lines=True, **_LEFT)
    for heading in ("reason", "field"):
        table.add_column(heading, no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column("why, and for example")
    for refusal in check.refusals:
        line = f"line {refusal.line:,}: " if refusal.line is not None else ""
        example = _shown(f"{line}{refusal.original}", _LONGEST_LINE)
        told = Text.assemble(_shown(refusal.detail, _LONGEST_LINE * 2), "\n", example)
        table.add_row(refusal.reason, refusal.field or "", f"{refusal.rows:,}", told)
    return table


def _shown(text: str, longest: int) -> Text:
    """``text`` as it can be printed: no markup, no control characters, no longer than ``longest``."""
    plain = "".join(sign if sign.isprintable() else "·" for sign in text[: longest + 1])
    return Text(plain if len(plain) <= longest else f"{plain[:longest]}…")
