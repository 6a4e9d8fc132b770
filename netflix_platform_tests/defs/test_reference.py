"""The optional reference feed: loaded as a whole, empty without a file, and warning of what it could not read."""

import dagster as dg

from netflix_platform.defs.reference import READABLE_CHECK, reference_assets
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.published_top10 import published_top10_dir

HEADER = "week,category,weekly_rank,show_title,season_title,weekly_hours_viewed,runtime,weekly_views"


def put(settings, name, *rows):
    folder = published_top10_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{row}\n" for row in rows))


def run(settings):
    """Materialize once; the metadata, the check, and the table's rows."""
    result = dg.materialize(reference_assets(settings))
    assert result.success
    metadata = result.get_asset_materialization_events()[-1].materialization.metadata
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.severity) == (READABLE_CHECK, dg.AssetCheckSeverity.WARN)
    with open_warehouse(settings) as connection:
        rows = connection.execute(
            "select week_start::varchar, rank, title_name, runtime_minutes from raw.published_top10 order by all"
        ).fetchall()
    return metadata, check, rows


def test_without_a_file_the_table_is_empty_and_that_passes(settings):
    metadata, check, rows = run(settings)
    assert (metadata["dagster/row_count"].value, check.passed, rows) == (0, True, [])


def test_files_are_loaded_as_they_are_now(settings):
    film = "2026-03-08,Films (English),1,Paper Boats,N/A,100,1.5,60"
    put(settings, "all-weeks-global.csv", HEADER, film)
    put(settings, ".hidden", "no list")
    metadata, check, rows = run(settings)
    assert rows == [("2026-03-02", 1, "Paper Boats", 90)]
    assert (metadata["dagster/row_count"].value, metadata["files"].value, check.passed) == (
        1,
        ["all-weeks-global.csv"],
        True,
    )
    put(settings, "all-weeks-global.csv", HEADER, film.replace(",1,", ",2,"))
    assert run(settings)[2] == [("2026-03-02", 2, "Paper Boats", 90)]


def test_what_cannot_be_read_is_told_and_the_rest_is_loaded(settings):
    put(
        settings,
        "all-weeks-global.csv",
        HEADER,
        "2026-03-08,Films (English),1,Paper Boats,N/A,100,1.5,60",
        "2026,,,,,,,",
    )
    put(settings, "page.tsv", "<html>")
    metadata, check, rows = run(settings)
    assert (len(rows), metadata["refused"].value, check.passed) == (1, 2, False)
    assert "page.tsv: is a web page" in check.description
    assert "all-weeks-global.csv, line 3: week '2026' is no date" in check.description
