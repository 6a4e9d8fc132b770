"""Puts a chart on the page, built once for the same rows: a choice that leaves them alone and the next visitor pay nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import altair
import streamlit as st


def draw_chart(
    chart: Callable[..., altair.TopLevelMixin], *of: object, alt: str, height: int | None = None, **options: object
) -> None:
    """``chart(*of, **options)``, a function of a module of charts with what it takes; ``alt`` says what is to be seen to those
    who cannot see it, ``height`` (pixels) replaces the chart's own.

    Raises Streamlit's ``UnhashableParamError`` for what has no content to compare, such as a generator.
    """
    _draw(chart, of, options, alt, height)


# A function is the same as long as its module is not loaded anew.
@st.cache_data(show_spinner=False, max_entries=500, hash_funcs={FunctionType: id})
def _draw(
    chart: Callable[..., Any], of: tuple[object, ...], options: Mapping[str, object], words: str, height: int | None
) -> None:
    made = chart(*of, **options)
    st.altair_chart(made if height is None else made.properties(height=height), alt=words)
