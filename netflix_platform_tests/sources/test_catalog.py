"""A titles file with every known kind of dirt: each mended or refused, and each of it told."""

import csv
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_platform.contracts import TITLES
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform.sources.catalog import Catalog, CatalogError, load_catalog

HEADER = "show_id,type,title,director,{cast},country,date_added,release_year,rating,duration,listed_in,description"
ROWS = (
    's1,Movie,Paper Boats,A. Person,"B. Person, C. Person",Poland,2021-Sep-25,2020,PG-13,90 min,"Dramas, Comedies",text',
    's2,TV Show,Night Ferry,,D. Person,South Korea,"September 24, 2021",2021,TV-MA,3 Seasons,"TV Dramas, TV Mysteries",text',
    's3,Movie,Short Talk,E. Person,,United States,"2017-Apr-04",2017,74 min,,Stand-Up Comedy,minutes in rating',
    's4,Movie,Two Commas,,,", France, Algeria",25-Sep-21,2021,TV-14,101 min,"A, B, C, D",stray comma in country',
    's5,TV Show,Blank Date,,,,,2013,,1 Season,British TV Shows,"no date, no country, no rating"',
    's6,Movie,Padded ,,,"India,", 2019-11-01 ,2019,TV-MA,120 min,Dramas,"blanks around title and date, two\nlines"',
)


def catalog_file(folder: Path, *rows: str, cast: str = "casts", end: str = "\r\n", mark: str = "") -> Path:
    file = folder / "titles.csv"
    lines = [HEADER.format(cast=cast), *rows]
    file.write_bytes((mark + end.join(lines) + end).encode())
    return file


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return load_catalog(catalog_file(tmp_path, *ROWS))


def title(catalog: Catalog, title_id: str) -> dict[str, object]:
    return catalog.titles.row(by_predicate=pl.col("title_id") == title_id, named=True)


def test_films_and_seasons(catalog: Catalog) -> None:
    assert list(catalog.titles["title_id"]) == ["s1", "s2-1", "s2-2", "s2-3", "s3", "s4", "s5-1", "s6"]
    assert [name for name in TITLES.column_names if name != "changed_ts"] == sorted(
        catalog.titles.columns, key=TITLES.column_names.index
    )
    assert title(catalog, "s1") == {
        "title_id": "s1",
        "title_name": "Paper Boats",
        "title_type": "film",
        "series_name": None,
        "season_number": None,
        "genres": "Dramas, Comedies",
        "language": "Polish",
        "is_original": None,
        "release_date": date(2021, 9, 25),
        "runtime_minutes": 90,
        "episode_count": None,
        "maturity_rating": "PG-13",
    }
    season = title(catalog, "s2-3")
    assert (season["title_name"], season["series_name"], season["season_number"]) == (
        "Night Ferry: Season 3",
        "Night Ferry",
        3,
    )
    assert (season["language"], season["release_date"]) == ("Korean", date(2021, 9, 24))
    assert title(catalog, "s2-1")["release_date"] == date(2021, 9, 24) - timedelta(weeks=104)
    assert 45 <= season["runtime_minutes"] <= 1_080
    assert season["episode_count"] >= 1


def test_each_kind_of_dirt_is_mended_and_told(catalog: Catalog) -> None:
    moved = title(catalog, "s3")
    assert (moved["runtime_minutes"], moved["maturity_rating"]) == (74, None)
    assert (title(catalog, "s4")["language"], title(catalog, "s4")["genres"]) == ("French", "A, B, C")
    assert (title(catalog, "s5-1")["release_date"], title(catalog, "s5-1")["language"]) == (None, "English")
    padded = title(catalog, "s6")
    assert (padded["title_name"], padded["release_date"], padded["language"]) == ("Padded", date(2019, 11, 1), "Hindi")
    report = catalog.report
    assert (report.rows_read, report.rows_used, report.titles, report.messages()) == (6, 6, 8, [])
    assert report.mended == {
        "minutes_in_rating": 1,
        "date_whitespace": 1,
        "stray_comma_in_country": 2,
        "title_whitespace": 1,
    }
    assert report.missing == {"director": 4, "casts": 4, "country": 1, "date_added": 1, "rating": 1}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2021-Sep-25", date(2021, 9, 25)),
        ("September 25, 2021", date(2021, 9, 25)),
        (" August 4, 2017", date(2017, 8, 4)),
        ("25-Sep-21", date(2021, 9, 25)),
        ("2021-09-25", date(2021, 9, 25)),
    ],
)
def test_dates_in_every_known_form(tmp_path: Path, text: str, read: date) -> None:
    file = catalog_file(tmp_path, f's1,Movie,A,,,France,"{text}",2020,R,90 min,Dramas,')
    assert load_catalog(file).titles["release_date"][0] == read


@pytest.mark.parametrize("cast", ["cast", "casts"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_byte_order_mark_and_the_name_of_the_cast_do_not_matter(
    tmp_path: Path, catalog: Catalog, cast: str, end: str, mark: str
) -> None:
    assert load_catalog(catalog_file(tmp_path, *ROWS, cast=cast, end=end, mark=mark)).titles.equals(catalog.titles)


@pytest.mark.parametrize(("delimiter", "kind"), [(";", "semicolon_separated"), ("\t", "tab_separated")])
def test_other_delimiters_are_read_and_told(tmp_path: Path, catalog: Catalog, delimiter: str, kind: str) -> None:
    file = tmp_path / "titles.csv"
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        rows = csv.reader([HEADER.format(cast="cast"), *ROWS])
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    other = load_catalog(file)
    assert other.titles.equals(catalog.titles)
    assert other.report.mended - catalog.report.mended == {kind: 1}
    assert other.report.as_dict()["mended"][kind] == 1


def test_columns_by_other_names_are_taken_and_told(tmp_path: Path, catalog: Catalog) -> None:
    header = (
        "ID,Content Type,Title,Directors,Cast,Country,Date Added,Release Year,Age_Rating,Duration,Genres,Description"
    )
    file = tmp_path / "titles.csv"
    file.write_text("\n".join([header, *ROWS]))
    other = load_catalog(file)
    assert other.titles.equals(catalog.titles)
    assert other.report.mended - catalog.report.mended == {"renamed_column": 5}
    assert other.report.as_dict()["renamed"] == {
        "age_rating": "rating",
        "content_type": "type",
        "directors": "director",
        "genres": "listed_in",
        "id": "show_id",
    }
    assert catalog.report.as_dict()["renamed"] == {}


def test_a_column_by_its_own_name_outranks_its_aliases(tmp_path: Path, catalog: Catalog) -> None:
    file = tmp_path / "titles.csv"
    numbered = [f"{number},{row}" for number, row in enumerate(ROWS)]
    file.write_text("\n".join(["id," + HEADER.format(cast="cast"), *numbered]))
    other = load_catalog(file)
    assert other.titles.equals(catalog.titles)
    assert other.report.renamed == {}


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_an_index_in_front_and_empty_columns_behind_are_passed_over_and_told(
    tmp_path: Path, catalog: Catalog, name: str
) -> None:
    file = tmp_path / "titles.csv"
    numbered = [f"{number},{row},," for number, row in enumerate(ROWS)]
    file.write_text("\n".join([f"{name},{HEADER.format(cast='cast')},,Unnamed: 13", *numbered]))
    other = load_catalog(file)
    assert other.titles.equals(catalog.titles)
    assert other.report.mended - catalog.report.mended == {"index_column": 1, "unnamed_column": 2}


def test_a_file_of_windows_is_refused_with_how_to_save_it(tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    file.write_bytes("\n".join([HEADER.format(cast="cast"), ROWS[0].replace("Paper", "Été")]).encode("cp1252"))
    with pytest.raises(CatalogError, match=r'is not UTF-8 \(byte 0xc9 .*in Excel: Save As, "CSV UTF-8"'):
        load_catalog(file)


def test_a_row_that_breaks_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "titles.csv"
    file.write_text("\n".join([HEADER.format(cast="cast"), ROWS[0], ROWS[2].rsplit(",", 1)[0] + ',"no end']))
    report = load_catalog(file).report
    assert [(refusal.line, refusal.reason) for refusal in report.refusals] == [(3, "wrong_number_of_fields")]


def test_rows_that_cannot_be_used_are_refused_with_their_line(tmp_path: Path) -> None:
    file = catalog_file(
        tmp_path,
        ROWS[5],  # takes lines 2 and 3
        "s1,Movie,No length,,,France,2021-09-25,2020,R,,Dramas,",
        "s2,Movie,Seasons of a film,,,France,2021-09-25,2020,R,2 Seasons,Dramas,",
        "s3,Series,Neither,,,France,2021-09-25,2020,R,90 min,Dramas,",
        "s6,Movie,The id again,,,France,2021-09-25,2020,R,90 min,Dramas,",
        ",Movie,No id,,,France,2021-09-25,2020,R,90 min,Dramas,",
        "s7,Movie, ,,,France,2021-09-25,2020,R,90 min,Dramas,",
        "s8,Movie,Odd date,,,France,last year,2020,R,90 min,Dramas,",
        "s9,Movie,Too few values,,,France",
        "s10,TV Show,Nothing,,,France,2021-09-25,2020,R,0 Seasons,Dramas,",
    )
    catalog = load_catalog(file)
    assert list(catalog.titles["title_id"]) == ["s6"]
    refusals = [(refusal.line, refusal.reason) for refusal in catalog.report.refusals]
    assert refusals == [
        (4, "unreadable_duration"),
        (5, "unreadable_duration"),
        (6, "unknown_type"),
        (7, "repeated_show_id"),
        (8, "bad_show_id"),
        (9, "missing_title"),
        (10, "unreadable_date"),
        (11, "wrong_number_of_fields"),
        (12, "unreadable_duration"),
    ]
    assert catalog.report.rows_read == 10 == catalog.report.rows_used + len(refusals)
    assert catalog.report.refused_by_reason["unreadable_duration"] == 3
    first = catalog.report.messages()[0]
    assert first == f"{file}, line 4: duration '' is no duration; write it like 90 min or 2 Seasons"
    assert not catalog.report.missing["rating"]  # a refused row counts nowhere else


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "missing columns show_id"),
        (b"name,year\nA,2020\n", r"missing columns show_id, type, title, .*expected a CSV file .*found name, year"),
        (HEADER.format(cast="actors").encode(), r"missing columns cast \(or casts\)"),
        (HEADER.format(cast="cast").encode() + b"\n", "holds no usable title"),
        (HEADER.format(cast="cast").encode() + b"\ns1,Movie,\xe9t\xe9,,,,,,,90 min,,\n", "is not UTF-8"),
        (b"PAR1\x00\x01" * 50, "is no"),
        (
            HEADER.format(cast="cast").encode() + b"\ns1,Movie,A,,,,,,,long,,\n",
            r"all refused; the first: .*line 2: duration",
        ),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_by_name(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "something.csv"
    file.write_bytes(content)
    with pytest.raises(CatalogError, match=told) as error:
        load_catalog(file)
    assert str(file) in str(error.value)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"no\.csv: cannot be read"):
        load_catalog(tmp_path / "no.csv")


@pytest.mark.parametrize("start", [date(2026, 6, 1), date(2026, 6, 2), date(2019, 1, 31)])
def test_dates_move_by_whole_weeks_into_the_platforms_life(catalog: Catalog, start: date) -> None:
    moved = catalog.starting(start)["release_date"]
    shift = (moved - catalog.titles["release_date"]).drop_nulls().unique()
    assert len(shift) == 1
    assert shift[0].days % 7 == 0
    assert start + timedelta(days=104) <= moved.max() <= start + timedelta(days=110)
    assert moved.null_count() == 1


def test_the_same_id_gets_the_same_length_in_any_file(tmp_path: Path, catalog: Catalog) -> None:
    alone = load_catalog(catalog_file(tmp_path, ROWS[1]))
    assert title(alone, "s2-2") == title(catalog, "s2-2")


REAL = PROJECT_ROOT.parent / "shared" / "calibration" / "netflix_titles.csv"


@pytest.mark.skipif(not REAL.exists(), reason="the public catalogue does not lie beside this checkout")
def test_the_public_catalogue() -> None:
    catalog = load_catalog(REAL)
    report = catalog.report
    assert (report.rows_read, report.rows_used, report.titles) == (8_807, 8_807, 10_854)
    assert report.mended["minutes_in_rating"] == 3
    assert report.missing["date_added"] == 10
    assert catalog.titles["title_id"].n_unique() == 10_854
    films = catalog.titles.filter(pl.col("title_type") == "film")
    assert films.height == 6_131
    assert films["runtime_minutes"].null_count() == 0
    quantiles = [
        catalog.titles.filter(pl.col("season_number") >= 1)["runtime_minutes"].quantile(q) for q in (0.1, 0.5, 0.9)
    ]
    assert quantiles == pytest.approx([109, 295, 558], rel=0.05)  # published: 1.8, 4.9, 9.3 hours
