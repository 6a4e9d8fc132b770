from datetime import datetime

import pytest

from dashboard import published
from dashboard.published import BadPointer, NothingPublished, Published, current, kept_versions, pointer_text
from netflix_platform_tests.dashboard.sample import point_at

NAME = "netflix-20261123T060102123456Z.duckdb"
OLDER = "netflix-20261122T060102123456Z.duckdb"


@pytest.fixture
def serving_dir(tmp_path):
    folder = tmp_path / "data" / "serving"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"")
    (folder / OLDER).write_bytes(b"x" * 2_000_000)
    return folder


def test_current_is_what_the_pointer_names(serving_dir):
    point_at(serving_dir, OLDER)
    assert current(serving_dir) == Published(serving_dir / OLDER)
    assert pointer_text(serving_dir) == OLDER


def test_a_version_tells_its_name_its_time_and_its_size(serving_dir):
    version = Published(serving_dir / OLDER)
    assert version.version == "20261122T060102123456Z"
    assert version.named_time == datetime(2026, 11, 22, 6, 1, 2)
    assert version.megabytes() == 2.0
    assert Published(serving_dir / "netflix-abc.duckdb").named_time is None
    assert Published(serving_dir / "netflix-abc.duckdb").megabytes() is None


def test_kept_versions_are_newest_first_and_nothing_else(serving_dir):
    (serving_dir / "netflix-20261123T0601.duckdb.tmp").write_bytes(b"")
    assert [one.file.name for one in kept_versions(serving_dir)] == [NAME, OLDER]


def test_no_pointer_says_make_demo(serving_dir):
    with pytest.raises(NothingPublished, match=r"Nothing is published yet.*make demo"):
        current(serving_dir)


def test_no_data_folder_names_the_setting(tmp_path):
    with pytest.raises(NothingPublished, match=r"no data folder.*NETFLIX_DATA_DIR"):
        current(tmp_path / "nowhere" / "serving")


@pytest.mark.parametrize(
    "content", ["", "garbage\n", "../warehouse/netflix.duckdb", f"{NAME}\n{OLDER}", "netflix-`.duckdb"]
)
def test_a_corrupt_pointer_names_the_file_and_make_rollback(serving_dir, content):
    (serving_dir / "CURRENT").write_text(content)
    with pytest.raises(BadPointer, match=r"CURRENT.*make rollback"):
        current(serving_dir)


def test_bytes_that_are_no_text_are_a_corrupt_pointer(serving_dir):
    (serving_dir / "CURRENT").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPointer, match="cannot be read"):
        current(serving_dir)


def test_a_pointer_that_is_a_folder_is_a_corrupt_pointer(serving_dir):
    (serving_dir / "CURRENT").mkdir()
    with pytest.raises(BadPointer, match="cannot be read"):
        current(serving_dir)
    assert pointer_text(serving_dir) is None


def test_a_pointer_to_a_file_that_is_gone_names_both(serving_dir):
    point_at(serving_dir, "netflix-20261001T000000000000Z.duckdb")
    with pytest.raises(BadPointer, match=r"CURRENT.*netflix-20261001T000000000000Z.*not there"):
        current(serving_dir)


def test_a_version_that_vanishes_after_the_pointer_was_read_is_looked_up_once_more(serving_dir, monkeypatch):
    point_at(serving_dir, OLDER)
    read_pointer = published._named_file

    def read_then_publish(folder):
        name = read_pointer(folder)
        if name == OLDER:
            point_at(folder, NAME)
            (folder / OLDER).unlink()
        return name

    monkeypatch.setattr(published, "_named_file", read_then_publish)
    assert current(serving_dir).file.name == NAME
