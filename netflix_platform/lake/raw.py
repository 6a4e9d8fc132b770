"""Raw days: what a source delivers is put in its place, byte for byte, with a manifest beside it. Nothing is parsed here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from netflix_platform.contracts.raw_files import NOTE_SUFFIX
from netflix_platform.lake.intake import RawDayError, raw_files
from netflix_platform.lake.layout import move_into_place, raw_day, raw_manifest, staging_folder, write_text
from netflix_platform.lake.recount import received_rows
from netflix_platform.lake.turns import writing_day
from netflix_platform.settings import Settings
from netflix_platform.sources.base import Content, Source
from netflix_platform.sources.manifests import Superseded, TakenDay, taken_day

_MOST_SUPERSEDED = 100  # versions that a manifest remembers; a file that grows all day has many


@dataclass(frozen=True)
class RawDay:
    """What lies in one raw day: file names with their sizes (bytes), rows where the source knows them.

    ``contents``: by file name what it is a copy of, ``superseded``: what lay there before in its place, both where the source
    knows; ``notices``: what the source has to say of the day.
    """

    files: Mapping[str, int]
    rows: int | None
    planted: dict[str, Any]
    contents: Mapping[str, Content] = field(default_factory=dict)
    superseded: tuple[Superseded, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(self.files.values())


# Takes out of a folder of freshly delivered files of a feed what must not come in; returns how many records it took.
Screen = Callable[[str, Path], int]


def collect_day(
    settings: Settings,
    source: Source,
    feed: str,
    day: date,
    screen: Screen = lambda feed, folder: 0,
    staging: Path | None = None,
) -> RawDay:
    """Have ``source`` write ``feed`` of arrival day ``day``, ``screen`` it, and put the files in their place.

    Each file appears whole under its name. Files that the source no longer delivers are removed; of a source that says what
    it withdraws, only those, and notes of what could not be read. The manifest comes last. ``staging``: an empty staging folder
    to use, which is empty again afterwards; many days share one, since making one costs more than a small day.
    Raises ``RawDayError`` when the folder cannot be written.
    """
    target = raw_day(settings, feed, day)
    with nullcontext(staging) if staging else staging_folder(settings, f"raw-{feed}-{day}") as folder:
        delivery = source.write_day(feed, day, folder)
        removed = screen(feed, folder)
        written = sorted(path for path in folder.iterdir() if path.is_file())
        files = {path.name: path.stat().st_size for path in written}
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(target, day, error) from error
        with writing_day(settings, feed, day):
            try:
                for path in written:
                    move_into_place(path, target / path.name)
                for lying in target.iterdir():
                    if lying.name in files:
                        continue
                    if _stays(lying.name, delivery.withdrawn):
                        files[lying.name] = lying.stat().st_size
                    else:
                        lying.unlink()
            except OSError as error:
                raise _unwritable(target, day, error) from error
            # What the source planted is no longer what lies there once records were taken out.
            rows = delivery.rows and delivery.rows - removed
            before = taken_day(settings, feed, day)
            contents = {
                name: content for name, content in {**before.contents, **delivery.contents}.items() if name in files
            }
            collected = RawDay(
                dict(sorted(files.items())),
                rows,
                {} if removed else delivery.planted,
                contents,
                _superseded(before, contents),
                delivery.notices,
            )
            write_text(settings, raw_manifest(settings, feed, day), _manifest(source.name, feed, day, collected))
    return collected


def _stays(name: str, withdrawn: frozenset[str] | None) -> bool:
    return withdrawn is not None and name not in withdrawn and not name.endswith(NOTE_SUFFIX)


def _superseded(before: TakenDay, contents: Mapping[str, Content]) -> tuple[Superseded, ...]:
    """What was superseded before and what is now: a note is no content, and what lies there again is not superseded."""
    replaced = [
        Superseded(content, before.sizes.get(name, 0))
        for name, content in before.contents.items()
        if not name.endswith(NOTE_SUFFIX) and contents.get(name) != content
    ]
    lying = set(contents.values())
    return tuple(one for one in (*before.superseded, *replaced) if one.content not in lying)[-_MOST_SUPERSEDED:]


def _unwritable(target: Path, day: date, error: OSError) -> RawDayError:
    return RawDayError(
        f"{target}: cannot be written ({error.strerror}). It must be a folder that you may write, holding files only; "
        f"mend it, then run the day again: make day DAY={day}"
    )


def recount_manifest(settings: Settings, feed: str, day: date) -> None:
    """Bring the manifest of a raw day whose files were changed on purpose up to date; one that fits stays as it is.

    What the source planted on the day is left out then, since nobody has counted it in what is left. A file of the landing
    folder that was changed in the same way stays taken.
    """
    path = raw_manifest(settings, feed, day)
    if not path.is_file():
        return
    manifest = read_manifest(path)
    files = {file.path.name: file.path.stat().st_size for file in raw_files(settings, feed, day)}
    if files == {file["name"]: file["bytes"] for file in manifest["files"]}:
        return
    rows = sum(received_rows(settings, feed, day, frozenset()).values()) if manifest["rows"] is not None else None
    taken = taken_day(settings, feed, day)
    contents = {name: _followed(settings, feed, day, name, content) for name, content in taken.contents.items()}
    recounted = RawDay(files, rows, {}, contents, taken.superseded)
    write_text(settings, path, _manifest(manifest["source"], feed, day, recounted))


def _followed(settings: Settings, feed: str, day: date, name: str, content: Content) -> Content:
    """The content of a raw file that was changed, and of its landed file if that was changed to the same bytes."""
    landed, raw = settings.landing_dir / feed / content.path, raw_day(settings, feed, day) / name
    if not (landed.is_file() and raw.is_file() and landed.stat().st_size == raw.stat().st_size):
        return content
    with landed.open("rb") as one, raw.open("rb") as other:
        sha256 = hashlib.file_digest(one, "sha256").hexdigest()
        is_same = hashlib.file_digest(other, "sha256").hexdigest() == sha256
    return Content(content.path, sha256) if is_same else content


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a raw day as it was written."""
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest


def _manifest(source: str, feed: str, day: date, collected: RawDay) -> str:
    contents = collected.contents
    files = [
        {"name": name, "bytes": size, **(_content(contents[name]) if name in contents else {})}
        for name, size in collected.files.items()
    ]
    superseded = [{"bytes": one.size_bytes, **_content(one.content)} for one in collected.superseded]
    content = {
        "feed": feed,
        "arrival_date": day.isoformat(),
        "source": source,
        "files": files,
        "rows": collected.rows,
        "planted": collected.planted,
        **({"superseded": superseded} if superseded else {}),
    }
    return json.dumps(content, indent=2) + "\n"


def _content(content: Content) -> dict[str, str]:
    return {"path": content.path, "sha256": content.sha256}
