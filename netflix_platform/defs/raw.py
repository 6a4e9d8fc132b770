"""raw/{events,users,titles}[D]: what arrived on day D, byte for byte. One asset per feed; the work is ``lake.raw``."""

from datetime import date
from functools import cache, partial

import dagster as dg

from netflix_platform.contracts import FEEDS
from netflix_platform.defs.day_metadata import DayMetadata
from netflix_platform.defs.mapping import mapping_metadata
from netflix_platform.defs.partitions import daily, days_of_run, each_day
from netflix_platform.erasure.screening import screen_folder
from netflix_platform.lake.layout import raw_day, staging_folder
from netflix_platform.lake.raw import RawDay, collect_day
from netflix_platform.object_store.pushing import push, push_days
from netflix_platform.object_store.units import FOLDER, RAW
from netflix_platform.settings import Settings
from netflix_platform.sources.base import Source
from netflix_platform.sources.registry import open_source


def raw_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per feed, all fed by the source that the settings name."""

    @cache
    def source() -> Source:
        # Opened in the run, not at definition time, and once for the three feeds: a synthetic world takes a moment.
        return open_source(settings)

    def raw_asset(feed: str) -> dg.AssetsDefinition:
        @dg.asset(
            key=["raw", feed],
            group_name="raw",
            kinds={"file"},
            description=f"Files of the feed `{feed}` by arrival day, byte for byte as they arrived.",
            metadata={"folder": str(settings.raw_dir / feed), "source": settings.source, **mapping_metadata(settings)},
            **daily(settings),
        )
        def raw_feed(context: dg.AssetExecutionContext) -> None:
            push(settings, [FOLDER])  # first: a store that cannot be written stops the run before anything is collected
            if feed == "events":  # once a run, not once a feed
                for notice in source().notices():
                    context.log.warning(notice)
            mapping = mapping_metadata(settings)
            with DayMetadata(context) as metadata, staging_folder(settings, f"raw-{feed}") as staging:
                for day in each_day(context):
                    collected = collect_day(settings, source(), feed, day, partial(screen_folder, settings), staging)
                    for notice in collected.notices:
                        context.log.warning(notice)
                    metadata.add(day, {**_metadata(settings, feed, day, collected), **mapping})
            if (pushed := push_days(settings, RAW, feed, days_of_run(context))).units:
                context.log.info(f"{settings.object_store}: {pushed}")

        return raw_feed

    return [raw_asset(feed) for feed in FEEDS]


def _metadata(settings: Settings, feed: str, day: date, collected: RawDay) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "files": dg.MetadataValue.json(dict(collected.files)),
        "size_bytes": dg.MetadataValue.int(collected.size_bytes),
        "folder": dg.MetadataValue.path(str(raw_day(settings, feed, day))),
    }
    if collected.rows is not None:
        metadata["dagster/partition_row_count"] = dg.MetadataValue.int(collected.rows)
    if collected.planted:
        metadata["planted"] = dg.MetadataValue.json(collected.planted)
    return metadata
