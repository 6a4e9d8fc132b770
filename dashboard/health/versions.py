"""Which version is shown, and which ones are kept to go back to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import frame, tables
from dashboard.formatting import instant
from dashboard.frame import Opened
from dashboard.published import Published, kept_versions


def draw(opened: Opened) -> None:
    """Which version is shown, and which ones `make rollback` can go back to."""
    with frame.section("Published version"):
        versions = kept_versions(opened.settings.serving_dir)
        st.markdown(
            f"**{opened.published.version}**, published {instant(opened.info.published_at)}; business figures of "
            f"{instant(opened.info.business_published_at)}. `make rollback` goes back to the version before."
        )
        _table(versions, opened.published)


def _table(kept: Sequence[Published], shown: Published) -> None:
    """The versions in the serving folder, newest first."""
    st.dataframe(
        pd.DataFrame(
            {
                "state": ["● shown" if one == shown else "kept" for one in kept],
                "published_at": pd.Series([one.named_time for one in kept], dtype="datetime64[us]"),
                "size": [one.megabytes() for one in kept],
                "file": [one.file.name for one in kept],
            }
        ),
        hide_index=True,
        height="content",
        column_config={
            "state": st.column_config.TextColumn("State", width=80),
            "published_at": st.column_config.DatetimeColumn("Published (UTC)", format=tables.TIME_FORMAT, width=150),
            "size": st.column_config.NumberColumn("Size (MB)", format="%.1f", width=90),
            "file": st.column_config.TextColumn("File in the serving folder"),
        },
    )
