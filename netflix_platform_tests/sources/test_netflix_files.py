"""Files that are no export: each is refused as a whole, in words that name it, what is wrong and what to do."""

import gzip
import io
import os
import random
import struct
import zipfile
from pathlib import Path

import pytest

from netflix_platform.sources.history import HistoryFileError
from netflix_platform.sources.netflix_export import FORMAT, files
from netflix_platform_tests.sources.netflix_exports import HEADER_LINE, pack

ROW = (
    "Upstairs,2021-07-13 23:53:45,01:34:18,,Paper Boats: Naïve Émigrés,,Mac,01:34:00,Not latest view,US (United States)"
)
TEXT = f"{HEADER_LINE}\n{ROW}\n"


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def protected(text: str) -> bytes:
    """A zip whose flags say that its members are encrypted, in both places where they stand."""
    content = bytearray(zipped(**{"CONTENT_INTERACTION/ViewingActivity.csv": text}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = struct.pack("<H", struct.unpack("<H", content[at : at + 2])[0] | 1)
    return bytes(content)


def damaged(text: str) -> bytes:
    """A zip whose packed bytes were changed on the way."""
    content = bytearray(zipped(**{"ViewingActivity.csv": text * 50}))
    content[80:100] = bytes(20)
    return bytes(content)


NO_EXPORTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "blanks": (b"\xef\xbb\xbf \r\n \n", "is empty"),
    "header alone": (f"{HEADER_LINE}\n".encode(), "has a header and no rows"),
    "header and blank lines": (f"{HEADER_LINE}\n\n , , \n,,,,,,,,,\n".encode(), "has a header and no rows"),
    "a web page": (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
    "another table": (
        b"Title,Rating\nPaper Boats,5\n",
        "is no viewing history of Netflix; expected the columns Profile Name",
    ),
    "some columns": (
        TEXT.replace("Device Type,", "").replace(",Country", "").encode(),
        "lacks the columns Device Type, Country",
    ),
    "a column twice": (TEXT.replace("Latest Bookmark", "Bookmark").encode(), "has the column Bookmark more than once"),
    "random bytes": (random.Random(3).randbytes(4_000), ""),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(60), ""),
    "gzip": (gzip.compress(TEXT.encode()), "is packed with gzip; unpack it first"),
    "a PDF": (b"%PDF-1.7 and so on", "is a PDF"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "is a spreadsheet (xls)"),
    "a new spreadsheet": (
        zipped(**{"xl/workbook.xml": "<workbook/>"}),
        "is a spreadsheet (xlsx); in the spreadsheet choose Save as",
    ),
    "another encoding": (TEXT.encode("cp1252"), "line 2: is not utf-8"),
    "half a UTF-16": (TEXT.encode("utf-16")[:-1], "is not utf-16"),
    "an empty zip": (zipped(), "holds no ViewingActivity.csv; its CSV files are: none"),
    "a zip of other things": (
        zipped(**{"PROFILES/Profiles.csv": "x", "b/Ratings.CSV": "x", "c.pdf": "x"}),
        "holds no ViewingActivity.csv; its CSV files are: PROFILES/Profiles.csv, b/Ratings.CSV; ask Netflix",
    ),
    "a zip of two": (
        zipped(**{"one/ViewingActivity.csv": TEXT, "two/viewingactivity.CSV": TEXT}),
        "holds several (one/ViewingActivity.csv, two/viewingactivity.CSV); unpack it",
    ),
    "a protected zip": (
        protected(TEXT),
        "is protected by a password; unpack it first with a program that asks for it (7-Zip",
    ),
    "a damaged zip": (damaged(TEXT), "cannot be unpacked"),
    "half a zip": (zipped(**{"ViewingActivity.csv": os.urandom(2_000)})[:900], "cannot be unpacked"),
    "a web page in a zip": (zipped(**{"ViewingActivity.csv": "<html>"}), "is a web page"),
    "a line without end": (
        (HEADER_LINE + "\n" + "x" * 1_200_000).encode(),
        "line 2: has more than 1,000,000 characters",
    ),
}


@pytest.mark.parametrize("case", NO_EXPORTS)
def test_what_is_no_export_is_refused_in_words(tmp_path: Path, case: str) -> None:
    content, problem = NO_EXPORTS[case]
    file = tmp_path / "ViewingActivity.csv"
    file.write_bytes(content)
    with pytest.raises(HistoryFileError) as refused:
        FORMAT.read(file)
    assert str(refused.value).startswith(str(file))
    assert problem in str(refused.value)
    assert str(refused.value).isprintable()
    FORMAT.recognizes(file)  # says yes or no, and raises nothing


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.csv", "cannot be read (No such file or directory)"),
    ):
        with pytest.raises(HistoryFileError, match=problem.replace("(", r"\(").replace(")", r"\)")):
            FORMAT.read(path)
        assert not FORMAT.recognizes(path)


@pytest.mark.parametrize("packed", [False, True])
def test_more_than_any_export_holds_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    file = tmp_path / "ViewingActivity.csv"
    for rows, refused in ((700, False), (1_000, True)):
        file.write_text(HEADER_LINE + "\n" + (ROW + "\n") * rows)
        given = pack(file, tmp_path / "bomb.zip") if packed else file
        if refused:
            with pytest.raises(HistoryFileError, match=r"holds 1\d\d,\d\d\d bytes, more than any export \(100,000\)"):
                FORMAT.read(given)
        else:
            assert FORMAT.read(given).rows == rows


def test_a_zip_that_lies_about_its_size_is_not_unpacked_beyond_it(tmp_path: Path) -> None:
    content = bytearray(zipped(**{"ViewingActivity.csv": TEXT + (ROW + "\n") * 10_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = struct.pack("<I", 1_000)
    file = tmp_path / "bomb.zip"
    file.write_bytes(content)
    with pytest.raises(HistoryFileError, match="cannot be unpacked"):
        FORMAT.read(file)


@pytest.mark.parametrize(
    "member",
    [
        "ViewingActivity.csv",
        "CONTENT_INTERACTION/ViewingActivity.csv",
        "a/b/c/VIEWINGACTIVITY.CSV",
        "../../ViewingActivity.csv",
        "/etc/ViewingActivity.csv",
    ],
)
def test_a_zip_is_read_wherever_the_file_lies_in_it_and_nothing_is_written(tmp_path: Path, member: str) -> None:
    file = tmp_path / "in" / "export.zip"
    file.parent.mkdir()
    file.write_bytes(zipped(**{"__MACOSX/._ViewingActivity.csv": "\0\0", "Ratings.csv": "x", member: TEXT}))
    before = sorted(tmp_path.rglob("*"))
    assert FORMAT.recognizes(file)
    assert FORMAT.read(file).viewings["title_name"].to_list() == ["Paper Boats: Naïve Émigrés"]
    assert sorted(tmp_path.rglob("*")) == before


def test_of_both_tables_in_a_zip_the_one_that_says_more_is_read(tmp_path: Path) -> None:
    short = 'Title,Date\n"Paper Boats","7/13/21"\n'
    file = tmp_path / "export.zip"
    file.write_bytes(zipped(**{"a/NetflixViewingHistory.csv": short, "ViewingActivity.csv": TEXT}))
    assert FORMAT.read(file).viewings["profile"].to_list() == ["Upstairs"]
    file.write_bytes(zipped(**{"a/NetflixViewingHistory.csv": short}))
    assert FORMAT.read(file).viewings["profile"].to_list() == ["Viewing history"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "any name.txt"
    file.write_bytes(TEXT.replace("\n", end).encode(encoding))
    assert FORMAT.recognizes(file)
    assert FORMAT.read(file).viewings.select("line", "title_name").rows() == [(2, "Paper Boats: Naïve Émigrés")]


RECOGNIZED = {
    "an export": (TEXT.encode(), True),
    "its header alone": (HEADER_LINE.encode(), True),
    "an export that lacks columns": (b"Profile Name;Start Time;Title\n", True),
    "the short list": (b'"Title","Date"\n', True),
    "the short list in German": (b"Titel;Datum\n", True),
    "an export's zip without the file": (zipped(**{"CONTENT_INTERACTION/MyList.csv": "x"}), True),
    "another zip": (zipped(**{"photo.jpg": "x"}), False),
    "another table": (b"Title,Rating\nPaper Boats,5\n", False),
    "the public titles file": (
        b"show_id,type,title,director,cast,country,date_added,release_year,rating,duration\n",
        False,
    ),
    "nothing": (b"", False),
    "JSON": (b'{"title": "Paper Boats", "date": 1}', False),
    "zero bytes": (bytes(100), False),
    "random bytes": (random.Random(5).randbytes(300), False),
}


@pytest.mark.parametrize("case", RECOGNIZED)
def test_what_is_recognized(tmp_path: Path, case: str) -> None:
    content, recognized = RECOGNIZED[case]
    file = tmp_path / "file"
    file.write_bytes(content)
    assert FORMAT.recognizes(file) is recognized
