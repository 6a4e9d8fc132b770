"""Staging: a finished file appears whole, what a killed process left goes, what is in use stays."""

import os
import time

import pytest

from netflix_platform.lake.layout import move_into_place, remove_abandoned_staging, staging_folder, write_text


def test_a_staging_folder_goes_with_its_block_and_when_it_fails(settings):
    with staging_folder(settings, "x") as folder:
        (folder / "a").write_text("1")
    assert not folder.exists()
    with pytest.raises(ValueError, match="no"), staging_folder(settings, "x") as folder:
        raise ValueError("no")
    assert not folder.exists()


def test_a_file_is_replaced_in_one_step(settings):
    target = settings.data_dir / "deep" / "file.txt"
    write_text(settings, target, "old")
    with staging_folder(settings, "x") as folder:
        (folder / "new").write_text("new")
        assert target.read_text() == "old"
        move_into_place(folder / "new", target)
    assert target.read_text() == "new"


def test_only_folders_of_more_than_a_day_ago_are_taken_for_abandoned(settings):
    parent = settings.data_dir / "tmp"
    for name, age in (("old", 2 * 86_400), ("young", 3_600)):
        (parent / name).mkdir(parents=True)
        (parent / name / "part").write_text("half")
        os.utime(parent / name, (time.time() - age, time.time() - age))
    remove_abandoned_staging(settings)
    assert [path.name for path in parent.iterdir()] == ["young"]
