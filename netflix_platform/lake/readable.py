"""Whether what lies in a raw day is a file to open at all, before anything of its content is looked at."""

from __future__ import annotations

from netflix_platform.contracts import Reason
from netflix_platform.contracts.raw_files import NOTE_SUFFIX, RAW_SUFFIXES
from netflix_platform.lake.json_lines import unopened
from netflix_platform.lake.records import RawFile, Refused

LONGEST_NOTE = 16 << 10  # bytes; a note holds a path, which may have 4 KiB, and what is wrong with it


def why_not_readable(file: RawFile) -> Refused | None:
    """Why ``file`` need not even be opened, if so."""
    try:
        if not file.path.is_file():
            problem = "is no file, or a link that leads nowhere; put a file in its place, or remove it"
        elif file.suffix is None:
            problem = f"ends in none of {', '.join(RAW_SUFFIXES)}; name it after what it holds, or remove it"
        elif file.suffix == NOTE_SUFFIX:
            with file.path.open("rb") as note:  # it may be a file of the user's own that happens to end so
                problem = note.read(LONGEST_NOTE).decode("utf-8", "backslashreplace").strip()
        elif not _is_text(str(file.path)):
            problem = "has a name that is no UTF-8; rename it"
        else:
            return None
    except OSError as error:
        return unopened(error)
    return Refused(None, Reason.UNREADABLE_FILE, problem)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name
