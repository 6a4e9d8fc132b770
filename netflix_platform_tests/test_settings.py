"""Settings: precedence, what a data folder records, and every refusal with the variable, the value and the choices."""

import dataclasses
import json
import re
from datetime import date

import pytest

from netflix_platform.settings import (
    PROJECT_ROOT,
    SCALES,
    Scale,
    SettingError,
    Thresholds,
    load_settings,
    open_platform,
    parse_scale,
    requested_days,
)
from netflix_platform.settings.model import WORLD_VERSION

TODAY = date(2026, 7, 1)


def test_defaults_start_120_days_before_the_first_use(tmp_path):
    settings = load_settings({"NETFLIX_DATA_DIR": str(tmp_path)}, today=TODAY)
    assert settings.start_date == date(2026, 3, 3)
    assert (settings.source, settings.scale, settings.seed) == ("synthetic", SCALES["demo"], 7)


def test_days_sets_the_start_of_a_new_folder_and_not_of_one_in_use(tmp_path):
    first = load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "DAYS": "10"}, today=TODAY)
    assert first.start_date == date(2026, 6, 21)
    open_platform(first)
    later = load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "DAYS": "3"}, today=date(2026, 8, 1))
    assert later.start_date == first.start_date
    assert requested_days({"DAYS": "3"}) == 3


def test_a_folder_keeps_its_world_and_refuses_another(tmp_path):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_SEED": "11", "NETFLIX_SCALE": "seed"}
    open_platform(load_settings(environ, today=TODAY))
    assert json.loads((tmp_path / "platform.json").read_text())["seed"] == 11
    again = load_settings({"NETFLIX_DATA_DIR": str(tmp_path)}, today=TODAY)
    assert (again.seed, again.scale) == (11, SCALES["seed"])
    for variable, value in {"NETFLIX_SEED": "12", "NETFLIX_SCALE": "demo", "NETFLIX_SOURCE": "landing"}.items():
        with pytest.raises(SettingError, match=f"{variable}=.*first used with"):
            load_settings({"NETFLIX_DATA_DIR": str(tmp_path), variable: value}, today=TODAY)


def test_a_folder_of_another_synthetic_world_is_refused_with_what_to_do(tmp_path):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path)}
    open_platform(load_settings(environ, today=TODAY))
    record = tmp_path / "platform.json"
    recorded = json.loads(record.read_text())
    assert recorded.pop("world_version") == WORLD_VERSION
    for version in ({}, {"world_version": WORLD_VERSION - 1}, {"world_version": WORLD_VERSION + 1}):
        record.write_text(json.dumps(recorded | version))
        with pytest.raises(SettingError, match=r"never mixed; set NETFLIX_DATA_DIR to a new folder, or go on with the"):
            load_settings(environ, today=TODAY)
    record.write_text(json.dumps(recorded | {"world_version": WORLD_VERSION}))
    assert load_settings(environ, today=TODAY).seed == 7


def test_a_folder_of_another_source_knows_no_world_version(tmp_path):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_SOURCE": "landing"}
    open_platform(load_settings(environ, today=TODAY))
    recorded = json.loads((tmp_path / "platform.json").read_text())
    assert "world_version" not in recorded
    (tmp_path / "platform.json").write_text(json.dumps(recorded | {"world_version": 1}))
    assert load_settings(environ, today=TODAY).source == "landing"


def test_a_catalogue_is_recorded_by_its_content(tmp_path):
    catalog = tmp_path / "titles.csv"
    catalog.write_text("show_id\n1\n")
    environ = {"NETFLIX_DATA_DIR": str(tmp_path / "data"), "NETFLIX_CATALOG": str(catalog)}
    open_platform(load_settings(environ, today=TODAY))
    assert load_settings(environ, today=TODAY).catalog == catalog
    catalog.write_text("show_id\n2\n")
    with pytest.raises(SettingError, match="NETFLIX_CATALOG"):
        load_settings(environ, today=TODAY)


def test_a_mapping_is_remembered_by_its_path_and_may_change(tmp_path):
    mapping, other = tmp_path / "m.yaml", tmp_path / "n.yaml"
    mapping.write_text("version: 1\n")
    other.write_text("version: 1\n")
    folder = {"NETFLIX_DATA_DIR": str(tmp_path / "data")}
    landing = folder | {"NETFLIX_SOURCE": "landing"}
    open_platform(load_settings(landing, today=TODAY))
    assert load_settings(folder, today=TODAY).mapping is None
    open_platform(load_settings(landing | {"NETFLIX_MAPPING": str(mapping)}, today=TODAY))
    before = json.loads((tmp_path / "data" / "platform.json").read_text())
    mapping.write_text("version: 1 # mended\n")
    assert load_settings(folder, today=TODAY).mapping == mapping
    open_platform(load_settings(folder | {"NETFLIX_MAPPING": str(other)}, today=TODAY))
    assert load_settings(folder, today=TODAY).mapping == other
    open_platform(load_settings(folder | {"NETFLIX_MAPPING": "none"}, today=TODAY))
    assert load_settings(folder, today=TODAY).mapping is None
    after = json.loads((tmp_path / "data" / "platform.json").read_text())
    assert after == before | {"mapping": None}


def test_only_files_that_land_go_through_a_mapping(tmp_path):
    mapping = tmp_path / "m.yaml"
    mapping.write_text("version: 1\n")
    environ = {"NETFLIX_DATA_DIR": str(tmp_path / "data"), "NETFLIX_MAPPING": str(mapping)}
    synthetic = load_settings(environ, today=TODAY)
    assert (synthetic.mapping_in_use, synthetic.world()["mapping"]) == (None, None)
    assert load_settings(environ | {"NETFLIX_SOURCE": "landing"}, today=TODAY).mapping_in_use == mapping
    with pytest.raises(SettingError, match="NETFLIX_MAPPING=/nowhere: is no file"):
        load_settings(environ | {"NETFLIX_SOURCE": "landing", "NETFLIX_MAPPING": "/nowhere"}, today=TODAY)


def test_a_record_of_an_earlier_version_gains_only_the_mapping(tmp_path):
    recorded = {"start_date": "2026-05-01", "source": "landing", "scale": "demo", "seed": 7, "catalog": None}
    recorded |= {"scale": str(SCALES["demo"]), "catalog_sha256": None}
    (tmp_path / "platform.json").write_text(json.dumps(recorded))
    environ = {"NETFLIX_DATA_DIR": str(tmp_path)}
    open_platform(load_settings(environ, today=TODAY))
    assert json.loads((tmp_path / "platform.json").read_text()) == recorded
    mapping = tmp_path / "m.yaml"
    mapping.write_text("")
    open_platform(load_settings(environ | {"NETFLIX_MAPPING": str(mapping)}, today=TODAY))
    assert json.loads((tmp_path / "platform.json").read_text()) == recorded | {"mapping": str(mapping)}


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("NETFLIX_SOURCE", "kafka", "synthetic, landing"),
        ("NETFLIX_ENGINE", "polars", "duckdb"),
        ("NETFLIX_RAW_FORMAT", "csv", "ndjson, parquet"),
        ("NETFLIX_SCALE", "huge", "demo, seed, city, country"),
        ("NETFLIX_SCALE", "users=1,titles=2", "events_per_day=…"),
        ("NETFLIX_SCALE", "events_per_day=0,users=1,titles=2", "at least 1"),
        ("NETFLIX_SEED", "seven", "whole number"),
        ("NETFLIX_SEED", "-1", "at least 0"),
        ("NETFLIX_START_DATE", "1st of July", "YYYY-MM-DD"),
        ("NETFLIX_START_DATE", "2026-07-01", "before today"),
        ("NETFLIX_CATALOG", "/nowhere/titles.csv", "no file"),
        ("NETFLIX_MEMORY_LIMIT", "plenty", "4GB"),
        ("NETFLIX_MEMORY_LIMIT", "0GB", "4GB"),
        ("NETFLIX_SCALE", "events_per_day=10_,users=__,titles=3", "events_per_day=…"),
        ("NETFLIX_WEBSERVER_PORT", "99999", "at most 65535"),
        ("NETFLIX_LATE_HORIZON_DAYS", "999999999", "at most 36500"),
        ("NETFLIX_MAX_REPEATED_SHARE", "1.5", "at most 1"),
        ("NETFLIX_MIN_VOLUME_FACTOR", "-0.1", "at least 0"),
        ("NETFLIX_MAX_VOLUME_FACTOR", "nan", "not a number"),
        ("NETFLIX_MAX_NULL_SHARE", "few", "not a number"),
        ("NETFLIX_CATCH_UP_ATTEMPTS", "0", "at least 1"),
        ("NETFLIX_ALERT_SEVERITY", "fatal", "warn, error"),
        ("NETFLIX_MAX_FILE_SIZE", "big", "4GB"),
        ("NETFLIX_KEEP_DAYS", "0", "at least 1"),
        ("DAYS", "0", "at least 1"),
        ("DAYS", "99999999999", "at most 36500"),
    ],
)
def test_a_wrong_value_is_refused_with_variable_value_and_choices(tmp_path, variable, value, told):
    with pytest.raises(SettingError) as refused:
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path), variable: value}, today=TODAY)
    assert f"{variable}={value}" in str(refused.value)
    assert told in str(refused.value)


def test_the_format_of_raw_files_is_no_part_of_the_world(tmp_path):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path)}
    before = open_platform(load_settings(environ, today=TODAY))
    after = load_settings(environ | {"NETFLIX_RAW_FORMAT": "parquet"}, today=TODAY)
    assert (before.raw_format, after.raw_format) == ("ndjson", "parquet")
    assert before.world() == after.world()


def test_a_data_folder_that_is_a_file_or_has_a_broken_record_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="is a file"):
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path / "file")}, today=TODAY)
    (tmp_path / "platform.json").write_text("{")
    with pytest.raises(SettingError, match=r"platform\.json"):
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path)}, today=TODAY)


def test_an_empty_variable_counts_as_not_set():
    assert load_settings({"NETFLIX_DATA_DIR": ""}, today=date(2999, 1, 1)).data_dir == PROJECT_ROOT / "data"


def test_a_scale_is_a_preset_or_three_numbers():
    assert parse_scale("city").events_per_day == 200_000
    assert parse_scale("events_per_day=1_000, users=20,titles=3") == Scale(1_000, 20, 3)


def test_every_threshold_has_a_reason_and_reaches_dbt_under_its_own_name(tmp_path):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_MAX_UNKNOWN_SHARE": "0.125"}
    settings = load_settings(environ, today=TODAY)
    assert settings.thresholds.max_unknown_share == 0.125
    exported = settings.child_environment()
    assert exported["NETFLIX_MAX_UNKNOWN_SHARE"] == "0.125"
    for item in dataclasses.fields(settings.thresholds):
        assert float(exported[Thresholds.variable(item.name)]) == getattr(settings.thresholds, item.name)
        assert len(settings.thresholds.reason(item.name)) > 20


def test_the_example_file_names_every_variable_that_is_read():
    example = (PROJECT_ROOT / ".env.example").read_text()
    package = PROJECT_ROOT / "netflix_platform" / "settings"
    read = set(re.findall(r"NETFLIX_[A-Z_]+", (package / "reading.py").read_text()))
    read |= {Thresholds.variable(item.name) for item in dataclasses.fields(Thresholds)}
    assert sorted(name for name in read if name not in example) == []


def test_alert_urls_are_split_and_never_shown(tmp_path):
    secret = "json://somebody:hunter2@127.0.0.1/a,b"
    environ = {"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_ALERT_URLS": f"{secret}, ntfy://topic\n"}
    settings = load_settings(environ, today=TODAY)
    assert settings.alert_urls == (secret, "ntfy://topic")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.child_environment())
    with pytest.raises(SettingError, match="entry 2 is no URL") as refused:
        load_settings(environ | {"NETFLIX_ALERT_URLS": f"{secret} hunter3"}, today=TODAY)
    assert "hunter" not in str(refused.value)
