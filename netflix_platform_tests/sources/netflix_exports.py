"""Synthetic files of the shape that Netflix sends: an account of several profiles over years, the same for the same seed.

Shows and films bear invented names, profiles those of rooms. ``write_export`` writes the account as Netflix would have sent it;
the other functions write the same viewings as they look after a spreadsheet, in a zip, or as the website's short list.
"""

import csv
import random
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from netflix_platform.sources.synthetic.names import invented_name

HEADER = (
    *("Profile Name", "Start Time", "Duration", "Attributes", "Title", "Supplemental Video Type", "Device Type"),
    *("Bookmark", "Latest Bookmark", "Country"),
)
HEADER_LINE = ",".join(HEADER)
PROFILES = (("Living room", 0.55), ("Upstairs", 0.33), ("Guest", 0.12))
LAST_DAY = date(2026, 6, 30)
MIDNIGHT = time()

_DEVICES = {
    "Living room": ("Samsung 2018 KantM UHD TV Smart TV", "Apple TV 4K", "PlayStation 4"),
    "Upstairs": ("Chrome PC (Cadmium)", "iPhone 12", "DefaultWidevineAndroidTablets"),
    "Guest": ("Android DefaultWidevineL3Phone Android Phone", "FireTV 4K Stick 2018", "Apple iPad Pro 12.9 in iPad"),
}
_SUPPLEMENTS = (
    "HOOK",
    "HOOK",
    "HOOK",
    "TRAILER",
    "TRAILER",
    "TEASER_TRAILER",
    "PREVIEW",
    "PROMOTIONAL",
    "BUMPER",
    "RECAP",
)
_SHARE_SUPPLEMENTS, _SHARE_TWICE = 0.08, 0.005
_NUMBER_WORDS = (
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
)
_MOST_IN_ONE_SITTING = 9


@dataclass(frozen=True)
class Watched:
    """A row before it is written."""

    profile: str
    start: datetime
    seconds: int
    title: str
    device: str
    bookmark: int
    country: str = "US (United States)"
    attributes: str = ""
    supplement: str = ""


def write_export(
    folder: Path,
    rows: int = 18_000,
    seed: int = 7,
    days: int = 9 * 365,
    last_day: date = LAST_DAY,
    until: date | None = None,
) -> Path:
    """Write ``folder/ViewingActivity.csv`` with ``rows`` rows over ``days`` days up to ``last_day``; return its path.

    Films, series of several seasons watched in order, evenings with several episodes in a row, viewings over midnight and over
    New Year, rows that are there twice, trailers and previews. ``until`` gives the export that the same account would have been
    sent earlier: its rows up to that day, with the bookmarks of that day.
    """
    chance = random.Random(f"netflix export {seed}")
    first_day = last_day - timedelta(days=days - 1)
    extras, twice = int(rows * _SHARE_SUPPLEMENTS), int(rows * _SHARE_TWICE)
    viewings: list[Watched] = []
    left = rows - extras - twice
    for place, (profile, share) in enumerate(PROFILES):
        wanted = left - len(viewings) if place == len(PROFILES) - 1 else int(left * share)
        viewings += _profile(chance, profile, wanted, first_day, (last_day - first_day).days, seed)
    written = (
        viewings
        + chance.sample(viewings, twice)
        + [_trailer(chance, one) for one in chance.choices(viewings, k=extras)]
    )
    if until is not None:
        written = [one for one in written if one.start.date() <= until]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ViewingActivity.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_texts(written))
    return file


def save_as_spreadsheet(
    file: Path,
    target: Path,
    separator: str = ",",
    encoding: str = "utf-8-sig",
    form: str = "{m}/{d}/{y} {hour}:{minute:02}",
) -> Path:
    """Write what a spreadsheet makes of an export: starts in ``form`` and without seconds, ``0:26:38``, CRLF, separator, mark."""
    with (
        file.open(encoding="utf-8", newline="") as text,
        target.open("w", encoding=encoding, newline="") as saved,
    ):
        reader = csv.DictReader(text)
        writer = csv.DictWriter(saved, HEADER, delimiter=separator, lineterminator="\r\n")
        writer.writeheader()
        for row in reader:
            start = datetime.fromisoformat(row["Start Time"])
            parts = {"m": start.month, "d": start.day, "y": start.year, "hour": start.hour, "minute": start.minute}
            row["Start Time"] = form.format(**parts)
            for column in ("Duration", "Bookmark", "Latest Bookmark"):
                row[column] = row[column].removeprefix("0")
            writer.writerow(row)
    return target


def pack(file: Path, target: Path, member: str = "CONTENT_INTERACTION/ViewingActivity.csv") -> Path:
    """Write the zip that Netflix sends: the file among others."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Cover sheet.pdf", b"%PDF-1.4")
        archive.writestr("CONTENT_INTERACTION/SearchHistory.csv", "Profile Name,Query Typed\n")
        archive.write(file, member)
        archive.writestr("PROFILES/Profiles.csv", "Profile Name\n")
    return target


def write_short_history(file: Path, target: Path, profile: str = "Upstairs", form: str = "{m}/{d}/{y:02}") -> Path:
    """Write the website's short list for one profile of an export: titles without episode numbers, days in ``form``."""
    with (
        file.open(encoding="utf-8", newline="") as text,
        target.open("w", encoding="utf-8", newline="") as short,
    ):
        writer = csv.writer(short, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("Title", "Date"))
        for row in csv.DictReader(text):
            if row["Profile Name"] == profile and not row["Supplemental Video Type"]:
                day = date.fromisoformat(row["Start Time"][:10])
                title = row["Title"].partition(" (Episode ")[0]
                writer.writerow((title, form.format(m=day.month, d=day.day, y=day.year % 100)))
    return target


def _profile(chance: random.Random, profile: str, wanted: int, first: date, days: int, seed: int) -> list[Watched]:
    """What one profile watched: one sitting on an evening, several titles in it, one after the other."""
    mean = max(2.6, wanted / (0.75 * days))
    sizes: list[int] = []
    while sum(sizes) < wanted:
        sizes.append(min(_MOST_IN_ONE_SITTING, 1 + int(chance.expovariate(1 / (mean - 0.5))), wanted - sum(sizes)))
    new_years_eves = [day for day in range(days) if (first + timedelta(days=day)).strftime("%m-%d") == "12-31"]
    evenings = set(new_years_eves[: len(sizes)])
    evenings |= set(chance.sample([day for day in range(days) if day not in evenings], len(sizes) - len(evenings)))
    titles, watched = _titles(chance, seed), []
    for day, size in zip(sorted(evenings), sizes, strict=True):
        at = datetime.combine(first + timedelta(days=day), MIDNIGHT) + timedelta(
            seconds=chance.randrange(63_000, 81_000)
        )
        if day in new_years_eves:
            at = at.replace(hour=23, minute=chance.randrange(20, 55))
        device = chance.choices(_DEVICES[profile], weights=(7, 2, 1))[0]
        country = "FR (France)" if (first + timedelta(days=day)).isocalendar().week == 31 else "US (United States)"
        for number in range(size):
            title, runtime = next(titles)
            seconds = runtime - chance.randrange(15, 90)
            if number == size - 1 and size > 1 and chance.random() < 0.15:
                seconds = chance.randrange(5, seconds)  # fell asleep
            attributes = "Autoplayed: user action: User_Interaction; " if number and chance.random() < 0.2 else ""
            watched.append(Watched(profile, at, seconds, title, device, seconds, country, attributes))
            at += timedelta(seconds=seconds + chance.randrange(4, 240))
    return watched


def _titles(chance: random.Random, seed: int) -> Iterator[tuple[str, int]]:
    """One title after the other as a profile watches them, with the runtime in seconds: series in order, films in between."""
    while True:
        if chance.random() < 0.3:
            yield _film(chance, seed)
            continue
        for one in _series(chance.randrange(120), seed):
            yield one
            if chance.random() < 0.08:
                yield _film(chance, seed)
            if chance.random() < 0.02:
                break  # given up


def _film(chance: random.Random, seed: int) -> tuple[str, int]:
    number = chance.randrange(1_000, 1_400)
    name = invented_name(number, seed)
    endings = ("", "", "", ": Part Two", ": The Return", " Vol. 2")
    return name + endings[number % len(endings)], 4_800 + number % 60 * 60


def _series(number: int, seed: int) -> list[tuple[str, int]]:
    """All episodes of a series in order, named in one of the ways that Netflix names them."""
    name, shape, runtime = invented_name(number, seed), number % 8, 1_320 + number % 37 * 60
    seasons = 1 if shape == 0 else 1 + number % 5
    episodes: list[tuple[str, int]] = []
    for season in range(1, seasons + 1):
        marker = {
            0: "Limited Series",
            1: f"Part {season}",
            2: f"Volume {season}",
            3: f"{name} {season}",
            4: f"Book {_NUMBER_WORDS[season - 1]}",
        }.get(shape, f"Season {season}")
        for episode in range(1, 7 + number % 7):
            own = invented_name(5_000 + number * 100 + season * 13 + episode, seed)
            called = {
                0: f"Episode {episode}",
                3: f"Chapter {_NUMBER_WORDS[episode - 1]}: {own}",
                5: f"{own}: Part 1",
            }.get(shape, own)
            episodes.append((f"{name}: {marker}: {called} (Episode {episode})", runtime))
    return episodes


def _trailer(chance: random.Random, near: Watched) -> Watched:
    """A trailer or preview shortly before a viewing."""
    seconds, kind = chance.randrange(1, 90), chance.choice(_SUPPLEMENTS)
    return replace(
        near,
        start=near.start - timedelta(seconds=seconds + chance.randrange(1, 300)),
        seconds=seconds,
        title=f"{near.title.partition(':')[0]} ({kind.capitalize()})",
        bookmark=seconds,
        attributes="Autoplayed: user action: None; ",
        supplement=kind,
    )


def _texts(written: Sequence[Watched]) -> Iterator[tuple[str, ...]]:
    """The rows as Netflix orders them: profile by profile, newest first."""
    order = {profile: place for place, (profile, _) in enumerate(PROFILES)}
    latest: dict[tuple[str, str], datetime] = {}
    for one in written:
        key = (one.profile, one.title)
        latest[key] = max(latest.get(key, one.start), one.start)
    for one in sorted(written, key=lambda one: (-order[one.profile], one.start, one.title), reverse=True):
        bookmark = _clock(one.bookmark)
        newest = latest[one.profile, one.title] == one.start
        yield (
            one.profile,
            f"{one.start:%Y-%m-%d %H:%M:%S}",
            _clock(one.seconds),
            one.attributes,
            one.title,
            one.supplement,
            one.device,
            bookmark,
            bookmark if newest else "Not latest view",
            one.country,
        )


def _clock(seconds: int) -> str:
    return f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
