"""A choice among many that the page's address keeps by its id, where a widget bound to it would write the label.

The address is the only truth: the widget follows it, so a link to another choice works from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import streamlit as st

TITLE_PAGE = "title"


def choose(label: str, labels: Mapping[str, str], default: str, name: str, help: str | None = None) -> str:
    """A searchable list of ``labels`` (id → what is shown, at least one). The address holds ``name=<id>``; without: the default.

    An id that is not among them is said to be unknown, and the default is shown.
    """
    key = f"{name}_choice"
    asked = st.query_params.get(name, default)
    chosen = asked if asked in labels else default
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen

    def keep() -> None:
        if st.session_state[key] == default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = st.session_state[key]

    st.selectbox(
        label,
        list(labels),
        format_func=lambda one: labels.get(one, one),
        key=key,
        on_change=keep,
        filter_mode="contains",
        help=help,
        width=460,
    )
    if asked not in labels:
        st.info(
            "The address asks for something that the published version does not hold. "
            f"This is what is shown without: {labels[default]}.",
            icon=":material/link_off:",
        )
    return chosen


def title_link(title_id: str, title_name: str) -> str:
    """Address of a title's page, relative to any other page's; its name stands behind the ``#`` for a table to show."""
    return f"{TITLE_PAGE}?title={quote(title_id, safe='')}#{quote(title_name, safe='')}"
