"""From a file or a zip to lines of text: what is packed, protected, encoded or no text at all is settled here.

Nothing is unpacked to disk, so a member's path (``../``) means nothing; what is read is bounded, so a zip bomb ends in a message.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from netflix_platform.sources.history import HistoryFileError

# About three million viewings; an account that is watched ten hours a day for twenty years has a tenth of that.
MAX_BYTES = 500_000_000
MAX_LINE = 1_000_000  # characters; a row of an export has a few hundred

# What an export's zip may hold, best first: the second says much less.
MEMBERS = ("viewingactivity.csv", "netflixviewinghistory.csv")
EXPORT_FOLDER = "CONTENT_INTERACTION"

_WANTED = "give ViewingActivity.csv from the export that Netflix sent, or the zip itself"
_SAVE_AS_UTF_8 = "in the spreadsheet choose Save as, CSV UTF-8"
_KNOWN_STARTS = (
    (b"%PDF", f"is a PDF; {_WANTED}"),
    (b"\xd0\xcf\x11\xe0", f"is a spreadsheet (xls); {_SAVE_AS_UTF_8}, or {_WANTED}"),
    (b"\x1f\x8b", f"is packed with gzip; unpack it first, or {_WANTED}"),
    (b"7z\xbc\xaf", f"is a 7z archive; unpack it first and {_WANTED}"),
    (b"Rar!", f"is a RAR archive; unpack it first and {_WANTED}"),
)
# What reading a zip may raise that is damaged or packed in a way that Python does not know.
_DAMAGES = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError, ValueError, LookupError, struct.error)
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_lines(file: Path) -> Generator[str, None, None]:
    """Yield the lines of an export without their ends, one by one. UTF-8 or UTF-16, with or without a byte order mark.

    Of a zip the member ``ViewingActivity.csv`` is read, at any depth; without one ``NetflixViewingHistory.csv``. Raises
    ``HistoryFileError`` for what cannot be read as text, names the line where it begins to be unreadable, and says what to do.
    """
    number = 1
    try:
        with _open(file) as raw, io.TextIOWrapper(raw, encoding=_encoding(file, raw), newline=None) as text:
            while line := text.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise HistoryFileError(f"{file}, line {number}: has more than {MAX_LINE:,} characters; {_WANTED}")
                yield line.removesuffix("\n")
                number += 1
    except HistoryFileError:
        raise
    except UnicodeDecodeError as error:
        # Every line that was decoded before this piece is given out already.
        place = number + len((error.object[: error.start] + b".").splitlines()) - 1
        problem = f"is not {error.encoding} ({error.reason})"
        raise HistoryFileError(f"{file}, line {place}: {problem}; {_SAVE_AS_UTF_8}, or {_WANTED}") from error
    except OSError as error:
        problem = error.strerror or str(error)
        raise HistoryFileError(f"{file}: cannot be read ({problem}); check the path and its permissions") from error
    except _DAMAGES as error:
        raise HistoryFileError(
            f"{file}: cannot be unpacked ({error}); download the export again, or unpack it first"
        ) from error


def zip_members(file: Path) -> list[str]:
    """The names of a zip's files; empty when ``file`` is no zip that can be read. Never raises."""
    try:
        with zipfile.ZipFile(file) as archive:
            return [member.filename for member in archive.infolist() if not member.is_dir()]
    except (OSError, *_DAMAGES):
        return []


@contextmanager
def _open(file: Path) -> Iterator[IO[bytes]]:
    if file.is_dir():
        raise HistoryFileError(f"{file}: is a folder; {_WANTED}")
    with file.open("rb") as raw:
        if not raw.peek(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
            _require_bearable_size(file, file.stat().st_size)
            yield raw
            return
        with zipfile.ZipFile(raw) as archive:
            member = _choose(file, archive)
            _require_bearable_size(file, member.file_size)  # more than that is not unpacked, whatever the archive holds
            with archive.open(member) as unpacked:
                yield unpacked


def _choose(file: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    # A Mac adds files "__MACOSX/._Name" that hold no data.
    members = [member for member in archive.infolist() if not PurePosixPath(member.filename).name.startswith("._")]
    for name in MEMBERS:
        found = [member for member in members if PurePosixPath(member.filename).name.casefold() == name]
        if len(found) > 1:
            names = ", ".join(member.filename for member in found)
            raise HistoryFileError(f"{file}: holds several ({names}); unpack it and import them one by one")
        if found and found[0].flag_bits & 0x1:
            raise HistoryFileError(
                f"{file}: is protected by a password; unpack it first with a program that asks for it (7-Zip, or unzip), "
                f"then import {found[0].filename}"
            )
        if found:
            return found[0]
    if any(member.filename == "xl/workbook.xml" for member in members):
        raise HistoryFileError(f"{file}: is a spreadsheet (xlsx); {_SAVE_AS_UTF_8}, or {_WANTED}")
    tables = sorted(member.filename for member in members if member.filename.casefold().endswith(".csv"))
    listed = ", ".join(tables[:20]) + (f" and {len(tables) - 20} more" if len(tables) > 20 else "")
    raise HistoryFileError(
        f"{file}: holds no ViewingActivity.csv; its CSV files are: {listed or 'none'}; "
        f"ask Netflix for an export with the viewing activity ({EXPORT_FOLDER}/ViewingActivity.csv)"
    )


def _require_bearable_size(file: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise HistoryFileError(f"{file}: holds {size:,} bytes, more than any export ({MAX_BYTES:,}); {_WANTED}")


def _encoding(file: Path, raw: IO[bytes]) -> str:
    """The encoding, by the first bytes; refuses what is no text."""
    head: bytes = raw.peek(4096)[:4096]  # type: ignore[attr-defined]  # of files and of members of a zip alike
    for start, problem in _KNOWN_STARTS:
        if head.startswith(start):
            raise HistoryFileError(f"{file}: {problem}")
    # Without a mark: text begins with a letter, and in UTF-16 one of its two bytes is zero.
    unmarked = "utf-16-be" if head[:1] == b"\x00" else "utf-16-le" if head[1:2] == b"\x00" else "utf-8"
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if head.startswith(mark)), unmarked)
    text = head.decode(encoding, errors="replace")
    if not text.strip():
        raise HistoryFileError(f"{file}: is empty; {_WANTED}")
    if text.lstrip().casefold().startswith(("<!doctype", "<html", "<?xml", "<head")):
        raise HistoryFileError(
            f"{file}: is a web page, not the file behind it; download the export again while signed in"
        )
    if "\x00" in text.partition("\n")[0]:  # further down it is the fault of one row
        raise HistoryFileError(f"{file}: is no text (it holds zero bytes); {_WANTED}")
    return encoding
