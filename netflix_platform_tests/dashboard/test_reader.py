import duckdb
import pytest

from dashboard.published import OutdatedVersion, Published, UnreadableVersion, VersionGone
from dashboard.reader import frame, kept_open, record


@pytest.fixture
def version(tmp_path):
    file = tmp_path / "netflix-1.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table t as select range as n, null::varchar as nothing from range(3)")
    return Published(file)


def test_parameters_are_bound_not_pasted(version):
    assert frame(version, "select n from t where n >= $least", least=1)["n"].tolist() == [1, 2]
    assert record(version, "select $text as said", text="'; drop table t; --") == {"said": "'; drop table t; --"}
    assert record(version, "select n from t where n > 10") == {}


def test_results_are_cached_by_version_and_parameters(version, tmp_path):
    sql = "select sum(n)::integer as total from t where n >= $least"
    assert record(version, sql, least=0) == {"total": 3}
    newer = Published(tmp_path / "netflix-2.duckdb")
    with duckdb.connect(str(newer.file)) as connection:
        connection.execute("create table t as select 10 as n")
    version.file.unlink()
    assert record(version, sql, least=0) == {"total": 3}  # from the cache: the file is gone
    assert record(newer, sql, least=0) == {"total": 10}
    with pytest.raises(VersionGone):
        record(version, sql, least=1)


def test_no_connection_is_kept_and_none_can_write(version):
    frame(version, "select n from t")
    # A handle that was left open, read only, would make this fail: one process, one configuration per file.
    with duckdb.connect(str(version.file)) as connection:
        connection.execute("insert into t values (3, null)")
    with pytest.raises(UnreadableVersion, match="read-only"):
        record(version, "insert into t values (4, null)")


def test_a_drawing_opens_a_version_once_and_lets_it_go(version):
    with kept_open():
        frame(version, "select n from t")
        # Open until the page is drawn: nobody else may write to it from this process ...
        with pytest.raises(duckdb.ConnectionException):
            duckdb.connect(str(version.file))
        assert record(version, "select count(*) as rows from t") == {"rows": 3}
        version.file.rename(version.file.with_suffix(".aside"))
        with pytest.raises(VersionGone):  # ... and a file that is gone is not read on.
            record(version, "select max(n) as last from t")
    duckdb.connect(str(version.file.with_suffix(".aside"))).close()


def test_a_missing_table_or_column_is_named(version):
    with pytest.raises(OutdatedVersion, match=r"no table `mart_new`.*make demo"):
        frame(version, "select 1 from mart_new")
    with pytest.raises(OutdatedVersion, match="no column `fresh`"):
        frame(version, "select fresh from t")


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path):
    broken = Published(tmp_path / "netflix-3.duckdb")
    broken.file.write_bytes(b"not a database" * 1000)
    with pytest.raises(UnreadableVersion, match=r"netflix-3\.duckdb.*make rollback"):
        record(broken, "select 1")


def test_a_version_that_is_gone_is_named(tmp_path):
    with pytest.raises(VersionGone, match=r"netflix-4\.duckdb.*is gone"):
        record(Published(tmp_path / "netflix-4.duckdb"), "select 1")
