"""One file per page, each run by Streamlit as a script; ``app.py`` lists them."""
