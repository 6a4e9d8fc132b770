"""The smallest part of a failed day that still fails, kept as files beside the message and the seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netflix_platform_tests.fuzz.days import FuzzedDay
from netflix_platform_tests.fuzz.files import FuzzedFile, non_blank_lines

_MOST_TRIES = 200

Fails = Callable[[list[FuzzedFile]], bool]


def smallest(day: FuzzedDay, fails: Fails) -> list[FuzzedFile]:
    """Files of ``day`` that still fail when the others are gone; of a plain text file, the lines."""
    files = next(([file] for file in day.files if fails([file])), day.files)
    if len(files) > 1 or not files[0].name.endswith(".ndjson"):
        return files
    name = files[0].name
    lines = files[0].content.split(b"\n")
    part, tries = max(len(lines) // 2, 1), 0
    while tries < _MOST_TRIES:
        for start in range(0, len(lines), part):
            tries += 1
            rest = [*lines[:start], *lines[start + part :]]
            if rest and fails([_of_lines(name, rest)]):
                lines = rest
                break
        else:
            if part == 1:
                break
            part = max(part // 2, 1)
    return [_of_lines(name, lines)]


def keep(folder: Path, files: list[FuzzedFile], told: str) -> Path:
    """Write ``files`` and what is wrong with them; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    (folder / "PROBLEM.txt").write_text(told, "utf-8", "backslashreplace")
    return folder


def _of_lines(name: str, lines: list[bytes]) -> FuzzedFile:
    content = b"\n".join(lines)
    return FuzzedFile(name, content, non_blank_lines(content))
