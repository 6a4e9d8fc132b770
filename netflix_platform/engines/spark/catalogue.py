"""Whether a cluster's catalogue can keep this platform's tables, and whose it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from netflix_platform.settings import Settings

if TYPE_CHECKING:
    from netflix_platform.engines.spark.session import SparkConnection

_OWNER = "netflix.data_dir"
# The settings of a server that keeps in memory which tables there are; empty: the default. It forgets them when it ends, and
# finds their files in its way when it starts again.
_IN_MEMORY = {
    "spark.sql.catalogImplementation": ("", "in-memory"),
    "spark.sql.defaultCatalog": ("", "spark_catalog"),
    "spark.sql.catalog.spark_catalog": ("", "builtin"),
}


def problem_with_catalogue(connection: SparkConnection, settings: Settings) -> str | None:
    """Why this platform must not have its tables on the cluster, with what to do; None: it may, and the catalogue is its own now.

    A catalogue belongs to the data folder that used it first: another one would overwrite its days.
    """
    place = urlsplit(settings.spark_remote).netloc
    if all(connection.setting(name) in values for name, values in _IN_MEMORY.items()):
        return (
            f"The Spark server at {place} has no metastore: its tables would be gone when it ends. Start it with "
            "spark.sql.catalogImplementation=hive (docs/spark.md says what else it needs)."
        )
    connection.execute("create schema if not exists raw")
    described = dict(row[:2] for row in connection.execute("describe schema extended raw").fetchall())
    owner = re.search(rf"\({_OWNER},([^()]*)\)", described.get("Properties") or "")
    if owner is None:
        folder = str(settings.data_dir).replace("'", "\\'")
        connection.execute(f"alter schema raw set dbproperties ('{_OWNER}' = '{folder}')")
    elif owner[1] != str(settings.data_dir):
        return (
            f"The tables on {place} belong to the data folder {owner[1]}; two platforms must not share them. Start a cluster for "
            f"{settings.data_dir} (make spark-up, with another NETFLIX_SPARK_PORT), or name another one in SPARK_REMOTE."
        )
    return None
