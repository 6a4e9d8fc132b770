"""Metadata of assets by day, handed to Dagster at once.

``context.add_asset_metadata`` copies what it holds, and lists the run's days anew, at each call: with the days of years that is
minutes where the work is seconds.
"""

from collections.abc import Mapping
from datetime import date
from types import TracebackType
from typing import Any

import dagster as dg
from dagster._core.execution.context.metadata_logging import (
    AssetMetadataHandle,
    OutputMetadataAccumulator,
    OutputMetadataHandle,
)


class DayMetadata:
    """Gathers metadata within ``with`` and hands it over at its end; what an error cuts short materializes nothing."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self._gathered: dict[OutputMetadataHandle | AssetMetadataHandle, Mapping[str, Any]] = {}

    def __enter__(self) -> "DayMetadata":
        return self

    def add(self, day: date, metadata: dict[str, Any], asset_key: dg.AssetKey | None = None) -> None:
        """Metadata of one day of ``asset_key``, the step's own asset when it makes only one; the day is one of the run's."""
        handle = AssetMetadataHandle(asset_key=asset_key or self._context.asset_key, partition_key=day.isoformat())
        self._gathered[handle] = {**self._gathered.get(handle, {}), **metadata}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            step = self._context.get_step_execution_context()
            before = step._metadata_accumulator.per_output_metadata
            step._metadata_accumulator = OutputMetadataAccumulator(per_output_metadata={**before, **self._gathered})
