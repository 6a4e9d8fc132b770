"""Delimited text files that people bring (CSV, TSV): encoding, delimiter, quoting, and where in the file each row stands.

What the columns mean is the affair of whoever reads them. Rows come as they are, with too many or too few values too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DELIMITERS = (",", ";", "\t")
_HEAD_BYTES = 16_384
_SAVE_AS_UTF8 = 'save it as UTF-8 (in Excel: Save As, "CSV UTF-8")'
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class TextFileError(ValueError):
    """The file as a whole is no readable text. The message names the file, what is wrong and what to do."""


@dataclass(frozen=True)
class Row:
    """One row: the line on which it begins (from 1), its values, its text, and whether it ends within a quoted value."""

    line: int
    values: list[str]
    text: str
    is_cut: bool


def read_text(file: Path) -> str:
    """The file's text: UTF-8 with or without a byte order mark, or UTF-16 with one. Raises ``TextFileError``.

    Another encoding is refused rather than guessed: the many one-byte encodings cannot be told apart, and a wrong guess spoils
    names in silence.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TextFileError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from error
    try:
        text = content.decode("utf-16" if content[:2] in _UTF16_MARKS else "utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise TextFileError(
            f"{file}: is not UTF-8 (byte {byte:#04x} at offset {error.start}); {_SAVE_AS_UTF8}"
        ) from error
    if "\0" in text:
        raise TextFileError(f"{file}: is no text file (it holds zero bytes); {_SAVE_AS_UTF8}")
    if is_web_page(text):
        raise TextFileError(f"{file}: is a web page; download the file itself")
    return text


def first_lines(file: Path, whole: bool = True) -> list[str]:
    """The lines among the first bytes of ``file``, without their ends; none when it cannot be read or is no text.

    ``whole``: without the last one where it may go on.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(_HEAD_BYTES)
        encoding = "utf-16" if content[:2] in _UTF16_MARKS else "utf-8-sig"
        text = content.decode(encoding, errors="ignore")
    except (OSError, UnicodeError):
        return []
    if "\0" in text or is_web_page(text):
        return []
    lines = [line.rstrip("\r\n") for line in _lines(text)]
    return lines[:-1] if whole and len(content) == _HEAD_BYTES else lines


def is_web_page(text: str) -> bool:
    """Whether a text begins like HTML: what a download link gives to somebody who is not signed in."""
    return text[:200].lstrip().lower().startswith(("<!doctype html", "<html"))


def header_of(text: str) -> str:
    """The first line of ``text`` that is not empty, without its end; nothing when there is none."""
    return next((line.rstrip("\r\n") for line in _lines(text) if line.strip("\r\n")), "")


def delimiter_of(header: str) -> str:
    """The delimiter of a file by its first line: the one that it holds most of."""
    return max(DELIMITERS, key=header.count)


def header_names(line: str) -> list[str]:
    """The column names of a header line: in lower case, without blanks around them, inner blanks as ``_``; none of an odd one."""
    try:
        names = next(csv.reader([line], delimiter=delimiter_of(line)), [])
    except csv.Error:
        return []
    return ["_".join(name.lower().split()) for name in names]


def rows_of(file: Path, text: str, delimiter: str, is_quoted: bool = True) -> Iterator[Row]:
    """The rows of ``text``, the header among them; empty lines are passed over.

    Raises ``TextFileError`` where a value is longer than any value can be.
    """
    lines = _lines(text)
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE)
    begin = 0
    try:
        for values in reader:
            end = reader.line_num
            if any(value.strip() for value in values):
                row = "".join(lines[begin:end]).rstrip("\r\n")
                yield Row(begin + 1, values, row, is_cut=is_quoted and row.count('"') % 2 == 1)
            begin = end
    except csv.Error as error:
        raise TextFileError(
            f"{file}, line {begin + 1}: is no readable table from here on ({error}); perhaps a quotation mark is never closed"
        ) from error


def _lines(text: str) -> list[str]:
    """Lines with their ends, split at LF, CR and CRLF only (``splitlines`` knows more, which stand in names)."""
    return list(io.StringIO(text, newline=""))
