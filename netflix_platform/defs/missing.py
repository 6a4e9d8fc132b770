"""Which days were never brought through every layer: asked by the commands and by the sensor ``catch_up``.

Dagster's records of materialized partitions decide. They may have been pruned, so two things are believed without them: a
raw day whose manifest lies on disk is there, and a day that the published version knows as audited was built.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.layout import ledger_file, raw_manifest, unverified_mark
from netflix_platform.serving.published_days import PublishedDays
from netflix_platform.settings import Settings


@dataclass(frozen=True)
class MissingDays:
    """Days by the first layer that they lack; a day that lacks raw is not listed again under what follows.

    ``is_empty_platform``: nothing was ever built in this data folder.
    """

    raw: frozenset[date] = field(default=frozenset())
    lake: frozenset[date] = field(default=frozenset())
    later: frozenset[date] = field(default=frozenset())
    is_empty_platform: bool = False


def missing_days(
    instance: dg.DagsterInstance,
    asset_graph: AssetGraph,
    settings: Settings,
    published: PublishedDays | None,
    days: Iterable[date],
) -> MissingDays:
    """Of ``days``, those that lack raw, lake or what is built on it; ``published``: the newest version, if there is one."""
    wanted = {day.isoformat(): day for day in days}
    lacking: dict[str, set[date]] = {"raw": set(), "lake": set(), "later": set()}
    known = False
    for key in asset_graph.materializable_asset_keys:
        node = asset_graph.get(key)
        if node.partitions_def is None:
            continue
        layer = node.group_name if node.group_name in ("raw", "lake") else "later"
        there = instance.get_materialized_partitions(key)
        known = known or bool(there)
        lacking[layer].update(wanted[text] for text in wanted.keys() - there)
    audited = published.good if published else frozenset()
    raw = {day for day in lacking["raw"] if not _raw_is_on_disk(settings, day)}
    lake = {day for day in lacking["lake"] if day not in audited or not _lake_is_on_disk(settings, day)}
    lake |= {day for day in wanted.values() if _is_unverified(settings, day)}
    return MissingDays(
        raw=frozenset(raw),
        lake=frozenset(lake - raw),
        later=frozenset(lacking["later"] - audited - lake - raw),
        is_empty_platform=not known and published is None,
    )


def _raw_is_on_disk(settings: Settings, day: date) -> bool:
    return all(raw_manifest(settings, feed, day).is_file() for feed in FEEDS)


def _lake_is_on_disk(settings: Settings, day: date) -> bool:
    return all(ledger_file(settings, feed, day).is_file() for feed in FEEDS)


def _is_unverified(settings: Settings, day: date) -> bool:
    """A run was stopped while it conformed the day, or the day's ledger did not pass: the load would refuse it."""
    return any(unverified_mark(settings, feed, day).exists() for feed in FEEDS)
