"""The widgets that narrow a page to some countries, devices or plans, and what that means in SQL. Nothing chosen means all.

The choice is kept in the address, so that a view can be shared, and goes along to other pages that know the same filter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.formatting import literal
from dashboard.published import Published
from dashboard.reader import frame


class Dimension(Enum):
    """What can be filtered by: the name in the address, the column of the marts, the label."""

    COUNTRY = ("country", "country", "Countries")
    DEVICE = ("device", "device_type", "Devices")
    PLAN = ("plan", "plan", "Plans")
    APP_VERSION = ("app_version", "app_version", "App versions")

    @property
    def key(self) -> str:
        return self.value[0]

    @property
    def column(self) -> str:
        return self.value[1]

    @property
    def label(self) -> str:
        return self.value[2]


@dataclass(frozen=True)
class Filters:
    """What was chosen, by dimension; a dimension without a choice is not in it."""

    chosen: dict[Dimension, tuple[str, ...]] = field(default_factory=dict)

    def where(self, *dimensions: Dimension) -> str:
        """SQL condition over the columns of ``dimensions``; ``parameters`` of the same ones go with it."""
        conditions = [f"list_contains(${one.key}::varchar[], {one.column})" for one in dimensions if one in self.chosen]
        return " and ".join(conditions) or "true"

    def parameters(self, *dimensions: Dimension) -> dict[str, list[str]]:
        """The values that ``where`` of the same ``dimensions`` refers to."""
        return {one.key: list(self.chosen[one]) for one in dimensions if one in self.chosen}

    def said(self, names: dict[str, str]) -> str:
        """The choice in words, ``Countries: Brazil, Japan · Devices: tv``; empty when all is shown. ``names``: of countries."""
        return " · ".join(
            f"{dimension.label}: {', '.join(names.get(value, value) for value in values)}"
            for dimension, values in self.chosen.items()
        )


def choose_filters(
    published: Published, table: str, *dimensions: Dimension, row: DeltaGenerator | None = None
) -> Filters:
    """A widget per dimension, in one row where there is room; options are the values that ``table`` of the version holds.
    ``row``: a horizontal container, for pages whose dimensions stand in several tables.

    Raises ``OutdatedVersion`` for a version without the table.
    """
    chosen = {}
    names = country_names(published)
    with row or st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for dimension in dimensions:
            options = _options(published, table, dimension.column)
            if len(options) < 2:
                # Nothing to choose from; the one value is all there is.
                continue
            _look_for_unknown(dimension, {names.get(option, option) for option in options})
            found = st.multiselect(
                dimension.label,
                options,
                # A function of the version's own content: names that are missing fall back to the code.
                format_func=lambda code: names.get(code, code),
                key=dimension.key,
                bind="query-params",
                placeholder=f"All {dimension.label.lower()}",
                width=260,
                help="Nothing chosen: all of them. The address holds your choice.",
                on_change=st.session_state.pop,
                args=(_unknown_key(dimension), None),
            )
            if found:
                chosen[dimension] = tuple(found)
    for dimension in dimensions:
        if unknown := st.session_state.get(_unknown_key(dimension)):
            st.info(
                f"{dimension.label} that the address asks for and the published version does not hold: "
                f"{', '.join(map(literal, unknown))}. This is what is shown without.",
                icon=":material/link_off:",
            )
    return Filters(chosen)


def country_names(published: Published) -> dict[str, str]:
    """Name of each country by its code (ISO 3166-1 alpha-2). Raises ``OutdatedVersion`` for a version without them."""
    rows = frame(published, "select country, country_name from dim_country")
    return dict(zip(rows["country"], rows["country_name"], strict=True))


def _look_for_unknown(dimension: Dimension, known: set[str]) -> None:
    """Keeps what the address asks for in vain until there is another choice: Streamlit takes it out of the address at once."""
    if unknown := [value for value in st.query_params.get_all(dimension.key) if value not in known]:
        st.session_state[_unknown_key(dimension)] = unknown


def _unknown_key(dimension: Dimension) -> str:
    return f"unknown_{dimension.key}"


def _options(published: Published, table: str, column: str) -> list[str]:
    """The values of ``column`` in alphabetical order, what is no value of its own last."""
    rows = frame(
        published,
        f"""
        select distinct {column} as value from {table} where {column} is not null
        order by value in ('other', 'unknown'), value
        """,
    )
    return rows["value"].tolist()
