"""What a person reads on a page that the test runner has drawn."""

from streamlit.testing.v1 import AppTest

HEALTH = "app_pages/pipeline_health.py"


def said(app: AppTest) -> str:
    """All boxes and paragraphs of the page."""
    parts = [*app.error, *app.warning, *app.info, *app.success, *app.markdown, *app.caption]
    return "\n".join(part.value for part in parts)
