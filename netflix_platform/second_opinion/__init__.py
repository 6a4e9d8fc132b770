"""A second opinion on what is published: the Overview's and the Top 10's figures counted again in polars, from raw files.

Nothing of the way that the figures took is used: no lake, no warehouse, no dbt, none of their SQL; only the contract (which
columns there are and what they take) and the definitions of the metrics. ``reading`` makes accepted rows of raw files,
``figures`` adds them up, ``comparison`` holds them against a published file.
"""

from netflix_platform.second_opinion.comparison import bytes_about, day_differences, is_of_contract, week_differences
from netflix_platform.second_opinion.reading import UnreadableError

__all__ = ["UnreadableError", "bytes_about", "day_differences", "is_of_contract", "week_differences"]
