"""Text files that people bring: encodings, delimiters, and rows that keep their place and text whatever their quoting."""

from pathlib import Path

import pytest

from netflix_platform.sources.delimited import (
    TextFileError,
    delimiter_of,
    first_lines,
    header_names,
    header_of,
    read_text,
    rows_of,
)


def written(folder: Path, content: bytes) -> Path:
    file = folder / "table.csv"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path, "naïve;été\r\n1;2\r\n".encode(encoding))
    assert read_text(file) == "naïve;été\r\n1;2\r\n"
    assert first_lines(file) == ["naïve;été", "1;2"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "naïve".encode("cp1252"),
            r'is not UTF-8 \(byte 0xef at offset 2\); save it as UTF-8 \(in Excel: Save As, "CSV UTF-8"',
        ),
        (b"a,b\x00", "is no text file"),
        (b"\n <!DOCTYPE html><html>", "is a web page; download the file itself"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, told: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(TextFileError, match=told) as error:
        read_text(file)
    assert str(file) in str(error.value)


def test_a_missing_file_is_refused_by_name_and_has_no_lines(tmp_path: Path) -> None:
    with pytest.raises(TextFileError, match=r"no\.csv: cannot be read"):
        read_text(tmp_path / "no.csv")
    assert first_lines(tmp_path / "no.csv") == []
    assert first_lines(tmp_path) == []


def test_the_first_lines_are_whole(tmp_path: Path) -> None:
    file = written(tmp_path, b"head\n" + b"x" * 20_000)
    assert first_lines(file) == ["head"]
    assert len(first_lines(file, whole=False)) == 2


@pytest.mark.parametrize(("header", "delimiter"), [("a,b", ","), ("a;b,c;d", ";"), ("a\tb", "\t"), ("a", ",")])
def test_the_delimiter_is_what_the_header_holds_most_of(header: str, delimiter: str) -> None:
    assert delimiter_of(header) == delimiter


def test_header_names_are_plain() -> None:
    assert header_of('\r\n"Show Title"; RUNTIME ;x\r1;2;3\r') == '"Show Title"; RUNTIME ;x'
    assert header_names('"Show Title"; RUNTIME ;x') == ["show_title", "runtime", "x"]
    assert (header_of("\n"), header_names(""), header_names("x" * 200_000)) == ("", [], [])


def test_rows_keep_their_line_and_text() -> None:
    text = 'a;b\r\n1;"two\r\nlines"\r\n\r\n;\r\n3;4;5\r\n6;"never closed\r\n7;8\r\n'
    rows = list(rows_of(Path("x"), text, ";"))
    assert [(row.line, row.values, row.is_cut) for row in rows] == [
        (1, ["a", "b"], False),
        (2, ["1", "two\r\nlines"], False),
        (6, ["3", "4", "5"], False),
        (7, ["6", "never closed\r\n7;8\r\n"], True),
    ]
    assert rows[1].text == '1;"two\r\nlines"'
    assert [row.values for row in rows_of(Path("x"), 'a\t"b\nc\td', "\t", is_quoted=False)] == [["a", '"b'], ["c", "d"]]


def test_a_value_without_end_is_refused_with_its_line() -> None:
    with pytest.raises(TextFileError, match=r"x, line 2: is no readable table from here on .*quotation mark"):
        list(rows_of(Path("x"), 'a,b\n1,"' + "x" * 200_000, ","))
