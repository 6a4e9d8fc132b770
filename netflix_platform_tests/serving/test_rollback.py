"""Going back to a version: what is passed over, what comes after, and that it is written down."""

import duckdb
import pytest

from netflix_platform.serving.publications import publications_file, read_publications
from netflix_platform.serving.publish import PublishedTable, PublishError, current_file, publish, rollback, versions
from netflix_platform.warehouse.database import open_warehouse

KPIS = PublishedTable("marts", "mart_daily_kpis", is_business=True)


@pytest.fixture
def published(settings):
    """Publishes versions with these plays, one after another."""

    def publish_all(*plays):
        for number in plays:
            with open_warehouse(settings) as connection:
                connection.execute("create schema if not exists marts")
                connection.execute(
                    f"create or replace table marts.mart_daily_kpis as select date '2026-06-01' event_date, {number} plays"
                )
            publish(settings, [KPIS], run_id=f"r{number}")

    return publish_all


def plays(settings):
    with duckdb.connect(str(current_file(settings)), read_only=True) as connection:
        return connection.execute("select plays from mart_daily_kpis").fetchone()[0]


def test_the_next_run_publishes_again_and_all_is_written_down(settings, published):
    published(1, 2)
    rollback(settings)
    assert plays(settings) == 1
    published(3)
    assert plays(settings) == 3
    switches = list(read_publications(settings))
    assert [(switch["made_by"], switch["run_id"]) for switch in switches] == [
        ("run", "r1"),
        ("run", "r2"),
        ("rollback", None),
        ("run", "r3"),
    ]
    first, second = switches[0]["version"], switches[1]["version"]
    assert (switches[2]["version"], switches[2]["replaced_version"]) == (first, second)
    assert switches[0]["replaced_version"] is None
    assert len({switch["publication_id"] for switch in switches}) == 4


def test_when_the_current_file_is_missing_the_newest_that_is_there_is_taken(settings, published):
    published(1, 2, 3)
    current_file(settings).unlink()
    assert current_file(settings) is None
    before, now = rollback(settings)
    assert (before, plays(settings)) == (None, 2)
    assert now == versions(settings)[0]


def test_damaged_versions_are_passed_over(settings, published):
    published(1, 2, 3)
    (settings.serving_dir / versions(settings)[1]).write_bytes(b"no database")
    rollback(settings)
    assert plays(settings) == 1


def test_without_any_other_version_nothing_changes(settings, published):
    with pytest.raises(PublishError, match="kept: none"):
        rollback(settings)
    published(1)
    with pytest.raises(PublishError, match="no version with other figures"):
        rollback(settings)
    assert plays(settings) == 1
    assert [switch["made_by"] for switch in read_publications(settings)] == ["run"]


def test_a_line_that_was_cut_off_is_passed_over(settings, published):
    published(1)
    with publications_file(settings).open("a") as file:
        file.write('{"publication_id": "cut o')
    assert len(list(read_publications(settings))) == 1
