"""What the assets of raw and lake say of the mapping that their files go through."""

import hashlib

import dagster as dg

from netflix_platform.defs.lake import lake_assets
from netflix_platform.defs.mapping import mapping_metadata
from netflix_platform.defs.raw import raw_assets
from netflix_platform_tests.defs.test_lake_checks import DAYS, deliver, good_lines, run_days


def test_raw_and_lake_name_the_mapping_and_its_state(with_days, settings, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("version: 1\nfeeds: {}\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    mapped = with_days(mapping=path, source="landing")
    for assets in (raw_assets(mapped), lake_assets(mapped)):
        for asset in assets:
            of = asset.metadata_by_key[asset.key]
            assert (of["mapping"], of["mapping_sha256"]) == (
                dg.MetadataValue.path(str(path)),
                dg.MetadataValue.text(digest),
            )
    deliver(mapped, DAYS[0], good_lines(DAYS[0]))
    metadata, _, _ = run_days(mapped, DAYS[0], DAYS[0])
    assert metadata["mapping_sha256"].value == digest
    assert mapping_metadata(settings) == {}
    assert "mapping" not in raw_assets(settings)[0].metadata_by_key[raw_assets(settings)[0].key]
