"""The job by which the person on call lets a failed day be published as it is: from the UI, or by ``make waive``."""

from datetime import date

import dagster as dg

from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.states import WaiveError, waive


class Waiver(dg.Config):
    """``day`` (YYYY-MM-DD) that failed its audit, and the ``reason`` why it may be published; the audit keeps both."""

    day: str
    reason: str


def waive_job(settings: Settings) -> dg.JobDefinition:
    """The job ``waive``: one step, in the pool like everybody else who opens the warehouse."""

    @dg.op(pool=WAREHOUSE_POOL)
    def waive_day(context: dg.OpExecutionContext, config: Waiver) -> None:
        try:
            with open_warehouse(settings) as connection:
                state = waive(connection, date.fromisoformat(config.day), config.reason)
        except (WaiveError, ValueError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        context.log.info(f"waived {state}; the next run publishes it (job refresh_audit does so at once)")

    @dg.job(
        name="waive", description="Publish a day that failed its audit as it is, with a reason that the audit keeps."
    )
    def waive_failed_day() -> None:
        waive_day()

    return waive_failed_day
