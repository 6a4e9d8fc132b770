"""What a title of an export names: a film, or an episode of a season of a series. Pure functions: text in, ``Title`` out.

A title is segments with a colon and a blank between them, for example ``Show: Season 1: Name of the episode (Episode 3)``. A
season's marker is a segment after the first:

- certain: a season word with a number (``Season 2``, ``Staffel 2``, ``2. sezon``) or what a series of one season has instead
  (``Limited Series``, season 1). The leftmost counts, whatever stands before it.
- likely: ``Part``, ``Volume``, ``Chapter``, ``Book``, ``Collection`` or ``Act`` with a number, a year, the series' own name with
  or without a number (``Show: Show 2: …``), ``The Final Season``. Films have such names too (``Film: Part Two``), so that it
  counts only when a further segment, the episode, follows, and only when there is no certain one.

Without a marker ``(Episode 3)`` at the end, or ``Episode 3`` as the last segment, still tells of an episode: of a series whose
season is not named in words that are known; the last segment is then the episode's name. Whatever remains is a film, and its
title stays whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from netflix_platform.sources.netflix_export.words import (
    CHAPTER_WORDS,
    EPISODE_WORDS,
    LAST_SEASON,
    ONE_SEASON,
    ORDINALS,
    PART_WORDS,
    SEASON_WORDS,
    fold,
    read_number,
)


@dataclass(frozen=True)
class Title:
    """A film or an episode. ``name`` is the film's name, ``Show: Season 1``, or the series' name where no season is named."""

    name: str
    kind: str  # film or season
    series: str | None = None
    season: int | None = None
    episode: int | None = None
    episode_name: str | None = None


def _any_of(words: frozenset[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# French sets a blank before the colon too, East Asian languages none at all around their wide one.
_WIDE_COLON, _WIDE_BRACKET = "\uff1a", "\uff08"
_COLONS = f" :{_WIDE_COLON}"
_BETWEEN = re.compile(rf"\s*:\s+|\s*{_WIDE_COLON}\s*")
_NUMBER = r"(?:\s*[.#-]?\s*(?P<digits>\d{1,4})|\s+(?P<word>[^\W\d_]+(?:[ -][^\W\d_]+)?))"
_NUMBER_FIRST = rf"(?:the )?(?P<first>\d{{1,4}}|[ivx]+|{'|'.join(ORDINALS)})\s?(?:\.|a|o|e|er|re|eme|st|nd|rd|th)?\s*"
_SEASON = re.compile(rf"(?:{_any_of(SEASON_WORDS)}){_NUMBER}|{_NUMBER_FIRST}(?:{_any_of(SEASON_WORDS)})")
_SEASON_AND_MORE = re.compile(rf"(?:{_any_of(SEASON_WORDS)})\s*(?P<digits>\d{{1,4}})\s*[\s,(–-]\s*\S.*")
_EAST_ASIAN_SEASON = re.compile(
    rf"第\s*(?P<first>\d{{1,3}}|[一二三四五六七八九十])\s*(?:季|期|部|辑|輯|{fold('シーズン')})"
)
_PART = re.compile(rf"(?:{_any_of(PART_WORDS)}){_NUMBER}|{_NUMBER_FIRST}(?:{_any_of(PART_WORDS)})")
_YEAR = re.compile(r"(?:19|20)\d\d")

_EPISODE = (
    rf"(?:(?:{_any_of(EPISODE_WORDS)})\s*(\d{{1,5}})|(\d{{1,5}})\.?\s*(?:{_any_of(EPISODE_WORDS)})"
    rf"|第\s*(\d{{1,5}})\s*[集話话回]|{fold('제')}?\s*(\d{{1,5}})\s*{fold('화')})"
)
_EPISODE_ALONE = re.compile(_EPISODE)
_EPISODE_IN_BRACKETS = re.compile(rf"\s*\(\s*{_EPISODE}\s*\)$")
_NUMBERED_NAME = re.compile(rf"(?:{_any_of(EPISODE_WORDS | CHAPTER_WORDS)}){_NUMBER}(?=$|\s*[:.,–—-])")
_NUMBERED_PART = re.compile(rf"(?:{_any_of(PART_WORDS)}){_NUMBER}")

_HIGHEST_SEASON, _HIGHEST_EPISODE = 1_000, 10_000  # the contracts' bounds: what is outside is no number of a season


def read_title(text: str) -> Title:
    """Read a title as an export has it. Never raises; a text without any known sign is a film of that name."""
    whole = " ".join(text.split())
    body, explicit = _without_episode(whole)
    segments = _segments(body)
    place, season = _marker(body, segments)
    if place:
        start, end = segments[place]
        series, label, name = _before(body, start), body[start:end], _after(body, end)
    elif explicit is not None or _only_number(body, segments) is not None:
        start, end = segments[-1]
        series, label = _before(body, start) or body.strip(_COLONS) or body, None
        name = body[start:end] if start else ""
        explicit = explicit if explicit is not None else _only_number(body, segments)
    else:
        return Title(whole, "film")
    number = explicit if explicit is not None else _number_in(name)
    return Title(
        name=f"{series}: {label}" if label else series,
        kind="season",
        series=series,
        season=season if season is not None and 1 <= season <= _HIGHEST_SEASON else None,
        episode=number if number is not None and 1 <= number <= _HIGHEST_EPISODE else None,
        episode_name=name or None,
    )


def _without_episode(text: str) -> tuple[str, int | None]:
    """The title without ``(Episode 3)`` at its end, and the 3. ``fold`` may change the length, so the bracket is found anew."""
    match = _EPISODE_IN_BRACKETS.search(fold(text))
    opening = max(text.rfind("("), text.rfind(_WIDE_BRACKET))
    if not match or opening < 1:
        return text, None
    return text[:opening].strip(), int(next(group for group in match.groups() if group))


def _segments(text: str) -> list[tuple[int, int]]:
    """Where each segment begins and ends."""
    gaps = [match.span() for match in _BETWEEN.finditer(text)]
    starts, ends = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)]
    return list(zip(starts, ends, strict=True))


def _before(text: str, start: int) -> str:
    return _BETWEEN.sub(": ", text[:start]).strip(_COLONS)


def _after(text: str, end: int) -> str:
    return text[end:].lstrip(_COLONS)


def _marker(text: str, segments: list[tuple[int, int]]) -> tuple[int, int | None]:
    """The segment that marks the season (0: none does), and the season's number where it has one."""
    places = [place for place in range(1, len(segments)) if _before(text, segments[place][0])]
    folded = {place: fold(text[slice(*segments[place])]) for place in places}
    for place in places:
        if folded[place] in ONE_SEASON:
            return place, 1
        number = _number(_SEASON.fullmatch(folded[place]) or _EAST_ASIAN_SEASON.fullmatch(folded[place]))
        if number is not None:
            return place, number
    for place in places:
        start, end = segments[place]
        if not _after(text, end):
            continue
        label = folded[place]
        if label in LAST_SEASON or _YEAR.fullmatch(label):
            return place, None
        number = _number(_SEASON_AND_MORE.fullmatch(label) or _PART.fullmatch(label))
        if number is None:
            number = _own_name(label, fold(_before(text, start)))
        if number is not None:
            return place, number
    return 0, None


def _number(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    groups = match.groupdict()
    return read_number(groups.get("digits") or groups.get("word") or groups.get("first") or "")


def _own_name(label: str, series: str) -> int | None:
    """The season of ``Show: Show 2: …``; of ``Show: Show: …`` the first."""
    if not series or not label.startswith(series):
        return None
    rest = label[len(series) :]
    return 1 if not rest else read_number(rest.strip()) if rest.startswith(" ") else None


def _only_number(text: str, segments: list[tuple[int, int]]) -> int | None:
    """The 3 of a last segment ``Episode 3`` behind a series' name."""
    start, end = segments[-1]
    match = _EPISODE_ALONE.fullmatch(fold(text[start:end])) if _before(text, start) else None
    return int(next(group for group in match.groups() if group)) if match else None


def _number_in(name: str) -> int | None:
    """The number that an episode's name begins with: ``Episode 3``, ``Chapter Three: …``, or all of ``Part 3``."""
    folded = fold(name)
    number = _number(_NUMBERED_NAME.match(folded) or _NUMBERED_PART.fullmatch(folded))
    if number is None and (match := _EPISODE_ALONE.fullmatch(folded)):
        number = int(next(group for group in match.groups() if group))
    return number
