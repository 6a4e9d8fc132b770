"""reference/published_top10: data to compare with, which no source delivers and no day owns; replaced as a whole in every run."""

import dagster as dg

from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import PUBLISHED_TOP10_TABLE, open_warehouse
from netflix_platform.warehouse.published_top10 import load_published_top10, published_top10_dir

KEY = dg.AssetKey(["reference", "published_top10"])
READABLE_CHECK = "published_top10_readable"
_MOST_PROBLEMS = 10


def reference_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The weekly Top 10 as Netflix publishes it, with a check that warns of files and rows that could not be read."""

    @dg.asset(
        key=KEY,
        group_name="warehouse",
        kinds={"duckdb"},
        pool=WAREHOUSE_POOL,
        description=(
            f"`{PUBLISHED_TOP10_TABLE}`: Netflix's own weekly Top 10 lists (all-weeks-global, TSV or CSV) out of "
            "`reference/published_top10/` in the data folder. Optional: without a file the table is empty."
        ),
        metadata={"dagster/table_name": f"netflix.{PUBLISHED_TOP10_TABLE}"},
        check_specs=[
            dg.AssetCheckSpec(READABLE_CHECK, asset=KEY, description="Every file and row of the lists could be read.")
        ],
    )
    def published_top10(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with open_warehouse(settings) as connection:
            load = load_published_top10(connection, settings)
        for problem in load.problems:
            context.log.warning(problem)
        more = f"; and {len(load.problems) - _MOST_PROBLEMS} more" if len(load.problems) > _MOST_PROBLEMS else ""
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": load.rows,
                "weeks": load.weeks,
                "files": list(load.files),
                "refused": len(load.problems),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=READABLE_CHECK,
                    passed=not load.problems,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="; ".join(load.problems[:_MOST_PROBLEMS]) + more
                    or f"{load.rows} rows of {load.weeks} weeks; files are kept in {published_top10_dir(settings)}",
                )
            ],
        )

    return [published_top10]
