"""The dashboard's entry point: the list of pages and the frame around them.

Start it from anywhere with ``python -m streamlit run dashboard/app.py``; options lie in ``.streamlit/config.toml`` beside it.
A new page is one file in ``app_pages/`` and one line here.
"""

import gc
import sys
from pathlib import Path

# Streamlit puts this script's folder on the path; the packages are found from the project's root.
PROJECT_ROOT = str(Path(__file__).resolve().parents[1])
if PROJECT_ROOT not in sys.path:
    sys.path.insert(0, PROJECT_ROOT)

import streamlit as st  # noqa: E402
from altair.utils.schemapi import disable_debug_mode  # noqa: E402

from dashboard import frame, reader  # noqa: E402
from netflix_platform.settings import load_settings  # noqa: E402


@st.cache_resource(show_spinner=False)
def keep_what_is_imported() -> None:
    """Libraries stay to the end: looking through them for garbage, again and again, was a fifth of drawing a page."""
    gc.collect()
    gc.freeze()


keep_what_is_imported()
# Charts are checked once, when they are drawn, and not at each of their parts too: a page has twenty.
disable_debug_mode()
st.set_page_config(page_title="Watch analytics", page_icon="📈", layout="wide")
page = st.navigation(
    [
        st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
        st.Page("app_pages/top_10.py", title="Top 10", icon=":material/format_list_numbered:"),
        st.Page("app_pages/title.py", title="Title", icon=":material/movie:"),
        st.Page("app_pages/audience.py", title="Audience", icon=":material/groups:"),
        st.Page("app_pages/playback_quality.py", title="Playback quality", icon=":material/speed:"),
        st.Page("app_pages/history.py", title="History", icon=":material/calendar_month:"),
        st.Page("app_pages/pipeline_health.py", title="Pipeline health", icon=":material/health_metrics:"),
    ],
    position="top",
)
with frame.explained(), reader.kept_open():
    frame.follow(load_settings())
    page.run()
